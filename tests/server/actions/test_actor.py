"""An action needs no connection: users without one and the server itself act as a line of IRC does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from memory_ports import MemoryFiles
from memory_server import START_MS, MemoryServer, make_config

from papo.config import Accounts, Limits
from papo.server.actions import history, lookup, messages, operate, users
from papo.server.actions.accounts import accounts, administer, tokens
from papo.server.actions.actor import Actor, DetachedActor, of_account, of_server, user_of
from papo.server.actions.channels import moderate
from papo.server.actions.channels.modes import change_modes
from papo.server.actions.say import relay, say
from papo.server.dialects.irc.refusals import sentence
from papo.server.web.site import Route, Site
from papo.server.world.errors import Code, Refused


def make_accounts(**changes: Any) -> Accounts:
    """With cheap passwords."""
    return Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, **changes)


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]], always_on: str = "mandatory") -> None:
    """With `ana`, who has an account and founded #sala, and `bia`, who is in it too."""

    async def whole() -> None:
        server = MemoryServer(make_config(accounts=make_accounts(always_on=always_on)))
        server.register("ana")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        server.send("ana", "JOIN #sala")
        server.register("bia", "#sala")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


def disconnected(server: MemoryServer, nick: str = "ana") -> Actor:
    """The account's actor, after its last connection has ended."""
    server.clients.pop(nick).end("")
    server.run_deferred()
    for name in server.clients:
        server.received(name)
    return of_account(server.chat, lookup.get_account(server.chat, nick))


def refusal(server: MemoryServer, actor: Actor, target: str = "#sala") -> Code:
    """Why the actor may not send a message; nobody has received it."""
    with pytest.raises(Refused) as refused:
        say(server.chat, actor, target, "?")
    server.run_deferred()
    assert not server.received("bia")
    return refused.value.code


async def texts(server: MemoryServer, nick: str = "bia", target: str = "#sala") -> list[str]:
    """What the user finds in the history."""
    page = history.view(server.chat, server.chat.world.nicks[nick], target, 50, everything=False)
    return [event.text for event in await history.latest(server.chat, page, None)]  # type: ignore[union-attr]


def test_a_user_without_a_connection_sends_a_message() -> None:
    """It reaches each member once, from the user's own nick and account, and is in the history."""

    async def test(server: MemoryServer) -> None:
        actor = disconnected(server)
        assert not server.chat.sessions.of(user_of(actor).uid)
        say(server.chat, actor, "#sala", "bom dia")
        server.run_deferred()
        assert server.received("bia") == [f":{user_of(actor).source} PRIVMSG #sala :bom dia"]
        assert user_of(actor).source.startswith("ana!")
        assert await texts(server) == ["bom dia"]

    run(test)


