"""Times on the wire: milliseconds since 1970 to `2026-11-20T22:15:00.123Z` and back (IRCv3 server-time)."""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache

DAY_MS = 86_400_000
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z")


@lru_cache(maxsize=1024)
def _second(at_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(at_s))


@lru_cache(maxsize=4096)
def iso_time(at_ms: int) -> str:
    """Milliseconds to text. Hot path."""
    return f"{_second(at_ms // 1000)}{at_ms % 1000:03d}Z"


def from_iso(text: str) -> int | None:
    """Text to milliseconds; None if it is no such time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 60 and year >= 1970):
        return None
    fraction_ms = int((found[7] or "0").ljust(3, "0")[:3])
    return calendar.timegm((year, month, day, hour, minute, second)) * 1000 + fraction_ms
