"""What happens when file descriptors run out: how many there are, and a log that stays readable.

uvloop (libuv) keeps a spare descriptor, closes it, and refuses each waiting connection with it: silent and
at once. asyncio's own loop leaves them waiting, tries again every second, and reports each try of up to a
hundred; `limit_accept_reports` makes that one line a second.
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
"""Descriptors kept for the database, logs, uploads and links to other nodes."""
_ERRNOS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one, where the system has such.

    Returns how many may be connections, at least 1; 0 where the system names no limit.
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
    """Log "no descriptors left" at most once a second; other errors of the loop go where they went before."""
    before = loop.get_exception_handler()
    said_at_s = -1.0

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said_at_s
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _ERRNOS and "accept" in str(context.get("message", "")):
            now_s = clock()
            if said_at_s < 0 or now_s - said_at_s >= 1:
                said_at_s = now_s
                _log.error("cannot accept connections: %s (raise the limit of open files)", error.strerror)
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
