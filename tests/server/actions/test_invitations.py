"""Invitation links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Limits
from papo.server import upkeep
from papo.server.actions import operate
from papo.server.actions.actor import DetachedActor
from papo.server.actions.channels import invitations
from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Code, Refused
from papo.server.world.permissions import POWERS
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


async def create(server: MemoryServer, user: User, days: int = invitations.DAYS, max_uses: int = 0) -> str:
    """The code of a new link into #sala."""
    actor = DetachedActor(user)
    return (await server.run_action(invitations.create(server.chat, actor, "#sala", days, max_uses))).code


async def link(server: MemoryServer, who: str = "ana", words: str = "#sala") -> str:
    """The code of a new link, created by ChanServ."""
    answer = await server.ask_and_wait(who, f"CS LINK {words}")
    assert "http://papo.test/i/" in answer[0], answer
    return answer[0].rpartition("/i/")[2]


def joins(server: MemoryServer, who: str, code: str) -> bool:
    """Whether a user gets into #sala with a code; they leave again."""
    entered = " JOIN #sala" in " ".join(server.ask(who, f"JOIN #sala {code}"))
    server.send(who, "PART #sala")
    return entered


@pytest.mark.parametrize("mode", ["+i", "+k senha", "+ik senha"])
def test_a_link_replaces_invitation_and_key(mode: str) -> None:
    """Users without it, or with a wrong one, are refused."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", f"MODE #sala {mode}")
        code = await link(server)
        assert not joins(server, "bia", "")
        assert not joins(server, "bia", f"{code}x")
        assert joins(server, "bia", code)

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
        assert not joins(server, "bia", short)
        assert joins(server, "bia", code)
        server.send("ana", "PART #sala")
        server.now_s += 1
        server.send("ana", "JOIN #sala")
        server.send("ana", "MODE #sala +i")
        assert " 473 " in " ".join(server.ask("bia", f"JOIN #sala {code}"))
        server.now_s += 30 * DAY_S
        assert invitations.find(server.chat, code) is None

    run(test)


def test_a_link_lets_in_as_many_as_it_says() -> None:
    """And says who they were, and when, to operators."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +i")
        code = await link(server, words="#sala 3 2")
        for nick in ("bia", "cris", "davi"):
            if nick != "bia":
                server.register(nick)
            assert (" JOIN #sala" in " ".join(server.ask(nick, f"JOIN #sala {code}"))) == (nick != "davi")
        assert "used 2/2" in " ".join(await server.ask_and_wait("ana", "CS LINKS #sala"))
        (made,) = server.chat.world.registry.invitations.values()
        listed = " ".join(await server.ask_and_wait("ana", f"CS LINKS #sala {invitations.id_of(made)}"))
        assert "bia joined on 2023-" in listed
        assert "davi" not in listed

    run(test)


def test_a_refused_join_uses_nothing() -> None:
    """A ban, and a commit that fails."""

    async def test(server: MemoryServer) -> None:
        code = await create(server, server.clients["ana"].me, max_uses=1)
        server.send("ana", "MODE #sala +b bia!*@*")
        assert not joins(server, "bia", code)
        server.send("ana", "MODE #sala -b bia!*@*")
        server.store.failure = NotStored("disk full")
        server.send("bia", f"JOIN #sala {code}")
        server.store.failure = None
        assert "#sala" not in server.clients["bia"].me.channels
        assert joins(server, "bia", code)
        assert invitations.find(server.chat, code) is None

    run(test)


