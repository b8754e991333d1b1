"""Data folders that are whole, and what can happen to them: shared by the tests of start, doctor and salvage."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw

from papo.config import Config
from papo.server.assembly import open_ports

WHOLE = Path(__file__).parents[2] / "data" / "0.1.0" / "data"


def start(folder: Path, *, new: bool = False) -> None:
    """Open everything as a server does, and close it."""

    async def test() -> None:
        ports = await open_ports(Config(), folder, new=new)
        await ports.store.close()

    asyncio.run(test())


def contents(folder: Path) -> dict[str, bytes]:
    """All files, but for what every connection makes."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def overwrite(path: Path, at: int, data: bytes) -> None:
    """Write into the middle of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def cut(path: Path, size: int) -> None:
    """Cut a file off."""
    os.truncate(path, size)


def log_of_another(folder: Path, *, page_bytes: int = 4096) -> None:
    """Leave the write-ahead log of another program's database beside ours."""
    other = folder.parent / "other.db"
    connection = sqlite3.connect(other)
    connection.execute(f"PRAGMA page_size = {page_bytes}")
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE notes (text)")
    connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 2000,)] * 40)
    connection.commit()
    shutil.copy(folder.parent / "other.db-wal", folder / "papo.db-wal")
    connection.close()


def foreign(folder: Path) -> None:
    """Put another program's database there."""
    (folder / "papo.db").unlink()
    connection = sqlite3.connect(folder / "papo.db")
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()


def run_sql(folder: Path, sql: str) -> None:
    """Change the database behind Papo's back."""
    connection = apsw.Connection(str(folder / "papo.db"))
    connection.config(apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)
    connection.execute(sql)
    connection.close()


def replace_by_link(folder: Path) -> None:
    """As if its disk were not mounted."""
    (folder / "papo.db").rename(folder.parent / "elsewhere.db")
    (folder / "papo.db").symlink_to(folder.parent / "not mounted" / "papo.db")


def replace_by_folder(path: Path) -> None:
    """A folder, or a file, in place of the other."""
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("")
    else:
        path.unlink()
        path.mkdir()


def empty_beside_its_log(folder: Path) -> None:
    """SQLite deletes the log of an empty database."""
    (folder / "papo.db-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(5000))
    cut(folder / "papo.db", 0)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no database": (lambda folder: (folder / "papo.db").unlink(), "papo serve --new --data "),
    "an empty database": (lambda folder: cut(folder / "papo.db", 0), "papo serve --new --data "),
    "an empty database beside its log": (empty_beside_its_log, "its write-ahead log is not"),
    "half a database": (lambda folder: cut(folder / "papo.db", 4096 * 15), "papo salvage"),
    "half a page": (lambda folder: cut(folder / "papo.db", 2000), "papo salvage"),
    "a few bytes": (lambda folder: cut(folder / "papo.db", 20), "papo salvage"),
    "garbage at the beginning": (lambda folder: overwrite(folder / "papo.db", 0, b"garbage" * 20), "papo salvage"),
    "garbage in every table": (lambda folder: overwrite(folder / "papo.db", 4096, b"\xa5" * 4096 * 20), "papo salvage"),
    "a page of zeros at the root": (lambda folder: overwrite(folder / "papo.db", 100, bytes(3996)), "damaged"),
    "another program's database": (foreign, "another program"),
    "the log of another database": (log_of_another, "damaged|another program"),
    "the log of pages of another size": (lambda folder: log_of_another(folder, page_bytes=8192), "another database"),
    "a table that is gone": (lambda folder: run_sql(folder, "DROP TABLE markers"), "markers"),
    "an index that is gone": (lambda folder: run_sql(folder, "DROP INDEX events_by_msgid"), "events_by_msgid"),
    "an event that is no event": (
        lambda folder: run_sql(folder, "UPDATE events SET body = '{}' WHERE id = (SELECT max(id) FROM events)"),
        "cannot be read",
    ),
    "an event of another": (
        lambda folder: run_sql(
            folder,
            "UPDATE events SET body = (SELECT body FROM events WHERE id = 2) WHERE id = (SELECT max(id) FROM events)",
        ),
        "contradicts itself",
    ),
    "a folder in place of the database": (lambda folder: replace_by_folder(folder / "papo.db"), "not a file"),
    "a link to nowhere": (replace_by_link, "mounted"),
    "a database that may not be written": (lambda folder: (folder / "papo.db").chmod(0o444), "chmod"),
    "no secret": (lambda folder: (folder / "secret").unlink(), "papo serve --new --data "),
    "a short secret": (lambda folder: cut(folder / "secret", 31), "papo serve --new --data "),
    "a folder in place of the secret": (lambda folder: replace_by_folder(folder / "secret"), "cannot be read"),
    "a file in place of the uploads": (lambda folder: replace_by_folder(folder / "uploads"), "not a folder"),
}
