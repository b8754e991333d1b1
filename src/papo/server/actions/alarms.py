"""Alarms: what is wrong with the server until somebody does something. In the log, and told to operators."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from papo.server.actions import lifecycle

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

log = logging.getLogger(__name__)

REMIND_S = 86_400.0
"""An alarm that lasts is repeated after this."""


def set_alarm(chat: Chat, name: str, text: str) -> None:
    """Something is wrong, or still is. `text`: one sentence that says what, and what to do."""
    old = chat.alarms.get(name)
    now_s = chat.monotonic_s()
    if old is not None and now_s - old[1] < REMIND_S:
        chat.alarms[name] = (text, old[1])
        return
    chat.alarms[name] = (text, now_s)
    log.warning(text)
    lifecycle.notify_operators(chat, "a", text)


def clear_alarm(chat: Chat, name: str, text: str) -> None:
    """It is not wrong any more, if it was."""
    if chat.alarms.pop(name, None) is not None:
        log.info(text)
        lifecycle.notify_operators(chat, "a", text)
