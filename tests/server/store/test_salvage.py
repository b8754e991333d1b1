"""What is brought out of damaged databases: all that is whole, nothing that is not, always into a folder that works."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from contract import commit
from damages import DAMAGES, WHOLE, contents, cut, start
from rename_contract import renamed
from samples import Maker

from papo.config import Config, StartError
from papo.server.assembly import make_chat, open_ports
from papo.server.delivery.ports import GONE
from papo.server.doctor.check import Installation
from papo.server.doctor.examine import examine
from papo.server.net.link import WriteQueue
from papo.server.salvage import Salvaged, salvage
from papo.server.store import integrity
from papo.server.world.events import Edited, RecordStored, Redacted, UserQuit
from papo.server.world.records import Account

SAMPLE, ALL = 16, 300
PAGE = 4096
EVENTS = (
    "SELECT msgid, name, at_ms, era, events.rank, said, body "
    "FROM events JOIN conversations ON conversations.id = conversation"
)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all kinds of rows, on some hundred pages; not to be changed."""
    folder = shutil.copytree(WHOLE, tmp_path_factory.mktemp("used") / "data")

    async def fill() -> None:
        ports = await open_ports(Config(), folder)
        maker, store = Maker(), ports.store
        for number in range(30):
            batch: list[Any] = [maker.message(f"texto {number}.{each} " * 5, f"#{each % 9}") for each in range(20)]
            assert await commit(store, [*batch, maker.join()]) is None
            account = Account(id=f"a{number}", name=f"Conta{number}", created_at_ms=1, version=1)
            gone = Redacted(**maker.stamp(), target="#1", channel="#1", conversation="#1", of=batch[1].msgid)
            fixed = Edited(
                **maker.stamp(),
                target="#2",
                channel="#2",
                conversation="#2",
                of=batch[2].msgid,
                text="corrigido",
                verb="PRIVMSG",
            )
            long = maker.message("muito longo " * 900, "#longo")
            assert await commit(store, [RecordStored(**maker.stamp(), record=account), gone, fixed, long]) is None
        for old, new in (("#3", "#Nova"), ("#nova", "#4"), ("#5", "#6"), ("#6", "#5")):
            batch = [
                maker.message("antes", old),
                maker.message("em particular", "a1 a2"),
                renamed(maker, old, new),
                maker.message("depois", new.lower()),
                UserQuit(**maker.stamp(), reason="fim", channels=("#7", new.lower()), history_scopes=(0, 0)),
            ]
            assert await commit(store, batch) is None
        await store.close()

    asyncio.run(fill())
    return folder


