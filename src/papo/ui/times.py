"""Days and clocks in the user's time zone and language. Every moment is in milliseconds since 1970."""

from __future__ import annotations

import time
from datetime import date

from papo.i18n import _


def clock(at_ms: int) -> str:
    """Hour and minute: `10:05`."""
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))


def day_name(at_ms: int) -> str:
    """The heading of a day: `Today`, `Yesterday`, or its date, with the year only if it is not this year's."""
    day, now = _date(at_ms), today()
    if day == now:
        return _("Today")
    if (now - day).days == 1:
        return _("Yesterday")
    return _weekday_and_date(day) if day.year == now.year else long_date(at_ms)


def long_date(at_ms: int) -> str:
    """Weekday, day, month and year."""
    day = _date(at_ms)
    # Translators: a date in full, such as "Friday, November 20, 2026".
    return _("{weekday}, {month} {day}, {year}").format(**_words(day), year=day.year)


def _weekday_and_date(day: date) -> str:
    # Translators: a date of this year, such as "Friday, November 20".
    return _("{weekday}, {month} {day}").format(**_words(day))


def short_date(at_ms: int) -> str:
    """The time if it was today, else the date in digits."""
    day = _date(at_ms)
    # Translators: a date in digits, in the letters of strftime.
    return clock(at_ms) if day == today() else day.strftime(_("%Y-%m-%d"))


def full_time(at_ms: int) -> str:
    """The date in full and the time to the second."""
    return f"{long_date(at_ms)}, {time.strftime('%H:%M:%S', time.localtime(at_ms / 1000))}"


def day_bounds(at_ms: int) -> tuple[int, int]:
    """When the local day of a moment begins and when the next one does."""
    local = time.localtime(at_ms / 1000)
    start = time.mktime((local.tm_year, local.tm_mon, local.tm_mday, 0, 0, 0, 0, 0, -1))
    end = time.mktime((local.tm_year, local.tm_mon, local.tm_mday + 1, 0, 0, 0, 0, 0, -1))
    return int(start * 1000), int(end * 1000)


def today() -> date:
    """The local date."""
    return date.today()  # noqa: DTZ011 - the user's own day is meant


def _date(at_ms: int) -> date:
    return date.fromtimestamp(at_ms / 1000)  # noqa: DTZ012 - as above


def _words(day: date) -> dict[str, str | int]:
    months = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    weekdays = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return {"weekday": weekdays[day.weekday()], "month": months[day.month - 1], "day": day.day}
