"""How often each payer may try to send a file, and how many pixels the server decodes for them, in ten minutes.

What fails is counted as well: a picture costs the server most when it is a bad one.
"""

from __future__ import annotations

from papo.server.rate_limit import KeyedBuckets, Rate

WINDOW_S = 600.0


class UploadRates:
    """Counts for each payer (`UploadedFile.payer`), in memory. Times are `time.monotonic()` seconds."""

    def __init__(self) -> None:
        self._attempts = KeyedBuckets()
        self._pixels = KeyedBuckets()

    def allows_attempt(self, payer: str, per_10min: int, now_s: float) -> bool:
        """Count an attempt; False, and nothing is counted, if there were too many."""
        return not self._attempts.spend(payer, Rate(per_10min / WINDOW_S, per_10min), now_s)

    def allows_pixels(self, payer: str, pixels: int, per_10min: int, now_s: float) -> bool:
        """Count pixels to be decoded; False, and nothing is counted, if there were too many."""
        return not self._pixels.spend(payer, Rate(per_10min / WINDOW_S, per_10min), now_s, pixels)
