"""Records on their way to the store: the registry agrees with it, whatever fails and whoever is faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from fake_link import FakeWriteQueue
from hypothesis import given
from hypothesis import strategies as st
from memory_server import START_MS, make_config
from memory_store import MemoryStore

from papo.server.actions.accounts import accounts
from papo.server.actions.actor import of_server
from papo.server.delivery.chat import Chat
from papo.server.delivery.ports import NotStored
from papo.server.world.channel import Channel
from papo.server.world.errors import Code, Refused
from papo.server.world.events import TopicSet
from papo.server.world.records import Account, AnyRecord, Ban, ChannelRecord, Profile
from papo.server.world.snapshot import from_disk

BAN = Ban(kind="account", mask="eva", reason="x", by="op", at_ms=1)


class Writer:
    """One of the processes on a store."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.soon: list[Callable[[], None]] = []
        self.chat = Chat(make_config(), store, FakeWriteQueue(), self.soon.append, clock_s=lambda: START_MS / 1000)
        self.records = self.chat.records
        self.registry = self.chat.world.registry

    def commit(self) -> None:
        """The end of a loop turn."""
        while self.soon:
            self.soon.pop(0)()

    def load(self, record: AnyRecord) -> None:
        """As at its start."""
        for event in from_disk([record], []):
            self.chat.world.apply(event)

    async def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Its result, after as many commits as it needs."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(20):
            while not task.done():
                await asyncio.sleep(0)
                self.commit()
        return await task

    async def refusal(self, work: Coroutine[Any, Any, Any]) -> Code | None:
        """Why it was refused; None if it was not."""
        try:
            await self.do(work)
        except Refused as refused:
            return refused.code
        return None

    def agrees(self) -> None:
        """The registry shows what is stored, and nothing else."""
        assert {place: self.registry.find(*place) for place in self.store.tables.records} == self.store.tables.records
        registry = self.registry
        shown = len(registry.accounts) + len(registry.channels) + len(registry.bans) + len(registry.profiles)
        assert shown == len(self.store.tables.records)


@pytest.fixture
def writer() -> Writer:
    """On an empty store."""
    return Writer(MemoryStore())


def named(name: str, account_id: str = "1") -> Account:
    """A new account."""
    return Account(id=account_id, name=name, created_at_ms=1)


def test_a_record_is_shown_at_once_and_stored_with_the_commit(writer: Writer) -> None:
    """Whoever looks next must find a name taken."""
    writer.records.store_soon(named("ana"))
    assert writer.registry.account("ana") is not None
    assert not writer.store.tables.records
    writer.commit()
    assert writer.store.tables.records["account", "1"] == writer.registry.account("ana")


def test_versions_count_changes(writer: Writer) -> None:
    """From 1; a record of another kind has none."""
    writer.records.store_soon(named("ana"))
    for number in range(3):
        account = writer.registry.accounts["1"]
        assert account.version == number + 1
        writer.records.store_soon(msgspec.structs.replace(account, email=f"{number}@x"))
    writer.records.store_soon(BAN)
    writer.records.store_soon(BAN)
    writer.commit()
    writer.agrees()


def test_a_stale_record_is_refused_at_once(writer: Writer) -> None:
    """It was made from a version that is no longer the registry's."""
    writer.records.store_soon(named("ana"))
    stale = writer.registry.accounts["1"]
    writer.records.store_soon(msgspec.structs.replace(stale, email="new@x"))
    for record in (msgspec.structs.replace(stale, email="old@x"), named("ana")):
        with pytest.raises(Refused) as refused:
            writer.records.store_soon(record)
        assert refused.value.code is Code.BUSY
    writer.commit()
    assert writer.registry.accounts["1"].email == "new@x"
    writer.agrees()


def test_what_the_disk_refuses_is_taken_back(writer: Writer) -> None:
    """A new record, a change and a drop; the next ones are stored."""

    async def test() -> None:
        await writer.do(writer.records.store(named("ana")))
        await writer.do(writer.records.store(Profile(account="1", values={"url": "x"})))
        writer.store.failure = NotStored("disk full")
        account = writer.registry.accounts["1"]
        for work in (
            writer.records.store(named("bia", "2")),
            writer.records.store(msgspec.structs.replace(account, name="zoe")),
            writer.records.delete("account", "1"),
            writer.records.change(Account, "1", lambda _: msgspec.structs.replace(account, name="eva")),
            writer.records.store(BAN),
            writer.records.delete("profile", "1"),
        ):
            assert await writer.refusal(work) is Code.NOT_STORED
            writer.agrees()
        assert writer.registry.account("ana") == account
        writer.store.failure = None
        await writer.do(writer.records.store(msgspec.structs.replace(account, name="zoe")))
        writer.agrees()

    asyncio.run(test())


def test_changes_made_from_one_that_is_refused_are_refused_too(writer: Writer) -> None:
    """Those in the same batch, and those that wait for the next; a fresh one after them is stored."""

    async def test() -> None:
        await writer.do(writer.records.store(named("ana")))
        writer.store.held = True
        for name in ("b", "c"):
            writer.records.store_soon(msgspec.structs.replace(writer.registry.accounts["1"], name=name))
        writer.commit()
        writer.records.store_soon(msgspec.structs.replace(writer.registry.accounts["1"], name="d"))
        writer.store.failure = NotStored("disk full")
        writer.store.commit_now()
        assert writer.registry.accounts["1"].name == "ana"
        writer.store.failure = None
        writer.records.store_soon(msgspec.structs.replace(writer.registry.accounts["1"], name="e"))
        writer.commit()
        assert writer.registry.accounts["1"].name == "e"
        writer.agrees()

    asyncio.run(test())


