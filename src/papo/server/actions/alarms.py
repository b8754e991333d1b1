"""Alarms: what is wrong with the server until somebody does something. In the log, and told to operators."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from papo.i18n import in_language
from papo.server.actions import lifecycle

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

log = logging.getLogger(__name__)

REMIND_S = 86_400.0
"""An alarm that lasts is repeated after this."""


def set_alarm(chat: Chat, name: str, text: str, **values: object) -> None:
    """Something is wrong, or still is. `text`: one sentence, marked with `N_`, that says what, and what to do."""
    old = chat.alarms.get(name)
    now_s = chat.monotonic_s()
    is_told = old is not None and now_s - old[2] < REMIND_S
    chat.alarms[name] = (text, values, old[2] if is_told and old is not None else now_s)
    if not is_told:
        log.warning(text.format(**values))
        _tell(chat, text, values)


def clear_alarm(chat: Chat, name: str, text: str, **values: object) -> None:
    """It is not wrong any more, if it was."""
    if chat.alarms.pop(name, None) is not None:
        log.info(text.format(**values))
        _tell(chat, text, values)


def _tell(chat: Chat, text: str, values: dict[str, object]) -> None:
    """A notice to operators, in the server's language."""
    text = in_language(chat.config.server.language).gettext(text)
    lifecycle.notify_operators(chat, "a", text.format(**values))
