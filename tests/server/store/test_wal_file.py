"""A damaged write-ahead log is refused and salvaged; one that a power loss has torn is read as far as SQLite does."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import apsw
import msgspec
import pytest
from contract import commit
from damages import contents, start
from samples import Maker

from papo.config import Config, DamagedError
from papo.config.settings import History
from papo.server.assembly import open_ports
from papo.server.doctor.check import Installation
from papo.server.doctor.examine import examine
from papo.server.salvage import salvage
from papo.server.store import wal_file

PAGE, MESSAGES = 4096, 10
FRAME = 24 + PAGE
HEADER = {f"header byte {at}": at for at in (0, 5, 9, 17, 26)}
FIRST = {"the first frame's salts": 40, "the first frame's checksum": 50, "the first frame": 200}
LATER = {"the third frame": 32 + 3 * FRAME + 100, "the fifth frame's salts": 32 + 5 * FRAME + 8}


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose newest messages are in the log alone; not to be changed."""
    base = tmp_path_factory.mktemp("base")
    (base / "data").mkdir()
    start(base / "data")

    async def crash() -> None:
        ports = await open_ports(Config(), base / "data")
        maker = Maker()
        for number in range(MESSAGES):
            assert await commit(ports.store, [maker.message(f"texto {number}", "#a", msgid=f"log{number}")]) is None
        shutil.copytree(base / "data", base / "crashed")
        await ports.store.close()

    asyncio.run(crash())
    return base / "crashed"


@pytest.fixture
def folder(tmp_path: Path, crashed: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(crashed, tmp_path / "data")


def flip(folder: Path, at: int) -> None:
    """Another bit in the log."""
    wal = folder / "papo.db-wal"
    data = bytearray(wal.read_bytes())
    data[at] ^= 4
    wal.write_bytes(data)


def messages(folder: Path) -> int:
    """How many of the messages are there after a start."""
    start(folder)
    connection = apsw.Connection(str(folder / "papo.db"))
    found = connection.execute("SELECT count(*) FROM events WHERE msgid GLOB 'log*'").fetchall()
    connection.close()
    return int(str(found[0][0]))


def frames(folder: Path) -> list[wal_file.Frame]:
    """All of the log's."""
    with (folder / "papo.db-wal").open("rb") as wal:
        return list(wal_file.read_frames(wal, PAGE))


@pytest.mark.parametrize("at", [*(HEADER | FIRST | LATER).values()], ids=[*(HEADER | FIRST | LATER)])
def test_a_damaged_log_is_refused_and_left_alone(folder: Path, at: int) -> None:
    """By the server and the doctor; with salvage proposed, and nothing changed."""
    flip(folder, at)
    before = contents(folder)
    with pytest.raises(DamagedError, match="papo salvage"):
        start(folder)
    assert contents(folder) == before
    installation = Installation(folder, Config(), "", running=False)
    errors = [each.text for _, findings in examine(installation) for each in findings if each.level == "error"]
    assert any("papo salvage" in text for text in errors)


@pytest.mark.parametrize("at", [*(HEADER | FIRST | LATER).values()], ids=[*(HEADER | FIRST | LATER)])
def test_what_salvage_cannot_use_of_a_log_is_counted(folder: Path, tmp_path: Path, at: int) -> None:
    """And a frame of which only the salts are damaged is used: its checksum still continues the one before."""
    flip(folder, at)
    found = salvage(folder, tmp_path / "new")
    assert messages(tmp_path / "new") >= MESSAGES - 2
    assert messages(tmp_path / "new") == MESSAGES or not found.is_whole


def test_a_log_that_is_all_garbage_is_counted_as_lost(folder: Path, tmp_path: Path) -> None:
    """Salvage does not say that nothing is lost."""
    for each in range(len(frames(folder))):
        flip(folder, 32 + each * FRAME + 300)
    assert not salvage(folder, tmp_path / "new").is_whole


def test_a_whole_log_is_read(folder: Path) -> None:
    """All messages are there."""
    assert all(frame.is_read for frame in frames(folder))
    assert messages(folder) == MESSAGES


def test_a_last_transaction_that_was_torn_is_no_damage(folder: Path) -> None:
    """A power loss before its sync leaves any part of it."""
    found = frames(folder)
    ends = [at for at, frame in enumerate(found) if frame.pages]
    for torn in range(ends[-2] + 1, len(found)):
        copy = shutil.copytree(folder, folder.with_name(f"torn{torn}"))
        flip(copy, found[torn].at + 50)
        assert messages(copy) == MESSAGES - 1


def test_a_log_that_was_not_synced_may_be_torn_anywhere(folder: Path) -> None:
    """With `durability = process`, what a power loss has torn is no damage."""
    flip(folder, frames(folder)[6].at + 50)

    async def test() -> None:
        config = msgspec.structs.replace(Config(), history=History(durability="process"))
        await (await open_ports(config, folder)).store.close()

    asyncio.run(test())


def test_a_header_that_was_torn_while_the_log_began_again(folder: Path) -> None:
    """All of the log was in the database by then: nothing is lost, and it is no damage."""
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.execute("SELECT * FROM indexed").fetchall()
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    copy = shutil.copytree(folder, folder.with_name("copy"))
    connection.close()
    for at in HEADER.values():
        torn = shutil.copytree(copy, copy.with_name(f"torn{at}"))
        flip(torn, at)
        assert messages(torn) == MESSAGES


def test_frames_of_an_earlier_run_are_no_damage(folder: Path) -> None:
    """They are behind the end, with other salts, and continue each other."""
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.execute("SELECT * FROM indexed").fetchall()
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    connection.execute("INSERT INTO markers VALUES ('a', 'b', 1)")
    copy = shutil.copytree(folder, folder.with_name("copy"))
    connection.close()
    found = frames(copy)
    assert [frame.is_ours for frame in found[:1] + found[-1:]] == [True, False]
    assert messages(copy) == MESSAGES
