"""Accounts: names, renames, and what a dropped one leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from memory_server import MemoryServer

from papo.server.actions import lookup
from papo.server.actions.accounts import accounts
from papo.server.actions.actor import of_server


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit of a minute."""
    asyncio.run(asyncio.wait_for(test, 60))


def test_names_that_look_alike_are_the_same() -> None:
    """Nicks, accounts and channels; the services' names are reserved in every script."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        assert " 433 " in server.try_nick("аna")  # a Cyrillic а
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        server.register("bia")
        assert " 433 " in server.ask("bia", "NICK аna")[0]
        assert "ACCOUNT_EXISTS" in (await server.ask_and_wait("bia", "REGISTER аna * senha-boa-1"))[0]
        assert " 403 " in server.ask("bia", "JOIN #sаla")[0]
        for service in ("NickServ", "NiсkServ", "ChɑnServ"):
            assert " 432 " in server.ask("bia", f"NICK {service}")[0], service

    run(test())


def test_a_renamed_account_keeps_its_id() -> None:
    """The old name is free, and whoever takes it does not own the messages sent under it before."""

    async def test() -> None:
        server = MemoryServer()
        account = await server.run_action(accounts.create(server.chat, name="ana", password="x"))
        renamed = await server.run_action(accounts.rename(server.chat, of_server(server.chat), account, "bela"))
        assert (renamed.id, renamed.name) == (account.id, "bela")
        assert lookup.find_account(server.chat, "ana") is None
        assert renamed.named_at_ms >= account.named_at_ms

    run(test())


def test_a_dropped_account_leaves_its_channels_behind() -> None:
    """They stay while they have members, and are no longer registered."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        server.register("bia", "#sala")
        await server.run_action(
            accounts.drop(server.chat, of_server(server.chat), lookup.get_account(server.chat, "ana"))
        )
        server.run_deferred()
        assert server.chat.world.nicks["ana"].account is None
        assert server.chat.world.channels["#sala"].founder == ""
        assert not server.chat.world.registry.channels
        assert not server.store.tables.records
        for nick in ("ana", "bia"):
            server.send(nick, "PART #sala")
        assert "#sala" not in server.chat.world.channels

    run(test())
