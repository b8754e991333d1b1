"""Tests of what the terminal and the window share: in English, in UTC, without either of them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from papo.i18n import choose


@pytest.fixture(autouse=True)
def _english_and_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins in English and in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    choose({"LANG": "en"})
    yield
    choose({})
    monkeypatch.undo()
    time.tzset()
