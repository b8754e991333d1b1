"""What every Store must do when it is copied while others write; a module that imports these provides `open_copy`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract import OpenStore, commit, record, run, texts
from samples import Maker

from papo.server.world.events import MarkerSet, RecordStored

OpenCopy = Callable[[Path], Any]
"""Called on a running loop; gives a `Store` on what `copy_to` has written."""


def test_a_copy_holds_what_was_committed_before(open_store: OpenStore, open_copy: OpenCopy, tmp_path: Path) -> None:
    """Messages, records and read markers; the store goes on, and the copy does not follow it."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        events = [maker.message(str(number)) for number in range(3)]
        await commit(store, [*events, RecordStored(**maker.stamp(), record=record("#sala"))])
        await commit(store, [MarkerSet(**maker.stamp(), identity="ana", target="#sala", read_at_ms=7)])
        path = tmp_path / "copy.db"
        await store.copy_to(path)
        assert await commit(store, [maker.message("later")]) is None
        assert await texts(store) == ["0", "1", "2", "later"]
        copy = open_copy(path)
        assert await texts(copy) == ["0", "1", "2"]
        assert await copy.records() == [record("#sala")]
        assert await copy.markers() == [("ana", "#sala", 7)]
        await copy.close()
        await store.close()

    run(test())


def test_a_copy_is_of_one_moment_while_others_write(open_store: OpenStore, open_copy: OpenCopy, tmp_path: Path) -> None:
    """All that was committed before it began, and then everything up to one commit."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        for start in range(0, 2_000, 100):
            await commit(store, [maker.message(f"{number} {'x' * 500}") for number in range(start, start + 100)])
        path = tmp_path / "copy.db"
        copying = asyncio.ensure_future(store.copy_to(path))
        number = 2_000
        while not copying.done():
            assert await commit(store, [maker.message(str(number)), maker.message(str(number + 1))]) is None
            number += 2
            await asyncio.sleep(0)
        await copying
        await store.close()
        copy = open_copy(path)
        found = [int(text.split(" ")[0]) for text in await texts(copy, limit=10_000)]
        assert found == list(range(len(found)))
        assert len(found) >= 2_000
        assert len(found) % 2 == 0
        await copy.close()

    run(test())


def test_a_copy_overwrites_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    """What is there stays as it is."""

    async def test() -> None:
        store = open_store()
        path = tmp_path / "mine"
        path.write_bytes(b"mine")
        with pytest.raises(OSError, match="mine"):
            await store.copy_to(path)
        assert path.read_bytes() == b"mine"
        assert await commit(store, [Maker().message("x")]) is None
        await store.close()

    run(test())
