"""What the store refuses has not happened: nobody hears of it, its author gets one reply, the world is as before."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from memory_server import MemoryServer, make_config
from pictures import picture

from papo.config import Accounts, Operator
from papo.config.passwords import hash_password
from papo.server.actions.accounts import accounts, administer
from papo.server.actions.actor import of_server
from papo.server.delivery import journal
from papo.server.delivery.batch import Marked
from papo.server.delivery.journal import OWED_TRIES
from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Refused
from papo.server.world.events import RecordStored, UserQuit
from papo.server.world.records import Ban, Presence

FULL = NotStored("disk full")
NOTHING = ":The server cannot store anything at the moment; nothing was changed"
CAPS = (
    "echo-message labeled-response batch message-tags server-time account-notify away-notify setname chghost "
    "draft/metadata-2 draft/read-marker draft/message-redaction draft/message-edit draft/channel-rename invite-notify"
)


def new_server(**changes: Any) -> MemoryServer:
    """Ana is the channel's operator and logged in, bia is a member, caio is not, chefe is an operator of the server."""
    server = MemoryServer(make_config(operators=(Operator("chefe", hash_password("segredo")),), **changes))
    server.register("ana", "#sala", caps=CAPS)
    server.register("bia", "#sala", caps=CAPS)
    server.register("caio", caps=CAPS)
    server.register("chefe", caps=CAPS)
    return server


async def prepared(**changes: Any) -> MemoryServer:
    """With an account of ana, and chefe as operator."""
    server = new_server(**changes)
    await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
    await server.ask_and_wait("chefe", "OPER chefe segredo")
    await server.ask_and_wait("ana", "PRIVMSG #sala :primeira")
    for name in server.clients:
        server.received(name)
    return server


def state(server: MemoryServer) -> Any:
    """Everything that a request may change before its commit: the world, and who is in which group and has a nick."""
    chat = server.chat
    groups = {key: {form: set(links) for form, links in group.items()} for key, group in chat.sessions.channels.items()}
    nicks = {name: chat.nick_registry.claim((name,), "nobody") for name in ("ana", "bia", "caio", "outra", "zoe")}
    for name, free in nicks.items():
        if free:
            chat.nick_registry.release((name,), "nobody")
    tables = server.store.tables
    stored = ([row.event for row in tables.rows], dict(tables.records), dict(tables.markers), list(tables.audited))
    return picture(chat.world), groups, nicks, stored


def refuse_once(server: MemoryServer, monkeypatch: pytest.MonkeyPatch, number: int = 1) -> None:
    """The store refuses one commit from here on, by its number."""
    commit, numbers = server.store.commit, itertools.count(1)

    def refuse(events: Any, done: Any) -> None:
        if next(numbers) == number:
            done(FULL)
        else:
            commit(events, done)

    monkeypatch.setattr(server.store, "commit", refuse)


