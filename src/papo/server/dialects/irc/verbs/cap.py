"""CAP: negotiate capabilities (IRCv3 capability-negotiation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.registration import try_register
from papo.server.dialects.irc.replies import MAX_TEXT_BYTES
from papo.server.dialects.irc.verb import verb

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("CAP", params=1, before_registration=True)
def cap(session: IrcSession, line: Line) -> None:
    """CAP LS [302] | LIST | REQ :names | END: see and choose capabilities."""
    subcommand, *rest = line.params
    match subcommand.upper():
        case "LS":
            _start(session)
            if rest and rest[0].isascii() and rest[0].isdigit():
                session.cap_version = max(session.cap_version, int(rest[0][:6]))
            if session.cap_version >= 302:
                session.set_bits(session.bits | caps.CAP_NOTIFY)
            _list(session, "LS", caps.offered(session.chat, session.cap_version))
        case "LIST":
            _list(session, "LIST", caps.names_of(session.bits))
        case "REQ":
            _start(session)
            _request(session, rest[0] if rest else "")
        case "END":
            if session.registration is not None:
                if session.sasl is not None:  # the client goes on without a login (sasl-3.1)
                    session.sasl = None
                    session.numeric(n.ERR_SASLABORTED, "SASL authentication aborted")
                session.registration.negotiating = False
                try_register(session)
        case _:
            word = subcommand if " " not in subcommand and subcommand[:1] != ":" else "*"
            session.numeric(n.ERR_INVALIDCAPCMD, word or "*", "Invalid CAP subcommand")


def _start(session: IrcSession) -> None:
    if session.registration is not None:
        session.registration.negotiating = True


def _list(session: IrcSession, subcommand: str, names: list[str]) -> None:
    lines: list[str] = [""]
    for name in names:
        if len(lines[-1]) + len(name) > MAX_TEXT_BYTES:
            lines.append("")
        lines[-1] += f" {name}" if lines[-1] else name
    if session.cap_version < 302:
        lines = [" ".join(lines)]
    source = f":{session.chat.config.server.name} CAP {session.nick} {subcommand}"
    for line in lines[:-1]:
        session.send(f"{source} * :{line}")
    session.send(f"{source} :{lines[-1]}")


def _request(session: IrcSession, wanted: str) -> None:
    bits = session.bits
    accepted = True
    for word in wanted.split():
        row = caps.BY_NAME.get(word.removeprefix("-"))
        if row is None or row.name in caps.NEVER_ASKED or not row.offered(session.chat):
            accepted = False
        elif word[0] == "-":
            bits &= ~row.bit
        else:
            bits |= row.bit
    source = f":{session.chat.config.server.name} CAP {session.nick}"
    if not accepted:
        session.send(f"{source} NAK :{wanted}")
        return
    session.send(f"{source} ACK :{wanted}")
    gained = bits & ~session.bits
    session.set_bits(bits)
    if gained & caps.WHOAMI and session.user is not None:
        session.send_whoami()
