"""What a session itself does with lines: coming in, capabilities, who we are. One function for each, in one table.

Sources: modern.ircdocs.horse "ServerConnection Registration"; IRCv3 capability-negotiation, sasl-3.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.client.session.line_parts import last, nick_of, param
from papo.protocol.irc import Line

if TYPE_CHECKING:
    from papo.client.session.session import ClientSession

WANTED = (
    "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost",
    "draft/account-registration", "draft/authtoken", "draft/channel-rename", "draft/chathistory",
    "draft/event-playback", "draft/message-edit", "draft/message-redaction", "draft/metadata-2",
    "draft/multiline", "draft/read-marker", "draft/search", "soju.im/search", "echo-message", "extended-join",
    "extended-monitor", "invite-notify", "labeled-response", "message-tags", "multi-prefix", "sasl",
    "server-time", "setname", "standard-replies", "userhost-in-names",
)  # fmt: skip
"""What we can use, if the server has it."""


def _cap(session: ClientSession, line: Line) -> None:
    words = last(line).split() if len(line.params) > 2 else []
    match param(line, 1).upper():
        case "LS" | "NEW" as kind:
            for word in words:
                name, _equals, value = word.partition("=")
                session.offered[name] = value
            if kind == "NEW" or len(line.params) < 4 or line.params[2] != "*":
                session.request_caps()
        case "DEL":
            for name in words:
                session.caps.discard(name)
                session.offered.pop(name, None)
        case "ACK":
            session.agreed(words)
        case "NAK":
            session.not_agreed()
        case _:
            pass


def _welcome(session: ClientSession, line: Line) -> None:
    if param(line, 0):
        session.nick = param(line, 0)
    session.welcomed()


def _is_me(session: ClientSession, line: Line) -> bool:
    return session.is_me(nick_of(line.source))


def _nick(session: ClientSession, line: Line) -> None:
    if param(line, 0) and _is_me(session, line):
        session.nick = param(line, 0)


def _join(session: ClientSession, line: Line) -> None:
    if "@" in line.source and _is_me(session, line):
        session.host = line.source.partition("!")[2]


def _chghost(session: ClientSession, line: Line) -> None:
    if _is_me(session, line):
        session.host = f"{param(line, 0)}@{param(line, 1)}"


def _account(session: ClientSession, line: Line) -> None:
    if _is_me(session, line):
        session.account = param(line, 0).replace("*", "")


def _signed_in(session: ClientSession, line: Line) -> None:
    session.account = param(line, 2)


def _signed_out(session: ClientSession, _line: Line) -> None:
    session.account = ""


HANDLERS: dict[str, Callable[[ClientSession, Line], None]] = {
    "PING": lambda session, line: session.send("PONG", last(line)),
    "CAP": _cap,
    "AUTHENTICATE": lambda session, line: session.challenged(param(line, 0)),
    "900": _signed_in,
    "901": _signed_out,
    "902": lambda session, line: session.not_signed_in(last(line)),
    "903": lambda session, _line: session.signed_in(),
    "904": lambda session, line: session.not_signed_in(last(line)),
    "905": lambda session, line: session.not_signed_in(last(line)),
    "001": _welcome,
    "005": lambda session, line: session.support.take(line.params[1:-1]),
    "376": lambda session, _line: session.listener.online(),
    "422": lambda session, _line: session.listener.online(),
    "NICK": _nick,
    "JOIN": _join,
    "CHGHOST": _chghost,
    "ACCOUNT": _account,
}
