"""The limit of file descriptors, and a log that stays readable when they run out.

uvloop (libuv) keeps a spare descriptor to refuse each waiting connection at once, and logs nothing. asyncio's own loop
leaves them waiting, tries again every second, and logs up to a hundred lines each time; `limit_accept_reports` makes
that one line a second.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)

SPARE = 64
"""Descriptors reserved for the database, logs, uploads and links to other nodes."""
_ERRNOS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one, if the system has these.

    Returns how many descriptors connections may use, at least 1; 0 if there is no limit.
    """
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # macOS refuses "unlimited" here
            _log.debug("the limit of open files stays at %d", soft)
    return 0 if soft == resource.RLIM_INFINITY else max(1, soft - SPARE)


def limit_accept_reports(loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic) -> None:
    """Log that descriptors ran out at most once a second; other errors go to the handler that was set before."""
    before = loop.get_exception_handler()
    logged_at_s = -1.0

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal logged_at_s
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _ERRNOS and "accept" in str(context.get("message", "")):
            now_s = clock()
            if logged_at_s < 0 or now_s - logged_at_s >= 1:
                logged_at_s = now_s
                _log.error("cannot accept connections: %s (raise the limit of open files)", error.strerror)
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
