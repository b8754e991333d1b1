"""Ways around a closed door that lead through another one: forwards, old names, a new channel of an old name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer

from papo.server.actions import operate
from papo.server.actions.accounts import accounts, login
from papo.server.actions.actor import of_server
from papo.server.actions.channels import registered

CAPS = "batch message-tags draft/chathistory draft/event-playback draft/search draft/metadata-2"


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """On an empty server."""

    async def whole() -> None:
        await test(MemoryServer())

    asyncio.run(asyncio.wait_for(whole(), 60))


async def register_channel(server: MemoryServer, nick: str, channel: str) -> None:
    """The nick becomes an account, and the founder of the channel."""
    account = await server.run_action(accounts.create(server.chat, name=nick))
    login.log_in(server.chat, server.chat.world.nicks[nick], account)
    await server.ask_and_wait(nick, f"CS REGISTER {channel}")


@pytest.mark.parametrize("mode", ["f #fechada", "lL 1 #fechada"])
def test_no_forward_leads_into_a_suspended_channel(mode: str) -> None:
    """One that its founder has set before; who is let in by nobody learns nothing new."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#fechada", "#sala", caps=CAPS)
        await register_channel(server, "ana", "#fechada")
        server.send("ana", f"MODE #sala +{mode}")
        server.send("ana", "MODE #sala +i") if mode[0] == "f" else None
        record = registered.find(server.chat, "#fechada")
        await server.run_action(registered.suspend(server.chat, of_server(server.chat), record, "spam"))
        server.register("bia", caps=CAPS)
        lines = server.ask("bia", "JOIN #sala")
        assert not any(" JOIN " in line for line in lines), lines
        assert server.chat.world.channels["#fechada"].members == {}

    run(test)


def test_operators_words_are_not_for_who_opens_the_name_again() -> None:
    """What was said to operators of an open channel is theirs: a later channel of that name has other operators."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala", caps=CAPS)
        server.send("ana", "PRIVMSG #sala :para todos")
        server.send("ana", "PRIVMSG @#sala :segredo")
        mine = await server.ask_and_wait("ana", "CHATHISTORY LATEST #sala * 50")
        assert any("segredo" in line for line in mine)
        server.send("ana", "QUIT")
        server.now_s += 1
        server.register("eva", "#sala", caps=CAPS)
        for command in ("CHATHISTORY LATEST #sala * 50", "SEARCH in=#sala;text=seg*", "ZNC *playback play #sala 0"):
            lines = await server.ask_and_wait("eva", command)
            assert not any("segredo" in line for line in lines), lines
        lines = await server.ask_and_wait("eva", "CHATHISTORY LATEST #sala * 50")
        assert any("para todos" in line for line in lines)

    run(test)


def test_a_key_is_not_for_who_opens_the_name_again() -> None:
    """The mode change that closes a channel belongs to it as what follows does."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala", caps=CAPS)
        server.send("ana", "PRIVMSG #sala :para todos")
        server.send("ana", "MODE #sala +k chave-secreta")
        await server.ask_and_wait("ana", "MODE #sala -k *")
        server.send("ana", "QUIT")
        server.now_s += 1
        server.register("eva", "#sala", caps=CAPS)
        lines = await server.ask_and_wait("eva", "CHATHISTORY LATEST #sala * 50")
        assert any("para todos" in line for line in lines)
        assert not any("chave-secreta" in line for line in lines), lines

    run(test)


def test_nobody_renames_a_channel_to_the_old_name_of_another() -> None:
    """Nobody can open it either: its visitors are sent on. Who renamed it may take it back."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#Sala", caps=CAPS)
        await register_channel(server, "ana", "#sala")
        server.send("ana", "RENAME #sala #turma")
        server.register("eva", "#isca", caps=CAPS)
        assert any("CHANNEL_NAME_IN_USE" in line for line in server.ask("eva", "RENAME #isca #SALA"))
        server.register("bia")
        server.send("bia", "JOIN #sala")
        assert server.chat.world.nicks["bia"].channels == ("#turma",)
        server.send("ana", "RENAME #turma #sala")
        assert "#sala" in server.chat.world.channels

    run(test)


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("RENAME #sala #outra", "RENAME"),
        ("METADATA #sala SET url :http://x.example", "METADATA"),
        ("METADATA #sala CLEAR", "METADATA"),
        ("METADATA ana SET url :http://x.example", "METADATA"),
        ("METADATA ana CLEAR", "METADATA"),
        ("CS REGISTER #sala", "REGISTER"),
        ("WALLOPS :oi", "WALLOPS"),
    ],
)
def test_what_a_role_lets_somebody_do_is_in_the_audit_log(line: str, action: str) -> None:
    """To what is not their own: what anybody may do with their own channel is not there."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala", "#aqui", caps=CAPS)
        for target in ("#sala", "ana"):
            server.send("ana", f"METADATA {target} SET cor :azul")
        server.register("eva", "#aqui", "#meu", caps=f"{CAPS} draft/relaymsg")
        account = await server.run_action(accounts.create(server.chat, name="eva"))
        login.log_in(server.chat, server.chat.world.nicks["eva"], account)
        powers = ("accounts", "channels", "see", "wallops")
        operate.become_operator(server.chat, server.clients["eva"], "chefe", powers)
        server.run_deferred()
        for own in ("METADATA #meu SET cor :azul", "METADATA * SET cor :azul", "RENAME #meu #minha"):
            await server.ask_and_wait("eva", own)
        await server.chat.journal.flush()
        assert await server.store.audit(9) == []
        await server.ask_and_wait("eva", line)
        await server.chat.journal.flush()
        assert [row[2] for row in await server.store.audit(9)] == [action]

    run(test)


@pytest.mark.parametrize("mode", ["u", "D"])
def test_the_history_shows_no_member_whom_plain_members_do_not_see(mode: str) -> None:
    """Nor a change of their nick; operators read all of it."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala", caps=CAPS)
        server.register("eva", "#sala", caps=CAPS)
        server.send("ana", f"MODE #sala +{mode}")
        server.register("bia", "#sala")
        server.send("bia", "NICK bibi")
        server.send("bia", "QUIT")
        lines = await server.ask_and_wait("eva", "CHATHISTORY LATEST #sala * 50")
        assert not any("bia" in line for line in lines), lines
        lines = await server.ask_and_wait("ana", "CHATHISTORY LATEST #sala * 50")
        assert any("NICK bibi" in line for line in lines)

    run(test)
