"""Space on the disk: operators are told before there is none, and if the write-ahead log grows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from papo.server.actions.alarms import clear_alarm, set_alarm

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

log = logging.getLogger(__name__)

LOG_BYTES = 256 << 20
"""Bytes in the write-ahead log from which on somebody must be reading the database for long."""
ENDS_AT = 1.1
"""An alarm ends when there is this much more than what it began at: space comes and goes."""


def review(chat: Chat) -> None:
    """Sound an alarm, or end it."""
    try:
        size = chat.store.size()
    except OSError as error:
        log.warning("the size of the database cannot be seen: %s", error)
        return
    least = chat.config.history.warn_free_bytes
    if size.disk_free < least:
        set_alarm(
            chat,
            "disk",
            f"only {size.disk_free >> 20} MB of the server's disk are free; messages are refused when it is full: "
            "delete something, or keep less (history.keep_days, uploads.keep_days)",
        )
    elif size.disk_free >= least * ENDS_AT:
        clear_alarm(chat, "disk", f"{size.disk_free >> 20} MB of the server's disk are free again")
    if size.log > LOG_BYTES:
        set_alarm(
            chat,
            "log",
            f"the database's write-ahead log has grown to {size.log >> 20} MB because another program reads the "
            "database without a pause: end that program",
        )
    elif size.log * ENDS_AT <= LOG_BYTES:
        clear_alarm(chat, "log", "the database's write-ahead log is short again")
