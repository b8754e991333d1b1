"""Moments as people read them, in their language."""

from __future__ import annotations

import time
from datetime import date

from PySide6.QtCore import QDate, QLocale

from papo.i18n import _, translations


def clock(at_ms: int) -> str:
    """Hour and minute."""
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))


def day(at_ms: int) -> str:
    """The day, as one would say it today."""
    there = _date(at_ms)
    here = date.today()  # noqa: DTZ011 - the day of whoever reads is meant
    if (here - there).days == 0:
        return _("Today")
    if (here - there).days == 1:
        return _("Yesterday")
    shown = QDate(there.year, there.month, there.day)
    if there.year == here.year:
        # Translators: how a day is written, in Qt's letters (dddd: weekday, d: day, MMMM: month).
        return locale().toString(shown, _("dddd, d MMMM"))
    return locale().toString(shown, QLocale.FormatType.LongFormat)


def short(at_ms: int) -> str:
    """The hour of today, or else the day."""
    there = _date(at_ms)
    if there == date.today():  # noqa: DTZ011 - as above
        return clock(at_ms)
    return locale().toString(QDate(there.year, there.month, there.day), QLocale.FormatType.ShortFormat)


def full(at_ms: int) -> str:
    """All of it."""
    there = _date(at_ms)
    shown = locale().toString(QDate(there.year, there.month, there.day), QLocale.FormatType.LongFormat)
    return f"{shown}, {time.strftime('%H:%M:%S', time.localtime(at_ms / 1000))}"


def locale() -> QLocale:
    """How dates and numbers are written in the language of the process."""
    return QLocale(str(translations().info().get("language", "")) or "en_GB")


def _date(at_ms: int) -> date:
    return date.fromtimestamp(at_ms / 1000)  # noqa: DTZ012 - the day of whoever reads is meant
