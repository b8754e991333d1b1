"""`papo salvage`: a new data folder with all that can be read of a damaged one, which is only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from papo import private_file
from papo.config.errors import DiskFailedError, StartError
from papo.free_space import NO_SPACE
from papo.i18n import _
from papo.server.store import integrity
from papo.server.store.certificate import CERTIFICATE, KEY
from papo.server.store.database import finish_and_close, open_database
from papo.server.store.disk_errors import DiskFailed
from papo.server.store.file_folder import fault_of, upload_folders
from papo.server.store.salvage.rebuild import Report, rebuild
from papo.server.store.secret_folder import SECRET_BYTES, SecretFolder

DATABASE, SETTINGS = "papo.db", "papo.toml"
_CHUNK_BYTES = 1 << 16


class _UnreadableError(Exception):
    """A damaged file, and not a fault of the new folder."""


class Salvaged(msgspec.Struct):
    """What the new folder holds."""

    report: Report
    uploads: int = 0
    lost_uploads: int = 0
    is_secret_new: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be lost."""
        return self.report.is_whole and not self.lost_uploads and not self.is_secret_new


def salvage(folder: Path, new: Path) -> Salvaged:
    """Fill `new`, which must not exist or be empty. Raises StartError with a sentence; then nothing is left in it."""
    _refuse(folder, new)
    was_there = new.exists()
    try:
        return _fill(folder, new)
    except BaseException:
        if not new.is_dir():
            raise
        _empty(new)
        if not was_there:
            new.rmdir()
        raise


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


def _fill(folder: Path, new: Path) -> Salvaged:
    """Raises StartError."""
    try:
        new.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = Salvaged(_database(folder, new))
        found.is_secret_new = not _copy_secret(folder, new)
        for path in (Path(SETTINGS), Path("tls", CERTIFICATE), Path("tls", KEY)):
            _copy(folder / path, new / path)
        if not ((new / "tls" / CERTIFICATE).exists() and (new / "tls" / KEY).exists()):
            shutil.rmtree(new / "tls", ignore_errors=True)  # half of it is of no use: the next start makes one
        _copy_uploads(folder, new, found)
    except OSError as error:
        sentence = _("{path}: {reason}; see to its permissions and to free space, and try again")
        kind = DiskFailedError if error.errno in NO_SPACE else StartError
        raise kind(sentence.format(path=error.filename or new, reason=error.strerror or error)) from None
    except DiskFailed as error:
        raise DiskFailedError(str(error)) from None
    return found


def _refuse(folder: Path, new: Path) -> None:
    if not folder.is_dir():
        raise StartError(_("{path}: there is no such folder; name the damaged data folder").format(path=folder))
    if new.resolve().is_relative_to(folder.resolve()):
        sentence = _("{path} is in the damaged folder, which is only read; choose a folder elsewhere")
        raise StartError(sentence.format(path=new))
    if new.exists() and (not new.is_dir() or any(new.iterdir())):
        raise StartError(_("{path} exists and is not an empty folder; choose another").format(path=new))


def _database(folder: Path, new: Path) -> Report:
    """Rebuild the database, bring it up to date, and look whether it is whole now."""
    damaged, fresh = folder / DATABASE, new / DATABASE
    private_file.create(fresh).close()
    report = rebuild(damaged, fresh)
    connection = open_database(fresh, "power-loss")
    try:
        wrong = integrity.pages(connection)
        wrong += [reason for part in integrity.check(connection) for reason in part.wrong]
        if wrong:
            sentence = _("{new}: the salvaged database is not whole ({reason}); please report this")
            raise StartError(sentence.format(new=new, reason="; ".join(wrong)))
    finally:
        finish_and_close(connection)
    return report


def _copy_secret(folder: Path, new: Path) -> bool:
    """Whether there was one; another is made if not."""
    try:
        found = len((folder / "secret").read_bytes()) == SECRET_BYTES
    except OSError:
        found = False
    if found:
        _copy(folder / "secret", new / "secret")
    else:
        SecretFolder(new)
    return found


def _copy_uploads(folder: Path, new: Path, found: Salvaged) -> None:
    for source in upload_folders(folder / "uploads"):
        target = new / "uploads" / source.parent.name / source.name
        if not fault_of(source) and _copy_upload(source, target):
            found.uploads += 1
        else:
            found.lost_uploads += 1


def _copy_upload(source: Path, target: Path) -> bool:
    """Whether every file of it could be read."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if all(_copy(source / each.name, target / each.name) for each in source.iterdir()):
        return True
    shutil.rmtree(target)
    return False


def _copy(source: Path, target: Path) -> bool:
    """Whether a file could be read; it is then there, for its owner alone."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with private_file.replacing(target) as new:
            for chunk in _chunks(source):
                new.write(chunk)
    except _UnreadableError:
        return False
    return True


def _chunks(source: Path) -> Iterator[bytes]:
    """The content of a file. Raises _UnreadableError."""
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _UnreadableError from error
