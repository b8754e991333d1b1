from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from files_contract import *  # noqa: F403 -- the tests every `Files` must pass
from files_contract import OpenFiles, put, run, uploaded

from papo.server.delivery.ports import DATA
from papo.server.store.file_folder import FileFolder, FolderUpload


@pytest.fixture
def open_files(tmp_path: Path) -> OpenFiles:
    """Opens the folder of this test again at each call."""
    return lambda: FileFolder(tmp_path / "uploads")


def test_another_process_finds_what_was_kept(tmp_path: Path) -> None:
    """By its id alone; nothing is left where uploads are received."""

    async def test() -> None:
        file = await put(FileFolder(tmp_path), uploaded())
        assert await FileFolder(tmp_path).find(file.id) == file
        assert not any((tmp_path / ".new").iterdir())

    run(test())


def test_an_upload_that_a_crash_cut_off_is_deleted_by_the_next_process(tmp_path: Path) -> None:
    """With its first upload."""
    rest = tmp_path / ".new" / "old"
    rest.mkdir(parents=True)
    asyncio.run(FileFolder(tmp_path).begin()).discard()
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
