"""What is logged of requests that are no HTTP: one line now and then, where aiohttp writes a traceback for each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError

INTERVAL_S = 60.0


class BadRequests(logging.Filter):
    """A filter for the logger of aiohttp's server. Errors of our own keep their tracebacks."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic_s = monotonic_s
        self._last_s = -INTERVAL_S
        self._more = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it; of bad requests, one in `INTERVAL_S`, without what it contained."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        now_s = self._monotonic_s()
        if now_s - self._last_s < INTERVAL_S:
            self._more += 1
            return False
        self._last_s = now_s
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = f"{record.getMessage()}: {type(error).__name__}"
        if self._more:
            record.msg += f", and {self._more} bad requests since the last line like this"
        record.args, record.exc_info, record.exc_text = (), None, None
        self._more = 0
        return True


def limit_reports() -> None:
    """Use one filter of this kind from now on."""
    logger = logging.getLogger("aiohttp.server")
    for old in [each for each in logger.filters if isinstance(each, BadRequests)]:
        logger.removeFilter(old)
    logger.addFilter(BadRequests())
