"""What was deleted is in no file of the database after a clean stop, whatever happened between."""

from __future__ import annotations

import random
import re
from pathlib import Path

import apsw
import pytest
from contract import commit, edited, redacted, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import Maker
from sqlite_files import check_integrity, opened, query

from papo.server.delivery.ports import Author
from papo.server.store import slack
from papo.server.store.sqlite import SqliteStore
from papo.server.world.events import AnyEvent, MessageSent, RecordDeleted, RecordStored
from papo.server.world.records import Presence

CANARY = re.compile(rb"zq\d{6}xk", re.IGNORECASE)


def left_in(folder: Path) -> set[str]:
    """The canaries in the bytes of all files, and those that the full-text index has as a word."""
    found = {match.decode().lower() for path in folder.iterdir() for match in CANARY.findall(path.read_bytes())}
    connection = apsw.Connection(str(folder / "history.db"))
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, row)")
    found |= {str(term) for (term,) in connection.execute("SELECT term FROM temp.words") if str(term)[:2] == "zq"}
    connection.close()
    return found


class History:
    """A store, what was said in it, and the canaries that must be there and must not."""

    def __init__(self, seed: int) -> None:
        self.maker = Maker()
        self.random = random.Random(seed)
        self.count = 0
        self.said: dict[str, tuple[MessageSent, str]] = {}
        """msgid to message and canary."""
        self.presences: dict[str, str] = {}

    def canary(self) -> tuple[str, str]:
        """A new one, and a text of any length with it."""
        self.count += 1
        word = f"zq{self.count:06}xk"
        return word, f"{word} {'palavra ' * self.random.choice([0, 5, 15, 30, 45, 60, 75, 900])}"

    def say(self) -> AnyEvent:
        """A message of one of two accounts."""
        word, text = self.canary()
        who = self.random.choice(["id1", "id2"])
        message = self.maker.message(text, f"#{self.random.randrange(3)}", account=who, account_id=who)
        self.said[message.msgid] = (message, word)
        return message

    def change(self) -> AnyEvent:
        """A message is deleted or edited, an always-on user is away, or no longer always on."""
        word, text = self.canary()
        kind = self.random.randrange(4)
        if kind < 2 and self.said:
            message, _ = self.said.pop(self.random.choice(sorted(self.said)))
            if kind:
                self.said[message.msgid] = (message, word)
                return edited(self.maker, message, text)
            return redacted(self.maker, message)
        who = f"id{self.random.randrange(200)}"
        if kind == 2 and who in self.presences:
            del self.presences[who]
            return RecordDeleted(**self.maker.stamp(), kind="presence", key=who)
        self.presences[who] = word
        presence = Presence(account=who, nick="ana", username="a", realname="a", away=text)
        return RecordStored(**self.maker.stamp(), record=presence)

    async def step(self, store: SqliteStore) -> None:
        """One batch, or everything that an account did is forgotten, or the oldest is pruned."""
        kind = self.random.randrange(40)
        if kind == 0:
            await store.forget(Author("id1", "id1", 0))
            self.said = {key: value for key, value in self.said.items() if value[0].account_id != "id1"}
        elif kind == 1 and self.said:
            before_ms = self.said[self.random.choice(sorted(self.said))][0].at_ms
            while await store.prune(before_ms, 50):
                pass
            self.said = {key: value for key, value in self.said.items() if value[0].at_ms >= before_ms}
        else:
            batch = [self.say() for _ in range(self.random.randrange(6))]
            batch += [self.change() for _ in range(self.random.randrange(3))]
            assert await commit(store, batch) is None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.lists(st.integers(1, 120), min_size=1, max_size=3))
def test_nothing_that_was_deleted_is_left(tmp_path_factory: pytest.TempPathFactory, seed: int, runs: list[int]) -> None:
    """Any order of messages, edits, deletions, records, pruning and restarts."""
    folder = tmp_path_factory.mktemp("data")
    history = History(seed)

    async def test() -> None:
        for steps in runs:
            store = opened(folder)
            for _ in range(steps):
                await history.step(store)
            await store.close()

    run(test())
    wanted = {word for _, word in history.said.values()} | set(history.presences.values())
    left = left_in(folder)
    assert (wanted - left, left - wanted) == (set(), set())
    check_integrity(folder)


def test_zeroing_the_slack_removes_the_copies_of_moved_rows(tmp_path: Path) -> None:
    """`secure_delete` alone leaves some; what is there stays as it is."""
    path = tmp_path / "history.db"
    chance = random.Random(1)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = wal").fetchall()
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)")
    texts: dict[int, str] = {}
    for number in range(6_000):
        at = chance.randrange(1_200)
        texts[at] = f"zq{number:06}xk {'palavra ' * chance.randrange(60)}"
        connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (at, texts[at]))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    there = {text[:10] for text in texts.values()}
    before = {word.decode() for word in CANARY.findall(path.read_bytes())}
    assert before > there

    assert slack.zero(connection, path, None) > 0
    connection.close()
    assert {word.decode() for word in CANARY.findall(path.read_bytes())} == there
    assert query(tmp_path, "SELECT id, body FROM rows ORDER BY id") == sorted(texts.items())
    assert query(tmp_path, "PRAGMA integrity_check") == [("ok",)]


def test_an_edit_leaves_nothing_of_a_long_text_in_the_index(tmp_path: Path) -> None:
    """FTS5's secure-delete forgets to take out words that both texts have, if they are in the new one 64 times."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        message = maker.message("palavra " * 900)
        await commit(store, [message])
        await commit(store, [edited(maker, message, "palavra " * 800)])
        await commit(store, [redacted(maker, message)])
        await store.close()

    run(test())
    check_integrity(tmp_path)
    assert query(tmp_path, "SELECT * FROM events WHERE said = 1") == []
    connection = apsw.Connection(str(tmp_path / "history.db"))
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, row)")
    assert connection.execute("SELECT * FROM temp.words").fetchall() == []
    connection.close()


def test_slack_is_left_alone_while_another_process_uses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server still stops, and says that something may be left; nothing is harmed."""

    def zero_pages(*_arguments: object) -> int:
        raise AssertionError

    monkeypatch.setattr(slack, "_zero_pages", zero_pages)

    async def test() -> None:
        store = opened(tmp_path)
        await commit(store, [Maker().message("texto")])
        reader = apsw.Connection(str(tmp_path / "history.db"))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchall()
        await store.close()
        reader.close()

    run(test())
    assert "what was deleted may still be in the database's file: BusyError" in caplog.text
    check_integrity(tmp_path)
