"""LUSERS, MOTD, VERSION, TIME, INFO, ADMIN, LINKS, STATS, HELP: about the server (modern.ircdocs.horse)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from papo import __version__
from papo.protocol import numerics as n
from papo.server.dialects.irc import caps, isupport
from papo.server.dialects.irc.registration_burst import isupport_lines
from papo.server.dialects.irc.registration_burst import lusers as count
from papo.server.dialects.irc.verb import VERBS, verb

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


def _is_elsewhere(session: IrcSession, line: Line, at: int = 0) -> bool:
    """Whether the line asks another server; if so, the client is told that there is none."""
    name = session.chat.config.server.name
    if len(line.params) <= at or line.params[at].lower() in {name.lower(), session.nick.lower(), "*"}:
        return False
    session.numeric(n.ERR_NOSUCHSERVER, line.params[at] or "*", "No such server")
    return True


@verb("LUSERS")
def lusers(session: IrcSession, line: Line) -> None:
    """LUSERS: how many users are connected."""
    del line
    for numeric, text in count(session):
        session.send(f":{session.chat.config.server.name} {numeric} {session.nick} {text}")


@verb("MOTD")
def motd(session: IrcSession, line: Line) -> None:
    """MOTD: show the message of the day."""
    if not _is_elsewhere(session, line):
        session.send_block([text.replace("\0", session.nick, 1) for text in isupport.texts(session.chat).motd])


@verb("VERSION")
def version(session: IrcSession, line: Line) -> None:
    """VERSION: the server's software, and what it supports."""
    if _is_elsewhere(session, line):
        return
    server = session.chat.config.server
    session.numeric(n.RPL_VERSION, f"papo-{__version__}", server.name, "https://ircv3.net and five classroom dialects")
    for text in isupport_lines(session):
        session.send(text)


@verb("ISUPPORT", before_registration=True)
def isupport_(session: IrcSession, line: Line) -> None:
    """ISUPPORT: what the server supports (IRCv3 extended-isupport)."""
    del line
    if session.registration is not None and not session.bits & caps.EXTENDED_ISUPPORT:
        session.numeric(n.ERR_NOTREGISTERED, "You have not registered")
        return
    for text in isupport_lines(session):
        session.send(text)


@verb("TIME")
def time_(session: IrcSession, line: Line) -> None:
    """TIME: the server's clock."""
    if _is_elsewhere(session, line):
        return
    now_ms = session.chat.now_ms()
    text = time.strftime("%A %Y-%m-%d %H:%M:%S UTC", time.gmtime(now_ms // 1000))
    session.numeric(n.RPL_TIME, session.chat.config.server.name, text)


@verb("INFO")
def info(session: IrcSession, line: Line) -> None:
    """INFO: about the software."""
    if _is_elsewhere(session, line):
        return
    started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(session.chat.started_at_ms // 1000))
    for text in (
        f"Papo {__version__}: a chat server for IRC programs, browsers and five classroom dialects",
        "Papo is free software under the MIT licence",
        f"Running since {started}",
    ):
        session.numeric(n.RPL_INFO, text)
    session.numeric(n.RPL_ENDOFINFO, "End of INFO")


@verb("ADMIN")
def admin(session: IrcSession, line: Line) -> None:
    """ADMIN: who runs the server."""
    if _is_elsewhere(session, line):
        return
    server = session.chat.config.server
    session.numeric(n.RPL_ADMINME, server.name, "Administrative info")
    session.numeric(n.RPL_ADMINLOC1, server.admin_name or server.network)
    session.numeric(n.RPL_ADMINLOC2, server.location or server.description)
    session.numeric(n.RPL_ADMINEMAIL, server.admin_email or "no address was given")


@verb("LINKS")
def links(session: IrcSession, line: Line) -> None:
    """LINKS: list the servers of the network; for operators of the server only."""
    del line
    server = session.chat.config.server
    if session.me.is_operator:
        session.numeric(n.RPL_LINKS, server.name, server.name, f"0 {server.description}")
    session.numeric(n.RPL_ENDOFLINKS, "*", "End of LINKS list")


@verb("STATS", params=1)
def stats(session: IrcSession, line: Line) -> None:
    """STATS u | o | m: uptime, operators (for operators), commands."""
    letter = line.params[0][:1] or "*"
    server = session.chat.config.server.name
    match letter:
        case "u":
            seconds = (session.chat.now_ms() - session.chat.started_at_ms) // 1000
            minutes, seconds = divmod(seconds, 60)
            hours, minutes = divmod(minutes, 60)
            days, hours = divmod(hours, 24)
            session.numeric(n.RPL_STATSUPTIME, f"Server Up {days} days {hours}:{minutes:02d}:{seconds:02d}")
        case "o" if session.me.may("see"):
            for operator in session.chat.config.operators:
                session.send(
                    f":{server} {n.RPL_STATSOLINE} {session.nick} O {','.join(operator.hosts)} * {operator.name}"
                )
        case "m" if session.me.may("see"):
            for name in sorted(VERBS):
                session.send(f":{server} {n.RPL_STATSCOMMANDS} {session.nick} {name} 0 0 0")
        case "k" | "K" if session.me.may("ban"):
            for ban in session.chat.world.registry.bans.values():
                session.numeric(n.RPL_STATSKLINE, "K", ban.mask, "*", ban.kind, ban.reason)
        case _:
            pass
    session.numeric(n.RPL_ENDOFSTATS, letter if letter != ":" else "*", "End of /STATS report")


@verb("HELP")
def help_(session: IrcSession, line: Line) -> None:
    """HELP [command]: explain a command, or list all commands."""
    subject = (line.params[0] if line.params else "").upper()
    if not subject:
        _send_help(session, "*", ["Papo's commands; HELP and a command's name explains one", " ".join(sorted(VERBS))])
    elif subject in VERBS:
        found = VERBS[subject]
        _send_help(session, subject, [text.strip() for text in found.help.strip().splitlines() if text.strip()])
    else:
        word = subject if " " not in subject and subject[0] != ":" else "*"
        session.numeric(
            n.ERR_HELPNOTFOUND, word, "There is no help on this; HELP without parameters lists the commands"
        )


@verb("HELPOP")
def helpop(session: IrcSession, line: Line) -> None:
    """HELPOP [command]: the same as HELP."""
    help_(session, line)


def _send_help(session: IrcSession, subject: str, texts: list[str]) -> None:
    lines = []
    for text in texts:
        while len(text) > 400:
            at = text.rfind(" ", 0, 400)
            lines.append(text[:at])
            text = text[at + 1 :]
        lines.append(text)
    session.numeric(n.RPL_HELPSTART, subject, lines[0])
    for text in lines[1:]:
        session.numeric(n.RPL_HELPTXT, subject, text)
    session.numeric(n.RPL_ENDOFHELP, subject, "End of help")


@verb("USERS")
def users(session: IrcSession, line: Line) -> None:
    """USERS: list the users logged in to the machine; disabled."""
    del line
    session.numeric(n.ERR_USERSDISABLED, "USERS has been disabled")


@verb("SUMMON")
def summon(session: IrcSession, line: Line) -> None:
    """SUMMON nick: call a user logged in to the machine; disabled."""
    del line
    session.numeric(n.ERR_SUMMONDISABLED, "SUMMON has been disabled")