def test_a_code_is_not_stored_and_not_listed() -> None:
    """Its digest opens nothing, and neither does what the list calls it."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +i")
        code = await link(server)
        (record,) = server.chat.world.registry.invitations.values()
        listed = " ".join(await server.ask_and_wait("ana", "CS LINKS #sala"))
        assert code not in repr(record) + listed
        assert invitations.id_of(record) in listed
        for other in (record.code, invitations.id_of(record), code.upper(), "", "*"):
            assert not joins(server, "bia", other)

    run(test)


def test_who_may_make_a_link_is_the_choice_of_the_operators() -> None:
    """Half-operators may, operators of a channel with +i, and with +A everybody in it; a secret one is not revealed."""

    async def test(server: MemoryServer) -> None:
        cris = server.register("cris", "#sala").me
        bia = server.clients["bia"].me

        async def refusal(user: User) -> Code | None:
            try:
                await create(server, user)
            except Refused as refused:
                return refused.code
            return None

        for change, expected in (
            ("-A", Code.NEED_CHANNEL_OPERATOR),
            ("+h cris", None),
            ("+i", Code.NEED_CHANNEL_OPERATOR),
            ("+A-h cris", None),
            ("+V", Code.NO_INVITE),
            ("-V", None),
            ("+k chave", Code.NEED_CHANNEL_OPERATOR),
            ("-Ak chave", Code.NEED_CHANNEL_OPERATOR),
        ):
            server.send("ana", f"MODE #sala {change}")
            assert await refusal(cris) is expected, change
        assert await refusal(bia) is Code.NOT_ON_CHANNEL
        for mode in ("+s", "-s+p"):
            server.send("ana", f"MODE #sala {mode}")
            assert await refusal(bia) is Code.NO_SUCH_CHANNEL

    run(test)


@pytest.mark.parametrize(
    "words", ["#sala 0", "#sala 31", "#sala x", "#sala -1", "#sala 7 0", "#sala 7 1001", "#sala 7 x"]
)
def test_days_and_uses_have_their_limits(words: str) -> None:
    """Nothing else makes a link."""

    async def test(server: MemoryServer) -> None:
        assert "1 to 30 days" in " ".join(await server.ask_and_wait("ana", f"CS LINK {words}"))
        assert not server.chat.world.registry.invitations

    run(test)


def test_links_are_revoked_by_id_and_all_at_once() -> None:
    """By operators any, by members their own, by others none."""

    async def test(server: MemoryServer) -> None:
        server.register("cris", "#sala")
        server.register("eva", "#sala")
        server.send("ana", "MODE #sala +A")
        of_ana, of_cris, other = await link(server), await link(server, "cris"), await link(server, "cris")

        def id_of(code: str) -> str:
            found = invitations.find(server.chat, code)
            assert found is not None
            return invitations.id_of(found[0])

        for who in ("bia", "eva", "cris"):
            assert "no such" in " ".join(
                await server.ask_and_wait(who, f"CS UNLINK #sala {id_of(of_ana)}")
            ).lower() or (who == "bia")
            assert invitations.find(server.chat, of_ana) is not None
        assert "0 links" in " ".join(await server.ask_and_wait("eva", "CS LINKS #sala"))
        assert "2 links" in " ".join(await server.ask_and_wait("cris", "CS LINKS #sala"))
        assert "3 links" in " ".join(await server.ask_and_wait("ana", "CS LINKS #sala"))
        await server.ask_and_wait("cris", f"CS UNLINK #sala {id_of(other).upper()}")
        assert invitations.find(server.chat, other) is None
        await server.ask_and_wait("cris", "CS UNLINK #sala ALL")
        assert invitations.find(server.chat, of_cris) is None
        assert invitations.find(server.chat, of_ana) is not None
        await link(server, "cris")
        assert "2 links are revoked" in " ".join(await server.ask_and_wait("ana", "CS UNLINK #sala all"))
        assert not server.chat.world.registry.invitations

    run(test)


def test_who_closes_a_channel_is_told_how_many_links_end() -> None:
    """In their language, and only then."""

    async def test(server: MemoryServer) -> None:
        for language, text in (("en", "have ended: 2"), ("pt_BR", "acabaram: 2")):
            server.send("ana", f"LANGUAGE {language}")
            for _ in range(2):
                await create(server, server.clients["ana"].me)
            said = " ".join(server.ask("ana", "MODE #sala +i"))
            assert " MODE LINKS_ENDED #sala " in said
            assert text in said
            assert "LINKS_ENDED" not in " ".join(server.ask("ana", "MODE #sala -i"))
            assert "LINKS_ENDED" not in " ".join(server.ask("ana", "MODE #sala +m"))

    run(test)


def test_operators_of_the_server_are_in_the_audit_log() -> None:
    """If it is only by that power that they see and revoke links."""

    async def test(server: MemoryServer) -> None:
        operate.become_operator(server.chat, server.register("chefe"), "chefe", POWERS)
        server.run_deferred()
        await link(server)
        await server.ask_and_wait("ana", "CS LINKS #sala")
        assert await server.store.audit(9) == []
        await server.ask_and_wait("chefe", "CS LINKS #sala")
        await server.ask_and_wait("chefe", "CS UNLINK #sala ALL")
        assert {action for _, _, action, _ in await server.store.audit(9)} == {"LINKS", "UNLINK"}
        assert not server.chat.world.registry.invitations

    run(test)


def test_a_secret_channel_does_not_show_its_links() -> None:
    """To outsiders it is as if there were no such channel."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +s")
        await link(server)
        for line in ("CS LINKS #sala", "CS UNLINK #sala ALL", "CS LINK #sala"):
            there = await server.ask_and_wait("bia", line)
            nowhere = await server.ask_and_wait("bia", line.replace("#sala", "#nada"))
            assert [each.replace("#nada", "#sala") for each in nowhere] == there

    run(test)


