"""Days and clocks."""

from __future__ import annotations

from datetime import date

import pytest

from papo.i18n import choose
from papo.protocol.times import DAY_MS
from papo.ui import times

AT_MS = 1_763_632_800_000
"""2025-11-20 10:00 UTC, a Thursday."""


@pytest.mark.parametrize(
    ("today", "name"),
    [
        (date(2025, 11, 20), "Today"),
        (date(2025, 11, 21), "Yesterday"),
        (date(2025, 11, 22), "Thursday, November 20"),
        (date(2026, 1, 1), "Thursday, November 20, 2025"),
        (date(2025, 11, 19), "Thursday, November 20"),
    ],
)
def test_the_name_of_a_day(monkeypatch: pytest.MonkeyPatch, today: date, name: str) -> None:
    """As short as it is clear; a clock that is behind makes no yesterday of tomorrow."""
    monkeypatch.setattr(times, "today", lambda: today)
    assert times.day_name(AT_MS) == name


def test_clocks_and_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """In local time: UTC in these tests."""
    monkeypatch.setattr(times, "today", lambda: date(2025, 11, 20))
    assert times.clock(AT_MS) == "10:00"
    assert times.full_time(AT_MS) == "Thursday, November 20, 2025, 10:00:00"
    assert times.short_date(AT_MS) == "10:00"
    assert times.short_date(AT_MS - DAY_MS) == "2025-11-19"


def test_in_portuguese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order and words of the language."""
    choose({"LANG": "pt_BR.UTF-8"})
    monkeypatch.setattr(times, "today", lambda: date(2025, 12, 1))
    assert times.day_name(AT_MS) == "quinta-feira, 20 de novembro"
    assert times.long_date(AT_MS) == "quinta-feira, 20 de novembro de 2025"
    assert times.short_date(AT_MS) == "20/11/2025"


def test_a_day_has_bounds() -> None:
    """From midnight to midnight."""
    start_ms, end_ms = times.day_bounds(AT_MS)
    assert (AT_MS - start_ms, end_ms - start_ms) == (10 * 3_600_000, DAY_MS)
