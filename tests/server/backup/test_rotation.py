"""Names, ages and ends of the backups that a server makes by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.config import Backup, Config
from papo.lock import acquire
from papo.server.backup import rotation
from papo.server.doctor.backups import backups, old_copies
from papo.server.doctor.check import Installation
from papo.server.store.secret_folder import SecretFolder

MARK, OTHER = rotation.mark(b"\x01\x02\x03\x04more"), rotation.mark(b"\x05\x06\x07\x08")
DAY_S = 86_400.0
NOW_S = 1_800_000_000.0


def make(folder: Path, at_s: float, own_mark: str = MARK, *, encrypted: bool = False) -> Path:
    """A backup of that time."""
    path = folder / rotation.name_of("casa.example", own_mark, at_s, encrypted=encrypted)
    path.write_bytes(b"x")
    return path


def names(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(("text", "seconds"), [("", 0), ("30s", 30), ("5m", 300), ("24h", 86_400), ("7d", 604_800)])
def test_intervals(text: str, seconds: int) -> None:
    """Units as in the settings."""
    assert rotation.interval_s(text) == seconds


@given(st.floats(0, 4e9), st.booleans(), st.sampled_from(["papo.local", "a-b.c", "X" * 60 + ".br"]))
def test_a_name_tells_the_time(at_s: float, encrypted: bool, server: str) -> None:  # noqa: FBT001 -- hypothesis's
    """To the second, and it is found again."""
    path = Path(rotation.name_of(server, MARK, at_s, encrypted=encrypted))
    assert path.name.endswith(".age") == encrypted
    assert rotation.time_of(path.name, MARK) == (int(at_s), False)
    assert rotation.time_of(path.name, OTHER) is None
    assert rotation.time_of(f"{path.name}.new", MARK) == (int(at_s), True)


def test_the_oldest_go_and_nothing_else(tmp_path: Path) -> None:
    """Not those of another server, not what people have put there, not links and folders."""
    made = [make(tmp_path, NOW_S - number * DAY_S, encrypted=number % 2 == 0) for number in range(6)]
    others = [make(tmp_path, NOW_S - 90 * DAY_S, OTHER), tmp_path / f"mine-{made[5].name}", tmp_path / "notes.txt"]
    others[1].write_bytes(b"mine")
    others[2].write_bytes(b"mine")
    folder = tmp_path / rotation.name_of("casa.example", MARK, 1.0, encrypted=False)
    folder.mkdir()
    others.append(folder)
    if os.name != "nt":
        link = tmp_path / rotation.name_of("casa.example", MARK, 2.0, encrypted=False)
        link.symlink_to(others[2])
        others.append(link)
    odd = tmp_path / made[0].name.replace("-20", "-99999999T999999Z-20")
    odd.write_bytes(b"")
    gone = rotation.delete_old(tmp_path, MARK, 4, NOW_S)
    assert {*gone} == {*made[4:]}
    assert names(tmp_path) == {path.name for path in (*made[:4], *others, odd)}


def test_what_a_killed_backup_has_left_goes_unless_it_is_written(tmp_path: Path) -> None:
    """A backup by hand may be under way."""
    rest, busy = (make(tmp_path, at_s).rename(tmp_path / f"{make(tmp_path, at_s).name}.new") for at_s in (1e9, 1.1e9))
    for path in tmp_path.glob("*.gz"):
        path.unlink()
    with busy.open("r+b") as file:
        acquire(file)
        rotation.delete_old(tmp_path, MARK, 1, NOW_S)
    assert not rest.exists()
    assert busy.exists()


def test_a_wrong_clock_deletes_nothing_but_the_oldest(tmp_path: Path) -> None:
    """One from the future is neither the newest nor kept for ever; in the future, as many are kept as ever."""
    made = [make(tmp_path, NOW_S - number * DAY_S) for number in range(3)]
    wrong = make(tmp_path, NOW_S + 400 * DAY_S)
    assert rotation.newest_s(tmp_path, MARK, NOW_S) == NOW_S
    assert rotation.delete_old(tmp_path, MARK, 4, NOW_S) == []
    assert rotation.delete_old(tmp_path, MARK, 4, NOW_S + 500 * DAY_S) == []
    assert rotation.delete_old(tmp_path, MARK, 3, NOW_S) == [wrong]
    assert names(tmp_path) == {path.name for path in made}


def test_one_is_always_kept(tmp_path: Path) -> None:
    """Whatever the number."""
    path = make(tmp_path, NOW_S)
    assert rotation.delete_old(tmp_path, MARK, 0, NOW_S) == []
    assert path.exists()


def test_no_folder_is_no_backup(tmp_path: Path) -> None:
    """Before the first."""
    assert rotation.newest_s(tmp_path / "absent", MARK, NOW_S) is None
    assert rotation.delete_old(tmp_path / "absent", MARK, 1, NOW_S) == []


def test_the_doctor_sees_a_copy_that_was_forgotten(tmp_path: Path) -> None:
    """It holds what was deleted since."""
    installation = Installation(tmp_path, Config(), "", running=False)
    copy = tmp_path / "papo-before-7.db"
    copy.write_bytes(b"x")
    assert list(old_copies(installation)) == []
    os.utime(copy, (1e9, 1e9))
    assert "2001-09-0" in next(iter(old_copies(installation))).text
    assert list(old_copies(Installation(tmp_path / "absent", Config(), "", running=False))) == []


def test_the_doctor_sees_that_one_is_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or that there is none; nothing is asked if none is wanted."""
    monkeypatch.setattr("time.time", lambda: NOW_S)
    own_mark = rotation.mark(SecretFolder(tmp_path).key("backup"))
    folder = tmp_path / "backups"
    folder.mkdir()

    def texts(every: str) -> list[str]:
        config = Config(backup=Backup(every=every))
        return [found.text for found in backups(Installation(tmp_path, config, "", running=False))]

    assert texts("") == []
    assert "there is no backup" in texts("24h")[0]
    make(folder, NOW_S - 3 * DAY_S, own_mark)
    assert "every 24h" in texts("24h")[0]
    assert texts("7d") == []
    make(folder, NOW_S - DAY_S, own_mark)
    assert texts("24h") == []
