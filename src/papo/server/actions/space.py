"""Space on the disk: operators are told before there is none, and if the write-ahead log grows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions.alarms import clear_alarm, set_alarm

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

log = logging.getLogger(__name__)

WAL_ALARM_BYTES = 256 << 20
"""Bytes in the write-ahead log from which on somebody must be reading the database for long."""
DISK = N_(
    "only {count} MB of the server's disk are free, and messages are refused when it is full: delete something, or "
    "keep less (history.keep_days, uploads.keep_days)"
)
WAL = N_(
    "the write-ahead log of the database has grown to {count} MB because another program reads the database without a "
    "pause; end that program"
)
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
    if size.free_bytes < least:
        set_alarm(chat, "disk", DISK, count=size.free_bytes >> 20)
    elif size.free_bytes >= least * ENDS_AT:
        clear_alarm(chat, "disk", N_("{count} MB of the server's disk are free again"), count=size.free_bytes >> 20)
    if size.wal_bytes > WAL_ALARM_BYTES:
        set_alarm(chat, "wal", WAL, count=size.wal_bytes >> 20)
    elif size.wal_bytes * ENDS_AT <= WAL_ALARM_BYTES:
        clear_alarm(chat, "wal", N_("the write-ahead log of the database is short again"))