def events(folder: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(id, conversation) to what is stored of each event."""
    connection = apsw.Connection(str(folder / "papo.db"))
    rows = {(str(row[0]), str(row[1])): row for row in connection.execute(EVENTS)}
    connection.close()
    return rows


def check_that_it_works(folder: Path) -> None:
    """A doctor finds no error, a server starts, and takes a message."""
    installation = Installation(folder, Config(), "", running=False)
    found = [each.text for _, findings in examine(installation) for each in findings if each.level == "error"]
    assert found == []

    async def test() -> None:
        ports = await open_ports(Config(), folder)
        await make_chat(Config(), ports, WriteQueue(asyncio.get_running_loop().call_soon))
        maker = Maker()
        late = [maker.message("nova", f"#{number}", msgid=f"novo{number}") for number in range(9)]
        assert await commit(ports.store, late) is None
        await ports.store.close()

    asyncio.run(test())


def test_a_whole_folder_is_copied_as_it_is(used: Path, tmp_path: Path) -> None:
    """Every event, record, marker, audited action, upload; and nothing in the old one changes."""
    before = contents(used)
    found = salvage(used, tmp_path / "new")
    assert found.is_whole
    assert contents(used) == before
    assert events(tmp_path / "new") == events(used)
    for table in ("conversations", "records", "markers", "audit", "unique_keys", "nonces"):
        old, new = (apsw.Connection(str(folder / "papo.db")) for folder in (used, tmp_path / "new"))
        query = f"SELECT * FROM {table}"
        assert sorted(map(repr, old.execute(query))) == sorted(map(repr, new.execute(query)))
        old.close()
        new.close()
    assert (tmp_path / "new" / "secret").read_bytes() == (used / "secret").read_bytes()
    assert found.uploads == 2
    check_that_it_works(tmp_path / "new")


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_that_a_start_refuses(used: Path, tmp_path: Path, name: str) -> None:
    """The new folder works, and the damaged one is left as it was."""
    folder = shutil.copytree(used, tmp_path / "data", symlinks=True)
    DAMAGES[name][0](folder)
    before = contents(folder)
    salvage(folder, tmp_path / "new")
    assert contents(folder) == before
    check_that_it_works(tmp_path / "new")


def test_what_is_in_the_log_alone(used: Path, tmp_path: Path) -> None:
    """After a crash the newest messages are there only; a damaged frame loses its own page and no more."""

    async def crash() -> None:
        folder = shutil.copytree(used, tmp_path / "running")
        ports = await open_ports(Config(), folder)
        maker = Maker()
        for number in range(20):
            message = maker.message(f"no registro {number}", "#nova", msgid=f"log{number}")
            assert await commit(ports.store, [message]) is None
        shutil.copytree(folder, tmp_path / "crashed")
        await ports.store.close()

    asyncio.run(crash())
    salvage(tmp_path / "crashed", tmp_path / "new")
    assert {(f"log{number}", "#nova") for number in range(20)} <= events(tmp_path / "new").keys()
    log = tmp_path / "crashed" / "papo.db-wal"
    data = bytearray(log.read_bytes())
    data[32 + 24 + 100] ^= 1  # in the first frame: SQLite would take the log for empty
    log.write_bytes(data)
    salvage(tmp_path / "crashed", tmp_path / "again")
    assert {(f"log{number}", "#nova") for number in range(1, 20)} <= events(tmp_path / "again").keys()
    check_that_it_works(tmp_path / "again")


def test_what_was_deleted_stays_deleted(used: Path, tmp_path: Path) -> None:
    """Pages that the database has given up may still hold it, and are not looked at."""
    folder = shutil.copytree(used, tmp_path / "data")

    async def prune() -> None:
        ports = await open_ports(Config(), folder)
        assert await ports.store.prune(1_900_000_000_000, 400) == 400
        await ports.store.close()

    asyncio.run(prune())
    left = events(folder)
    assert 0 < len(left) < len(events(used))
    salvage(folder, tmp_path / "new")
    assert events(tmp_path / "new") == left


def test_the_folder_to_fill(used: Path, tmp_path: Path) -> None:
    """It is empty or new, and not in the damaged one."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    for new in (tmp_path / "full", tmp_path / "full" / "file", used / "new", used):
        with pytest.raises(StartError):
            salvage(used, new)
    with pytest.raises(StartError):
        salvage(tmp_path / "absent", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that can be opened and not read")
def test_a_file_that_cannot_be_read_is_not_there_in_part(used: Path, tmp_path: Path) -> None:
    """It is left out, and the rest brought out."""
    folder = shutil.copytree(used, tmp_path / "damaged")
    (folder / "papo.toml").symlink_to("/proc/self/mem")
    salvage(folder, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir() if path.name.startswith("papo.toml")] == []
    assert events(tmp_path / "new") == events(used)


def test_a_result_that_is_not_whole_is_told_with_a_sentence(
    used: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which says what is wrong."""
    monkeypatch.setattr(integrity, "pages", lambda _connection: ["page 7 is never used"])
    with pytest.raises(StartError, match=r"not whole.*page 7 is never used.*report"):
        salvage(used, tmp_path / "new")


# --- any damage


def flip(data: bytearray, chance: random.Random) -> None:
    """1 to 64 bits."""
    for _ in range(chance.choice([1, 2, 8, 64])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def zero(data: bytearray, chance: random.Random) -> None:
    """1 to 8 pages of zeros."""
    for _ in range(chance.choice([1, 3, 8])):
        at = chance.randrange(len(data) // PAGE) * PAGE
        data[at : at + PAGE] = bytes(PAGE)


def swap(data: bytearray, chance: random.Random) -> None:
    """Pages that are in each other's place."""
    for _ in range(chance.choice([1, 3])):
        one, other = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
        data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]


def shorten(data: bytearray, chance: random.Random) -> None:
    """A file that was cut off."""
    del data[chance.randrange(len(data)) :]


def overwrite(data: bytearray, chance: random.Random) -> None:
    """Garbage in a run of bytes."""
    at = chance.randrange(len(data))
    data[at : at + 3000] = chance.randbytes(min(3000, len(data) - at))


KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, zero, swap, shorten, overwrite)


def check_round(used: Path, folder: Path, seed: int) -> Salvaged:
    """Damage, salvage, compare: nothing is made up, and what is brought out is as it was."""
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    damaged = shutil.copytree(used, folder / "data")
    data = bytearray((damaged / "papo.db").read_bytes())
    kind(data, chance)
    (damaged / "papo.db").write_bytes(data)
    found = salvage(damaged, folder / "new")
    before, after = events(used), events(folder / "new")
    for place, row in after.items():
        assert place in before, (seed, row)
        if kind is not flip and kind is not overwrite:
            # A message that was deleted may be older than its deletion, never newer.
            assert row == before[place], (seed, row, before[place])
        else:
            assert row[:-1] == before[place][:-1], (seed, row, before[place])
            assert row[5] != GONE or before[place][5] == GONE
    check_that_it_works(folder / "new")
    return found


@pytest.mark.parametrize("part", range(4))
def test_any_damage(used: Path, tmp_path: Path, part: int) -> None:
    """Never a crash, always a folder that works; the rest as a long test."""
    for seed in range(part, SAMPLE, 4):
        folder = tmp_path / str(seed)
        check_round(used, folder, seed)
        shutil.rmtree(folder)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_much_damage(used: Path, tmp_path: Path) -> None:
    """The same, three hundred times."""
    for seed in range(SAMPLE, ALL):
        folder = tmp_path / str(seed)
        check_round(used, folder, seed)
        shutil.rmtree(folder)


def test_most_of_a_file_that_lost_a_page_is_there(used: Path, tmp_path: Path) -> None:
    """A page of zeros in the middle costs the rows on it; one at the root of events costs none of them."""
    whole = len(events(used))
    connection = apsw.Connection(str(used / "papo.db"))
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").fetchall()[0][0]
    connection.close()
    for at, lost in ((int(str(root)), 0), (1, 0), (40, 40)):
        folder = shutil.copytree(used, tmp_path / f"data{at}")
        data = bytearray((folder / "papo.db").read_bytes())
        data[(at - 1) * PAGE : at * PAGE] = bytes(PAGE)
        (folder / "papo.db").write_bytes(data)
        salvage(folder, tmp_path / f"new{at}")
        assert whole - lost <= len(events(tmp_path / f"new{at}")) <= whole
        start(tmp_path / f"new{at}")
    folder = shutil.copytree(used, tmp_path / "half")
    cut(folder / "papo.db", (used / "papo.db").stat().st_size // 2)
    found = salvage(folder, tmp_path / "other half")
    assert not found.is_whole
    assert len(events(tmp_path / "other half")) > whole // 5