def test_the_server_sends_a_message() -> None:
    """To a channel, moderated or not, and to a user; under its own name."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "MODE #sala +msCTW 60")
        server.received("bia")
        for _ in range(2):
            say(server.chat, of_server(server.chat), "#sala", "manutenção às dez", verb="NOTICE")
        say(server.chat, of_server(server.chat), "bia", "olá")
        server.run_deferred()
        assert server.received("bia") == [
            ":papo.test NOTICE #sala :manutenção às dez",
            ":papo.test NOTICE #sala :manutenção às dez",
            ":papo.test PRIVMSG bia :olá",
        ]
        assert await texts(server) == ["manutenção às dez"] * 2

    run(test)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("SAMODE #sala +m", "SAMODE #sala -o ana"), Code.CANNOT_SEND),
        (("SAMODE #sala +b ana!*@*", "SAMODE #sala -o ana"), Code.CANNOT_SEND),
        (("SAMODE #sala +b m:ana!*@*", "SAMODE #sala -o ana"), Code.CANNOT_SEND),
    ],
)
def test_what_a_connection_may_not_say_nobody_says_without_one(lines: tuple[str, ...], code: Code) -> None:
    """A moderated channel, a ban, a mute; and nobody has received it."""

    async def test(server: MemoryServer) -> None:
        operate.become_operator(server.chat, server.clients["bia"], "bia", ("modes", "see"))
        actor = disconnected(server)
        for line in lines:
            server.send("bia", line)
        server.received("bia")
        assert refusal(server, actor) is code
        assert not await texts(server)

    run(test)


def test_an_account_whose_user_is_not_here_is_in_no_channel() -> None:
    """It sends where anyone outside may; its nick is its name, unless another user has that."""

    async def test(server: MemoryServer) -> None:
        actor = disconnected(server)
        assert "ana" not in server.chat.world.nicks
        assert refusal(server, actor) is Code.CANNOT_SEND
        change_modes(server.chat, of_server(server.chat), server.chat.world.channels["#sala"], [("-", "n", None)])
        say(server.chat, actor, "#sala", "de fora")
        server.run_deferred()
        assert server.received("bia") == [
            ":papo.test MODE #sala -n",
            ":ana!ana@papo.test PRIVMSG #sala :de fora",
        ]
        server.chat.config = make_config(accounts=make_accounts(enforce_nicks=False))
        server.register("ana")
        with pytest.raises(Refused, match="NICK_IN_USE"):
            of_account(server.chat, lookup.get_account(server.chat, "ana"))

    run(test, always_on="off")


def test_a_suspended_account_does_not_act() -> None:
    """Neither with a user that is here, nor without."""

    async def test(server: MemoryServer) -> None:
        account = lookup.get_account(server.chat, "ana")
        await server.run_action(accounts.suspend(server.chat, of_server(server.chat), account, "chega"))
        with pytest.raises(Refused, match="SUSPENDED"):
            of_account(server.chat, account)

    run(test)


def test_an_unregistered_connection_does_not_act() -> None:
    """It is not taken for the server, which has no nick either."""

    async def test(server: MemoryServer) -> None:
        session = server.connect("?")
        with pytest.raises(AssertionError):
            say(server.chat, session, "#sala", "?")
        with pytest.raises(AssertionError):
            say(server.chat, session, "bia", "?")
        with pytest.raises(AssertionError):
            operate.wallops(server.chat, session, "?")

    run(test)


def test_the_server_moderates() -> None:
    """As an operator of the channel, without being in it."""

    async def test(server: MemoryServer) -> None:
        chat, actor = server.chat, of_server(server.chat)
        channel = chat.world.channels["#sala"]
        server.send("bia", "PRIVMSG #sala :apaga isto")
        page = history.view(chat, user_of(actor), "#sala", 1, everything=False)
        (message,) = await history.latest(chat, page, None)
        await server.run_action(messages.redact(chat, actor, "#sala", message.msgid, ""))
        server.received("bia")
        assert not await texts(server)
        moderate.set_topic(chat, actor, channel, "aula")
        assert not change_modes(chat, actor, channel, [("+", "v", "bia"), ("+", "P", None)])
        relay(chat, actor, "#sala", "eva/fora", "oi")
        moderate.kick(chat, actor, channel, "bia", "")
        server.run_deferred()
        assert server.received("bia") == [
            ":papo.test TOPIC #sala :aula",
            ":papo.test MODE #sala +vP bia",
            ":eva/fora!relay@papo.test PRIVMSG #sala :oi",
            ":papo.test KICK #sala bia :papo.test",
        ]
        operate.ban(chat, actor, "mask", "bia!*@*", seconds=0, reason="")
        server.run_deferred()
        assert "bia" not in chat.world.nicks
        assert chat.world.registry.bans["mask:bia!*@*"].by == "papo.test"

    run(test)


def test_a_user_has_no_power_of_the_server() -> None:
    """The command line's actions refuse a user whose role lacks the power."""

    async def test(server: MemoryServer) -> None:
        order = administer.AdminRequest(action="suspend", name="ana")
        with pytest.raises(Refused, match="NEED_OPERATOR"):
            await server.run_action(administer.execute(server.chat, server.clients["bia"], order))
        assert not lookup.get_account(server.chat, "ana").suspended

    run(test)


