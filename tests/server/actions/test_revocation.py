"""What ends invitation links before their time, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.server.actions import operate
from papo.server.actions.accounts import accounts, login
from papo.server.actions.actor import DetachedActor, of_server
from papo.server.actions.channels import invitations, registered
from papo.server.delivery.ports import NotStored
from papo.server.world.permissions import POWERS
from papo.server.world.records import Account, Invitation


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """With `ana`, operator of #sala, `cris`, half-operator, `mia`, member, and `chefe`, operator of the server."""

    async def whole() -> None:
        server = MemoryServer(make_config(operators=(Operator(name="chefe", password="x"),)))
        server.tls = True
        for nick in ("ana", "cris", "mia"):
            server.register(nick, "#sala")
        server.send("ana", "MODE #sala +h cris")
        operate.become_operator(server.chat, server.register("chefe"), "chefe", POWERS)
        server.run_deferred()
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def link(server: MemoryServer, who: str) -> str:
    """The code of a link of this user into #sala."""
    actor = DetachedActor(server.clients[who].me)
    return (await server.run_action(invitations.create(server.chat, actor, "#sala"))).code


async def account(server: MemoryServer, who: str) -> Account:
    """Log a user in to an account of their own."""
    made = await server.run_action(accounts.create(server.chat, name=who, password="senhasenha"))
    login.log_in(server.chat, server.clients[who].me, made)
    server.run_deferred()
    return made


def is_valid(server: MemoryServer, code: str) -> bool:
    """Whether the link opens a door."""
    return invitations.find(server.chat, code) is not None


def links(server: MemoryServer) -> int:
    """How many there are, by both ways to find them."""
    registry = server.chat.world.registry
    assert len(registry.links_into("#sala")) == len(registry.invitations)
    return len(registry.invitations)


ENDS_ALL = ("+i", "+k nova", "+s", "+p", "+R", "+z", "+V", "+kb outra x!*@*")
ENDS_HERS = (
    "KICK #sala cris :fora",
    "MODE #sala +b cris!*@*",
    "MODE #sala +b *!cris@*",
    "MODE #sala -h cris",
    "SAMODE #sala -h cris",
    "MODE #sala +vb-h outra cris!*@* cris",
    "KLINE cris!*@* :fora",
)
ENDS_NONE = (
    "MODE #sala +b mia!*@*",
    "MODE #sala +b m:cris!*@*",
    "MODE #sala +mtj 9:9",
    "MODE #sala +o cris",
    "MODE #sala -v mia",
    "KICK #sala mia",
    "TOPIC #sala :outro",
)


@pytest.mark.parametrize("change", ENDS_ALL)
def test_closing_a_channel_ends_its_links(change: str) -> None:
    """All of them, those of whoever closes it as well; new ones open what is closed."""

    async def test(server: MemoryServer) -> None:
        codes = [await link(server, who) for who in ("ana", "cris")]
        server.send("ana", f"MODE #sala {change}")
        assert not any(is_valid(server, code) for code in codes)
        assert not links(server)
        server.send("ana", "MODE #sala -ikspRzV x")
        assert not any(is_valid(server, code) for code in codes)

    run(test)


def test_a_new_key_ends_the_links() -> None:
    """That is what a new key is for."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +k velha")
        code = await link(server, "ana")
        assert is_valid(server, code)
        server.send("ana", "MODE #sala +k nova")
        assert not is_valid(server, code)

    run(test)


@pytest.mark.parametrize("line", ENDS_HERS)
def test_who_loses_the_right_loses_the_links(line: str) -> None:
    """For good, and nobody else's."""

    async def test(server: MemoryServer) -> None:
        hers, other = await link(server, "cris"), await link(server, "ana")
        if line.startswith(("SAMODE", "KLINE")):
            await server.ask_and_wait("chefe", line)
        else:
            server.send("ana", line)
        assert not is_valid(server, hers)
        assert is_valid(server, other)
        server.send("ana", "MODE #sala -b+h cris!*@* cris")
        assert not is_valid(server, hers)

    run(test)


@pytest.mark.parametrize("line", ENDS_NONE)
def test_what_does_not_concern_a_link_leaves_it(line: str) -> None:
    """Others are kicked and banned, and the channel stays as open as it was."""

    async def test(server: MemoryServer) -> None:
        code = await link(server, "cris")
        server.send("ana", line)
        assert is_valid(server, code)

    run(test)


