"""The time that events carry: it follows the machine's clock, and runs back only if that was set far back.

Order does not depend on it: events are in the order of their commits (decision 26).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

SLEW_MS = 10_000
"""If the machine's clock is behind by at most this, time runs at half speed until it has caught up (as adjtime(3) and
chrony do); if by more, time goes back with it at once."""


class Clock:
    """The time of one node."""

    def __init__(self, clock_s: Callable[[], float], latest_ms: int = 0) -> None:
        """Follow a clock.

        Args:
            clock_s: Seconds since 1970, such as `time.time`.
            latest_ms: Time of the newest event on disk; 0 if there is none.
        """
        self._clock_s = clock_s
        self._latest_ms = latest_ms
        """The newest time so far, on disk or given out."""
        self._slew = (0, 0, 0)
        """(the machine's clock and the time given out when the one was found to be behind the other, the time given
        out last since then)."""

    def now_ms(self) -> int:
        """Milliseconds since 1970. Hot path."""
        now_ms = int(self._clock_s() * 1000)
        if now_ms < self._latest_ms:
            return self._behind(now_ms)
        self._latest_ms = now_ms
        return now_ms

    def _behind(self, now_ms: int) -> int:
        """The time, while the machine's clock is behind what was given out."""
        ahead_ms = self._latest_ms - now_ms
        if ahead_ms > SLEW_MS:
            log.warning(
                "the clock of this machine is %.0f s behind the newest event: it was set back, or it is wrong now; "
                "events carry its time from here on, and keep their order",
                ahead_ms / 1000,
            )
            self._latest_ms = now_ms
            return now_ms
        since_ms, from_ms, last_ms = self._slew
        if last_ms != self._latest_ms or now_ms < since_ms:
            since_ms, from_ms = now_ms, self._latest_ms
        self._latest_ms = max(self._latest_ms, from_ms + (now_ms - since_ms) // 2)
        self._slew = (since_ms, from_ms, self._latest_ms)
        return self._latest_ms
