"""Events alone change the world, and whoever gets them all has the same picture: over every transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from memory_server import MemoryServer, make_config
from pictures import picture, rebuilt, sent_elsewhere

import transcript
from papo.config import Accounts
from papo.server.actions import always_on
from papo.server.delivery.ports import NotStored
from papo.server.world.events import AnyEvent
from papo.server.world.snapshot import from_disk
from papo.server.world.undo import FINAL, FinalWrites
from papo.server.world.world import World
from test_transcripts import Stage

ALWAYS_ON = make_config(
    accounts=Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
)


class Guard:
    """Notes every event before which something else has changed a world."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pictures: dict[World, Any] = {}
        self.changed_before: list[str] = []
        """Kinds of the events that found another world than the last event had left."""
        apply = World.apply

        def guarded(world: World, event: AnyEvent, writes: FinalWrites = FINAL) -> None:
            if self.is_changed(world):
                self.changed_before.append(type(event).__name__)
            apply(world, event, writes)
            self.pictures[world] = picture(world)

        monkeypatch.setattr(World, "apply", guarded)

    def is_changed(self, world: World) -> bool:
        """Whether the world is another than after its last event."""
        return bool(picture(world) != self.pictures.setdefault(world, picture(World())))

    def check(self, world: World) -> None:
        """Raises AssertionError if anything but an event has changed the world."""
        assert not self.changed_before
        assert not self.is_changed(world)


class Mirror:
    """A second process: a Bus that keeps a world of its own from what it is told."""

    def __init__(self, server: MemoryServer) -> None:
        self.world = rebuilt(server.chat.world.snapshot())

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Take them in."""
        for event in sent_elsewhere(events):
            self.world.apply(event)


@pytest.mark.parametrize("name", transcript.names())
def test_a_transcript_changes_the_world_through_events_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No object of the world is written to outside `apply`, from the first connection to the last line."""
    guard = Guard(monkeypatch)
    stage = Stage(name, "whole")
    asyncio.run(stage.play())
    guard.check(stage.server.chat.world)


@pytest.mark.parametrize("name", transcript.names())
def test_a_second_process_has_the_same_picture_after_a_transcript(name: str) -> None:
    """What goes over the bus is enough, and so is the snapshot at the end."""
    stage = Stage(name, "whole")
    mirror = stage.server.chat.bus = Mirror(stage.server)
    asyncio.run(stage.play())

    world = stage.server.chat.world
    assert picture(mirror.world) == picture(world)
    assert picture(rebuilt(world.snapshot())) == picture(world)


def test_a_second_process_hears_of_facts_in_spite_of_a_failed_commit() -> None:
    """Who connected and quit has, whatever the disk says; who joined or left a channel has not."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("bia")
    mirror = server.chat.bus = Mirror(server)
    server.store.failure = NotStored("disk full")
    server.send("bia", "JOIN #sala")
    server.send("ana", "PART #sala")
    server.register("caio")
    server.send("bia", "QUIT")

    assert picture(mirror.world) == picture(server.chat.world)
    assert list(mirror.world.nicks) == ["ana", "caio"]
    assert mirror.world.channels["#sala"].members == {server.chat.world.nicks["ana"].uid: "o"}


def test_the_guard_sees_what_is_written_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a user, in a dict of a channel, and in an index."""
    for write in (
        lambda world: setattr(next(iter(world.users.values())), "away", "x"),
        lambda world: world.channels["#sala"].members.clear(),
        lambda world: world.operators.add("x"),
    ):
        with monkeypatch.context() as patched:
            guard = Guard(patched)
            server = MemoryServer()
            server.register("ana", "#sala")
            guard.check(server.chat.world)
            write(server.chat.world)
            assert guard.is_changed(server.chat.world)
            server.send("ana", "AWAY :later")
            assert guard.changed_before == ["AwaySet"]


def test_a_start_from_the_disk_goes_through_events_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always-on users, registered channels, profiles and read markers come back without a write past `apply`."""

    async def lives() -> tuple[MemoryServer, MemoryServer]:
        before = MemoryServer(ALWAYS_ON)
        before.register("ana", "#sala", caps="draft/metadata-2 draft/read-marker")
        await before.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await before.ask_and_wait("ana", "CS REGISTER #sala")
        for line in ("MODE #sala +b x!*@*", "TOPIC #sala :tema", "METADATA * SET url :x", "MODE ana +i"):
            await before.ask_and_wait("ana", line)
        before.clients["ana"].end("")
        before.run_deferred()
        after = MemoryServer(ALWAYS_ON)
        for event in from_disk(before.store.tables.records.values(), [("~x", "#Sala", 5)]):
            after.chat.world.apply(event)
        always_on.restore(after.chat)
        after.run_deferred()
        return before, after

    guard = Guard(monkeypatch)
    before, after = asyncio.run(lives())

    guard.check(after.chat.world)
    world = after.chat.world
    (ana,) = world.users.values()
    assert (ana.nick, ana.account, ana.away, ana.sessions) == ("ana", "ana", "*", ())
    assert ana.modes == {"r", "i"}
    assert world.always_on == {ana.uid}
    assert world.invisible == 1
    assert world.read_markers == {"~x": {"#sala": 5}}
    assert world.profiles == before.chat.world.profiles != {}
    assert picture(world.registry) == picture(before.chat.world.registry)
    channel, old = world.channels["#sala"], before.chat.world.channels["#sala"]
    assert channel.members == {ana.uid: "qo"}
    assert {**picture(channel), "members": ()} == {**picture(old), "members": ()}
    assert picture(rebuilt(world.snapshot())) == picture(world)