@pytest.mark.parametrize("line", ["PART #sala", "QUIT :rede", "NICK cristina"])
def test_leaving_ends_no_link_and_a_ban_afterwards_does(line: str) -> None:
    """A teacher whose connection drops has not sent the class away; a trick before a ban helps nobody."""

    async def test(server: MemoryServer) -> None:
        code = await link(server, "cris")
        host = server.clients["cris"].me.host
        server.send("cris", line)
        assert is_valid(server, code)
        server.send("ana", f"MODE #sala +b cris!*@{host}")
        assert not is_valid(server, code)

    run(test)


def test_a_server_ban_reaches_a_maker_who_has_gone() -> None:
    """By mask, by address and by network; a ban of others does not."""

    async def test(server: MemoryServer) -> None:
        codes = {}
        for nick, address in (("dora", "198.51.100.7"), ("eva", "198.51.100.8"), ("fabi", "203.0.113.9")):
            session = server.register(nick, "#sala")
            user = session.me
            user.address = user.host = address
            user.source = f"{nick}!{nick}@{address}"
            server.send("ana", f"MODE #sala +h {nick}")
            codes[nick] = await link(server, nick)
            server.send(nick, "QUIT")
        await server.ask_and_wait("chefe", "DLINE 198.51.100.7 :fora")
        assert [nick for nick in codes if is_valid(server, codes[nick])] == ["eva", "fabi"]
        await server.ask_and_wait("chefe", "DLINE 198.51.100.0/24 :fora")
        assert [nick for nick in codes if is_valid(server, codes[nick])] == ["fabi"]
        await server.ask_and_wait("chefe", "KLINE *!*@203.0.113.* :fora")
        assert not any(is_valid(server, code) for code in codes.values())

    run(test)


def test_a_member_keeps_links_as_long_as_members_may_make_them() -> None:
    """Without +A only those of operators are left."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +A")
        hers, other = await link(server, "mia"), await link(server, "cris")
        server.send("ana", "MODE #sala -A")
        assert not is_valid(server, hers)
        assert is_valid(server, other)

    run(test)


def test_voice_is_no_right_to_invite() -> None:
    """Who loses it loses no link."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +Av mia")
        code = await link(server, "mia")
        server.send("ana", "MODE #sala -v mia")
        assert is_valid(server, code)

    run(test)


def test_who_is_kicked_while_a_link_is_being_stored_has_none() -> None:
    """The kick is accepted before the commit of the link."""

    async def test(server: MemoryServer) -> None:
        actor = DetachedActor(server.clients["cris"].me)
        task = asyncio.ensure_future(invitations.create(server.chat, actor, "#sala"))
        await asyncio.sleep(0)
        assert not task.done()
        server.send("ana", "KICK #sala cris")
        made = await task
        assert not is_valid(server, made.code)
        assert not links(server)
        assert not [each for each in await server.store.records() if isinstance(each, Invitation)]

    run(test)


def test_a_link_into_a_closed_channel_needs_an_operator_or_a() -> None:
    """A half-operator's link, made while +A was set, ends with it."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +iA")
        hers, mine = await link(server, "cris"), await link(server, "ana")
        server.send("ana", "MODE #sala -A")
        assert not is_valid(server, hers)
        assert is_valid(server, mine)

    run(test)


def test_an_account_is_its_owner_on_every_connection() -> None:
    """Kicked, demoted or banned under another nick, the links end."""

    async def test(server: MemoryServer) -> None:
        made = await account(server, "cris")
        for line in ("KICK #sala outra", "MODE #sala +b a:cris", "MODE #sala +b *!*@casa.example"):
            code = await link(server, "cris")
            other = server.register("outra")
            login.log_in(server.chat, other.me, made)
            other.me.source = "outra!outra@casa.example"
            server.send("outra", "JOIN #sala")
            server.send("ana", line)
            assert not is_valid(server, code), line
            server.send("outra", "QUIT")

    run(test)


def test_a_registered_channel_ends_links_with_ranks_and_founders() -> None:
    """Also those of accounts whose users are not here."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        of_ana, of_cris = await account(server, "ana"), await account(server, "cris")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        await server.ask_and_wait("ana", "CS AMODE #sala +o cris")
        for line in ("CS AMODE #sala -o cris", "CS AMODE #sala +v cris", "CS CLEAR #sala ACCESS"):
            await server.ask_and_wait("ana", "CS AMODE #sala +o cris")
            code, mine = await link(server, "cris"), await link(server, "ana")
            server.send("cris", "PART #sala")
            assert is_valid(server, code)
            await server.ask_and_wait("ana", line)
            assert not is_valid(server, code), line
            assert is_valid(server, mine), line
            server.send("cris", "JOIN #sala")
        await server.ask_and_wait("ana", "CS TRANSFER #sala cris")
        mine = await link(server, "ana")
        await server.ask_and_wait("cris", "CS ACCEPT #sala")
        assert not is_valid(server, mine)
        record = registered.find(chat, "#sala")
        assert record.founder == of_cris.id != of_ana.id
        code = await link(server, "cris")
        await server.run_action(registered.suspend(chat, of_server(chat), record, "x"))
        assert not is_valid(server, code)
        await server.run_action(registered.unsuspend(chat, of_server(chat), record))
        assert not is_valid(server, code)

    run(test)


