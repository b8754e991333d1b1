"""The archive of a backup: what is written is read, and what others have made to do harm is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papo import free_space
from papo.config import StartError
from papo.server.backup import archive_file, pack, tar, unpack
from papo.server.backup import names as names_of
from papo.server.backup.manifest import Entry, Manifest
from papo.server.backup.tar import NotTarError

FILES = {
    "papo.db": b"database " * 300_000,
    "secret": bytes(32),
    "settings/in-use.toml": b"",
    "uploads/20261121/abc-_DEF/about.json": b"{}",
    "uploads/20261121/abc-_DEF/data": os.urandom(70_000),
}


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a folder of these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def described(folder: Path) -> Manifest:
    """Its manifest."""
    return pack.describe(
        folder, server="papo.test", schema=3, counts={"messages": 7}, made_at_s=1e9, origins={"secret": "/etc/x"}
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder to back up."""
    return fill(tmp_path / "source", FILES)


@pytest.fixture
def packed(source: Path) -> bytes:
    """Its backup."""
    out = io.BytesIO()
    pack.write(source, described(source), out)
    return out.getvalue()


def extract(data: bytes, folder: Path) -> Manifest:
    """Extract a backup into a new folder."""
    folder.mkdir()
    return unpack.extract(io.BytesIO(data), "x.tar.gz", folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its path in there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written_is_read(source: Path, packed: bytes, tmp_path: Path) -> None:
    """Every file, and the manifest; nobody else may read what is restored."""
    found = extract(packed, tmp_path / "out")
    assert (
        found
        == described(source)
        == unpack.check(io.BytesIO(packed), "x")
        == unpack.read_manifest(io.BytesIO(packed), "x")
    )
    assert contents(tmp_path / "out") == FILES
    assert found.made_at == "2001-09-09T01:46:40Z"
    assert [entry.origin for entry in found.files if entry.origin] == ["/etc/x"]
    if os.name != "nt":
        assert {path.stat().st_mode & 0o077 for path in (tmp_path / "out").rglob("*")} == {0}


def test_other_programs_read_it(packed: bytes, tmp_path: Path) -> None:
    """Python's tarfile, and the system's tar if there is one."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == ["manifest.json", *sorted(FILES, key=lambda name: (name.startswith("up"), name))]
        database = archive.extractfile("papo.db")
        assert database is not None
        assert database.read() == FILES["papo.db"]
    (tmp_path / "x.tar.gz").write_bytes(packed)
    try:
        subprocess.run(["tar", "xzf", "x.tar.gz"], cwd=tmp_path, check=True, timeout=30)
    except FileNotFoundError:
        pytest.skip("there is no tar here")
    assert (tmp_path / "papo.db").read_bytes() == FILES["papo.db"]


def test_sizes_beyond_eight_gigabytes_have_a_header() -> None:
    """As GNU tar writes them."""
    block = tar.header("papo.db", 9 << 30, 0)
    assert tarfile.TarInfo.frombuf(block, "utf-8", "strict").size == 9 << 30


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_backup_is_never_taken_for_a_whole_one(data: st.DataObject) -> None:
    """Cut anywhere, or with any byte changed: refused with a sentence that names it, or it is the same."""
    packed = _small()
    whole = unpack.check(io.BytesIO(packed), "x.tar.gz")
    if data.draw(st.booleans(), label="cut"):
        bad = packed[: data.draw(st.integers(0, len(packed) - 1), label="at")]
    else:
        at = data.draw(st.integers(0, len(packed) - 1), label="at")
        flipped = packed[at] ^ data.draw(st.integers(1, 255), label="bits")
        bad = packed[:at] + bytes([flipped]) + packed[at + 1 :]
    try:
        found = unpack.check(archive_file.decrypted(archive_file.Peeked(io.BytesIO(bad)), "x.tar.gz", ""), "x.tar.gz")
    except StartError as error:
        sentence = str(error)
    else:
        sentence = "x.tar.gz: "
        assert found == whole  # gzip's header has bytes that mean nothing, such as the system's number
        assert len(bad) == len(packed)
    assert sentence.startswith("x.tar.gz: ")


def _small() -> bytes:
    """A small backup, the same each time."""
    return made({"papo.db": random.Random(1).randbytes(3_000), "secret": bytes(32)})


def made(
    files: dict[str, bytes],
    *,
    change: Callable[[dict[str, Any]], object] = lambda _: None,
    members: Callable[[list[tuple[tarfile.TarInfo, bytes]]], object] = lambda _: None,
    end: bytes = bytes(1024),
) -> bytes:
    """A backup by another hand: `change` its manifest, or its `members`."""
    entries = [Entry(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()]
    about = Manifest(papo="1", schema=3, made_at="x", server="x", counts={}, files=entries)
    table = msgspec.to_builtins(about)
    change(table)
    rows = []
    for name, content in {names_of.MANIFEST: msgspec.json.encode(table), **files}.items():
        info = tarfile.TarInfo(name)
        info.size = len(content)
        rows.append((info, content))
    members(rows)
    raw = b"".join(info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512) for info, content in rows)
    return gzip.compress(raw + end, mtime=0)


GOOD = {"papo.db": b"x" * 1000, "secret": b"y"}


def with_name(name: str) -> bytes:
    """A backup with a file of this name, in manifest and archive."""
    return made({**GOOD, name: b"boo"})


def with_member(**fields: Any) -> bytes:
    """The last member has another header."""

    def change(rows: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        for name, value in fields.items():
            setattr(rows[-1][0], name, value)

    return made(GOOD, members=change)


HOSTILE = {
    "up": with_name("../evil"),
    "up in the middle": with_name("uploads/../../evil"),
    "absolute": with_name("/tmp/evil"),
    "drive": with_name("C:evil"),
    "backslash": with_name("uploads\\..\\evil"),
    "a stream of Windows": with_name("secret:evil"),
    "empty part": with_name("uploads//evil"),
    "dot": with_name("uploads/./evil"),
    "hidden": with_name(".ssh/authorized_keys"),
    "control character": with_name("uploads/\x1b[2Jevil"),
    "new line": with_name("uploads/e\nvil"),
    "ends in a dot": with_name("secret."),
    "no name": with_name(""),
    "a device of Windows": with_name("uploads/NUL.txt"),
    "a long name": with_name("a" * 101),
    "the same in another case": with_name("SECRET"),
    "a file that is a folder": with_name("secret/evil"),
    "another manifest": made(
        GOOD, change=lambda table: table["files"].append({**table["files"][0], "name": "manifest.json"})
    ),
    "twice in the manifest": made(GOOD, change=lambda table: table["files"].append(table["files"][0])),
    "twice in the archive": made(GOOD, members=lambda rows: rows.append(rows[-1])),
    "missing": made(GOOD, members=lambda rows: rows.pop()),
    "not in the manifest": made(GOOD, change=lambda table: table["files"].pop()),
    "no database": made({"secret": b"y"}),
    "another order": made(GOOD, members=lambda rows: rows.insert(1, rows.pop())),
    "manifest last": made(GOOD, members=lambda rows: rows.append(rows.pop(0))),
    "no manifest": made(GOOD, members=lambda rows: rows.pop(0)),
    "symbolic link": with_member(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": with_member(type=tarfile.LNKTYPE, linkname="papo.db"),
    "device": with_member(type=tarfile.CHRTYPE),
    "folder": with_member(type=tarfile.DIRTYPE),
    "named pipe": with_member(type=tarfile.FIFOTYPE),
    "sparse": with_member(type=tarfile.GNUTYPE_SPARSE),
    "long name header": with_member(type=tarfile.GNUTYPE_LONGNAME),
    "extended header": with_member(type=tarfile.XHDTYPE),
    "a size too small": with_member(size=0),
    "a size too large": with_member(size=1 << 40),
    "another hash": made(GOOD, change=lambda table: table["files"][0].update(sha256="0" * 64)),
    "no hash": made(GOOD, change=lambda table: table["files"][0].update(sha256="")),
    "a size below zero": made(GOOD, change=lambda table: table["files"][0].update(bytes=-1)),
    "a newer format": made(GOOD, change=lambda table: table.update(format=2)),
    "a format that is none": made(GOOD, change=lambda table: table.update(format="1")),
    "no files": made(GOOD, change=lambda table: table.pop("files")),
    "more after the end": made(GOOD, end=bytes(1024) + b"x" * 1024),
    "much after the end": made(GOOD, end=bytes(1 << 20)),
    "no end": made(GOOD, end=b""),
    "half an end": made(GOOD, end=bytes(512)),
    "not a manifest": gzip.compress(tar.header("manifest.json", 3, 0) + b"[[[".ljust(512, b"\0") + bytes(1024)),
    "deep": gzip.compress(tar.header("manifest.json", 100_000, 0) + b"[" * 100_352 + bytes(1024)),
    "a manifest without end": gzip.compress(tar.header("manifest.json", 1 << 40, 0)),
    "a bomb": gzip.compress(bytes(64 << 20)),
    "not tar": gzip.compress(b"hello, world" * 1000),
    "nothing": gzip.compress(b""),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_made_to_do_harm_is_refused(tmp_path: Path, what: str) -> None:
    """With a sentence, and nothing outside of the folder."""
    with pytest.raises(StartError, match=r"^x\.tar\.gz: "):
        extract(HOSTILE[what], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))
    with pytest.raises(StartError, match=r"^x\.tar\.gz: "):
        unpack.check(io.BytesIO(HOSTILE[what]), "x.tar.gz")


def test_the_same_by_nobody_s_hand_is_fine(tmp_path: Path) -> None:
    """What the hostile ones are made from is a backup."""
    extract(made(GOOD), tmp_path / "out")
    assert contents(tmp_path / "out") == GOOD


def test_it_is_not_begun_where_it_does_not_fit(packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the disk stays free, and the sentence says how much is needed."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=66 << 20))
    with pytest.raises(OSError, match=r"67 MB are needed, and 66 MB are free"):
        extract(packed, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_more_than_any_disk_has_is_not_begun(tmp_path: Path) -> None:
    """Whatever a manifest says."""
    with pytest.raises(OSError, match="MB are needed"):
        extract(made(GOOD, change=lambda table: table["files"][0].update(bytes=1 << 60)), tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_a_file_that_changes_while_it_is_packed_is_noticed(source: Path) -> None:
    """There is no backup then."""
    about = described(source)
    (source / "secret").write_bytes(b"longer than it was, by some bytes")
    with pytest.raises(ValueError, match="secret has changed"):
        pack.write(source, about, io.BytesIO())


@pytest.mark.skipif(os.name == "nt", reason="links of Windows need rights")
def test_a_folder_with_a_link_is_not_packed(source: Path) -> None:
    """Nobody puts one there; whoever does, does not get what it names."""
    (source / "uploads" / "link").symlink_to("/etc/passwd")
    with pytest.raises(StartError, match="link"):
        described(source)


def test_the_reader_of_tar_ends_where_the_stream_does() -> None:
    """In the middle of a file too."""
    members = tar.read_files(io.BytesIO(tar.header("a", 5000, 0) + b"x" * 4000))
    assert next(members).size == 5000
    with pytest.raises(NotTarError, match="cut off"):
        next(members)


# --- the file


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("passphrase", ["", "cão"])
def test_a_backup_is_saved_whole(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passphrase: str
) -> None:
    """Nobody else may read it, one that is there is replaced, and nothing is beside it."""
    from papo.server.backup import age

    monkeypatch.setattr(age, "WORK_FACTOR", 4)
    folder = tmp_path / "backups"
    folder.mkdir()
    path = folder / "b"
    for _ in range(2):
        size = archive_file.save(source, described(source), path, passphrase)
        assert size == path.stat().st_size
        assert names(folder) == ["b"]
        with path.open("rb") as file:
            assert archive_file.check(file, "b", passphrase) == described(source)
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
    assert (passphrase == "") == path.read_bytes().startswith(archive_file.GZIP_MAGIC)


def test_what_is_no_backup_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    """A slip of the finger costs nobody a file, a folder or what a link names."""
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    (tmp_path / "folder").mkdir()
    targets = [mine, tmp_path / "folder"]
    if os.name != "nt":
        (tmp_path / "link").symlink_to(mine)
        targets.append(tmp_path / "link")
    for target in targets:
        with pytest.raises(StartError, match="not overwritten"):
            archive_file.save(source, described(source), target, "")
    with pytest.raises(StartError, match="no such folder"):
        archive_file.save(source, described(source), tmp_path / "absent" / "b", "")
    (tmp_path / "b.new").write_text("precious too, and in the way")
    with pytest.raises(StartError, match="in the way"):
        archive_file.save(source, described(source), tmp_path / "b", "")
    assert mine.read_text() == "precious"
    assert (tmp_path / "b.new").read_text() == "precious too, and in the way"


def test_what_a_killed_backup_has_left_is_taken_over(source: Path, packed: bytes, tmp_path: Path) -> None:
    """But not while another one writes it."""
    from papo.lock import acquire

    rest = tmp_path / "b.new"
    rest.write_bytes(packed[:1000])
    with rest.open("r+b") as file:
        acquire(file)
        with pytest.raises(StartError, match="another backup is being written"):
            archive_file.save(source, described(source), tmp_path / "b", "")
    archive_file.save(source, described(source), tmp_path / "b", "")
    assert "b.new" not in names(tmp_path)


def test_a_disk_that_is_nearly_full_ends_it(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is full: the server may be on the same disk. The last backup stays."""
    path = tmp_path / "b"
    archive_file.save(source, described(source), path, "")
    before = path.read_bytes()
    monkeypatch.setattr(free_space, "KEEP_FREE_BYTES", 1 << 60)
    with pytest.raises(StartError, match=r"b: .* MB are needed, and \d+ MB are free"):
        archive_file.save(source, described(source), path, "")
    assert names(tmp_path) == ["b", "source"]
    assert path.read_bytes() == before


def test_a_disk_that_gives_back_something_else_ends_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again before the name is given."""
    real = pack.write

    def spoil(folder: Path, about: Manifest, out: Any) -> None:
        real(folder, about, out)
        out._file.seek(600)  # noqa: SLF001 -- below the writer that looks at the space
        out._file.write(b"\0" * 100)  # noqa: SLF001
        out._file.seek(0, 2)  # noqa: SLF001

    monkeypatch.setattr(pack, "write", spoil)
    with pytest.raises(StartError, match="damaged"):
        archive_file.save(source, described(source), tmp_path / "b", "")
    assert names(tmp_path) == ["source"]
