"""OPER, DEOPER, KILL, bans, WALLOPS, REHASH, DIE, SAJOIN: for operators of the server."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.config.passwords import verify_password
from papo.i18n import N_
from papo.protocol import numerics as n
from papo.protocol.times import iso_time
from papo.server.actions import lifecycle, operate, proofs, users
from papo.server.actions.accounts import accounts
from papo.server.actions.actor import check_power
from papo.server.actions.channels import membership
from papo.server.actions.proofs import Proof
from papo.server.auth.passwords import TooBusy
from papo.server.auth.throttle import network_of
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs.channel import send_channel
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.config import Operator
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("OPER", params=2, per_minute="opers_per_minute")
def oper(session: IrcSession, line: Line) -> Coroutine[Any, Any, None]:
    """OPER name password: become an operator of the server."""
    return _log_in(session, line.params[0], line.params[1])


async def _log_in(session: IrcSession, name: str, password: str) -> None:
    chat = session.chat
    found = next((operator for operator in chat.config.operators if operator.name == name), None)
    why = "wrong"
    if found is not None and not operate.may_become_operator(chat, session.me, found.hosts):
        # As if there were no such operator: nobody elsewhere learns that a password is right, or uses up its guesses.
        found, why = None, "wrong, or not from the operator's host"
    if not await _is_proved(session, name, found, password, why) or found is None:
        shown = "an operator" if found is None else f"operator {found.name}"  # it may be a password in the wrong place
        with chat.journal.facts():
            lifecycle.notify_operators(chat, "k", f"{session.me.source} failed to become {shown}")
        session.numeric(n.ERR_PASSWDMISMATCH, "Password incorrect")
        return
    operate.become_operator(session.chat, session, found.name, operate.powers_of(session.chat, found.role))
    session.chat.audit(session.me, "OPER", found.role)
    session.numeric(n.RPL_YOUREOPER, "You are now an IRC operator")
    if others := len(chat.sessions.of(session.me.uid)) - 1:
        text = N_(
            "Other connections share your nick, and are operators too: {count}. To see and end them: NickServ SESSIONS"
        )
        session.notice(session.translate(text).format(count=others))
    for text, values, _told_s in session.chat.alarms.values():
        session.notice(session.translate(text).format(**values))


async def _is_proved(session: IrcSession, name: str, found: Operator | None, password: str, why: str) -> bool:
    """Whether the password is right; a name of no operator takes the same time as a wrong password. Raises Refused."""
    chat, address = session.chat, session.link.address
    others = chat.config.operators
    kept = found.password if found is not None else others[0].password if others else ""
    place = (f"operator {name}", network_of(address))
    try:
        async with proofs.attempt(
            chat,
            Proof.OPERATOR,
            whose=name,
            address=address,
            exists=found is not None,
            known_by=(f"network {place[1]}",) if found is not None and place in chat.throttle.proved_from else (),
        ) as tried:
            tried.why = why
            tried.proved = bool(await chat.passwords.run(verify_password, password, kept)) and found is not None
    except TooBusy:
        raise Refused(Code.BUSY, accounts.TOO_BUSY) from None
    if tried.proved:
        chat.throttle.proved_from.add(place)
    return tried.proved


@verb("KILL", params=1)
def kill(session: IrcSession, line: Line) -> None:
    """KILL nick [:reason]: disconnect a user."""
    reason = (line.params[1] if len(line.params) > 1 else "") or "no reason given"
    operate.kill(session.chat, session, line.params[0], reason)


@verb("WALLOPS", params=1)
def wallops(session: IrcSession, line: Line) -> None:
    """WALLOPS :text: write to every user with mode +w."""
    operate.wallops(session.chat, session, line.params[0])


@verb("REHASH")
def rehash(session: IrcSession, line: Line) -> Coroutine[Any, Any, None]:
    """REHASH: reread the configuration."""
    del line
    check_power(session, "reload")
    return _reload(session)


async def _reload(session: IrcSession) -> None:
    await session.chat.audit_first(session.me, "REHASH", "")
    session.numeric(n.RPL_REHASHING, "configuration", "Rehashing")
    server = session.chat.config.server.name
    session.send(f":{server} NOTICE {session.nick} :{session.chat.reload()}")


@verb("DIE")
def die(session: IrcSession, line: Line) -> None:
    """DIE: shut the server down."""
    del line
    check_power(session, "stop")
    session.chat.audit(session.me, "DIE", "")  # not waited for: a server whose disk fails must stop too
    session.chat.stop()


@verb("SAJOIN", params=1)
def sajoin(session: IrcSession, line: Line) -> None:
    """SAJOIN #channel: join a channel regardless of its modes."""
    check_power(session, "join")
    session.chat.audit(session.me, "SAJOIN", line.params[0])
    channel = membership.join(session.chat, session, line.params[0], force=True)
    if channel is not None:
        send_channel(session, channel)


