"""Nobody but the server says that a message was changed: a tag that claims it is in no message, however it was sent."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

from papo.server.delivery.ports import REACTION, Page
from papo.server.world.events import EDITS, MessageSent

CAPS = "message-tags server-time batch labeled-response echo-message draft/multiline draft/relaymsg"
ONE, TWO = "@batch=b PRIVMSG #sala :um", "@batch=b PRIVMSG #sala :dois"
WAYS = {
    "BATCH": ("@{tag} BATCH +b draft/multiline #sala", ONE, TWO, "BATCH -b"),
    "BATCH of one line": ("@{tag} BATCH +b draft/multiline #sala", ONE, "BATCH -b"),
    "BATCH of notices": ("@{tag} BATCH +b draft/multiline #sala", "@batch=b NOTICE #sala :um", "BATCH -b"),
    "BATCH to a user": ("@{tag} BATCH +b draft/multiline ana", "@batch=b PRIVMSG ana :um", "BATCH -b"),
    "line of a BATCH": ("BATCH +b draft/multiline #sala", "@batch=b;{tag} PRIVMSG #sala :um", "BATCH -b"),
    "RELAYMSG": ("@{tag} RELAYMSG #sala ana/x :mentira",),
    "TAGMSG": ("@{tag} TAGMSG #sala",),
    "TAGMSG to a user": ("@{tag} TAGMSG ana",),
    "TAGMSG that is stored": ("@{tag};+draft/react=x;+reply={msgid} TAGMSG #sala",),
    "PRIVMSG": ("@{tag} PRIVMSG #sala :mentira",),
    "PRIVMSG to several": ("@{tag} PRIVMSG #sala,ana :mentira",),
    "PRIVMSG to a user": ("@{tag} PRIVMSG ana :mentira",),
    "PRIVMSG to operators": ("@{tag} PRIVMSG @#sala :mentira",),
    "NOTICE": ("@{tag} NOTICE #sala :mentira",),
    "NOTICE with a label": ("@label=1;{tag} NOTICE #sala :mentira",),
}


@pytest.mark.parametrize("value", ["={msgid}", "", "=x"])
@pytest.mark.parametrize("tag", sorted(EDITS))
@pytest.mark.parametrize("way", WAYS)
def test_no_message_says_that_it_changes_another_one(way: str, tag: str, value: str) -> None:
    """Neither to others, nor in the echo, nor in what is stored; and the sender is told."""

    async def test() -> None:
        server = MemoryServer()
        for nick in ("ana", "eva", "bia"):
            server.register(nick, "#sala", caps=CAPS)
        server.send("ana", "MODE #sala +o eva")
        server.send("ana", "PRIVMSG #sala :verdade")
        (said,) = (event for event in server.store.events if isinstance(event, MessageSent))
        for name in server.clients:
            server.received(name)
        for line in WAYS[way]:
            server.send("eva", line.replace("{tag}", tag + value).replace("{msgid}", said.msgid))
        await server.wait_idle("eva")
        heard = {name: server.received(name) for name in server.clients}
        assert [
            line
            for name in heard
            for line in heard[name]
            if any(claim in line.split(" :")[0] for claim in EDITS) and " FAIL " not in line
        ] == []
        assert heard["ana"] == heard["bia"] == []
        assert any(" FAIL " in line for line in heard["eva"])
        page = Page(conversation="#sala", newest_first=True, limit=99, also=(REACTION,))
        assert await server.store.page(page) == [said]

    asyncio.run(asyncio.wait_for(test(), 30))


def test_the_author_edits_by_the_tag() -> None:
    """It is taken as EDIT, and goes through its checks; what the tag's message had besides is dropped."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala", caps=CAPS)
        server.register("bia", "#sala", caps=CAPS)
        server.send("ana", "PRIVMSG #sala :erado")
        (said,) = (event for event in server.store.events if isinstance(event, MessageSent))
        server.received("bia")
        await server.ask_and_wait("ana", f"@+draft/edit={said.msgid};+edit=x PRIVMSG #sala :errado")
        (line,) = server.received("bia")
        assert f";+draft/edit={said.msgid} :ana!" in line
        assert line.endswith(" PRIVMSG #sala :errado (edited)")
        assert "+edit" not in line

    asyncio.run(asyncio.wait_for(test(), 30))
