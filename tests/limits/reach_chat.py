"""Reaches each limit of a connection and of what users write, and returns what they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fake_link import FakeLink
from memory_server import MemoryServer, make_config
from test_classroom import ClassroomServer, named, play

from papo.config import Accounts, Config, History, Limits
from papo.server.dialects.irc.session import IrcSession

Reach = Callable[[], str]
WIDE: dict[str, Any] = {
    "message_burst": 100_000,
    "messages_per_s": 100_000,
    "bytes_per_s": 10_000_000,
    "joins_per_minute": 1000,
    "invites_per_minute": 1000,
}
"""What stands in the way of other limits."""


def config(**limits: Any) -> Config:
    """Limits that are on, and wide but for these."""
    accounts = Accounts(argon2_memory_kib=8, argon2_passes=1)
    return make_config(limits=Limits(**{**WIDE, **limits}), accounts=accounts, history=History(page_max=5))


def people(**limits: Any) -> MemoryServer:
    """ana, who operates #sala, and bia, who is in it."""
    server = MemoryServer(config(**limits))
    server.register("ana", "#sala", caps="message-tags batch draft/multiline draft/metadata-2 standard-replies")
    server.register("bia", "#sala")
    return server


def asked(*lines: str, nick: str = "ana", server: MemoryServer | None = None, **limits: Any) -> str:
    """What one is answered to these lines."""

    async def test() -> str:
        here = server or people(**limits)
        return "\n".join([line for each in lines for line in await here.ask_and_wait(nick, each)])

    return asyncio.run(test())


def reach(*lines: str, **limits: Any) -> Reach:
    """As `asked`, later."""
    return lambda: asked(*lines, **limits)


def greeted(*lines: str, **limits: Any) -> str:
    """What a new connection is answered."""
    server = MemoryServer(config(**limits))
    session = server.connect("ana")
    for line in lines:
        server.send("ana", line)
    return state(server.received("ana"), session)


def state(lines: list[str], session: IrcSession) -> str:
    """The lines, and whether the connection is closed or waits."""
    link = session.link
    assert isinstance(link, FakeLink)
    return "\n".join([*lines, *(["closed"] if link.is_closing else []), *(["waits"] if link.paused else [])])


def slowed(*lines: str, **limits: Any) -> str:
    """Whether a user has to wait after these lines."""

    async def test() -> str:
        server = people(**{**WIDE, **limits})
        for line in lines:
            server.send("ana", line)
        text = state(server.received("ana"), server.clients["ana"])
        for session in server.clients.values():
            session.shut_down(failed=False)
        return text

    return asyncio.run(test())


def silent(after_s: float, *, registered: bool = True) -> str:
    """What happens after so many seconds of silence."""
    server = MemoryServer(config())
    session = server.register("ana") if registered else server.connect("ana")
    server.now_s += after_s
    session.sweep(server.now_s)
    server.run_deferred()
    return state(server.received("ana"), session)


def silent_classroom() -> str:
    """What happens to a classroom client that has sent nothing for half a day."""
    seen: list[str] = []

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, "relay", "bia")
        bia.sweep(server.now_s + server.chat.config.limits.classroom_idle_s + 1)
        await server.wait_until_idle()
        assert isinstance(bia.link, FakeLink)
        seen.append(f"{'closed' if bia.link.is_closing else ''} {server.got(bia).decode()}")

    play(test)
    return seen[0]


def edited() -> str:
    """A deletion after its time, by somebody who is no operator."""
    server = people(edit_window_s=60)
    asked("CAP REQ :message-tags echo-message draft/message-redaction", nick="bia", server=server)
    msgid = asked("PRIVMSG #sala :oi", nick="bia", server=server).split("msgid=")[1].split(";")[0].split(" ")[0]
    server.now_s += 61
    return asked(f"REDACT #sala {msgid}", nick="bia", server=server)


def strangers() -> str:
    """A WHO about people in no channel of ours."""
    server = people(who_rows=1)
    for nick in ("caio", "davi", "eva"):
        server.register(nick)
    return asked("WHO *", server=server)


def multiline(*lines: str, **limits: Any) -> str:
    """A message of many lines."""
    parts = [f"@batch=a PRIVMSG #sala :{line}" for line in lines]
    return asked("BATCH +a draft/multiline #sala", *parts, "BATCH -a", **limits)


REACH: dict[str, Reach] = {
    "limits.registration_timeout_s": lambda: silent(31, registered=False),
    "limits.unregistered_lines": lambda: greeted(*["PING x"] * 4, unregistered_lines=3),
    "limits.unregistered_bytes": lambda: greeted("x" * 200, unregistered_bytes=100),
    "limits.ping_after_s": lambda: silent(91),
    "limits.drop_after_s": lambda: silent(151),
    "limits.classroom_idle_s": silent_classroom,
    "limits.message_burst": lambda: slowed(*["PRIVMSG #sala :x"] * 4, message_burst=2, messages_per_s=1),
    "limits.messages_per_s": lambda: slowed(*["PRIVMSG #sala :x"] * 4, message_burst=2, messages_per_s=1),
    "limits.bytes_per_s": lambda: slowed(
        f"PRIVMSG #sala :{'x' * 400}", "PING 1", bytes_per_s=10, message_burst=2, messages_per_s=2
    ),
    "limits.joins_per_minute": reach("JOIN #a", "JOIN #b", joins_per_minute=2),
    "limits.nicks_per_minute": reach("NICK ana1", "NICK ana2", nicks_per_minute=1),
    "limits.invites_per_minute": reach("INVITE caio #sala", "INVITE caio #sala", invites_per_minute=1),
    "limits.opers_per_minute": reach("OPER a b", "OPER a b", opers_per_minute=1),
    "limits.line_bytes": reach(f"PRIVMSG #sala :{'x' * 600}"),
    "limits.tag_bytes": reach(f"@+a={'x' * 4100} PRIVMSG #sala :x"),
    "limits.channels_per_user": reach("JOIN #a", "JOIN #b", channels_per_user=2),
    "limits.nick_length": reach("NICK ana4567890", nick_length=9),
    "limits.channel_length": reach("JOIN #3456789012345678", channel_length=16),
    "limits.topic_length": reach("TOPIC #sala :oito ou nove", topic_length=4),
    "limits.kick_length": reach("KICK #sala bia :oito ou nove", kick_length=4),
    "limits.away_length": reach("AWAY :oito ou nove", "WHOIS ana", away_length=4),
    "limits.realname_length": reach("SETNAME :oito ou nove", realname_length=4),
    "limits.key_length": reach("MODE #sala +k segredo", key_length=4),
    "limits.targets": reach("PRIVMSG bia,ana,caio :x", targets=2),
    "limits.who_rows": strangers,
    "limits.monitor": reach("MONITOR + a,b", monitor=1),
    "limits.list_entries": reach("MODE #sala +b a!*@*", "MODE #sala +b b!*@*", list_entries=1),
    "limits.multiline_bytes": lambda: multiline("x" * 400, "x" * 400, multiline_bytes=512),
    "limits.multiline_lines": lambda: multiline("a", "b", "c", multiline_lines=2),
    "limits.metadata_keys": reach("METADATA * SET a :1", "METADATA * SET b :2", metadata_keys=1),
    "limits.metadata_subs": reach("METADATA * SUB a", "METADATA * SUB b", metadata_subs=1),
    "limits.metadata_value_bytes": reach("METADATA * SET a :oito", metadata_value_bytes=3),
    "limits.edit_window_s": edited,
    "history.page_max": reach(*["PRIVMSG #sala :x"] * 7, "CHATHISTORY LATEST #sala * 7"),
}
