"""What is taken back leaves no trace: over random histories, over every transcript, and in the code of `changes/`."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule
from pictures import picture, sent_elsewhere
from test_snapshot import Histories as _Histories

import papo.server.world
import transcript
from papo.server.world.events import AnyEvent, NodeLost, UserQuit
from papo.server.world.undo import FINAL, FinalWrites, UndoLog
from papo.server.world.world import World
from test_transcripts import Stage


class Refusals(_Histories):
    """Events gather until the store commits them all, or refuses them all; the second world hears of commits alone."""

    def __init__(self) -> None:
        super().__init__()
        self.log = UndoLog()
        self.waiting: list[AnyEvent] = []
        self.committed = picture(self.world)

    def apply(self, event: AnyEvent) -> None:
        """Accepted, and not committed yet."""
        self.world.apply(event, self.log)
        self.waiting.append(event)

    def apply_to_both(self, events: list[AnyEvent]) -> None:
        """They are final."""
        for event in events:
            self.world.apply(event)
        self.tell_second(events)

    def tell_second(self, events: list[AnyEvent]) -> None:
        """What was committed goes to the other process."""
        for event in sent_elsewhere(events):
            self.second.apply(event)
        self.committed = picture(self.second)

    @rule()
    def commit(self) -> None:
        """The second world is as this one."""
        self.tell_second(self.waiting)
        self.log, self.waiting = UndoLog(), []
        assert picture(self.world) == self.committed

    @precondition(lambda self: self.waiting)
    @rule()
    def refuse(self) -> None:
        """Nothing of it is left, but users who quit are gone: nobody refuses that."""
        gone = [event for event in self.waiting if isinstance(event, UserQuit)]
        gone += [each for event in self.waiting if isinstance(event, NodeLost) for each in event.departed]
        self.log.undo()
        self.waiting = []
        assert not self.log
        assert unordered(picture(self.world)) == unordered(self.committed)
        quits: list[AnyEvent] = [
            self.quit_event(self.world.users[event.uid]) for event in gone if event.uid in self.world.users
        ]
        self.apply_to_both(quits)
        assert picture(self.world) == self.committed

    @precondition(lambda self: not self.waiting)
    @rule()
    def start_a_second_process(self) -> None:
        """Only from what is committed."""
        super().start_a_second_process()

    @precondition(lambda self: not self.waiting)
    @rule()
    def apply_a_snapshot_to_its_own_world(self) -> None:
        """Only if both worlds are at the same moment."""
        super().apply_a_snapshot_to_its_own_world()

    @invariant()
    def both_worlds_are_equal(self) -> None:
        """As far as it is committed."""
        assert picture(self.second) == self.committed


Refusals.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestRefusals = Refusals.TestCase


def unordered(thing: Any) -> Any:
    """A picture without the order of users and members: those who quit are gone again before anybody looks."""
    if isinstance(thing, dict):
        return {key: unordered(value) for key, value in thing.items()}
    if isinstance(thing, list) and all(isinstance(each, tuple) and len(each) == 2 for each in thing):
        return {key: unordered(value) for key, value in thing}
    return thing


@pytest.mark.parametrize("name", transcript.names())
def test_every_event_of_a_transcript_can_be_taken_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applied, taken back and applied again, each leaves the picture that it found, and the answers are the same."""
    apply = World.apply
    seen = 0

    def twice(world: World, event: AnyEvent, writes: FinalWrites = FINAL) -> None:
        nonlocal seen
        before, log = picture(world), UndoLog()
        apply(world, event, log)
        log.undo()
        after = picture(world)
        is_quit = isinstance(event, (UserQuit, NodeLost))
        assert (unordered(after) if is_quit else after) == (unordered(before) if is_quit else before)
        apply(world, event, writes)
        seen += 1

    monkeypatch.setattr(World, "apply", twice)
    asyncio.run(Stage(name, "whole").play())
    assert seen


# --- nothing writes past the log

FOLDER = Path(papo.server.world.__file__).parent
WRITTEN_ONLY_BY_EVENTS = [*sorted((FOLDER / "changes").glob("*.py")), FOLDER / "registry.py", FOLDER / "whowas.py"]
MUTATORS = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "update",
    "__setattr__", "__setitem__",
}  # fmt: skip


def writes_past_the_log(tree: ast.AST) -> Iterator[str]:
    """Assignments to attributes and items, and calls that change their object, unless it is the log."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, (ast.Assign, ast.Delete)):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, (ast.Attribute, ast.Subscript)):
                    yield f"{ast.unparse(node)}"
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in {"setattr", "delattr"}:
                yield f"{node.lineno}: {ast.unparse(node)}"
            if isinstance(called, ast.Attribute) and called.attr in MUTATORS:
                owner = ast.unparse(called.value)
                if owner != "writes" and not owner.endswith("whowas"):
                    yield f"{node.lineno}: {ast.unparse(node)}"


def without_inits(tree: ast.Module) -> ast.Module:
    """The code that runs after an object is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [each for each in node.body if not _is_init(each)]
    return tree


def _is_init(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


@pytest.mark.parametrize("path", WRITTEN_ONLY_BY_EVENTS, ids=lambda path: path.name)
def test_what_changes_the_world_writes_through_the_log(path: Path) -> None:
    """A write past it could not be taken back."""
    tree = without_inits(ast.parse(path.read_text(encoding="utf-8")))
    assert list(writes_past_the_log(tree)) == []


@pytest.mark.parametrize(
    "code",
    ["a.b = 1", "a[b] = 1", "del a[b]", "a.b += 1", "a.b, c = d", "a.pop(b)", "setattr(a, b, c)", "x.users.add(a)"],
)
def test_the_guard_sees_a_write_past_the_log(code: str) -> None:
    """Each way to write."""
    assert list(writes_past_the_log(ast.parse(f"def change(a):\n    {code}\n")))


def test_a_member_who_did_not_leave_is_at_their_place_again() -> None:
    """NAMES is in order of joining, before and after a refused PART."""
    log, table = UndoLog(), {"a": 1, "b": 2, "c": 3}
    log.pop(table, "b")
    log.put(table, "d", 4)
    log.pop(table, "a")
    log.undo()
    assert list(table.items()) == [("a", 1), ("b", 2), ("c", 3)]
