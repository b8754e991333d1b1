"""A line with a label has one answer, whatever it starts (IRCv3 labeled-response)."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

CAPS = "labeled-response batch message-tags"


@pytest.mark.parametrize("command", ["IDENTIFY ana senha-boa-1", "INFO ana", "GROUP", "SET ALWAYS-ON ON", "HELP"])
@pytest.mark.parametrize("targets", ["NickServ,nickserv", "NickServ,ChanServ,nickserv", "NickServ,#sala", "NickServ"])
def test_a_message_to_several_services_has_one_answer(targets: str, command: str) -> None:
    """All that they say is in it, the slow and the fast."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala", caps=CAPS)
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")

        lines = await server.ask_and_wait("ana", f"@label=7 PRIVMSG {targets} :{command}")
        first, *others = lines
        assert first.startswith("@label=7")
        assert not any(line.startswith("@label=") for line in others)
        if " BATCH +" in first:
            reference = first.split(" BATCH +")[1].split(" ")[0]
            assert lines[-1].endswith(f" BATCH -{reference}")
            assert all(f"batch={reference}" in line.split(" ")[0] for line in others[:-1])
        else:
            assert not others

        first, *others = await server.ask_and_wait("ana", "@label=8 PING x")
        assert first.startswith("@label=8 ")
        assert not others

    asyncio.run(asyncio.wait_for(test(), 60))
