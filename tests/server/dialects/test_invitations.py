"""Links into a channel, and slow mode: what the web client's buttons do, in IRC's words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from helpers import Talk
from papo.server.actions import invitations
from papo.server.world.errors import Code, Refused
from papo.server.world.records import Invitation
from papo.server.world.user import User

DAY_S = 86_400


def play(test: Callable[[Talk], Coroutine[Any, Any, None]]) -> None:
    """With `ana`, operator of #sala, and `bia`, who is nowhere."""

    async def whole() -> None:
        talk = Talk()
        talk.chat.web_address = "http://papo.test"
        talk.join("ana", "#sala")
        talk.join("bia")
        await test(talk)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def make(talk: Talk, user: User, days: int = invitations.DAYS) -> Invitation:
    """A new link into #sala, on the store that commits when the loop turns."""
    task = asyncio.ensure_future(invitations.make(talk.chat, user, "#sala", days))
    while not task.done():
        talk.run_soon()
        await asyncio.sleep(0)
    return await task


async def link(talk: Talk, who: str = "ana", words: str = "#sala") -> str:
    """The code of a new link, made with ChanServ."""
    answer = " ".join(await talk.ask_slowly(who, f"CS LINK {words}"))
    assert "http://papo.test/i/" in answer, answer
    return answer.rpartition("/i/")[2]


@pytest.mark.parametrize("mode", ["+i", "+k senha", "+ik senha"])
def test_a_link_opens_a_closed_door(mode: str) -> None:
    """It stands for invitation and key; the door stays closed for everybody else, and for a wrong link."""

    async def test(talk: Talk) -> None:
        talk.say("ana", f"MODE #sala {mode}")
        code = await link(talk)
        assert " JOIN #sala" not in " ".join(talk.ask("bia", "JOIN #sala"))
        assert " JOIN #sala" not in " ".join(talk.ask("bia", f"JOIN #sala {code}x"))
        assert " JOIN #sala" in " ".join(talk.ask("bia", f"JOIN #sala {code}"))

    play(test)


def test_a_link_does_not_lift_a_ban() -> None:
    """Who was put out for good does not come back by a link that a friend passed on."""

    async def test(talk: Talk) -> None:
        code = await link(talk)
        talk.say("ana", "MODE #sala +b bia!*@*")
        assert " 474 " in " ".join(talk.ask("bia", f"JOIN #sala {code}"))

    play(test)


def test_a_link_ends() -> None:
    """After its days; and with the channel: a new one of the same name is not meant."""

    async def test(talk: Talk) -> None:
        talk.say("ana", "MODE #sala +i")
        code, short = await link(talk), await link(talk, words="#sala 1")
        talk.now_s += 2 * DAY_S
        assert invitations.find(talk.chat, short) is None
        assert invitations.find(talk.chat, code) is not None
        talk.say("ana", "PART #sala")
        talk.now_s += 1
        talk.say("ana", "JOIN #sala")
        talk.say("ana", "MODE #sala +i")
        assert " 473 " in " ".join(talk.ask("bia", f"JOIN #sala {code}"))
        talk.now_s += 30 * DAY_S
        assert invitations.find(talk.chat, code) is None

    play(test)


def test_only_who_may_invite_makes_links() -> None:
    """Members of an open channel, operators of a closed one; and nobody learns of a secret one."""

    async def test(talk: Talk) -> None:
        chat = talk.chat
        cris = talk.join("cris", "#sala").me
        bia = chat.world.nicks["bia"]
        await make(talk, cris)
        talk.say("ana", "MODE #sala +is")
        for user, code in ((cris, Code.NEED_CHANNEL_OPERATOR), (bia, Code.NO_SUCH_CHANNEL)):
            with pytest.raises(Refused) as refused:
                await make(talk, user)
            assert refused.value.code is code

    play(test)


def test_links_do_not_pile_up() -> None:
    """The oldest of a channel goes when there are many, and those that have ended."""

    async def test(talk: Talk) -> None:
        ana = talk.people["ana"].me
        made = [await make(talk, ana, 1 + n) for n in range(invitations.MOST + 5)]
        assert len(talk.chat.world.registry.invitations) == invitations.MOST
        assert invitations.find(talk.chat, made[0].code) is None
        talk.now_s += 400 * DAY_S
        await make(talk, ana)
        assert len(talk.chat.world.registry.invitations) == 1

    play(test)


def test_slow_mode_lets_everybody_have_their_turn() -> None:
    """One message in that time; reactions do not count, and who has voice does not wait."""

    async def test(talk: Talk) -> None:
        talk.join("cris", "#sala")
        talk.say("ana", "MODE #sala +W 10")
        assert talk.ask("cris", "PRIVMSG #sala :um") == []
        refused = talk.ask("cris", "PRIVMSG #sala :dois")
        assert " 404 " in refused[0]
        assert "slow mode" in refused[0]
        assert talk.ask("ana", "PRIVMSG #sala :eu posso") == talk.ask("ana", "PRIVMSG #sala :sempre") == []
        talk.now_s += 10
        assert talk.ask("cris", "PRIVMSG #sala :dois") == []
        talk.say("ana", "MODE #sala +v cris")
        talk.heard("cris")
        assert talk.ask("cris", "PRIVMSG #sala :com voz") == []
        for wrong in ("0", "x", "-5", "999999"):
            talk.say("ana", f"MODE #sala +W {wrong}")
        assert talk.chat.world.channels["#sala"].modes["W"] == "10"

    play(test)