REQUESTS = {
    # who, what they ask, how the refusal begins
    "TOPIC": ("ana", "TOPIC #sala :novo", "FAIL TOPIC TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "MODE +b": ("ana", "MODE #sala +b bad!*@*", "FAIL MODE TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "MODE +o": ("ana", "MODE #sala +o bia", "FAIL MODE TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "MODE +imk": ("ana", "MODE #sala +imk chave", "FAIL MODE TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "KICK": ("ana", "KICK #sala bia :fora", "FAIL KICK TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "PART": ("bia", "PART #sala", "FAIL PART TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "JOIN": ("caio", "JOIN #sala", "FAIL JOIN TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "JOIN of a new channel": ("caio", "JOIN #nova", "FAIL JOIN TEMPORARILY_UNAVAILABLE #nova " + NOTHING),
    "NICK": ("bia", "NICK outra", "FAIL NICK TEMPORARILY_UNAVAILABLE outra " + NOTHING),
    "RENAME": ("ana", "RENAME #sala #salao :sim", "FAIL RENAME TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "REDACT": ("ana", "REDACT #sala {msgid}", "FAIL REDACT TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "EDIT": ("ana", "EDIT #sala {msgid} :corrigida", "FAIL EDIT TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "edit by tag": ("ana", "@+draft/edit={msgid} PRIVMSG #sala :corr", "FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #sala "),
    "MARKREAD": (
        "ana",
        "MARKREAD #sala timestamp=2030-01-01T00:00:00.000Z",
        "FAIL MARKREAD TEMPORARILY_UNAVAILABLE #sala " + NOTHING,
    ),
    "METADATA": ("ana", "METADATA * SET url :x", "FAIL METADATA TEMPORARILY_UNAVAILABLE * " + NOTHING),
    "PRIVMSG": ("ana", "PRIVMSG #sala :perdida", "FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #sala "),
    "reaction": ("ana", "@+draft/react=x;+draft/reply=y TAGMSG #sala", "FAIL TAGMSG TEMPORARILY_UNAVAILABLE #sala "),
    "REGISTER": ("bia", "REGISTER * * senha-boa-2", "FAIL REGISTER TEMPORARILY_UNAVAILABLE " + NOTHING),
    "PERSISTENCE": ("ana", "PERSISTENCE SET OFF", "FAIL PERSISTENCE TEMPORARILY_UNAVAILABLE " + NOTHING),
    "KLINE": ("chefe", "KLINE bia!*@* :fora", "FAIL KLINE TEMPORARILY_UNAVAILABLE bia!*@* " + NOTHING),
    "DLINE": ("chefe", "DLINE 192.0.2.0/24", "FAIL DLINE TEMPORARILY_UNAVAILABLE 192.0.2.0/24 " + NOTHING),
    "KILL": ("chefe", "KILL bia :fora", "FAIL KILL TEMPORARILY_UNAVAILABLE bia " + NOTHING),
    "SAJOIN": ("chefe", "SAJOIN #sala", "FAIL SAJOIN TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "SAMODE": ("chefe", "SAMODE #sala +m", "FAIL SAMODE TEMPORARILY_UNAVAILABLE #sala " + NOTHING),
    "OPER": ("caio", "OPER chefe segredo", "FAIL OPER TEMPORARILY_UNAVAILABLE chefe " + NOTHING),
    "REHASH": ("chefe", "REHASH", "FAIL REHASH TEMPORARILY_UNAVAILABLE " + NOTHING),
    "NS PASSWD": ("ana", "NS PASSWD senha-boa-1 senha-nova-1", "NickServ!NickServ@papo.test NOTICE ana " + NOTHING),
    "NS SET": ("ana", "NS SET LANGUAGE pt_BR", "NickServ!NickServ@papo.test NOTICE ana " + NOTHING),
    "CS REGISTER": ("ana", "CS REGISTER #sala", "ChanServ!ChanServ@papo.test NOTICE ana " + NOTHING),
    "HS DELETE": ("ana", "HISTSERV DELETE #sala {msgid}", "HistServ!HistServ@papo.test NOTICE ana " + NOTHING),
    "NS SAREGISTER": ("chefe", "NS SAREGISTER zoe senha-boa-3", "NickServ!NickServ@papo.test NOTICE chefe " + NOTHING),
}


def filled(server: MemoryServer, line: str) -> str:
    """With the msgid of the message that is there."""
    return line.replace("{msgid}", next(row.event.msgid for row in server.store.tables.rows if row.kind == 1))


async def check_request(server: MemoryServer, who: str, line: str, refusal: str, label: str = "") -> None:
    """Refused while the disk refuses, with nothing left of it; granted when the disk is well."""
    before = state(server)
    server.store.failure = FULL
    line = filled(server, line)
    labeled = (f"@label={label};{line[1:]}" if line[0] == "@" else f"@label={label} {line}") if label else line
    answer = await server.ask_and_wait(who, labeled)

    assert len(answer) == 1, answer
    assert answer[0].removeprefix(f"@label={label} ").startswith(f":papo.test {refusal}") or refusal in answer[0]
    assert not label or answer[0].startswith(f"@label={label} ")
    assert {name: server.received(name) for name in server.clients} == {name: [] for name in server.clients}
    assert state(server) == before

    server.store.failure = None
    answer = await server.ask_and_wait(who, line)
    assert not [each for each in answer if " FAIL " in each or "cannot" in each], answer
    assert state(server) != before


@pytest.mark.parametrize("label", ["", "7"])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_is_refused_leaves_no_trace(name: str, label: str) -> None:
    """Nobody hears of it, its author gets exactly one reply, all is as before; the same request then works."""

    async def test() -> None:
        await check_request(await prepared(), *REQUESTS[name], label)

    asyncio.run(test())


@pytest.mark.parametrize("name", ["TOPIC", "MODE +b", "NICK", "JOIN", "PART", "METADATA"])
def test_with_always_on_users_it_is_the_same(name: str) -> None:
    """Their records and their channels' are in the same commit."""

    async def test() -> None:
        accounts = Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
        server = await prepared(accounts=accounts)
        await server.ask_and_wait("bia", "REGISTER * * senha-boa-2")
        server.received("ana")
        await check_request(server, *REQUESTS[name])

    asyncio.run(test())


@pytest.mark.parametrize("name", ["REDACT", "EDIT", "HS DELETE"])
def test_a_message_with_a_file_is_no_exception(name: str) -> None:
    """The request waits for the commit itself then, before it removes the file."""

    async def test() -> None:
        server = await prepared()
        server.send("ana", "PRIVMSG #sala :https://papo.test/f/20261121abcdefghijklmnopqrstuv/a.png")
        for each in server.clients:
            server.received(each)
        who, line, refusal = REQUESTS[name]
        line = line.replace("{msgid}", server.store.events[-1].msgid)
        await check_request(server, who, line, refusal.replace("ana :", "ana :#sala: "))

    asyncio.run(test())


def test_nothing_is_forgotten_if_a_topic_cannot_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One reply says so; the messages are there."""

    async def test() -> None:
        server = await prepared()
        server.send("ana", "TOPIC #sala :da ana")
        before = state(server)
        refuse_once(server, monkeypatch)
        (answer,) = await server.ask_and_wait("ana", "HISTSERV FORGET ana")
        assert NOTHING in answer
        assert state(server) == before
        assert "messages" in (await server.ask_and_wait("ana", "HISTSERV FORGET ana"))[-1]
        assert server.chat.world.channels["#sala"].topic == ""

    asyncio.run(test())


def test_who_is_logged_in_to_an_account_that_is_being_deleted_is_logged_out_with_its_suspension(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one commit: the second one fails, and nobody is logged in to it."""

    async def test() -> None:
        server = await prepared()
        server.send("ana", "TOPIC #sala :da ana")
        refuse_once(server, monkeypatch, 2)
        account = server.chat.world.registry.account("ana")
        assert account is not None
        with pytest.raises(Refused):
            await server.run_action(accounts.drop_and_forget(server.chat, of_server(server.chat), account))
        assert server.chat.world.nicks["ana"].account is None
        assert server.chat.world.registry.accounts[account.id].suspended

    asyncio.run(test())


def test_an_account_is_not_exported_before_that_is_audited() -> None:
    """Else nobody would ever know."""

    async def test() -> None:
        server = await prepared()
        request = administer.AdminRequest(action="export", name="ana", value=administer.ABOUT)
        server.store.failure = FULL
        with pytest.raises(Refused):
            await server.run_action(administer.execute(server.chat, of_server(server.chat), request))
        server.store.failure = None
        assert await server.run_action(administer.execute(server.chat, of_server(server.chat), request))
        assert server.store.tables.audited[-1].action == "ACCOUNT export"

    asyncio.run(test())


def test_a_refusal_is_in_the_language_of_the_user() -> None:
    """Its code is for programs, its text is for people."""
    server = new_server()
    server.send("ana", "LANGUAGE pt_BR")
    server.store.failure = FULL
    (line,) = server.ask("ana", "TOPIC #sala :novo")
    assert line == (
        ":papo.test FAIL TOPIC TEMPORARILY_UNAVAILABLE #sala "
        ":O servidor não consegue guardar nada no momento; nada mudou"
    )


# --- passwords and accounts


def test_a_password_that_is_not_stored_does_not_log_in() -> None:
    """The old one does, before the disk is well and after."""

    async def test() -> None:
        server = await prepared()
        server.store.failure = FULL
        await server.ask_and_wait("ana", "NS PASSWD senha-boa-1 senha-nova-1")
        server.store.failure = None
        assert "wrong" in " ".join(await server.ask_and_wait("caio", "NS IDENTIFY ana senha-nova-1"))
        assert "logged in" in " ".join(await server.ask_and_wait("caio", "NS IDENTIFY ana senha-boa-1"))

    asyncio.run(test())


def test_an_account_is_dropped_whole_or_not_at_all() -> None:
    """With its channel and its profile; the user stays logged in if it is refused."""

    async def test() -> None:
        server = await prepared()
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        await server.ask_and_wait("ana", "METADATA * SET url :x")
        code = (await server.ask_and_wait("ana", "NS DROP ana"))[0].split()[-1]
        server.received("bia")
        await check_request(server, "ana", f"NS DROP ana {code}", "NickServ!NickServ@papo.test NOTICE ana " + NOTHING)
        assert not server.store.tables.records

    asyncio.run(test())


# --- what was accepted after it


@pytest.fixture
def server() -> MemoryServer:
    """Three people, no accounts."""
    return new_server()


def refuse_what_waits(server: MemoryServer) -> None:
    """The commit under way fails, and nothing after it."""
    server.store.failure = FULL
    server.store.commit_now()
    server.store.failure = None
    server.run_deferred()


def test_what_is_made_from_it_is_refused_as_well(server: MemoryServer) -> None:
    """Bia kicks with a rank that she never got, and speaks in a channel that she never entered."""
    before = state(server)
    server.store.held = True
    server.send("ana", "MODE #sala +o bia")
    server.send("bia", "KICK #sala ana")
    server.send("bia", "JOIN #nova")
    server.send("bia", "PRIVMSG #nova :oi")
    server.send("caio", "JOIN #nova")
    server.send("caio", "PING x")
    refuse_what_waits(server)

    assert [line.split(" ")[2:5] for line in server.received("ana")] == [["MODE", "TEMPORARILY_UNAVAILABLE", "#sala"]]
    assert [line.split(" ")[2:5:2] for line in server.received("bia")] == [
        ["KICK", "#sala"],
        ["JOIN", "#nova"],
        ["PRIVMSG", "#nova"],
    ]
    caio = server.received("caio")
    assert caio[0].startswith(":papo.test FAIL JOIN TEMPORARILY_UNAVAILABLE #nova ")
    assert caio[1:] == [":papo.test PONG papo.test :x"]
    assert state(server) == before
    assert "#nova" in " ".join(server.ask("caio", "JOIN #nova"))


def test_nick_message_and_quit_in_one_packet(server: MemoryServer) -> None:
    """The quit is a fact: the others see the old nick leave, and nothing else."""
    server.store.held = True
    server.send("ana", "PING x")
    server.send_bytes("bia", b"NICK outra\r\nPRIVMSG #sala :perdida\r\nQUIT :tchau\r\n")
    refuse_what_waits(server)

    lines = server.received("bia")
    assert [line.split(" ")[2] for line in lines[:2]] == ["NICK", "PRIVMSG"]
    assert lines[2:] == ["ERROR :Closing link: (Quit)"]
    quits = [line.partition(" ")[2] for line in server.received("ana") if "QUIT" in line]
    assert quits == [":bia!bia@10.0.0.1 QUIT :Quit: tchau"]
    assert "bia" not in server.chat.world.nicks
    assert server.chat.world.whowas.of("outra") == []
    assert "001" in server.try_nick("bia")
    assert "001" in server.try_nick("outra")


def test_who_never_left_is_at_their_place_again(server: MemoryServer) -> None:
    """In the order of NAMES."""
    server.send("caio", "JOIN #sala")
    order = list(server.chat.world.channels["#sala"].members)
    server.store.failure = FULL
    server.send("bia", "PART #sala")
    assert list(server.chat.world.channels["#sala"].members) == order


def test_a_channel_outlives_a_refused_part_and_a_quit_that_stays(server: MemoryServer) -> None:
    """The last two leave, of whom one may not: the channel is the other's."""
    server.store.held = True
    server.send("ana", "TOPIC #sala :x")
    server.send("bia", "PART #sala")
    server.send("ana", "QUIT")
    assert "#sala" not in server.chat.world.channels
    refuse_what_waits(server)
    bia = server.chat.world.nicks["bia"]
    assert list(server.chat.world.channels["#sala"].members) == [bia.uid]
    assert bia.channels == ("#sala",)


def test_a_nick_is_free_for_others_when_its_change_is_on_disk(server: MemoryServer) -> None:
    """Before, its user may have it again; after a refusal the new one is free, and the old one is not."""
    server.store.held = True
    server.send("bia", "NICK outra")
    assert server.try_nick("bia") == ""  # not before the commit
    refuse_what_waits(server)
    assert " 433 " in server.received("?")[0]
    assert " 433 " in server.try_nick("bia")
    assert "001" in server.try_nick("outra")
    server.send("bia", "NICK terceira")
    assert "001" in server.try_nick("bia")


def test_there_and_back_again_while_the_disk_refuses(server: MemoryServer) -> None:
    """The nick that a user has in the end is theirs."""
    server.store.held = True
    server.send("bia", "NICK outra")
    server.send("bia", "NICK bia")
    refuse_what_waits(server)
    assert server.chat.world.nicks["bia"].nick == "bia"
    assert " 433 " in server.try_nick("bia")
    assert "001" in server.try_nick("outra")


def test_typing_that_waits_behind_it_is_dropped_silently(server: MemoryServer) -> None:
    """Nobody misses it."""
    server.store.held = True
    server.send("ana", "TOPIC #sala :x")
    server.send("bia", "@+typing=active TAGMSG #sala")
    refuse_what_waits(server)
    assert server.received("bia") == []


def test_only_what_was_tried_may_be_on_disk_all_the_same(server: MemoryServer) -> None:
    """If the outcome is unknown, that is said to those in the commit; what waited for the next one was not tried."""
    server.store.held = True
    server.send("ana", "TOPIC #sala :x")
    server.send("bia", "PART #sala")
    server.store.failure = NotStored("IOError", unknown=True)
    server.store.commit_now()
    server.run_deferred()
    assert server.received("ana")[0].startswith(":papo.test FAIL TOPIC OUTCOME_UNKNOWN #sala :The disk failed ")
    assert server.received("bia") == [f":papo.test FAIL PART TEMPORARILY_UNAVAILABLE #sala {NOTHING}"]
    assert server.chat.world.channels["#sala"].topic == ""


# --- facts


def test_who_registers_while_the_disk_refuses_is_registered(server: MemoryServer) -> None:
    """They can act at once, and as the user that others see."""
    server.store.held = True
    server.send("ana", "TOPIC #sala :x")
    server.connect("eva")
    server.send_bytes("eva", b"NICK eva\r\nUSER eva 0 * :Eva\r\nJOIN #sala\r\n")
    refuse_what_waits(server)

    lines = server.received("eva")
    assert lines[0].split(" ")[1] == "001"
    assert " FAIL JOIN " in lines[-1]
    assert server.clients["eva"].user is server.chat.world.nicks["eva"]
    assert "#sala" in " ".join(server.ask("eva", "JOIN #sala"))
    server.received("ana")
    server.send("eva", "QUIT")
    assert "eva" not in server.chat.world.nicks
    assert any(" QUIT " in line for line in server.received("ana"))


def test_a_quit_is_owed_to_the_store(server: MemoryServer) -> None:
    """Others see it at once; it is on disk, once and before everything after it, when the disk is well."""
    server.store.failure = FULL
    server.send("bia", "QUIT :tchau")
    assert any(" QUIT " in line for line in server.received("ana"))
    for _ in range(3):
        server.send("ana", "PRIVMSG #sala :perdida")
    server.store.failure = None
    server.send("ana", "PRIVMSG #sala :boa")
    last = [type(event).__name__ for event in server.store.events[-2:]]
    assert last == ["UserQuit", "MessageSent"]
    assert sum(isinstance(event, UserQuit) for event in server.store.events) == 1


def test_a_fact_that_no_disk_takes_keeps_nobody_from_theirs(
    server: MemoryServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again by itself, and in the end given up, with a line in the log."""
    commit = server.store.commit

    def refuse_quits(events: Any, done: Any) -> None:
        if any(isinstance(event, UserQuit) for event in events):
            done(FULL)
        else:
            commit(events, done)

    monkeypatch.setattr(server.store, "commit", refuse_quits)
    server.send("bia", "QUIT")
    for number in range(OWED_TRIES):
        assert "not in the history" not in caplog.text
        server.send("ana", f"PRIVMSG #sala :{number}")
        assert any(f"PRIVMSG #sala :{number}" in line for line in server.received("ana"))
    assert "not in the history" in caplog.text


def test_a_record_that_the_server_cannot_owe_is_not_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has refused too many: what is shown is what is stored."""

    async def test() -> None:
        server = await prepared(
            accounts=Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
        )
        presences = server.chat.world.registry.presences
        before = dict(presences)
        monkeypatch.setattr(journal, "OWED_AT_MOST", 0)
        server.store.failure = FULL
        server.now_s += 60
        server.clients["ana"].end("", dropped=True)
        server.run_deferred()
        assert before
        assert presences == before
        stored = [record for record in server.store.tables.records.values() if isinstance(record, Presence)]
        assert list(presences.values()) == stored

    asyncio.run(test())


def test_what_an_always_on_user_never_joined_is_not_in_their_record() -> None:
    """They disconnect after a refused JOIN: the record that is owed shows them as they are."""

    async def test() -> None:
        server = await prepared(
            accounts=Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
        )
        server.store.held = True
        server.send("ana", "JOIN #nova")
        server.clients["ana"].end("", dropped=True)
        server.store.failure = FULL
        server.store.commit_now()
        server.run_deferred()
        server.store.failure = None
        server.send("bia", "PRIVMSG #sala :boa")

        world = server.chat.world
        ana = world.nicks["ana"]
        assert (ana.channels, ana.away, ana.sessions) == (("#sala",), "*", ())
        (record,) = [each for each in server.store.tables.records.values() if isinstance(each, Presence)]
        assert record.channels == {"#sala": "o"}
        assert record == world.registry.presences[ana.account_id]
        assert record.devices

    asyncio.run(test())


def test_an_owed_record_never_overwrites_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The expired ban's deletion is refused, twice; the new ban for the same mask is stored in between."""

    async def test() -> None:
        server = await prepared()
        await server.ask_and_wait("chefe", "KLINE 1s zoe!*@* :fora")
        server.now_s += 10
        server.store.failure = FULL
        server.register("dora")
        server.store.failure = None
        assert not server.chat.world.registry.bans
        refuse_once(server, monkeypatch)

        await server.ask_and_wait("chefe", "KLINE zoe!*@* :fora de novo")
        server.send("bia", "PRIVMSG #sala :oi")
        for records in (server.chat.world.registry.bans, server.store.tables.records):
            assert [ban.reason for ban in records.values() if isinstance(ban, Ban)] == ["fora de novo"]
        assert "fora de novo" in server.try_nick("zoe")

    asyncio.run(test())


def test_an_owed_record_of_an_always_on_user_never_overwrites_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device has left, and that is refused, twice; whoever is kicked in between is not back after a restart."""

    async def test() -> None:
        server = await prepared(
            accounts=Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
        )
        server.send("ana", "MODE #sala +o bia")
        server.store.failure = FULL
        server.clients["ana"].end("", dropped=True)
        server.run_deferred()
        server.store.failure = None
        refuse_once(server, monkeypatch)

        server.send("bia", "KICK #sala ana")
        server.send("bia", "PRIVMSG #sala :oi")
        (record,) = [each for each in server.store.tables.records.values() if isinstance(each, Presence)]
        assert record.channels == {}
        assert record == server.chat.world.registry.presences[record.account]

    asyncio.run(test())


def test_owed_facts_are_tried_once_more_when_the_server_stops(server: MemoryServer) -> None:
    """Without another event."""

    async def test() -> None:
        server.store.failure = FULL
        server.send("bia", "QUIT")
        server.store.failure = None
        await server.run_action(server.chat.journal.store_owed())
        assert isinstance(server.store.events[-1], UserQuit)

    asyncio.run(test())


# --- what runs beside requests


def test_who_waits_for_a_commit_is_told_that_it_failed(server: MemoryServer) -> None:
    """`committed` raises, `flush` only waits."""

    async def test() -> None:
        for wait, outcome in ((server.chat.journal.committed, Refused), (server.chat.journal.flush, None)):
            server.store.failure = FULL
            assert await _raised(server, wait) is outcome
            server.store.failure = None

    asyncio.run(test())


async def _raised(server: MemoryServer, wait: Callable[[], Awaitable[Any]]) -> type[Exception] | None:
    async def waiting() -> None:
        server.chat.audit(server.chat.world.nicks["ana"], "TEST", "")
        await wait()

    try:
        await server.run_action(waiting())
    except Refused:
        return Refused
    return None


def test_another_nodes_events_stay_if_ours_are_refused(server: MemoryServer) -> None:
    """They are stored already."""
    other = MemoryServer()
    other.store = server.store
    other.chat.nick_registry = server.chat.nick_registry
    sent: list[Any] = []

    class Bus:
        def publish(self, events: Any) -> None:
            sent.extend(events)

    other.chat.bus = Bus()
    other.register("zoe")
    server.store.held = True
    server.send("ana", "TOPIC #sala :x")
    server.chat.receive(sent)
    refuse_what_waits(server)
    assert "zoe" in server.chat.world.nicks
    assert server.chat.world.channels["#sala"].topic == ""
    assert not any(isinstance(event, RecordStored) for event in server.store.events)


def test_marks_note_only_what_is_appended_in_them() -> None:
    """An empty one notes nothing."""
    entries: list[Any] = []
    noted: list[range] = []
    with Marked(entries, noted.append):
        pass
    entries.append((None, None, None))
    with Marked(entries, noted.append):
        entries.append((None, None, None))
    assert noted == [range(1, 2)]
