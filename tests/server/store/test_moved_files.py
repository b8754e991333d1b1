"""Files that are deleted, moved or replaced while the store has them open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from contract import commit, run
from samples import Maker
from sqlite_files import opened

from papo.server.delivery.ports import NotStored


def delete_all(path: Path) -> None:
    """As `rm papo.db*`."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def delete_log(path: Path) -> None:
    """What is in the log alone is lost."""
    path.with_name(f"{path.name}-wal").unlink()


def replace(path: Path) -> None:
    """By a file with the same content."""
    shutil.copyfile(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def move_folder(path: Path) -> None:
    """With all that is in it."""
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody delete or move a file that is open")
@pytest.mark.parametrize("harm", [delete_all, delete_log, replace, move_folder])
def test_a_file_that_is_no_longer_there(
    tmp_path: Path, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing more is confirmed, the log says why, and it is no damage."""
    folder = tmp_path / "data"
    folder.mkdir()

    async def test() -> None:
        maker, store = Maker(), opened(folder)
        assert await commit(store, [maker.message("first")]) is None
        store.check_files()
        assert store.failed == ""
        harm(folder / "history.db")
        store.check_files()
        assert "history.db" in store.failed
        assert "deleted" in store.failed
        assert not store.damaged
        assert isinstance(await commit(store, [maker.message("second")]), NotStored)
        store.check_files()
        await store.close()

    run(test())
    assert [record.levelname for record in caplog.records if "history.db" in record.message].count("CRITICAL") == 1


def test_a_path_that_cannot_be_looked_at_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A network disk may be away for a moment: the next commit will say whether it is."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)

        def fail(_path: Path) -> os.stat_result:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "stat", fail)
            store.check_files()
        assert store.failed == ""
        assert await commit(store, [maker.message("first")]) is None
        await store.close()

    run(test())
    assert "Input/output error" in caplog.text
