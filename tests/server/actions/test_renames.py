"""A channel that is renamed keeps what is its own: history, read markers, links; its old name is nobody's past."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from memory_server import MemoryServer

from papo.server.actions.channels import invitations

CAPS = "batch server-time message-tags draft/chathistory draft/message-redaction draft/read-marker draft/channel-rename"


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """On a server where `ana` and `bia` talk in #Sala."""

    async def whole() -> None:
        server = MemoryServer()
        server.register("ana", "#Sala", caps=CAPS)
        server.register("bia", "#sala", caps=CAPS)
        server.send("ana", "PRIVMSG #sala :um")
        server.send("bia", "PRIVMSG #sala :dois")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def said(server: MemoryServer, nick: str, channel: str) -> list[str]:
    """`TARGET :TEXT` of the history that the user reads."""
    lines = await server.ask_and_wait(nick, f"CHATHISTORY LATEST {channel} * 50")
    return [line.partition(" PRIVMSG ")[2] for line in lines if " PRIVMSG " in line]


def test_the_history_is_that_of_the_channel() -> None:
    """Members go on reading it under the new name; who opens the old name, or joins later, finds what is theirs."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "RENAME #sala #Turma :novo nome")
        server.send("bia", "PRIVMSG #turma :tres")
        everything = ["#Turma :um", "#Turma :dois", "#Turma :tres"]
        assert await said(server, "bia", "#turma") == everything
        server.register("caio", "#sala", caps=CAPS)
        assert await said(server, "caio", "#sala") == []
        server.send("caio", "JOIN #turma")
        assert await said(server, "caio", "#turma") == everything

    run(test)


def test_an_old_message_can_be_deleted() -> None:
    """By its author, under the name that the channel has now."""

    async def test(server: MemoryServer) -> None:
        msgid = server.store.events[-1].msgid
        server.send("ana", "RENAME #sala #turma")
        server.received("ana")
        await server.ask_and_wait("bia", f"REDACT #turma {msgid}")
        assert any(f" REDACT #turma {msgid}" in line for line in server.received("ana"))
        assert await said(server, "ana", "#turma") == ["#turma :um"]

    run(test)


def test_read_markers_stay() -> None:
    """For the members, and for those who are away."""

    async def test(server: MemoryServer) -> None:
        at = "timestamp=2023-11-14T22:13:20.000Z"
        server.send("bia", f"MARKREAD #sala {at}")
        server.send("ana", "RENAME #sala #turma")
        server.received("bia")
        assert server.ask("bia", "MARKREAD #turma") == [f":papo.test MARKREAD #turma {at}"]
        assert server.ask("bia", "MARKREAD #sala") == [":papo.test MARKREAD #sala *"]

    run(test)


def test_invitation_links_end() -> None:
    """A link says where it leads."""

    async def test(server: MemoryServer) -> None:
        made = await server.run_action(invitations.create(server.chat, server.clients["ana"], "#sala"))
        server.send("ana", "RENAME #sala #turma")
        assert invitations.find(server.chat, made.code) is None
        assert not server.chat.world.registry.invitations

    run(test)
