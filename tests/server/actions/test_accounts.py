"""Accounts: names, renames, and what a dropped one leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer

from papo.server.actions import lookup
from papo.server.actions.accounts import accounts
from papo.server.actions.accounts.administer import AdminRequest, execute
from papo.server.actions.actor import of_server
from papo.server.delivery.ports import MESSAGE, NotStored
from papo.server.world.errors import Refused
from papo.server.world.events import MessageSent


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit of a minute."""
    asyncio.run(asyncio.wait_for(test, 60))


def test_names_that_look_alike_are_the_same() -> None:
    """Nicks, accounts and channels; the services' names are reserved in every script."""

    async def test() -> None:
        server = MemoryServer()
        server.register("cora", "#sac")
        assert " 433 " in server.try_nick("сога")  # Cyrillic
        await server.ask_and_wait("cora", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("cora", "CS REGISTER #sac")
        server.register("bia")
        assert " 433 " in server.ask("bia", "NICK сога")[0]
        assert "ACCOUNT_EXISTS" in (await server.ask_and_wait("bia", "REGISTER сога * senha-boa-1"))[0]
        assert " 403 " in server.ask("bia", "JOIN #ѕас")[0]
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


def test_a_renamed_account_owns_and_forgets_what_it_said_before() -> None:
    """And not what somebody else says under its former name."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala", caps="message-tags draft/message-redaction echo-message")
        server.register("bia", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        (echo,) = server.ask("ana", "PRIVMSG #sala :antes")
        account = lookup.get_account(server.chat, "ana")
        await server.run_action(accounts.rename(server.chat, of_server(server.chat), account, "bela"))
        server.send("ana", "NICK bela")
        server.send("bia", "NICK ana")
        await server.ask_and_wait("bia", "REGISTER * * senha-boa-2")
        server.send("ana", "PRIVMSG #sala :depois")
        server.send("bia", "PRIVMSG #sala :de outra ana")
        msgid = echo.partition("msgid=")[2].partition(";")[0].partition(" ")[0]
        assert "REDACT" in (await server.ask_and_wait("ana", f"REDACT #sala {msgid}"))[0]
        assert "1 messages" in (await server.ask_and_wait("ana", "HISTSERV FORGET bela"))[0]
        texts = [event.text for event in server.store.events if isinstance(event, MessageSent)]
        assert [row.event.text for row in server.store.tables.rows if row.kind == MESSAGE] == ["de outra ana"], texts

    run(test())


def test_an_account_can_be_dropped_with_all_it_did() -> None:
    """Its messages, its topic in force, its read markers; the name is free, and its user a guest."""

    async def test() -> None:
        server = MemoryServer()
        chat = server.chat
        server.register("ana", "#sala")
        server.register("bia", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("bia", "REGISTER * * senha-boa-2")
        for line in ("PRIVMSG #sala :um", "PRIVMSG bia :dois", "TOPIC #sala :da ana", "MARKREAD #sala timestamp=*"):
            server.send("ana", line)
        server.send("ana", "MARKREAD #sala timestamp=2026-01-01T00:00:00.000Z")
        server.send("bia", "PRIVMSG ana :da bia")
        request = AdminRequest(action="drop", name="ana", forget=True)
        ((text, values),) = await server.run_action(execute(chat, of_server(chat), request))
        assert values["count"] == "2", text
        assert chat.world.channels["#sala"].topic == ""
        assert [row.event.text for row in server.store.tables.rows if row.kind == MESSAGE] == ["da bia"]
        assert lookup.find_account(chat, "ana") is None
        assert server.clients["ana"].me.account is None
        assert server.store.tables.markers == {}
        assert chat.world.read_markers == {}

    run(test())


def test_forgetting_says_that_it_failed() -> None:
    """The account stays, suspended, and the same command deletes it when the disk is well again."""

    async def test() -> None:
        server = MemoryServer()
        chat = server.chat
        account = await server.run_action(accounts.create(chat, name="ana", password="x"))
        await server.run_action(accounts.suspend(chat, of_server(chat), account, "x"))
        server.store.failure = NotStored("EIO")
        for _ in range(2):
            with pytest.raises(Refused):
                await server.run_action(accounts.drop_and_forget(chat, of_server(chat), account))
            assert lookup.find_account(chat, "ana") is not None
        server.store.failure = None
        account = lookup.get_account(chat, "ana")
        await server.run_action(accounts.drop_and_forget(chat, of_server(chat), account))
        assert lookup.find_account(chat, "ana") is None

    run(test())
