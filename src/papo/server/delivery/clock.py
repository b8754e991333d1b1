"""Time: what events carry, and what is believed before anything is deleted for its age.

Events carry the machine's clock, which runs back only if it was set far back. Order does not depend on it: events are
in the order of their commits. Nothing is deleted by a clock that has jumped farther than a server is usually switched
off (docs/decisions/0026).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from papo.protocol.times import DAY_MS

log = logging.getLogger(__name__)

SLEW_MS = 10_000
"""If the machine's clock is behind by at most this, time runs at half speed until it has caught up (as adjtime(3) and
chrony do); if by more, time goes back with it at once."""
PLAUSIBLE_MS = 14 * DAY_MS
"""A clock that differs from the believed time by at most this is believed: the server may have been switched off."""
EARLIEST_MS = 1_672_531_200_000
"""2023: no server has run before. A machine without a battery may think that it is 1970 until it has found the network;
what was believed then is no reason to doubt anything."""
STEP_MS = 2_000
"""From what difference to the monotonic clock on the log says that the clock was set."""


class Clock:
    """The time of one node."""

    def __init__(self, clock_s: Callable[[], float], monotonic_s: Callable[[], float], latest_ms: int = 0) -> None:
        """Follow a clock.

        Args:
            clock_s: Seconds since 1970, such as `time.time`.
            monotonic_s: Seconds since some moment, such as `time.monotonic`.
            latest_ms: Time of the newest event on disk; 0 if there is none.
        """
        self._clock_s = clock_s
        self._monotonic_s = monotonic_s
        self._reviewed = (self._machine_ms(), monotonic_s())
        self._believed_ms = latest_ms or self._reviewed[0]
        """What was believed at the last review."""
        self.stepped_back_ms = 0
        """How far the machine's clock was set back, the last time that it was."""
        self.leaves_traces = True
        """Whether times to come may have been stored since they were last corrected; at start nobody knows."""
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
                "the clock of this machine is %s behind the newest event: it was set back, or it is wrong now; "
                "events carry its time from here on, and keep their order",
                f"{ahead_ms // DAY_MS} days" if ahead_ms >= 2 * DAY_MS else f"{ahead_ms // 1000} s",
            )
            self._latest_ms = now_ms
            self.stepped_back_ms = ahead_ms
            self.leaves_traces = True
            return now_ms
        since_ms, from_ms, last_ms = self._slew
        if last_ms != self._latest_ms or now_ms < since_ms:
            since_ms, from_ms = now_ms, self._latest_ms
        self._latest_ms = max(self._latest_ms, from_ms + (now_ms - since_ms) // 2)
        self._slew = (since_ms, from_ms, self._latest_ms)
        return self._latest_ms

    def _machine_ms(self) -> int:
        return int(self._clock_s() * 1000)

    # --- what is believed

    @property
    def believed_ms(self) -> int:
        """The time by which things may be deleted: the machine's; if that is doubted, the earlier one."""
        return min(self._machine_ms(), self.expected_ms) if self.is_doubted else self._machine_ms()

    @property
    def expected_ms(self) -> int:
        """The time by what was believed last and the monotonic clock."""
        return self._believed_ms + self._elapsed_ms()

    @property
    def skew_ms(self) -> int:
        """How far the machine's clock is ahead of where it should be since the last review; negative: behind."""
        return self._machine_ms() - self.expected_ms

    @property
    def is_doubted(self) -> bool:
        """Whether the machine's clock is too far from where it should be to delete anything by it."""
        return abs(self.skew_ms) > PLAUSIBLE_MS and self.expected_ms > EARLIEST_MS

    def believe(self, at_ms: int) -> None:
        """It is this time now: what the server believed when it ran last, or what its administrator says."""
        self._reviewed = (self._machine_ms(), self._monotonic_s())
        self._believed_ms = at_ms

    def accept(self) -> None:
        """Believe the machine's clock."""
        self.believe(self._machine_ms())

    def review(self) -> None:
        """Begin to measure again from here; log a clock that was set since the last review."""
        self.now_ms()  # it notices a clock that was set back
        step_ms = self._machine_ms() - self._reviewed[0] - self._elapsed_ms()
        if abs(step_ms) > STEP_MS:
            log.warning("the clock of this machine was set by %+.0f s, or the machine has slept", step_ms / 1000)
        self.believe(self.expected_ms if self.is_doubted else self._machine_ms())

    def _elapsed_ms(self) -> int:
        return int((self._monotonic_s() - self._reviewed[1]) * 1000)
