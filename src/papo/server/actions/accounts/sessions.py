"""The sessions of an account: which there are, and their end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, recent_proof, security_notice
from papo.server.actions.actor import user_of
from papo.server.world.errors import Code, Refused
from papo.server.world.events import SessionsEnded

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account

ENDED_ONE = N_("A session of your account {account} was ended")
ENDED_OTHERS = N_("All other sessions of your account {account} were ended")
MADE_UP = re.compile(r"(web|papo)-[0-9a-z]{8,}")
"""Devices that Papo's own clients name by chance: they say nothing, and guesses are counted by them."""
SIGNED_OUT = N_("you were logged out from another session")


class SessionInfo(NamedTuple):
    """One session, as its owner may know it."""

    id: str
    """Its name as long as it lasts; nobody has it after it."""
    nick: str
    device: str
    """What the user calls it (`phone` in `ana@phone`); "" for nothing."""
    address: str
    scheme: str
    """How it is connected: `irc`, `ircs`, `ws` or `wss`."""
    login: str
    """How the user logged in (`recent_proof.PROVES`)."""
    since_ms: int
    active_ms: int
    """When it last sent something but a sign of life."""
    is_mine: bool
    """Whether it is the one that asks."""


def of(chat: Chat, actor: Actor) -> list[SessionInfo]:
    """The sessions on this server of the actor's account, in order of connecting. Raises Refused."""
    account = lookup.account_of(chat, user_of(actor))
    now_ms, now_s = chat.now_ms(), chat.monotonic_s()
    found = []
    for user in lookup.users_of(chat, account):
        for session in chat.sessions.of(user.uid):
            opened_s, active_s = session.times_s(now_s)
            found.append(
                SessionInfo(
                    id=chat.sessions.id_of(session),
                    nick=user.nick,
                    device="" if MADE_UP.fullmatch(session.device) else session.device,
                    address=session.link.address,
                    scheme=("ws" if session.link.framing else "irc") + ("s" if session.link.secure else ""),
                    login=session.login,
                    since_ms=now_ms - int((now_s - opened_s) * 1000),
                    active_ms=now_ms - int((now_s - active_s) * 1000),
                    is_mine=session is actor.origin,
                )
            )
    return found


async def end_one(chat: Chat, actor: Actor, session_id: str) -> None:
    """End one session of the actor's account. Raises Refused.

    No proof is asked for: whoever does it gains nothing, and its owner may be in a hurry.
    """
    account = lookup.account_of(chat, user_of(actor))
    if session_id not in {each.id for each in of(chat, actor)}:
        raise Refused(Code.NO_SUCH_SESSION, session_id)
    security_notice.tell(chat, account, ENDED_ONE, actor)
    _end(chat, account, actor.origin, SIGNED_OUT, only=session_id)
    await chat.journal.committed()


async def end_others(chat: Chat, actor: Actor) -> int:
    """End all sessions of the actor's account but the one that asks; returns how many. Raises Refused.

    What was proved before is worth nothing from then on: tokens, and logins that are not complete.
    """
    account = lookup.account_of(chat, user_of(actor))
    count = sum(not each.is_mine for each in of(chat, actor))

    def ended(now: Account) -> None:
        security_notice.tell(chat, now, ENDED_OTHERS, actor)
        end_all_but(chat, now, actor.origin, SIGNED_OUT)

    proved = actor.origin is not None and recent_proof.is_recent(chat, actor.origin, account)
    now = await accounts.edit(chat, account, lambda now: {"not_before_ms": next_not_before_ms(chat, now)}, ended)
    if proved and actor.origin is not None:
        recent_proof.note(chat, actor.origin, now)
    return count


def next_not_before_ms(chat: Chat, account: Account) -> int:
    """The value for `Account.not_before_ms` that makes what was proved until now worth nothing."""
    return max(chat.now_ms(), account.not_before_ms + 1)


def end_all_but(chat: Chat, account: Account, kept: Session | None, why: str) -> None:
    """End the account's sessions but one, in the same commit as what came before.

    Users who are always on stay where they are: nobody is at them until somebody logs in.
    """
    _end(chat, account, kept, why)


def _end(chat: Chat, account: Account, origin: Session | None, why: str, only: str = "") -> None:
    uids = tuple(user.uid for user in lookup.users_of(chat, account))
    event = SessionsEnded(**chat.server_stamp(), whose=account.id, users=uids, only=only, why=why)
    chat.emit(event, origin)
