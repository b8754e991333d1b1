"""Accounts of an older version whose names look alike."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import msgspec
from contract import run
from records_contract import ANA, next_of, put
from samples import Maker

from papo.server.store import schema
from papo.server.store.sqlite import SqliteStore

BEFORE_LOOKALIKES = 8


def test_two_accounts_that_look_alike_by_now_both_go_on(tmp_path: Path) -> None:
    """Each can still be changed; a third is refused, and so is one that looks like either."""
    path = tmp_path / "papo.db"
    twin = msgspec.structs.replace(ANA, id="2", name="ana\ufe0f", created_at_ms=2)
    connection = apsw.Connection(str(path))
    schema.migrate(connection, BEFORE_LOOKALIKES)
    for record in (twin, ANA):
        connection.execute(
            "INSERT INTO records VALUES ('account', ?, ?)", (record.id, msgspec.json.encode(record).decode())
        )
        connection.execute("INSERT INTO unique_keys VALUES (?, 'account', ?)", (f"nick {record.name}", record.id))
    connection.close()

    async def test() -> None:
        maker = Maker()
        store = SqliteStore(path, on_soon=asyncio.get_running_loop().call_soon_threadsafe)
        for record in (ANA, twin):
            assert await put(store, maker, next_of(record, language="pt_BR")) is None
        for number, name in enumerate(("ana\u034f", "ANA", "\u3164ana"), 3):
            stored = await put(store, maker, msgspec.structs.replace(ANA, id=str(number), name=name))
            assert stored == (next_of(ANA, language="pt_BR"),), name
        await store.close()

    run(test())
