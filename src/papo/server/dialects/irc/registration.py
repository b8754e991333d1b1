"""From NICK and USER to 001: checks, the nick, and the registration burst.

Source: modern.ircdocs.horse "Connection Registration"; IRCv3 capability-negotiation, account-registration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import always_on, lifecycle, lookup, metadata, nicks, operate, users
from papo.server.actions.accounts import app_passwords, authentication, recent_proof
from papo.server.dialects.irc import caps, server_password
from papo.server.dialects.irc.channel_lines import join_lines
from papo.server.dialects.irc.refusals import sentence
from papo.server.dialects.irc.registration_burst import registration_burst
from papo.server.dialects.irc.replay import replay_missed
from papo.server.dialects.irc.sasl import split_device
from papo.server.world.errors import Refused
from papo.server.world.names import valid_username

if TYPE_CHECKING:
    from papo.server.dialects.irc.pending_registration import PendingRegistration
    from papo.server.dialects.irc.replies import Replies
    from papo.server.world.user import User

log = logging.getLogger(__name__)


def try_register(session: Replies) -> None:
    """Register the client if it has sent everything that is needed. Raises nothing."""
    _or_end(session, lambda: _try_register(session))


def _or_end(session: Replies, step: Callable[[], None]) -> None:
    """Take a step of the registration. If it raises, the connection ends: the client would wait for a 001 for ever."""
    try:
        step()
    except Refused as refused:
        session.refused(refused)
        session.quit("Registration refused", closing="Registration refused")
    except Exception:
        log.exception("a registration failed")
        _break_off(session)


def _break_off(session: Replies) -> None:
    session.quit("Something went wrong", closing=session.went_wrong())


def _try_register(session: Replies) -> None:
    registration = session.registration
    if session.ended:  # while its password was checked
        return
    if registration is None or registration.negotiating or not (registration.nick and registration.username):
        return
    if registration.account is None and not registration.tried_password and ":" in (registration.password or ""):
        registration.tried_password = True
        name = split_device(registration.password.partition(":")[0])[0] if registration.password else ""
        if session.chat.world.registry.account(app_passwords.split(name)[0]) is not None:
            session.run_async(_log_in_by_pass(session, registration))
            return
    if server_password.is_needed(session, registration):
        session.run_async(_check_server_password(session, registration))
        return
    if _is_refused(session, registration):
        return
    here = _user_of_account(session, registration)
    if _must_wait(session, registration, here):
        session.run_async(_register_when_committed(session))
        return
    if here is not None:
        _attach(session, registration, here)
        return
    try:
        account_id = "" if registration.account is None else registration.account.id
        nicks.check_available(session.chat, registration.nick, account_id=account_id)
    except Refused as refused:
        session.refused(refused)
        registration.nick = ""
        return
    registration.uid = registration.uid or session.chat.ids.uid()
    answer = nicks.claim(session.chat, registration.nick, registration.uid)

    def finish(granted: bool) -> None:  # noqa: FBT001 -- the answer of the nick registry
        _or_end(session, lambda: _finish(session, registration, granted=granted))

    session.continue_with(answer, finish)


async def _check_server_password(session: Replies, registration: PendingRegistration) -> None:
    try:
        text = "" if await server_password.is_proved(session, registration) else "Password incorrect"
    except Refused as refused:
        text = sentence(refused, session.translate)
    except Exception:
        log.exception("the server's password was not checked")
        _break_off(session)
        return
    if text:
        session.numeric(n.ERR_PASSWDMISMATCH, text)
        session.quit("Bad password", closing="Bad password")
    else:
        try_register(session)


async def _log_in_by_pass(session: Replies, registration: PendingRegistration) -> None:
    """PASS account:password, for clients without SASL."""
    name, _, password = (registration.password or "").partition(":")
    name, session.device = split_device(name)
    try:
        account = await authentication.by_password(session.chat, name, password, session.link.address, session.device)
        registration.account = await authentication.note_login(
            session.chat, account, session.link.address, session.device
        )
        recent_proof.note_login(session.chat, session, account, app_passwords.how(account, password), by_itself=True)
    except Refused as refused:
        session.numeric(n.ERR_PASSWDMISMATCH, sentence(refused, session.translate))
        session.quit("Bad password", closing="Bad password")
        return
    except Exception:
        log.exception("a login by PASS failed")
        _break_off(session)
        return
    try_register(session)


def _is_refused(session: Replies, registration: PendingRegistration) -> bool:
    """Whether the client is banned, or has no account where one is required. If so, it is told and disconnected."""
    chat = session.chat
    account = registration.account
    if account is not None:
        try:
            account = registration.account = lookup.current(chat, account)  # it may have been suspended since
        except Refused as refused:
            session.numeric(n.ERR_YOUREBANNEDCREEP, sentence(refused, session.translate))
            session.quit("Suspended", closing="Suspended")
            return True
    elif chat.config.accounts.required:
        session.fail("*", "ACCOUNT_REQUIRED", session.translate("This server requires an account: log in with SASL"))
        session.quit("Account required", closing="Account required")
        return True
    who = f"{registration.nick}!{valid_username(registration.username)}"
    reason = operate.ban_reason(chat, who=who, address=session.link.address, host=registration.host, account=account)
    if reason:
        session.numeric(n.ERR_YOUREBANNEDCREEP, f"You are banned from this server: {reason}")
        session.quit("Banned", closing=f"Banned: {reason}")
    return bool(reason)


def _user_of_account(session: Replies, registration: PendingRegistration) -> User | None:
    """The user of the same account, connected elsewhere or always on, whom this connection joins."""
    account = registration.account
    if account is None or not (session.chat.config.accounts.multiclient and account.multiclient):
        return None
    holder = session.chat.world.user(registration.nick)
    if holder is not None and holder.account_id == account.id and holder.dialect == "irc":
        return holder
    if always_on.applies_to(session.chat, account):
        always = session.chat.world.always_on
        return next((user for user in lookup.users_of(session.chat, account) if user.uid in always), None)
    return None


def _must_wait(session: Replies, registration: PendingRegistration, here: User | None) -> bool:
    """Whether the account, or the user to join, may still be refused by the store: that a client is here may not."""
    chat = session.chat
    awaited, registration.awaited = registration.awaited, "" if here is None else here.uid
    if registration.account is not None and chat.records.is_pending(registration.account):
        return True
    return here is not None and here.uid != awaited and not chat.journal.idle


async def _register_when_committed(session: Replies) -> None:
    await session.chat.journal.flush()
    if not session.ended:
        try_register(session)


def _attach(session: Replies, registration: PendingRegistration, user: User) -> None:
    del registration
    lifecycle.attach(session.chat, session, user)
    session.registration = None
    session.chat.journal.keep(_send_burst_to_attached, session)
    _replay_missed(session)


def _send_burst_to_attached(session: Replies) -> None:
    """Greet one more connection of a user, and deliver everything to it from that moment on: in one step."""
    user = session.me
    if session.ended:
        return
    if session.chat.world.users.get(user.uid) is not user:
        session.quit("", closing="You have left elsewhere; connect again")
        return
    for line in registration_burst(session):
        session.write_line(line)
    session.chat.sessions.attach(user, session, user.channels)
    for key in user.channels:
        channel = session.chat.world.channels.get(key)
        for line in join_lines(session, channel) if channel is not None else ():
            session.write_line(line)


def _replay_missed(session: Replies) -> None:
    """Send what was said since this device was last connected, unless the client asks for it itself."""
    if session.bits & (caps.CHATHISTORY | caps.PLAYBACK):
        return
    chat = session.chat
    since_ms = always_on.last_seen_ms(chat, session.me, session.device)
    if not since_ms:
        return
    # From now on the session is sent what is said; what it has missed is older, and goes before it.
    chat.journal.keep(_keep_back, session)
    session.run_async(replay_missed(session, since_ms, chat.ids.msgid(chat.now_ms())))


def _keep_back(session: Replies) -> None:
    session.link.keep_back()


def _finish(session: Replies, registration: PendingRegistration, *, granted: bool) -> None:
    if not granted:
        session.numeric(n.ERR_NICKNAMEINUSE, registration.nick, "Nickname is already in use")
        registration.nick = ""
        return
    with session.chat.journal.facts():  # what was said before belongs to it: the client has been told that it is set
        _enter(session, registration)


def _enter(session: Replies, registration: PendingRegistration) -> None:
    session.registration = None
    lifecycle.connect(
        session.chat,
        session,
        uid=registration.uid,
        nick=registration.nick,
        username=registration.username,
        realname=registration.realname or registration.nick,
        dialect="irc",
        host=registration.host,
        account=registration.account,
    )
    for key, value in registration.metadata.items():
        if metadata.is_acceptable(session.chat, session.me, key, value):
            metadata.change(session.chat, session, session.me, key, value)
    for line in registration_burst(session):
        session.send(line)
    if registration.away is not None:
        users.set_away(session.chat, session, registration.away)
