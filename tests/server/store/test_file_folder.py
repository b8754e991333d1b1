from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest
from files_contract import *  # noqa: F403 -- the tests every `Files` must pass
from files_contract import NOON_MS, OpenFiles, put, run, uploaded

from papo.protocol.times import DAY_MS
from papo.server.delivery.ports import DATA
from papo.server.store import file_folder
from papo.server.store.file_folder import FileFolder, FolderUpload


@pytest.fixture
def open_files(tmp_path: Path) -> OpenFiles:
    """Opens the folder of this test again at each call."""
    return lambda: FileFolder(tmp_path / "uploads")


def test_another_process_finds_what_was_kept(tmp_path: Path) -> None:
    """By its id alone; nothing is left where uploads are received."""

    async def test() -> None:
        file = await put(FileFolder(tmp_path), uploaded())
        assert not any((tmp_path / ".new").iterdir())
        assert await FileFolder(tmp_path).find(file.id) == file

    run(test())


def test_an_upload_that_a_crash_cut_off_is_deleted_by_the_next_process(tmp_path: Path) -> None:
    """At its start: nobody may ever upload a file again."""
    rest = tmp_path / ".new" / "old"
    rest.mkdir(parents=True)
    FileFolder(tmp_path)
    assert not rest.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_nothing_stays_on_a_full_disk(tmp_path: Path) -> None:
    """Closing fails again, and the folder is deleted all the same."""
    (tmp_path / DATA).symlink_to("/dev/full")
    upload = FolderUpload(tmp_path)
    upload.write(b"x")
    with pytest.raises(OSError, match="No space"):
        upload.close()
    upload.discard()
    assert not upload.folder.exists()


@pytest.mark.parametrize("removed", ["one by one", "by the day"])
@pytest.mark.parametrize("links", [True, False])
def test_what_is_removed_while_a_copy_is_made_is_in_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: str, *, links: bool
) -> None:
    """The copy is of the moment it began, whether the disk has hard links or not."""
    began, go_on = threading.Event(), threading.Event()
    real = file_folder.link_uploads

    def slow(source: Path, folder: Path) -> None:
        began.set()
        assert go_on.wait(30)
        real(source, folder)

    def no_links(*_paths: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(file_folder, "link_uploads", slow)
    if not links:
        monkeypatch.setattr(os, "link", no_links)

    async def test() -> None:
        files = FileFolder(tmp_path / "uploads")
        kept = [await put(files, uploaded(number=number)) for number in range(1, 4)]
        copying = asyncio.ensure_future(files.copy_to(tmp_path / "copy"))
        await asyncio.to_thread(began.wait, 30)
        if removed == "one by one":
            await files.remove(kept[0])
        else:
            await files.prune(NOON_MS + DAY_MS)
        assert await files.find(kept[0].id) is None
        go_on.set()
        await copying
        places = [tmp_path / "copy" / "20241004" / file.id[8:] for file in kept]
        assert [(place / DATA).read_bytes() for place in places] == [b"hello"] * 3
        await files.remove(kept[2])
        assert not (tmp_path / "uploads" / "20241004" / kept[2].id[8:]).exists()

    run(test())