def test_of_two_who_make_an_account_of_one_name_one_is_refused() -> None:
    """In two processes at the same moment, with the same name or one that looks like it."""

    async def test() -> None:
        store = MemoryStore()
        one, two = Writer(store), Writer(store)
        answers = await asyncio.gather(
            one.refusal(accounts.create(one.chat, name="paulo", password="secret-1")),
            two.refusal(accounts.create(two.chat, name="Paulo", password="secret-2")),
        )
        assert sorted(answers, key=str) == [Code.ACCOUNT_EXISTS, None]
        assert len(store.tables.records) == 1
        assert one.registry.account("paulo") == two.registry.account("paulo")
        one.agrees()
        two.agrees()

    asyncio.run(test())


def test_two_changes_of_one_account_are_both_kept() -> None:
    """The second is made again from the first's version."""

    async def test() -> None:
        store = MemoryStore()
        one, two = Writer(store), Writer(store)
        account = await one.do(accounts.create(one.chat, name="ana", password="secret"))
        two.load(account)
        cert = "ab" * 32
        await asyncio.gather(
            one.do(accounts.change(one.chat, account, email="ana@example.org")),
            two.do(accounts.change(two.chat, account, certificates=(cert,))),
        )
        stored = store.tables.records["account", account.id]
        assert isinstance(stored, Account)
        assert (stored.email, stored.certificates, stored.version) == ("ana@example.org", (cert,), 3)

    asyncio.run(test())


def test_a_change_of_an_account_that_another_has_dropped_is_refused() -> None:
    """It does not come back."""

    async def test() -> None:
        store = MemoryStore()
        one, two = Writer(store), Writer(store)
        account = await one.do(accounts.create(one.chat, name="ana", password="secret"))
        two.load(account)
        await one.do(accounts.drop(one.chat, of_server(one.chat), account))
        assert await two.refusal(accounts.change(two.chat, account, email="x@y")) is Code.NO_SUCH_ACCOUNT
        assert not store.tables.records
        two.agrees()

    asyncio.run(test())


def test_a_channels_topic_goes_into_the_version_of_the_faster_writer() -> None:
    """Nobody waits for a topic to be stored: it is written again, and what the other changed stays."""

    async def test() -> None:
        store = MemoryStore()
        one, two = Writer(store), Writer(store)
        first = ChannelRecord(version=1, key="#sala", name="#sala", created_at_ms=1, modes={"P": None}, founder="1")
        store.tables.records["channel", "#sala"] = first
        for each in (one, two):
            each.load(first)
        await one.do(one.records.store(msgspec.structs.replace(first, description="by one")))
        channel = two.chat.world.channels["#sala"]
        assert isinstance(channel, Channel)
        topic: dict[str, Any] = {"channel": "#sala", "name": "#sala", "topic": "by two", "history_scope": 0}
        two.chat.emit(TopicSet(**two.chat.server_stamp(), **topic))
        two.chat.keep_channel(channel)
        two.commit()
        stored = store.tables.records["channel", "#sala"]
        assert isinstance(stored, ChannelRecord)
        assert (stored.description, stored.topic, stored.version) == ("by one", "by two", 3)
        two.agrees()

    asyncio.run(test())


def test_a_writer_who_is_always_slower_gives_up() -> None:
    """With a refusal, after some tries."""

    async def test() -> None:
        writer = Writer(MemoryStore())
        await writer.do(writer.records.store(named("ana")))

        def overtaken(now: Account | None) -> Account:
            assert now is not None
            stored = writer.store.tables.records["account", "1"]
            assert isinstance(stored, Account)
            newer = msgspec.structs.replace(stored, version=stored.version + 1)
            writer.store.tables.records["account", "1"] = newer
            return now

        assert await writer.refusal(writer.records.change(Account, "1", overtaken)) is Code.BUSY
        writer.agrees()

    asyncio.run(test())


@given(st.lists(st.sampled_from(["keep", "drop", "commit", "fail", "mend", "hold", "release"]), max_size=30))
def test_the_registry_agrees_with_the_store_in_the_end(steps: list[str]) -> None:
    """Whatever is changed while commits wait or fail."""
    writer = Writer(MemoryStore())
    for number, step in enumerate(steps):
        if step == "keep":
            account = writer.registry.accounts.get("1") or named("ana")
            writer.records.store_soon(msgspec.structs.replace(account, email=str(number)))
        elif step == "drop":
            writer.records.delete_soon("account", "1")
        elif step == "commit":
            writer.commit()
        elif step == "hold":
            writer.store.held = True
        elif step == "release":
            writer.store.commit_now()
        else:
            writer.store.failure = NotStored("disk full") if step == "fail" else None
    writer.store.failure = None
    writer.store.commit_now()
    writer.commit()
    writer.agrees()
