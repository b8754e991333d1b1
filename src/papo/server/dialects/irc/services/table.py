"""The table of the services' commands: `@command` registers a function of this folder in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from papo.i18n import N_
from papo.server.dialects.irc.refusals import sentence
from papo.server.world.errors import Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession

Call: TypeAlias = Callable[["IrcSession", list[str]], Coroutine[Any, Any, None]]


class Command(NamedTuple):
    """One command of one service."""

    name: str
    usage: str
    help: str
    call: Call
    words: int
    """The least number of words after the command; with fewer the reply is the usage."""
    power: str
    """The power that an operator of the server needs to use it; "" if every user may."""


NAMES = {"nickserv": "NickServ", "chanserv": "ChanServ", "hostserv": "HostServ", "histserv": "HistServ"}
ABOUT = {
    "NickServ": N_("NickServ manages accounts and the nicks that belong to them"),
    "ChanServ": N_("ChanServ manages registered channels"),
    "HostServ": N_("HostServ gives users hosts that are shown instead of their address"),
    "HistServ": N_("HistServ manages the message history"),
}
COMMANDS: dict[str, dict[str, Command]] = {name: {} for name in NAMES.values()}


def command(service: str, usage: str, about: str, *, power: str = "") -> Callable[[Call], Call]:
    """Register a command; `usage` begins with its name, and words in brackets are optional."""
    name = usage.split(maxsplit=1)[0]
    needed = len(re.sub(r"\[.*?\]", "", usage).split()) - 1

    def register(call: Call) -> Call:
        COMMANDS[service][name] = Command(name, usage, about, call, needed, power)
        return call

    return register


def is_service(name: str) -> bool:
    """Whether a nick (or `nick@server`) is a service's."""
    return fold(name.partition("@")[0]) in NAMES


def name_of(name: str) -> str:
    """The service's name as it is spelled."""
    return NAMES[fold(name.partition("@")[0])]


def source_of(session: IrcSession, name: str) -> str:
    """The source of a service's replies."""
    return f"{name}!{name}@{session.chat.config.server.name}"


def send_reply(session: IrcSession, service: str, text: str, **values: object) -> None:
    """A notice from a service, in the user's language."""
    session.notice(session.translate(text).format(**values), source_of(session, service))


def handle(session: IrcSession, target: str, text: str) -> None:
    """Run the command in a message to a service."""
    service = name_of(target)
    words = text.strip().split()
    if words and words[0].startswith("\x01"):
        return
    name = words.pop(0).upper() if words else "HELP"
    if name == "HELP":
        _help(session, service, words[0].upper() if words else "")
        return
    found = COMMANDS[service].get(name)
    if found is None or (found.power and not session.me.may(found.power)):
        send_reply(session, service, "There is no command {name}; HELP lists all commands", name=name)
        return
    if len(words) < found.words:
        send_reply(session, service, "Usage: {usage}", usage=found.usage)
        return
    session.run_async(_run(session, service, found, words), service)


async def _run(session: IrcSession, service: str, found: Command, words: list[str]) -> None:
    try:
        await found.call(session, words)
    except Refused as refused:
        session.notice(sentence(refused, session.translate), source_of(session, service))


def _help(session: IrcSession, service: str, name: str) -> None:
    found = COMMANDS[service].get(name)
    if found is not None and (not found.power or session.me.may(found.power)):
        send_reply(session, service, "{usage}: {about}", usage=found.usage, about=session.translate(found.help))
        return
    send_reply(session, service, ABOUT[service])
    for command in COMMANDS[service].values():
        if not command.power or session.me.may(command.power):
            send_reply(
                session, service, "  {usage}: {about}", usage=command.usage, about=session.translate(command.help)
            )
