"""Links into a channel, and slow mode: what the web client's buttons do, in IRC's words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer

from papo.server.actions import invitations
from papo.server.actions.actor import Unconnected
from papo.server.world.errors import Code, Refused
from papo.server.world.records import Invitation
from papo.server.world.user import User

DAY_S = 86_400


def play(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """With `ana`, operator of #sala, and `bia`, who is nowhere."""

    async def whole() -> None:
        server = MemoryServer()
        server.chat.web_address = "http://papo.test"
        server.register("ana", "#sala")
        server.register("bia")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def make(server: MemoryServer, user: User, days: int = invitations.DAYS) -> Invitation:
    """A new link into #sala, on the store that commits when the loop turns."""
    task = asyncio.ensure_future(invitations.create(server.chat, Unconnected(user), "#sala", days))
    while not task.done():
        server.run_deferred()
        await asyncio.sleep(0)
    return await task


async def link(server: MemoryServer, who: str = "ana", words: str = "#sala") -> str:
    """The code of a new link, made with ChanServ."""
    answer = " ".join(await server.ask_and_wait(who, f"CS LINK {words}"))
    assert "http://papo.test/i/" in answer, answer
    return answer.rpartition("/i/")[2]


@pytest.mark.parametrize("mode", ["+i", "+k senha", "+ik senha"])
def test_a_link_opens_a_closed_door(mode: str) -> None:
    """It stands for invitation and key; the door stays closed for everybody else, and for a wrong link."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", f"MODE #sala {mode}")
        code = await link(server)
        assert " JOIN #sala" not in " ".join(server.ask("bia", "JOIN #sala"))
        assert " JOIN #sala" not in " ".join(server.ask("bia", f"JOIN #sala {code}x"))
        assert " JOIN #sala" in " ".join(server.ask("bia", f"JOIN #sala {code}"))

    play(test)


def test_a_link_does_not_lift_a_ban() -> None:
    """Who was put out for good does not come back by a link that a friend passed on."""

    async def test(server: MemoryServer) -> None:
        code = await link(server)
        server.send("ana", "MODE #sala +b bia!*@*")
        assert " 474 " in " ".join(server.ask("bia", f"JOIN #sala {code}"))

    play(test)


def test_a_link_ends() -> None:
    """After its days; and with the channel: a new one of the same name is not meant."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +i")
        code, short = await link(server), await link(server, words="#sala 1")
        server.now_s += 2 * DAY_S
        assert invitations.find(server.chat, short) is None
        assert invitations.find(server.chat, code) is not None
        server.send("ana", "PART #sala")
        server.now_s += 1
        server.send("ana", "JOIN #sala")
        server.send("ana", "MODE #sala +i")
        assert " 473 " in " ".join(server.ask("bia", f"JOIN #sala {code}"))
        server.now_s += 30 * DAY_S
        assert invitations.find(server.chat, code) is None

    play(test)


def test_only_who_may_invite_makes_links() -> None:
    """Members of an open channel, operators of a closed one; and nobody learns of a secret one."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        cris = server.register("cris", "#sala").me
        bia = chat.world.nicks["bia"]
        await make(server, cris)
        server.send("ana", "MODE #sala +is")
        for user, code in ((cris, Code.NEED_CHANNEL_OPERATOR), (bia, Code.NO_SUCH_CHANNEL)):
            with pytest.raises(Refused) as refused:
                await make(server, user)
            assert refused.value.code is code

    play(test)


def test_links_do_not_pile_up() -> None:
    """The oldest of a channel goes when there are many, and those that have ended."""

    async def test(server: MemoryServer) -> None:
        ana = server.clients["ana"].me
        made = [await make(server, ana, 1 + n) for n in range(invitations.MAX_LINKS + 5)]
        assert len(server.chat.world.registry.invitations) == invitations.MAX_LINKS
        assert invitations.find(server.chat, made[0].code) is None
        server.now_s += 400 * DAY_S
        await make(server, ana)
        assert len(server.chat.world.registry.invitations) == 1

    play(test)


def test_slow_mode_lets_everybody_have_their_turn() -> None:
    """One message in that time; reactions do not count, and who has voice does not wait."""

    async def test(server: MemoryServer) -> None:
        server.register("cris", "#sala")
        server.send("ana", "MODE #sala +W 10")
        assert server.ask("cris", "PRIVMSG #sala :um") == []
        refused = server.ask("cris", "PRIVMSG #sala :dois")
        assert " 404 " in refused[0]
        assert "slow mode" in refused[0]
        assert server.ask("ana", "PRIVMSG #sala :eu posso") == server.ask("ana", "PRIVMSG #sala :sempre") == []
        server.now_s += 10
        assert server.ask("cris", "PRIVMSG #sala :dois") == []
        server.send("ana", "MODE #sala +v cris")
        server.received("cris")
        assert server.ask("cris", "PRIVMSG #sala :com voz") == []
        for wrong in ("0", "x", "-5", "999999"):
            server.send("ana", f"MODE #sala +W {wrong}")
        assert server.chat.world.channels["#sala"].modes["W"] == "10"

    play(test)
