"""A run of the scenario on a disk of which one operation fails, and what is wrong with its end.

Acknowledged = stored = seen: the end of a run must be that of a run on a good disk in which exactly the acknowledged
steps have happened, in what everybody was sent, in memory, and on disk after a restart.
"""

from __future__ import annotations

import contextlib
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import apsw
from disk_server import DiskServer
from facts import facts_of_history, facts_of_records
from fault_scenario import GROUPS, MISLEADING, REFUSED, SETUP, STEPS, Facts, Play
from faulty_disk import NO_FAULT, Fault, FaultyDisk
from integrity import complaints_about
from power_loss_disk import PowerLossDisk

from papo.server.store import sqlite

MEMORY = Path("/dev/shm")
"""A disk in memory, if there is one."""
EVERYTHING = frozenset(range(len(STEPS)))
SWITCH_S = 0.00001
"""How long a busy thread keeps the interpreter: the loop spins while it waits for other threads."""


OWED = re.compile(r" Departed of | ModesChanged of .*\[\['[+-]', '[qaohv]'|^audit: ACCOUNT |^\S+ stays in ")
"""What follows from something that is stored, or cannot be refused: a departure, a rank by the record of a channel, the
note of what an operator has done, where an always-on user is. A disk that refuses is asked again; one that has failed
for good may be without it."""


class Way(NamedTuple):
    """How a run goes."""

    at_once: bool = False
    """Whether the steps of a group happen at once, and so share commits; False: one after the other."""
    thread: bool = False
    """Whether commits run on the writer's thread, as on a slow disk; False: on the loop."""


class Ending(NamedTuple):
    """How a run ended."""

    received: list[tuple[tuple[int, ...], dict[str, Facts]]]
    """(steps that happened at once, what each client was sent)."""
    done: frozenset[int]
    """Steps that were acknowledged."""
    unknown: tuple[int, ...]
    """Steps that were not, of which nobody can say whether they are stored, in order."""
    in_memory: Facts
    on_disk: Facts
    """After a restart."""
    complaints: tuple[str, ...]
    """What is wrong whatever the other runs say."""
    operations: int
    """How many operations of the disk could have failed."""
    failed: str
    """The operation that did, and of which file."""

    def received_by(self, name: str, steps: Collection[int]) -> Facts:
        """What a client was sent because of these steps, in a run in which nothing happens at once."""
        return frozenset().union(*(lines.get(name, ()) for (number,), lines in self.received if number in steps))


class Reference:
    """Runs on a good disk, to compare others with; each is made once."""

    def __init__(self) -> None:
        self._endings: dict[frozenset[int], Ending] = {}
        self._operations: dict[tuple[str, Way], int] = {}

    async def operations(self, error: str, way: Way) -> int:
        """How many operations can fail with this error in a run that goes this way."""
        if (error, way) not in self._operations:
            ending = await in_new_folder(self, Fault(0, error), way)
            self._operations[error, way] = ending.operations
        return self._operations[error, way]

    async def ending(self, steps: frozenset[int]) -> Ending:
        """How a run of these steps ends."""
        if steps not in self._endings:
            self._endings[steps] = await in_new_folder(None, NO_FAULT, Way(), steps)
        return self._endings[steps]

    async def whole(self) -> Ending:
        """How a run of all steps ends."""
        whole = await self.ending(EVERYTHING)
        assert whole.done == EVERYTHING, [STEPS[number] for number in EVERYTHING - whole.done]
        return whole


async def in_new_folder(
    reference: Reference | None, fault: Fault, way: Way, steps: frozenset[int] = EVERYTHING
) -> Ending:
    """Run these steps on an empty disk."""
    sys.setswitchinterval(SWITCH_S)
    sqlite.INLINE_MS = -1.0 if way.thread else 1e9
    whole = None if reference is None else await reference.whole()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        data = Path(folder, "data")
        data.mkdir()
        disk = PowerLossDisk(data, random.Random(fault.at)) if fault.error == "power" else FaultyDisk()
        return await _play(data, disk, fault, way, steps, whole)