@pytest.mark.parametrize(
    "future", ["2023-11-14T22:13:20.001Z", "2100-01-01T00:00:00.000Z", "9999-12-31T23:59:60.999999Z"]
)
def test_a_read_marker_is_never_in_the_future(future: str) -> None:
    """Nothing that is still to come has been read: on every device, on disk, and for what comes then."""
    server = MemoryServer()
    server.register("ana", "#sala", caps="draft/read-marker")
    now = "2023-11-14T22:13:20.000Z"
    assert server.ask("ana", f"MARKREAD #sala timestamp={future}") == [f":papo.test MARKREAD #sala timestamp={now}"]
    assert server.ask("ana", "MARKREAD #sala") == [f":papo.test MARKREAD #sala timestamp={now}"]
    assert server.chat.world.read_markers[server.clients["ana"].me.identity] == {"#sala": START_MS}
    server.now_s += 1
    later = "2023-11-14T22:13:21.000Z"
    assert server.ask("ana", f"MARKREAD #sala timestamp={later}") == [f":papo.test MARKREAD #sala timestamp={later}"]


def test_a_read_marker_reaches_the_users_clients() -> None:
    """It is set without a connection, and moves forward only; too many are refused."""
    server = MemoryServer(make_config(limits=Limits(enabled=False, channels_per_user=1)))
    ana = server.register("ana", "#sala", caps="draft/read-marker").me
    actor = DetachedActor(ana)
    assert users.mark_read(server.chat, actor, "#sala", START_MS)
    assert not users.mark_read(server.chat, actor, "#sala", START_MS)
    server.run_deferred()
    assert server.received("ana") == [":papo.test MARKREAD #sala timestamp=2023-11-14T22:13:20.000Z"]
    for number in range(9):
        assert users.mark_read(server.chat, actor, f"ana{number}", START_MS)
    assert server.ask("ana", "MARKREAD bia timestamp=2023-11-14T22:13:20.000Z")[-1] == (
        ":papo.test FAIL MARKREAD INTERNAL_ERROR bia :You have too many read markers"
    )


async def post(site: Site, request: web.Request) -> web.StreamResponse:
    """`POST /api/messages` with a token for the channel: send what the body says."""
    found = site.user(request, "PAPO")
    if found is None:
        raise web.HTTPUnauthorized
    user, channel = found
    actor = DetachedActor(user, site.language(request))
    try:
        say(site.chat, actor, channel, await request.text())
    except Refused as refused:
        raise web.HTTPForbidden(text=sentence(refused)) from None
    return web.Response(status=204)


async def run_turns(server: MemoryServer) -> None:
    """A request waits for its turn in the loop, which this server runs by hand."""
    while True:
        server.run_deferred()
        await asyncio.sleep(0)


def test_an_http_route_sends_a_message() -> None:
    """The action is the same; the route says who acts and words the refusal."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        chat.web_services = {"PAPO": ("http://papo.test", "")}
        chat.token_secret = b"x" * 32
        token = tokens.generate(chat, server.clients["ana"], "PAPO", "#sala")
        site = Site(chat, MemoryFiles(), [], [Route("POST", "/api/messages", post)])
        await site.start()
        listening = await asyncio.get_running_loop().create_server(site.protocol, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/api/messages"
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        server.received("ana")
        server.received("bia")
        turns = asyncio.create_task(run_turns(server))
        async with aiohttp.ClientSession(headers=headers) as client:
            async with client.post(url, data="pela web") as answer:
                assert answer.status == 204
            server.run_deferred()
            assert [line.partition(" ")[2] for line in server.received("bia")] == ["PRIVMSG #sala :pela web"]
            assert [line.partition(" ")[2] for line in server.received("ana")] == ["PRIVMSG #sala :pela web"]
            assert await texts(server) == ["pela web"]
            server.send("ana", "MODE #sala +m-o ana")
            server.received("bia")
            async with client.post(url, data="outra") as answer:
                assert answer.status == 403
                assert "only people with voice" in await answer.text()
        server.run_deferred()
        assert not server.received("bia")
        assert await texts(server) == ["pela web"]
        turns.cancel()
        listening.close()
        await site.stop()

    run(test)
