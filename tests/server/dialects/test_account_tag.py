"""The tags that say who somebody is are not read as somebody else: the backslash of a name is escaped."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

from papo.protocol.irc import parse

CAPS = "account-tag message-tags batch echo-message draft/multiline draft/relaymsg"
NAMES = ("an\\a", "ana\\", "\\ana", "an\\na", "ana\\s", "ana\\\\")


@pytest.mark.parametrize("name", NAMES)
def test_an_account_is_nobody_else(name: str) -> None:
    r"""`an\a` is not `ana` to a program that reads the tag as message-tags says, in any message that has it."""

    async def test() -> None:
        server = MemoryServer()
        server.register("bia", "#sala", caps=CAPS)
        server.register(name, "#sala", caps=CAPS)
        await server.ask_and_wait(name, "REGISTER * * senha-boa-1")
        server.received("bia")
        server.send(name, "PRIVMSG #sala :oi")
        server.send(name, "@+typing=active TAGMSG #sala")
        for line in ("BATCH +b draft/multiline #sala", "@batch=b PRIVMSG #sala :um", "@batch=b PRIVMSG #sala :dois"):
            server.send(name, line)
        server.send(name, "BATCH -b")
        server.send(name, "PART #sala")
        lines = [parse(line) for line in server.received("bia")]
        assert {line.tags["account"] for line in lines if line is not None and "account" in line.tags} == {name}

    asyncio.run(asyncio.wait_for(test(), 30))


def test_a_line_of_several_too() -> None:
    """Programs without multiline get a message for each line."""

    async def test() -> None:
        server = MemoryServer()
        server.register("bia", "#sala", caps="account-tag")
        server.register("an\\a", "#sala", caps=CAPS)
        await server.ask_and_wait("an\\a", "REGISTER * * senha-boa-1")
        server.received("bia")
        for line in ("BATCH +b draft/multiline #sala", "@batch=b PRIVMSG #sala :um", "@batch=b PRIVMSG #sala :dois"):
            server.send("an\\a", line)
        server.send("an\\a", "BATCH -b")
        lines = [parse(line) for line in server.received("bia")]
        assert [line.tags for line in lines if line is not None] == [{"account": "an\\a"}] * 2

    asyncio.run(asyncio.wait_for(test(), 30))


def test_who_relays_is_nobody_else() -> None:
    """The tag of RELAYMSG names a nick."""
    server = MemoryServer()
    server.register("an\\a", "#sala", caps=CAPS)
    server.register("bia", "#sala", caps=CAPS)
    server.send("an\\a", "RELAYMSG #sala caio/rede :oi")
    (line,) = (parse(line) for line in server.received("bia") if "PRIVMSG" in line)
    assert line is not None
    assert line.tags["draft/relaymsg"] == "an\\a"