async def _play(  # noqa: PLR0917 -- what a run is made of
    folder: Path, disk: FaultyDisk, fault: Fault, way: Way, steps: frozenset[int], whole: Ending | None
) -> Ending:
    server = await DiskServer.start(folder, disk.name)
    scene = Play(server)
    await scene.enter()
    for step in SETUP:
        await scene.do(step)
        scene.received()
    disk.arm(fault)
    all_received, done, unknown, complaints = [], set[int](), list[int](), list[str]()
    for group in _groups(way, steps):
        if server.stopped:
            break
        had_failed = server.store.failed
        said_done = await scene.do(*(STEPS[number] for number in group))
        received = scene.received()
        all_received.append((group, received))
        for number, own in zip(group, said_done, strict=True):
            outcome = _outcome(number, group, received, whole, own=own)
            if outcome == "done":
                done.add(number)
            elif server.store.failed and not had_failed:
                unknown.append(number)
            elif outcome != "refused" and not server.stopped:
                complaints.append(f"{STEPS[number].do!r} is {outcome}")
    in_memory = scene.now()
    operations, failed = disk.count, disk.failed
    if fault.error != "power":
        disk.arm(NO_FAULT)
    with contextlib.suppress(apsw.Error):  # a real disk cannot raise it: SQLite takes no notice at the end
        await server.close()
    on_disk = await _after_restart(disk.restart(folder), complaints)
    return Ending(
        all_received, frozenset(done), tuple(unknown), in_memory, on_disk, tuple(complaints), operations, failed
    )


def _groups(way: Way, steps: frozenset[int]) -> Iterator[tuple[int, ...]]:
    number = 0
    for group in GROUPS:
        wanted = tuple(each for each in range(number, number + len(group)) if each in steps)
        number += len(group)
        if way.at_once:
            yield wanted
        else:
            yield from ((each,) for each in wanted)


def _outcome(
    number: int, group: tuple[int, ...], received: dict[str, Facts], whole: Ending | None, *, own: bool
) -> str:
    """`done`, `refused`, `unanswered` or `misled`, as the author of a step sees it."""
    author = STEPS[number].who
    if not author or whole is None:
        return "done" if own else "refused"
    usual = whole.received_by(author, {number})
    answer = received[author] - whole.received_by(author, {*group} - {number})
    if any(REFUSED.search(line) for line in answer - usual):
        return "refused"
    if MISLEADING.search("\n".join(answer)):
        return "misled"
    return "done" if answer or not usual else "unanswered"


async def _after_restart(folder: Path, complaints: list[str]) -> Facts:
    server = await DiskServer.start(folder)
    records = frozenset(facts_of_records(server.chat.world))
    await server.close()
    connection = apsw.Connection(str(folder / "papo.db"))
    found = Counter(facts_of_history(connection))
    complaints += complaints_about(connection)
    connection.close()
    return records | {f"{fact} ({count} times)" if count > 1 else fact for fact, count in found.items()}


# --- the verdict


async def violations(reference: Reference, fault: Fault, way: Way) -> list[str]:
    """What is wrong after a run with this fault; [] if it is as it should be."""
    ending = await in_new_folder(reference, fault, way)
    same = await reference.ending(ending.done)
    whole = await reference.whole()
    found = list(ending.complaints)
    for group, received in ending.received:
        found += _seen_wrongly(group, received, ending, same, whole)
    found += _differences("in memory", ending.in_memory, same.in_memory)
    may_be = [(await reference.ending(ending.done | {number})).on_disk for number in ending.unknown]
    more = frozenset().union(*(each - same.on_disk for each in may_be))
    less = frozenset().union(*(same.on_disk - each for each in may_be))
    return found + _differences("after a restart", ending.on_disk - more | same.on_disk & less, same.on_disk)


def _seen_wrongly(
    group: tuple[int, ...], received: dict[str, Facts], ending: Ending, same: Ending, whole: Ending
) -> Iterator[str]:
    """Compare what everybody was sent at one time with what they should have been sent."""
    done = ending.done.intersection(group)
    what = " and ".join(repr(STEPS[number].do) for number in group)
    for name, lines in received.items():
        wanted = same.received_by(name, done)
        failed = [number for number in group if number not in done and STEPS[number].who == name]
        excuses = lines - whole.received_by(name, set(failed)) if failed else frozenset()
        if missing := wanted - lines:
            yield f"{what}: acknowledged, and {name} does not see {sorted(missing)}"
        if more := lines - wanted - excuses:
            yield f"{what}: {name} sees {sorted(more)}, which did not happen"


def _differences(where: str, found: Facts, wanted: Facts) -> list[str]:
    missing = [fact for fact in wanted - found if not OWED.search(fact)]
    return [f"{where}, it is not true that {each!r}" for each in sorted(missing)] + [
        f"{where}, it is true that {each!r}" for each in sorted(found - wanted)
    ]
