"""A data folder of an older version opens, and shows what it showed then."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from live_server import serve

from data.queries import ask, uploads
from papo.server.delivery.ports import Store
from papo.server.store.sqlite import SqliteStore
from papo.server.world.records import Account, AnyRecord, Versioned, unique_keys_of

VERSIONS = sorted(path.parent for path in (Path(__file__).parents[1] / "data").glob("*/answers.json"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def old(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of what a version has left."""
    shutil.copytree(request.param, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_it_shows_what_its_own_version_showed(old: Path) -> None:
    """Accounts, channels, messages, edits, deletions, read marks, bans, uploads, always-on users; at a second start."""
    answers = json.loads((old / "answers.json").read_text(encoding="utf-8"))
    files = uploads(old / "data")
    assert files
    config = (old / "papo.toml").read_text(encoding="utf-8")
    with serve(old, ["irc"], config=config) as server:
        assert server.stop() == 0
    with serve(old, ["irc", "http"], config=config) as server:
        found = ask(server.ports, files, answers["until"][0])
    assert found.keys() == answers.keys()
    for query, answer in answers.items():
        assert found[query] == answer, query


def in_store(old: Path, look: Callable[[Store], object]) -> None:
    """Open the database, and look at it."""

    async def test() -> None:
        store = SqliteStore(old / "data" / "papo.db", on_soon=asyncio.get_running_loop().call_soon_threadsafe)
        try:
            await look(store)  # type: ignore[misc]  # every look waits
        finally:
            await store.close()

    asyncio.run(test())


def test_every_record_and_marker_is_read(old: Path) -> None:
    """All kinds of them are there; none is lost or changed but for its version."""
    with sqlite3.connect(old / "data" / "papo.db") as before:
        bodies = [body for (body,) in before.execute("SELECT body FROM records")]
        markers = before.execute("SELECT count(*) FROM markers").fetchone()[0]
    then = {msgspec.json.decode(body, type=AnyRecord) for body in bodies if "Account" in body}
    assert {json.loads(body)["type"] for body in bodies} == {
        "Account", "ChannelRecord", "Ban", "Presence", "Profile", "Invitation",
    }  # fmt: skip

    async def look(store: Store) -> None:
        records = await store.records()
        assert len(records) == len(bodies)
        assert len(await store.markers()) == markers > 0
        assert len(await store.audit(100)) > 3
        assert await store.latest_ms() > 0
        accounts = {record for record in records if isinstance(record, Account)}
        assert {msgspec.structs.replace(each, version=0) for each in accounts} == {
            msgspec.structs.replace(each, version=0) for each in then
        }
        assert all(each.version >= 1 for each in records if isinstance(each, Versioned))

    in_store(old, look)


def test_names_belong_to_the_accounts_that_have_them(old: Path) -> None:
    """The first start notes what is unique, so that nobody else gets it."""

    async def nothing(_: Store) -> None:
        pass

    in_store(old, nothing)
    with sqlite3.connect(old / "data" / "papo.db") as after:
        held = set(after.execute("SELECT value, key FROM unique_keys"))
        bodies = [body for (body,) in after.execute("SELECT body FROM records WHERE kind = 'account'")]
    accounts = [msgspec.json.decode(body, type=Account) for body in bodies]
    assert held == {(key, account.id) for account in accounts for key in unique_keys_of(account)}
    assert ("nick biazinha", next(each.id for each in accounts if each.name == "bia")) in held
