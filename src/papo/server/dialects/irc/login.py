"""An IRC client logs in to an account, by whatever mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import always_on
from papo.server.actions.accounts import authentication, login, recent_proof
from papo.server.actions.channels import registered
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies
    from papo.server.world.records import Account


async def log_in(session: Replies, account: Account, how: str) -> None:
    """Log the client in to an account that it has proved: now, or when it registers. Raises Refused.

    `how` is a key of `recent_proof.PROVES`.
    """
    _enter(session, await authentication.note_login(session.chat, account, session.link.address, session.device), how)


def log_in_to_new(session: Replies, account: Account, how: str) -> None:
    """Log the client in to an account that it has just made or verified: with that on disk, so is this. A fact."""
    with session.chat.journal.facts():
        _enter(session, account, how)


def _enter(session: Replies, account: Account, how: str) -> None:
    if session.registration is not None:
        session.registration.account = account
    elif session.user is not None:
        others = session.chat.sessions.of(session.user.uid)
        if len(others) > 1 and session.user.account_id != account.id:
            raise Refused(Code.BAD_VALUE, "close your other connections first: they are logged in to another account")
        login.log_in(session.chat, session.user, account, session)
        always_on.update(session.chat, session.user)
    recent_proof.note_login(session.chat, session, account, how, by_itself=session.registration is not None)
    if account.language and not session.language:
        session.language = account.language
    send_logged_in(session, account.name)
    for key in () if session.user is None else session.user.channels:
        registered.promote(session.chat, session.chat.world.channels[key], session.me)


def send_logged_in(session: Replies, name: str) -> None:
    """Send 900."""
    before = session.registration
    source = (
        session.user.source if session.user is not None else f"{session.nick}!{(before and before.username) or '*'}@*"
    )
    session.numeric(
        n.RPL_LOGGEDIN, source, name, session.translate("You are now logged in as {name}").format(name=name)
    )
