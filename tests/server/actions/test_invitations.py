"""Invitation links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer

from papo.server.actions.actor import DetachedActor
from papo.server.actions.channels import invitations
from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Code, Refused
from papo.server.world.records import Invitation
from papo.server.world.user import User

DAY_S = 86_400


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """With `ana`, operator of #sala, and `bia`, who is in no channel."""

    async def whole() -> None:
        server = MemoryServer()
        server.chat.web_address = "http://papo.test"
        server.register("ana", "#sala")
        server.register("bia")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def create(server: MemoryServer, user: User, days: int = invitations.DAYS) -> Invitation:
    """A new link into #sala."""
    return await server.run_action(invitations.create(server.chat, DetachedActor(user), "#sala", days))


async def link(server: MemoryServer, who: str = "ana", words: str = "#sala") -> str:
    """The code of a new link, created by ChanServ."""
    answer = " ".join(await server.ask_and_wait(who, f"CS LINK {words}"))
    assert "http://papo.test/i/" in answer, answer
    return answer.rpartition("/i/")[2]


@pytest.mark.parametrize("mode", ["+i", "+k senha", "+ik senha"])
def test_a_link_replaces_invitation_and_key(mode: str) -> None:
    """Users without it, or with a wrong one, are refused."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", f"MODE #sala {mode}")
        code = await link(server)
        assert " JOIN #sala" not in " ".join(server.ask("bia", "JOIN #sala"))
        assert " JOIN #sala" not in " ".join(server.ask("bia", f"JOIN #sala {code}x"))
        assert " JOIN #sala" in " ".join(server.ask("bia", f"JOIN #sala {code}"))

    run(test)


def test_a_link_does_not_lift_a_ban() -> None:
    """A banned user does not join with the link of a friend."""

    async def test(server: MemoryServer) -> None:
        code = await link(server)
        server.send("ana", "MODE #sala +b bia!*@*")
        assert " 474 " in " ".join(server.ask("bia", f"JOIN #sala {code}"))

    run(test)


def test_a_link_expires() -> None:
    """After its days, and with the channel: it does not lead into a new one of the same name."""

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

    run(test)


def test_a_link_needs_the_right_to_invite() -> None:
    """Members of an open channel have it, operators of a closed one; a secret one is not revealed."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        cris = server.register("cris", "#sala").me
        bia = chat.world.nicks["bia"]
        await create(server, cris)
        server.send("ana", "MODE #sala +is")
        for user, code in ((cris, Code.NEED_CHANNEL_OPERATOR), (bia, Code.NO_SUCH_CHANNEL)):
            with pytest.raises(Refused) as refused:
                await create(server, user)
            assert refused.value.code is code

    run(test)


def test_a_link_that_is_not_stored_takes_the_place_of_none() -> None:
    """Whichever commit fails."""

    async def test(server: MemoryServer) -> None:
        links = [await link(server) for _ in range(invitations.MAX_LINKS)]
        commit = server.store.commit

        def fails_after(count: int) -> Callable[..., None]:
            left = iter([None] * count)

            def attempt(events: Any, done: Any) -> None:
                server.store.failure = NotStored("disk full") if next(left, 1) else None
                commit(events, done)

            return attempt

        for count in (0, 1):
            server.store.commit = fails_after(count)  # type: ignore[method-assign]
            answer = " ".join(await server.ask_and_wait("ana", "CS LINK #sala"))
            server.store.commit = commit  # type: ignore[method-assign]
            server.store.failure = None
            if "http://papo.test/i/" not in answer:
                assert all(invitations.find(server.chat, code) for code in links)
            assert len(server.chat.world.registry.invitations) == invitations.MAX_LINKS

    run(test)


def test_old_links_make_room_for_new_ones() -> None:
    """The one that expires first, if the channel has too many; and those that have expired."""

    async def test(server: MemoryServer) -> None:
        ana = server.clients["ana"].me
        links = [await create(server, ana, 1 + n) for n in range(invitations.MAX_LINKS + 5)]
        assert len(server.chat.world.registry.invitations) == invitations.MAX_LINKS
        assert invitations.find(server.chat, links[0].code) is None
        server.now_s += 400 * DAY_S
        await create(server, ana)
        assert len(server.chat.world.registry.invitations) == 1

    run(test)
