"""Who is put out is out: always-on or not, by whatever name the ban knows them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from helpers import Talk, quiet_config
from papo.config import Accounts, Privacy
from papo.server.actions import accounts, operate
from papo.server.world.names import fold

ALWAYS = Accounts(argon2_memory_kib=8, argon2_passes=1, always_on="mandatory")


def play(test: Callable[[Talk], Coroutine[Any, Any, None]], **settings: Any) -> None:
    """In a chat with `chefe`, an operator of the server."""

    async def whole() -> None:
        talk = Talk(quiet_config(**settings))
        talk.chat.cloak_secret = b"x" * 32
        talk.join("chefe", "#sala")
        talk.chat.world.nicks["chefe"].powers = frozenset(operate.POWERS)
        await test(talk)

    asyncio.run(asyncio.wait_for(whole(), 60))


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("how", ["suspend", "kill", "ban"])
def test_always_on_people_are_put_out_too(how: str, *, connected: bool) -> None:
    """They leave at once, with or without a connection, and a restart does not bring them back."""

    async def test(talk: Talk) -> None:
        ana = talk.join("ana", "#sala")
        await talk.ask_slowly("ana", "REGISTER * * senha-boa-1")
        assert talk.chat.world.nicks["ana"].uid in talk.chat.lasting
        if not connected:
            ana.end("")
            talk.run_soon()
            assert "ana" in talk.chat.world.nicks
        talk.heard("chefe")
        if how == "suspend":
            task = asyncio.ensure_future(accounts.suspend(talk.chat, accounts.get(talk.chat, "ana"), "chega"))
            while not task.done():
                talk.run_soon()
                await asyncio.sleep(0)
        else:
            talk.say("chefe", "KILL ana :chega" if how == "kill" else "UBAN ADD ana :chega")
        talk.run_soon()
        assert "ana" not in talk.chat.world.nicks
        assert any(":ana!" in line and " QUIT " in line for line in talk.heard("chefe"))
        assert not talk.chat.lasting
        assert not talk.chat.world.registry.presences

    play(test, accounts=ALWAYS)


@pytest.mark.parametrize("line", ["NS LOGOUT", "NS DROP ana"])
def test_who_has_no_account_any_more_stays_no_longer(line: str) -> None:
    """Nor after a restart."""

    async def test(talk: Talk) -> None:
        ana = talk.join("ana", "#sala")
        await talk.ask_slowly("ana", "REGISTER * * senha-boa-1")
        assert talk.chat.world.registry.presences
        told = await talk.ask_slowly("ana", line)
        if "DROP" in line:
            await talk.ask_slowly("ana", f"{line} {told[-1].split()[-1]}")
        assert talk.chat.world.nicks["ana"].account is None
        talk.say("ana", "JOIN #outra")
        assert not talk.chat.lasting
        assert not talk.chat.world.registry.presences
        ana.end("")
        talk.run_soon()
        assert "ana" not in talk.chat.world.nicks

    play(test, accounts=ALWAYS)


def test_signing_in_gives_the_ranks_that_go_with_the_account() -> None:
    """By SASL as by NickServ, in the channels where one is already."""

    async def test(talk: Talk) -> None:
        talk.join("ana", "#sala2")
        await talk.ask_slowly("ana", "REGISTER * * senha-boa-1")
        await talk.ask_slowly("ana", "CS REGISTER #sala2")
        await talk.ask_slowly("ana", "NS LOGOUT")
        talk.join("caio", "#sala2")
        talk.say("ana", "PART #sala2")
        talk.say("ana", "JOIN #sala2")
        talk.heard("ana")
        await talk.ask_slowly("ana", "AUTHENTICATE PLAIN")
        proof = base64.b64encode(b"\0ana\0senha-boa-1").decode()
        told = await talk.ask_slowly("ana", f"AUTHENTICATE {proof}")
        assert any("MODE #sala2 +q ana" in each for each in told)

    play(test)


def test_a_ban_of_a_hidden_address_holds_when_they_come_back() -> None:
    """The mask an operator sees is the one they ban."""

    async def test(talk: Talk) -> None:
        talk.join("bia", "#sala")
        host = talk.chat.world.nicks["bia"].host
        assert host != "10.0.0.1"
        talk.say("chefe", f"KLINE bia!*@{host} :chega")
        talk.run_soon()
        assert "bia" not in talk.chat.world.nicks
        assert "banned" in talk.ask_without("bia")
        assert "001" in talk.ask_without("caio")

    play(test, privacy=Privacy(cloak="all"))


def test_a_ban_by_address_holds_for_whoever_shows_another_host() -> None:
    """A host of one's own hides nobody from a ban."""

    async def test(talk: Talk) -> None:
        talk.join("bia", "#sala")
        talk.chat.world.nicks["bia"].host = "escola.example"
        talk.say("chefe", "KLINE bia!*@10.0.0.* :chega")
        talk.run_soon()
        assert fold("bia") not in talk.chat.world.nicks
        assert "banned" in talk.ask_without("bia")

    play(test)