@pytest.mark.parametrize("drops", [False, True])
def test_an_unregistered_channel_begins_without_links(drops: bool) -> None:  # noqa: FBT001 -- a parameter of pytest
    """Given up, or dropped with the founder's account."""

    async def test(server: MemoryServer) -> None:
        made = await account(server, "ana")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        codes = [await link(server, who) for who in ("ana", "cris")]
        record = registered.find(server.chat, "#sala")
        if drops:
            await server.run_action(accounts.drop(server.chat, of_server(server.chat), made))
        else:
            await server.run_action(registered.unregister(server.chat, of_server(server.chat), record))
        assert not any(is_valid(server, code) for code in codes)

    run(test)


@pytest.mark.parametrize("end", ["suspend", "drop", "forget", "ban"])
def test_an_account_that_ends_ends_its_links(end: str) -> None:
    """Suspended, deleted, forgotten or banned, here or gone."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        made, server_actor = await account(server, "cris"), of_server(chat)
        code, other = await link(server, "cris"), await link(server, "ana")
        server.send("cris", "QUIT")
        if end == "suspend":
            await server.run_action(accounts.suspend(chat, server_actor, made, "x"))
        elif end == "drop":
            await server.run_action(accounts.drop(chat, server_actor, made))
        elif end == "forget":
            await server.run_action(accounts.forget_messages(chat, server_actor, made))
        else:
            operate.ban(chat, server.clients["chefe"], "account", "cris", seconds=60, reason="x")
            server.run_deferred()
        assert not is_valid(server, code)
        assert is_valid(server, other)

    run(test)


def test_who_is_forgotten_is_not_in_the_lists_of_others() -> None:
    """Who joined with a link is a trace as well."""

    async def test(server: MemoryServer) -> None:
        server.register("bia")
        made = await account(server, "bia")
        code = await link(server, "ana")
        server.send("bia", f"JOIN #sala {code}")
        assert "'bia'" in repr(server.chat.world.registry.invitations)
        await server.run_action(accounts.forget_messages(server.chat, of_server(server.chat), made))
        assert "'bia'" not in repr(server.chat.world.registry.invitations)
        assert is_valid(server, code)

    run(test)


@pytest.mark.parametrize("line", ["KICK #sala cris", "MODE #sala +i", "RENAME #sala #turma"])
def test_what_is_not_stored_ends_no_link(line: str) -> None:
    """The kick has not happened, and so the link goes on; both or none are in a commit."""

    async def test(server: MemoryServer) -> None:
        code = await link(server, "cris")
        server.store.failure = NotStored("disk full")
        server.send("ana", line)
        assert is_valid(server, code)
        assert links(server) == 1
        server.store.failure = None
        server.send("ana", line)
        assert not is_valid(server, code)

    run(test)


def test_it_is_so_after_a_restart() -> None:
    """What is revoked is not in the store, and what is not is."""

    async def test(server: MemoryServer) -> None:
        kept, ended = await link(server, "ana"), await link(server, "cris")
        server.send("ana", "KICK #sala cris")
        stored = [each for each in await server.store.records() if isinstance(each, Invitation)]
        found = invitations.find(server.chat, kept)
        assert found is not None
        assert stored == [found[0]]
        assert not is_valid(server, ended)

    run(test)
