"""PERSISTENCE, CLIENTCERT, USERQUERY, TOKEN, LANGUAGE: settings of an account, and what it can prove."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.i18n import find_language, known_languages
from papo.protocol import numerics as n
from papo.protocol.irc import escape
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, certificates, tokens
from papo.server.actions.accounts.tokens import TokenError
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.registration_burst import persistence_line, query_lines
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.world.names import fold, valid_nick

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.records import Account

MAX_QUERIES = 100
TOKEN_CHUNK = 400


@verb("PERSISTENCE", params=1)
def persistence(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """PERSISTENCE GET | SET ON|OFF|DEFAULT: whether you stay when your last connection ends (draft/persistence)."""
    account = lookup.account_of(session.chat, session.me)
    words = [word.upper() for word in line.params]
    if words == ["GET"]:
        session.send(persistence_line(session))
        return None
    if len(words) != 2 or words[0] != "SET" or words[1] not in {"ON", "OFF", "DEFAULT"}:
        session.fail("PERSISTENCE", "INVALID_PARAMS", "Usage: GET, or SET and ON, OFF or DEFAULT")
        return None

    async def work() -> None:
        await accounts.set_always_on(session.chat, session, on={"ON": True, "OFF": False}.get(words[1]))
        session.send(persistence_line(session))

    del account
    return work()


@verb("CLIENTCERT", params=1)
def clientcert(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """CLIENTCERT CREATE name | LIST | DELETE [fingerprint]: certificates that log you in (draft/client-cert)."""
    account = lookup.account_of(session.chat, session.me)
    server = session.chat.config.server.name
    have = session.link.fingerprints
    subcommand = line.params[0].upper()
    if subcommand == "LIST":
        lines = []
        for fingerprint in account.certificates:
            current = " current" if fingerprint in have else ""
            lines.append(f":{server} CLIENTCERT LIST {fingerprint} name={escape(fingerprint[:12])}{current}")
        send_batch(session, "soju.im/client-cert", lines)
        return None
    if subcommand == "CREATE":
        if not have:
            session.fail("CLIENTCERT", "NOCERT", "CREATE", "You have not connected with a certificate")
            return None
        return _pin(session, have[-1])
    if subcommand == "DELETE":
        wanted = (
            line.params[1]
            if len(line.params) > 1
            else next((fingerprint for fingerprint in have if fingerprint in account.certificates), "")
        )
        return _unpin(session, wanted)
    session.fail("CLIENTCERT", "UNKNOWN_COMMAND", subcommand, "Unknown subcommand")
    return None


async def _pin(session: IrcSession, fingerprint: str) -> None:
    await certificates.add(session.chat, session, fingerprint)
    session.send(f":{session.chat.config.server.name} CLIENTCERT CREATE")


async def _unpin(session: IrcSession, fingerprint: str) -> None:
    await certificates.remove(session.chat, session, fingerprint)
    session.send(f":{session.chat.config.server.name} CLIENTCERT DELETE {fingerprint}")


@verb("USERQUERY", params=1)
def userquery(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """USERQUERY LIST | OPEN nick | CLOSE nick: private conversations open on your devices (draft/user-query)."""
    lookup.account_of(session.chat, session.me)  # raises Refused for a guest
    subcommand = line.params[0].upper()
    nick = line.params[1] if len(line.params) > 1 else ""
    if subcommand == "LIST":
        send_batch(session, "draft/user-query", query_lines(session))
        return None
    if subcommand not in {"OPEN", "CLOSE"} or not valid_nick(nick, session.chat.config.limits.nick_length):
        session.fail("USERQUERY", "INVALID_PARAMS", nick or "*", "Usage: LIST, or OPEN or CLOSE and a nick")
        return None
    return _keep_open(session, subcommand, nick)


async def _keep_open(session: IrcSession, subcommand: str, nick: str) -> None:
    def fields_of(now: Account) -> dict[str, object]:
        others = tuple(name for name in now.open if fold(name) != fold(nick))
        return {"open": (*others, nick)[-MAX_QUERIES:] if subcommand == "OPEN" else others}

    account = lookup.account_of(session.chat, session.me)
    if fields_of(account)["open"] != account.open:
        await accounts.edit(session.chat, account, fields_of)
    line = f":{session.me.source} USERQUERY {subcommand} {nick}"
    session.send(line)
    for other in session.chat.sessions.of(session.me.uid):
        if other is not session and getattr(other, "bits", 0) & caps.USER_QUERY:
            other.send(line)  # type: ignore[attr-defined]  # only IRC sessions have bits


@verb("TOKEN", params=1)
def token(session: IrcSession, line: Line) -> None:
    """TOKEN SERVICELIST | GENERATE service [scope] | VALIDATE token: prove to a web service who you are."""
    chat = session.chat
    subcommand, *rest = line.params
    server = chat.config.server.name
    match subcommand.upper():
        case "SERVICELIST":
            lines = [f":{server} TOKEN SERVICE {name} {url} :{about}" for name, url, about in tokens.services(chat)]
            if lines:
                send_batch(session, "draft/authtoken *", lines)
            else:
                session.standard("NOTE", "TOKEN", "NO_SERVICES", "No services are defined here")
        case "GENERATE":
            if not rest:
                session.fail("TOKEN", "INVALID_PARAMS", "GENERATE", "Name the service")
                return
            try:
                text = tokens.generate(chat, session, rest[0].upper(), rest[1] if len(rest) > 1 else "")
            except TokenError as error:
                session.fail("TOKEN", error.code, rest[0], session.translate(error.text))
                return
            chunks = [text[at : at + TOKEN_CHUNK] for at in range(0, len(text), TOKEN_CHUNK)]
            send_batch(
                session,
                f"draft/authtoken {rest[0].upper()}",
                [f":{server} TOKEN GENERATE * {chunk}" for chunk in chunks],
            )
        case "VALIDATE":
            session.fail("TOKEN", "NO_PERMISSIONS", "*", "Tokens are checked over HTTP by the services they are for")
        case _:
            session.fail("TOKEN", "UNKNOWN_COMMAND", subcommand, "Unknown subcommand")


@verb("LANGUAGE", params=1)
def language(session: IrcSession, line: Line) -> None:
    """LANGUAGE code...: set your language to the first of these that the server knows."""
    for word in line.params:
        if code := find_language(word):
            session.language = code
            text = session.translate("Language preferences have been set")
            session.send(f":{session.chat.config.server.name} {n.RPL_YOURLANGUAGESARE} {session.nick} {code} :{text}")
            return
    session.numeric(n.ERR_NOLANGUAGE, line.params[0], f"Languages here: {', '.join(known_languages())}")
