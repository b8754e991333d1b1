"""Storing: operators are told that nothing is stored any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions.alarms import set_alarm

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat


def review(chat: Chat) -> None:
    """Sound the alarm; only a restart ends it, and that of damage nothing but another database."""
    if chat.store.damaged:
        set_alarm(chat, "store", N_("nothing is stored: {reason}"), reason=chat.store.failed)
    elif chat.store.failed:
        set_alarm(chat, "store", N_("nothing is stored until a restart: {reason}"), reason=chat.store.failed)
