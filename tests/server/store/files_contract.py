"""What every `Files` must do, as tests over a factory: a module that imports these names provides `open_files`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from papo.protocol.times import DAY_MS
from papo.server.delivery.ports import THUMB, Files, UploadedFile

OpenFiles = Callable[[], Files]
NOON_MS = 20_000 * DAY_MS + DAY_MS // 2
"""In the middle of a day: 2024-10-04."""


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test that waits, a minute at most."""
    asyncio.run(asyncio.wait_for(test, 60))


def uploaded(at_ms: int = NOON_MS, *, number: int = 1, **more: object) -> UploadedFile:
    """What is known of a file; its id names the day, as `web.uploads` makes it."""
    day = {NOON_MS: "20241004", NOON_MS - DAY_MS: "20241003"}[at_ms]
    known = {"name": "a.txt", "type": "text/plain", "bytes": 5, "by": "~1", "payer": "ip 1", **more}
    return UploadedFile(id=f"{day}{number:022}", at_ms=at_ms, **known)  # type: ignore[arg-type]  # a test's fields


async def put(files: Files, file: UploadedFile, content: bytes = b"hello", thumb: bytes = b"") -> UploadedFile:
    """Upload it."""
    upload = await files.begin()
    upload.write(content[:2])
    upload.write(content[2:])
    assert upload.size == len(content)
    await asyncio.to_thread(upload.close)
    if thumb:
        (upload.folder / THUMB).write_bytes(thumb)
    await files.keep(upload, file)
    return file


def test_a_kept_file_is_found_and_read_until_it_is_removed(open_files: OpenFiles) -> None:
    """With everything that is known of it; removing it twice does nothing."""

    async def test() -> None:
        files = open_files()
        file = await put(files, uploaded(conversation="#sala", history_scope=7, width=3, height=4), thumb=b"small")
        assert await files.find(file.id) == file
        path, thumb = await files.path(file), await files.path(file, thumb=True)
        assert path is not None
        assert thumb is not None
        assert (path.read_bytes(), thumb.read_bytes()) == (b"hello", b"small")
        await files.remove(file)
        await files.remove(file)
        assert await files.find(file.id) is None
        assert await files.path(file) is None

    run(test())


def test_a_file_without_a_thumbnail_has_no_path_for_one(open_files: OpenFiles) -> None:
    """None, not a path to nothing."""

    async def test() -> None:
        files = open_files()
        assert await files.path(await put(files, uploaded()), thumb=True) is None

    run(test())


def test_a_discarded_upload_leaves_nothing(open_files: OpenFiles) -> None:
    """Discarding it again, or after it was kept, does no harm."""

    async def test() -> None:
        files = open_files()
        upload = await files.begin()
        upload.write(b"x")
        upload.discard()
        upload.discard()
        assert not upload.folder.exists()
        assert await files.recent(0) == []
        kept = await files.begin()
        kept.close()
        file = uploaded(number=2)
        await files.keep(kept, file)
        kept.discard()
        assert await files.find(file.id) == file

    run(test())


@pytest.mark.parametrize(
    "file_id",
    ["", ".", "..", "../" * 8, "20241004/../../x", "20241004" + "." * 22, "20241004" + "a" * 22 + "\0", "a" * 30,
     "20241004" + "/" + "a" * 21, "20241004" + "\\" + "a" * 21, "20241004" + "a" * 22 + "\n", "20241004" + "a" * 22],
)  # fmt: skip
def test_an_unknown_id_finds_nothing_whatever_it_looks_like(open_files: OpenFiles, file_id: str) -> None:
    """Ids come from untrusted clients."""

    async def test() -> None:
        assert await open_files().find(file_id) is None

    run(test())


def test_pruning_deletes_whole_days(open_files: OpenFiles) -> None:
    """The day of the given time stays, all of it."""

    async def test() -> None:
        files = open_files()
        await files.prune(NOON_MS)  # nothing is there yet
        old, new = await put(files, uploaded(NOON_MS - DAY_MS)), await put(files, uploaded(number=2))
        await files.prune(NOON_MS - DAY_MS + 1)
        assert await files.find(old.id) == old
        await files.prune(NOON_MS + 1)
        assert await files.find(old.id) is None
        assert await files.find(new.id) == new

    run(test())


def test_recent_files_are_those_uploaded_since(open_files: OpenFiles) -> None:
    """To the millisecond."""

    async def test() -> None:
        files = open_files()
        assert await files.recent(0) == []
        old, new = await put(files, uploaded(NOON_MS - DAY_MS)), await put(files, uploaded(number=2))
        assert sorted(await files.recent(old.at_ms), key=lambda file: file.at_ms) == [old, new]
        assert await files.recent(old.at_ms + 1) == [new]
        assert await files.recent(new.at_ms + 1) == []

    run(test())


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its path in there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_holds_every_file(open_files: OpenFiles, tmp_path: Path) -> None:
    """With what is known of it and its thumbnail; what is removed or comes later does not change it."""

    async def test() -> None:
        files = open_files()
        empty, full = tmp_path / "empty", tmp_path / "full"
        await files.copy_to(empty)
        assert not empty.exists()
        one, two = await put(files, uploaded(), thumb=b"small"), await put(files, uploaded(number=2), b"olleh")
        await files.copy_to(full)
        await files.remove(one)
        await put(files, uploaded(number=3))
        found = contents(full)
        first, second = f"20241004/{one.id[8:]}", f"20241004/{two.id[8:]}"
        assert found.keys() == {f"{first}/{name}" for name in ("data", "thumb.webp", "about.json")} | {
            f"{second}/{name}" for name in ("data", "about.json")
        }
        assert (found[f"{first}/data"], found[f"{first}/thumb.webp"]) == (b"hello", b"small")
        assert msgspec.json.decode(found[f"{first}/about.json"], type=UploadedFile) == one

    run(test())


def test_many_uploads_at_once_all_have_a_place(open_files: OpenFiles) -> None:
    """The first ones too: what cleans up after a crash leaves new uploads alone."""

    async def test() -> None:
        for _ in range(10):
            files = open_files()
            uploads = await asyncio.gather(*(files.begin() for _ in range(16)))
            assert len({upload.folder for upload in uploads}) == 16
            assert all(upload.folder.is_dir() for upload in uploads)
            for upload in uploads:
                upload.discard()

    run(test())


def test_there_is_room(open_files: OpenFiles) -> None:
    """In bytes."""

    async def test() -> None:
        assert await open_files().free_bytes() > 0

    run(test())
