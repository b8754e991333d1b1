"""The checker of crashes: silent about every log that keeps the promises, and not about one that breaks any."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from crash_checker import Client, Entry, Log, Row, Written, violations
from hypothesis import given
from hypothesis import strategies as st


def clean(seed: int) -> Log:
    """A crash that loses only what nobody was told of."""
    chance = random.Random(seed)
    names = ["ana", "bia", "caio"]
    entries: dict[str, list[Entry]] = {name: [] for name in names}
    stored: list[Row] = []
    alive: list[tuple[str, str]] = []
    known = dict.fromkeys(names, 0)

    def catch_up(name: str, until: int) -> None:
        for row in stored[known[name] : until]:
            mine = row.key.startswith(name + " ")
            if not mine or row.kind != "redaction":
                entries[name].append(Entry("acked" if mine else "seen", row.key, row.of, row.kind))
        known[name] = max(known[name], until)

    for number in range(chance.randrange(5, 60)):
        author = chance.choice(names)
        key = f"{author} {number}"
        own = [each for who, each in alive if who == author]
        kind = chance.choice(["message", "message", "message", "topic", "edit", "redaction"]) if own else "message"
        of = chance.choice(own) if kind in {"edit", "redaction"} else ""
        entries[author].append(Entry("sent", key, of, kind))
        fate = chance.random()
        if fate < 0.1:
            entries[author].append(Entry("refused", key, of, kind))
            continue
        if fate < 0.2:
            continue  # under way when it crashed
        text = f"{key} texto"
        if kind == "edit":
            stored[:] = [row._replace(text=text) if row.key == of else row for row in stored]
        stored.append(Row(f"m{number:04}", key, kind, of, text))
        if kind == "message":
            alive.append((author, key))
        if kind == "redaction":
            alive = [each for each in alive if each[1] != of]
        for name in names:
            if chance.random() < 0.7:
                catch_up(name, len(stored))
    gone = {row.of for row in stored if row.kind == "redaction"}
    left = [row for row in stored if row.key not in gone and not (row.kind == "edit" and row.of in gone)]
    written = [Written("topic", str(at), "acked" if at < 3 else "sent") for at in range(5)]
    return Log([Client(*each) for each in entries.items()], left, written, {"topic": chance.choice(["2", "3", "4"])})


@given(seed=st.integers(0, 1 << 32))
def test_a_crash_that_keeps_the_promises_is_clean(seed: int) -> None:
    """Whatever was under way may be there or not."""
    assert violations(clean(seed)) == []


def _acked_rows(log: Log) -> list[int]:
    told = {each.key for client in log.clients for each in client.entries if each.what in {"acked", "seen"}}
    return [at for at, row in enumerate(log.stored) if row.key in told]


def _kept(log: Log) -> list[int]:
    """Those that nobody has asked to delete."""
    asked = {each.of for client in log.clients for each in client.entries if each.kind == "redaction"}
    rows = log.stored
    return [at for at in _acked_rows(log) if rows[at].key not in asked and rows[at].of not in asked]


def lose(log: Log, chance: random.Random) -> str:
    """A message that was seen is not stored."""
    del log.stored[chance.choice(_kept(log))]
    return "lost: "


def double(log: Log, chance: random.Random) -> str:
    """A message is stored again under another msgid."""
    row = chance.choice(log.stored)
    log.stored.append(row._replace(msgid="again"))
    return "doubled: "


def show_twice(log: Log, chance: random.Random) -> str:
    """A client receives the same again."""
    client = chance.choice([each for each in log.clients if any(entry.what == "seen" for entry in each.entries)])
    client.entries.append(next(entry for entry in client.entries if entry.what == "seen"))
    return "doubled: "


def reorder(log: Log, chance: random.Random) -> str:
    """Two messages of one author change places."""
    del chance
    author = log.clients[0].name
    mine = [at for at, row in enumerate(log.stored) if row.key.startswith(author + " ")]
    log.stored[mine[0]], log.stored[mine[-1]] = log.stored[mine[-1]], log.stored[mine[0]]
    return "reordered: "


def see_in_another_order(log: Log, chance: random.Random) -> str:
    """A client receives two messages in another order than the stored one."""
    del chance
    told = [log.stored[at].key for at in _acked_rows(log)]
    log.clients.append(Client("observador", [Entry("seen", told[-1]), Entry("seen", told[0])]))
    return "reordered: observador"


def invent(log: Log, chance: random.Random) -> str:
    """Something is stored that nobody has sent."""
    log.stored.insert(chance.randrange(len(log.stored) + 1), Row("novo", "ninguem 1"))
    return "never sent: "


def store_what_was_refused(log: Log, chance: random.Random) -> str:
    """A refused message is there."""
    client = chance.choice(log.clients)
    client.entries.extend([Entry("sent", f"{client.name} 999"), Entry("refused", f"{client.name} 999")])
    log.stored.append(Row("recusada", f"{client.name} 999"))
    return "refused but stored: "


def undo_an_edit(log: Log, chance: random.Random) -> str:
    """An edit is stored, and the message reads as before."""
    del chance
    log.clients[0].entries.extend([Entry("sent", "ana 998"), Entry("sent", "ana 999", "ana 998", "edit")])
    log.stored.extend([Row("x1", "ana 998", text="antes"), Row("x2", "ana 999", "edit", "ana 998", "depois")])
    return "undone: ana 998"


def undo_a_deletion(log: Log, chance: random.Random) -> str:
    """A deletion is stored, and the message can be read."""
    del chance
    log.clients[0].entries.extend([Entry("sent", "ana 998"), Entry("sent", "ana 999", "ana 998", "redaction")])
    log.stored.extend([Row("x1", "ana 998", text="antes"), Row("x2", "ana 999", "redaction", "ana 998")])
    return "undone: ana 998 is deleted"


def lose_a_deletion(log: Log, chance: random.Random) -> str:
    """A deletion was acknowledged, and there is none."""
    del chance
    entries = [Entry("sent", "ana 998"), Entry("sent", "ana 999", "ana 998", "redaction")]
    log.clients[0].entries.extend([*entries, Entry("acked", "ana 999", "ana 998", "redaction")])
    log.stored.append(Row("x1", "ana 998", text="antes"))
    return "lost: ana 999"


def _found(log: Log) -> dict[str, str]:
    assert isinstance(log.found, dict)
    return log.found


def undo_a_setting(log: Log, chance: random.Random) -> str:
    """A topic that was acknowledged is gone."""
    _found(log)["topic"] = chance.choice(["0", "1"])
    return "undone: topic"


def set_what_nobody_wrote(log: Log, chance: random.Random) -> str:
    """A topic from nowhere."""
    del chance
    _found(log)["topic"] = ""
    return "undone: topic"


def keep_a_refused_setting(log: Log, chance: random.Random) -> str:
    """A topic that was refused is in force."""
    del chance
    assert isinstance(log.written, list)
    log.written.append(Written("topic", "recusado", "refused"))
    _found(log)["topic"] = "recusado"
    return "refused but stored: topic"


PLANTED = [
    lose, double, show_twice, reorder, see_in_another_order, invent, store_what_was_refused, undo_an_edit,
    undo_a_deletion, lose_a_deletion, undo_a_setting, set_what_nobody_wrote, keep_a_refused_setting,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_what_is_planted_is_found(plant: Callable[[Log, random.Random], str]) -> None:
    """In many logs, each time."""
    tried = 0
    for seed in range(200):
        log, chance = clean(seed), random.Random(seed)
        mine = [row for row in log.stored if row.key.startswith(log.clients[0].name + " ")]
        if (
            len(_acked_rows(log)) < 2
            or len(mine) < 2
            or not any(e.what == "seen" for c in log.clients for e in c.entries)
        ):
            continue
        if not any(log.stored[at].kind != "redaction" for at in _acked_rows(log)):
            continue
        tried += 1
        expected = plant(log, chance)
        assert any(each.startswith(expected) for each in violations(log)), (seed, violations(log))
    assert tried > 50