def test_a_link_that_is_not_stored_is_none() -> None:
    """And a revocation that is not stored has not happened."""

    async def test(server: MemoryServer) -> None:
        code = await link(server)
        server.store.failure = NotStored("disk full")
        assert "/i/" not in " ".join(await server.ask_and_wait("ana", "CS LINK #sala"))
        await server.ask_and_wait("ana", "CS UNLINK #sala ALL")
        server.store.failure = None
        assert invitations.find(server.chat, code) is not None
        assert len(server.chat.world.registry.invitations) == 1

    run(test)


def test_a_channel_has_only_so_many_links() -> None:
    """Those that nobody can use make room; members do not use up what operators need."""

    async def test(server: MemoryServer) -> None:
        ana, cris = server.clients["ana"].me, server.register("cris", "#sala").me
        server.send("ana", "MODE #sala +A")
        for _ in range(invitations.MAX_OWN_LINKS):
            await create(server, cris)
        with pytest.raises(Refused):
            await create(server, cris)
        codes = [
            await create(server, ana, max_uses=1) for _ in range(invitations.MAX_LINKS - invitations.MAX_OWN_LINKS)
        ]
        with pytest.raises(Refused) as refused:
            await create(server, ana)
        assert refused.value.code is Code.TOO_MANY_LINKS
        assert joins(server, "bia", codes[0])
        await create(server, ana)
        server.now_s += 40 * DAY_S
        await create(server, ana)
        assert len(server.chat.world.registry.invitations) == 1

    run(test)


def test_links_of_a_channel_that_is_gone_are_forgotten() -> None:
    """By the upkeep; and when the next one is made for a channel of that name."""

    async def test(server: MemoryServer) -> None:
        await link(server)
        server.send("ana", "PART #sala")
        server.now_s += 1
        server.send("ana", "JOIN #sala")
        await link(server)
        assert len(server.chat.world.registry.invitations) == 1
        server.send("ana", "PART #sala")
        server.register("dora", "#outra")
        await link(server, "dora", "#outra")
        await server.run_action(upkeep.run_once(server.chat, None))
        assert [each.channel for each in server.chat.world.registry.invitations.values()] == ["#outra"]
        server.now_s += 8 * DAY_S
        await server.run_action(upkeep.run_once(server.chat, None))
        assert not server.chat.world.registry.invitations

    run(test)


def test_links_are_made_only_so_often() -> None:
    """With limits on, and whatever way they are made."""

    async def test(server: MemoryServer) -> None:
        ana = server.clients["ana"].me
        server.chat.config = make_config(limits=Limits(invites_per_minute=3))
        for _ in range(3):
            await create(server, ana)
        assert "too many links" in " ".join(await server.ask_and_wait("ana", "CS LINK #sala"))
        server.now_s += 61
        await create(server, ana)

    run(test)


def test_an_old_link_opens_only_what_is_open() -> None:
    """Any member could make those, for a year, and their records do not say who did."""

    async def test(server: MemoryServer) -> None:
        channel = server.chat.world.channels["#sala"]
        old = Invitation(
            code="CODIGO-antigo_01",
            channel="#sala",
            history_scope=channel.created_at_ms,
            by="ana",
            until_ms=server.chat.now_ms() + 300 * DAY_S * 1000,
        )
        server.chat.records.store_soon(old)
        server.run_deferred()
        assert joins(server, "bia", old.code)
        assert "by ana" in " ".join(await server.ask_and_wait("ana", "CS LINKS #sala"))
        server.send("ana", "MODE #sala +j 9:9")
        assert invitations.find(server.chat, old.code) is not None
        channel.modes["i"], channel.history_scope = None, channel.created_at_ms
        assert invitations.find(server.chat, old.code) is None
        assert not joins(server, "bia", old.code)

    run(test)
