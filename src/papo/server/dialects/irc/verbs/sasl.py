"""AUTHENTICATE, REGISTER, VERIFY: log in and register an account (IRCv3 sasl-3.2, account-registration)."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.protocol.sasl import CHUNK_LENGTH, chunks
from papo.server.actions.accounts import accounts, authentication
from papo.server.actions.accounts.second_factor import SecondFactorRequired
from papo.server.dialects.irc import caps, sasl, server_password
from papo.server.dialects.irc.login import log_in, log_in_to_new
from papo.server.dialects.irc.refusals import sentence
from papo.server.dialects.irc.sasl import TooLong
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs import second_factor
from papo.server.world.errors import Code, Refused
from papo.server.world.names import valid_nick

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account

log = logging.getLogger(__name__)


@verb("AUTHENTICATE", before_registration=True)
def authenticate(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """AUTHENTICATE mechanism | base64 | *: log in to an account with SASL."""
    if not line.params:
        session.numeric(n.ERR_NEEDMOREPARAMS, "AUTHENTICATE", "Not enough parameters")
        return None
    word = line.params[0]
    with_passkey = session.sasl is not None and isinstance(session.sasl.mechanism, sasl.WebPasskey)
    if session.factor is not None and not with_passkey and word.upper() != "PAPO-PASSKEY":
        session.factor.account = None  # the login that lacks its second factor is broken off
    if word == "*":
        session.sasl = None
        session.numeric(n.ERR_SASLABORTED, "SASL authentication aborted")
        return None
    if session.sasl is None:
        _begin_exchange(session, word)
        return None
    return _continue_exchange(session, session.sasl, word)


def _begin_exchange(session: IrcSession, name: str) -> None:
    if session.registration is not None and session.registration.account is not None:
        session.numeric(n.ERR_SASLALREADY, "You have already authenticated using SASL")
        return
    try:
        mechanism = sasl.begin(session, name.upper())
    except Refused as refused:
        session.numeric(n.ERR_SASLFAIL, f"SASL authentication failed: {sentence(refused, session.translate)}")
        return
    except Exception:
        log.exception("AUTHENTICATE failed")
        _break_off(session)
        return
    if mechanism is None:
        session.numeric(n.RPL_SASLMECHS, ",".join(caps.mechanisms(session.chat)), "are available SASL mechanisms")
        session.numeric(n.ERR_SASLFAIL, "SASL authentication failed: this mechanism is not available")
        return
    session.sasl = sasl.SaslExchange(mechanism)
    session.send("AUTHENTICATE +")


async def _continue_exchange(session: IrcSession, exchange: sasl.SaslExchange, chunk: str) -> None:
    """One message of the exchange. Whatever goes wrong ends it with a numeric: the client waits for one."""
    try:
        message = exchange.add(chunk)
        if message is None:
            return
        answer = await exchange.mechanism.step(session, message)
        if isinstance(answer, bytes):
            for line in chunks(answer):
                session.send(f"AUTHENTICATE {line}")
            return
        await log_in(session, answer, exchange.mechanism.how)
        if session.factor is not None:
            session.factor.account = None
    except TooLong:
        session.sasl = None
        if len(chunk) > CHUNK_LENGTH:
            session.numeric(n.ERR_SASLTOOLONG, "SASL message too long")
        else:
            session.numeric(n.ERR_SASLFAIL, "SASL authentication failed: the message is too long")
    except Refused as refused:
        session.sasl = None
        if isinstance(refused, SecondFactorRequired):
            session.language = session.language or refused.account.language  # the password is right
            if session.bits & caps.SECOND_FACTOR:
                second_factor.ask(session, refused.account)
                return
        _charge_failure(session)
        session.numeric(n.ERR_SASLFAIL, f"SASL authentication failed: {sentence(refused, session.translate)}")
    except Exception:
        log.exception("AUTHENTICATE failed")
        _break_off(session)
    else:
        session.sasl = None
        session.numeric(n.RPL_SASLSUCCESS, "SASL authentication successful")


def _break_off(session: IrcSession) -> None:
    session.sasl = None
    session.numeric(n.ERR_SASLFAIL, f"SASL authentication failed: {session.went_wrong()}")


def _charge_failure(session: IrcSession) -> None:
    """Charge a failed login to the budget of an unregistered client, which is closed when it is used up."""
    if session.registration is not None:
        session.spent_lines += 8


@verb("REGISTER", params=3, before_registration=True)
def register(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """REGISTER account|* email|* password: create an account (IRCv3 account-registration)."""
    return _answer(session, "REGISTER", line.params[0], _register(session, *line.params[:3]))


async def _answer(session: IrcSession, command: str, name: str, work: Coroutine[Any, Any, None]) -> None:
    """Do the work of REGISTER or VERIFY; FAIL if an exception ends it: the client waits for an answer."""
    try:
        await work
    except Refused:
        raise
    except Exception:
        log.exception("%s failed", command)
        text = session.translate("Something went wrong on the server; it has been logged")
        session.fail(command, "TEMPORARILY_UNAVAILABLE", name, text)


async def _register(session: IrcSession, name: str, email: str, password: str) -> None:
    chat = session.chat
    before = session.registration
    nick = session.nick if before is None else before.nick or before.asked or "*"
    if before is not None and not chat.config.accounts.before_connect:
        session.fail("REGISTER", "COMPLETE_CONNECTION_REQUIRED", name, "Finish connecting first")
        return
    if before is not None and not await server_password.is_proved(session, before):
        session.fail("REGISTER", "COMPLETE_CONNECTION_REQUIRED", name, "Give the server's password first (PASS)")
        return
    if nick == "*":
        session.fail("REGISTER", "NEED_NICK", "*", "Choose a nick first (NICK)")
        return
    name = nick if name == "*" else name
    if session.account_name:
        raise Refused(Code.ALREADY_AUTHENTICATED, session.account_name)
    if name.lower() != nick.lower() and not chat.config.accounts.custom_names:
        raise Refused(Code.ACCOUNT_NAME_MUST_BE_NICK, name)
    uid = "" if session.user is None else session.user.uid
    email = "" if email == "*" else email
    account = await accounts.register(
        chat, name=name, email=email, password=password, uid=uid, address=session.link.address
    )
    server = chat.config.server.name
    if not account.verified:
        text = session.translate("Account created; verify it with the code that was sent to your address (VERIFY)")
        session.send(f":{server} REGISTER VERIFICATION_REQUIRED {account.name} :{text}")
        return
    text = session.translate("Account created")
    session.send(f":{server} REGISTER SUCCESS {account.name} :{text}")
    log_in_to_new(session, account, "registration")


@verb("VERIFY", params=2, before_registration=True)
def verify(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """VERIFY account code: verify an account with the code sent by mail."""
    return _answer(session, "VERIFY", line.params[0], _verify(session, *line.params[:2]))


async def _verify(session: IrcSession, name: str, code: str) -> None:
    before = session.registration
    if before is not None and not await server_password.is_proved(session, before):
        session.fail("VERIFY", "COMPLETE_CONNECTION_REQUIRED", name, "Give the server's password first (PASS)")
        return
    if session.account_name:
        raise Refused(Code.ALREADY_AUTHENTICATED, session.account_name)
    name = session.nick if name == "*" else name
    if not valid_nick(name, session.chat.config.limits.nick_length):
        raise Refused(Code.INVALID_CODE, name)
    account: Account = await authentication.by_code(session.chat, name, code, session.link.address)
    server = session.chat.config.server.name
    text = session.translate("Account verified")
    session.send(f":{server} VERIFY SUCCESS {account.name} :{text}")
    log_in_to_new(session, account, "code")