@verb("DEOPER")
def deoper(session: IrcSession, line: Line) -> None:
    """DEOPER: stop being an operator of the server."""
    del line
    users.set_modes(session.chat, session, [("-", "o"), ("-", "s")], "")


@verb("AUDIT")
def audit(session: IrcSession, line: Line) -> Coroutine[Any, Any, None]:
    """AUDIT [count]: what operators of the server have done, newest last."""
    check_power(session, "audit")
    word = line.params[0] if line.params else "20"
    count = int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 20
    return _send_audit(session, count)


async def _send_audit(session: IrcSession, count: int) -> None:
    await session.chat.journal.flush()
    for at_ms, who, action, details in await session.chat.store.audit(count):
        session.notice(f"{iso_time(at_ms)} {who}: {action} {details}")
    session.notice(session.translate("End of the audit log"))


_DURATION = re.compile(r"(\d{1,6})([smhdw]?)")
_UNITS = {"": 60, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def _duration(words: list[str]) -> int:
    """Remove a leading duration such as `30m` or `7d` (`5` is minutes); returns seconds, 0 if there is none."""
    found = _DURATION.fullmatch(words[0]) if words else None
    if found is None:
        return 0
    words.pop(0)
    return int(found[1]) * _UNITS[found[2]]


@verb("KLINE", params=1)
def kline(session: IrcSession, line: Line) -> None:
    """KLINE [duration] nick!user@host [:reason]: ban a mask from the server; 30m, 2h, 7d, or permanently."""
    _ban(session, "mask", line.params)


@verb("UNKLINE", params=1)
def unkline(session: IrcSession, line: Line) -> None:
    """UNKLINE mask: remove the ban of a mask."""
    operate.unban(session.chat, session, "mask", line.params[0])
    session.notice(session.translate("The ban is removed"))


@verb("DLINE", params=1)
def dline(session: IrcSession, line: Line) -> None:
    """DLINE [duration] address[/bits] [:reason]: ban an address or a network from the server."""
    _ban(session, "address", line.params)


@verb("UNDLINE", params=1)
def undline(session: IrcSession, line: Line) -> None:
    """UNDLINE address[/bits]: remove the ban of an address."""
    operate.unban(session.chat, session, "address", line.params[0])
    session.notice(session.translate("The ban is removed"))


@verb("UBAN", params=1)
def uban(session: IrcSession, line: Line) -> None:
    """UBAN ADD|DEL|LIST [duration] address | mask | account [:reason]: bans of every kind."""
    check_power(session, "ban")
    subcommand, *words = line.params
    match subcommand.upper():
        case "LIST":
            for ban in session.chat.world.registry.bans.values():
                left = max(0, ban.until_ms - session.chat.now_ms()) // 60_000
                ends = f"{left} min" if ban.until_ms else "-"
                session.notice(f"{ban.kind} {ban.mask} {ends} {ban.by}: {ban.reason}")
            session.notice(session.translate("{count} bans").format(count=len(session.chat.world.registry.bans)))
        case "ADD" if words:
            seconds = _duration(words)
            if words:
                kind = _kind(session, words[0])
                _ban(session, kind, words, seconds)
        case "DEL" if words:
            operate.unban(session.chat, session, _kind(session, words[0]), words[0])
            session.notice(session.translate("The ban is removed"))
        case _:
            session.fail("UBAN", "INVALID_PARAMS", subcommand, "Usage: ADD or DEL and a target, or LIST")


def _kind(session: IrcSession, word: str) -> str:
    if set(word) & set("!@*?"):
        return "mask"
    return "account" if session.chat.world.registry.account(word) is not None else "address"


def _ban(session: IrcSession, kind: str, words: list[str], seconds: int = 0) -> None:
    words = list(words)
    check_power(session, "ban")
    seconds = seconds or (_duration(words) if len(words) > 1 else 0)
    reason = words[1] if len(words) > 1 else ""
    gone = operate.ban(session.chat, session, kind, words[0], seconds=seconds, reason=reason)
    session.notice(session.translate("Banned; {count} users were disconnected").format(count=len(gone)))
