"""A commit of which nobody knows whether it is on disk: whoever asked is told so, once, whatever they asked for."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

from papo.server.delivery.ports import NotStored

UNKNOWN = NotStored("IOError: the disk does not sync", unknown=True)
SENTENCE = "O disco falhou enquanto isto era guardado"
BY_FAIL = {
    "PRIVMSG #sala :oi": "PRIVMSG",
    "NOTICE bia :oi": "NOTICE",
    "@+draft/react=x;+draft/reply=m TAGMSG #sala": "TAGMSG",
    "TOPIC #sala :assunto": "TOPIC",
    "MODE #sala +b *!*@x": "MODE",
    "JOIN #outra": "JOIN",
    "PART #sala": "PART",
    "NICK outra": "NICK",
    "KICK #sala bia": "KICK",
    "RENAME #sala #nova": "RENAME",
    "REGISTER * * senha-boa-1": "REGISTER",
}
"""Line to the command that FAIL names."""


async def answers(line: str) -> tuple[list[str], list[str]]:
    """What the author is sent, and everybody else."""
    server = MemoryServer()
    server.register("ana", "#sala", caps="labeled-response batch message-tags")
    server.register("bia", "#sala")
    await server.ask_and_wait("ana", "LANGUAGE pt-BR")
    server.received("bia")
    server.store.failure = UNKNOWN
    own = await server.ask_and_wait("ana", line)
    return own, server.received("bia")


@pytest.mark.parametrize("line", BY_FAIL)
@pytest.mark.parametrize("label", ["", "7"])
def test_the_author_is_told_once_in_their_language_and_nobody_else(line: str, label: str) -> None:
    """FAIL … OUTCOME_UNKNOWN, in the labeled response if there is a label."""
    if label:
        line = f"@label={label};{line[1:]}" if line[0] == "@" else f"@label={label} {line}"
    [answer], others = asyncio.run(answers(line))
    command = next(command for known, command in BY_FAIL.items() if line.endswith(known.lstrip("@")))
    assert answer.startswith("@label=7 :papo.test FAIL" if label else ":papo.test FAIL")
    assert f" FAIL {command} OUTCOME_UNKNOWN " in answer
    assert SENTENCE in answer
    assert others == []


@pytest.mark.parametrize("line", ["NS REGISTER senha-boa-1 *", "CS REGISTER #sala"])
def test_a_service_says_it_in_a_sentence(line: str) -> None:
    """By the notice that answers it."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "LANGUAGE pt-BR")
        if line.startswith("CS"):
            await server.ask_and_wait("ana", "NS REGISTER senha-boa-1 *")
        server.store.failure = UNKNOWN
        lines = await server.ask_and_wait("ana", line)
        assert [SENTENCE in each for each in lines] == [True]
        assert " NOTICE ana :" in lines[0]

    asyncio.run(test())
