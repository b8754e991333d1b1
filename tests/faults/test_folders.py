"""Uploads, secrets, certificates and the clients' files: each system call fails once, and loses the power once."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_folder import FaultyFolder, PowerLost
from power_loss import new_folder
from test_every_io_fails import SEED

from papo.client import settings
from papo.client.address import read_address
from papo.client.certificates import Certificates
from papo.client.settings import Settings
from papo.client.state.outbox import Outbox
from papo.server.delivery.ports import UploadedFile
from papo.server.store.certificate import self_signed
from papo.server.store.file_folder import FileFolder, FolderUpload
from papo.server.store.secret_folder import SecretFolder

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks up what is synced in /proc"),
    # A program without power closes nothing.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HOST = read_address("ircs://chat.example.org")
CONTENT = b"uma linha\n" * 500
TIMES = 4
"""How often each call loses the power: what survives is chosen at random."""


def about(number: int) -> UploadedFile:
    """What is known of an upload."""
    return UploadedFile(
        id=f"20261121{number:022}",
        name="a.txt",
        type="text/plain",
        bytes=len(CONTENT),
        by="x",
        payer="x",
        at_ms=1_795_000_000_000,
    )


async def _keep(folder: Path, number: int) -> None:
    files = FileFolder(folder)
    upload = await files.begin()
    assert isinstance(upload, FolderUpload)
    try:
        upload.write(CONTENT)
        upload.close()
        await files.keep(upload, about(number))
    except OSError:
        upload.discard()
        raise
    finally:
        upload._file.close()  # noqa: SLF001 -- as the end of a process does


def keep_upload(folder: Path) -> None:
    """Store an upload; returns once it is acknowledged."""
    asyncio.run(_keep(folder / "uploads", 2))


def check_upload(folder: Path, *, done: bool) -> None:
    """The one from before is there; the new one is whole, or not there if it was not acknowledged."""

    async def look(number: int) -> bytes | None:
        files = FileFolder(folder / "uploads")
        file = await files.find(about(number).id)
        if file is None:
            return None
        path = await files.path(file)
        assert path is not None
        return path.read_bytes()

    assert asyncio.run(look(1)) == CONTENT
    assert asyncio.run(look(2)) in ((CONTENT,) if done else (CONTENT, None))


def check_refused(folder: Path) -> None:
    """Nobody gets what its sender was told is not kept."""
    assert asyncio.run(FileFolder(folder / "uploads").find(about(2).id)) is None


def make_secret(folder: Path) -> None:
    """The first start; the file of the test notes what it gave out."""
    (folder.parent / "given").write_bytes(SecretFolder(folder).key("x"))


def check_secret(folder: Path, *, done: bool) -> None:
    """What was given out stays so; no start fails."""
    key = SecretFolder(folder, new=not done).key("x")
    if done:
        assert key == (folder.parent / "given").read_bytes()


def make_certificate(folder: Path) -> None:
    """The first start with TLS."""
    certificate, _ = self_signed(folder / "tls", ["localhost"])
    (folder.parent / "given").write_bytes(certificate.read_bytes())


def check_certificate(folder: Path, *, done: bool) -> None:
    """The certificate that clients have seen is there, with its key."""
    certificate, key = self_signed(folder / "tls", ["localhost"])
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    if done:
        assert certificate.read_bytes() == (folder.parent / "given").read_bytes()


def add_message(folder: Path) -> None:
    """A message that is not stored by the server yet."""
    outbox = Outbox(folder / "outbox")
    outbox.add("irc://x", "#sala", "segunda", reply_to="", command="PRIVMSG", after="")
    outbox.close()


def check_message(folder: Path, *, done: bool) -> None:
    """The first message is there, and the second one if the user saw it in the window."""
    outbox = Outbox(folder / "outbox")
    texts = [each.text for each in outbox.of("irc://x")]
    outbox.close()
    assert texts in ([["primeira", "segunda"]] if done else [["primeira", "segunda"], ["primeira"]])


def write_settings(folder: Path) -> None:
    """Change the settings."""
    settings.write(folder, Settings(nick="nova"))


def check_settings(folder: Path, *, done: bool) -> None:
    """The old ones or the new ones, never the defaults."""
    assert settings.read(folder).nick in ({"nova"} if done else {"nova", "velha"})


def trust(folder: Path) -> None:
    """Pin a certificate."""
    Certificates(folder / "pins.json").trust(HOST, "22")


def check_pin(folder: Path, *, done: bool) -> None:
    """The old one or the new one; with none, another server could take its place."""
    assert Certificates(folder / "pins.json").pin(HOST) in ({"22"} if done else {"22", "11"})


def before(folder: Path) -> None:
    """What there is before anything fails."""
    asyncio.run(_keep(folder / "uploads", 1))
    outbox = Outbox(folder / "outbox")
    outbox.add("irc://x", "#sala", "primeira", reply_to="", command="PRIVMSG", after="")
    outbox.close()
    settings.write(folder, Settings(nick="velha"))
    Certificates(folder / "pins.json").trust(HOST, "11")


Check = Callable[..., None]
WORK: dict[str, tuple[Callable[[Path], None], Check]] = {
    "upload": (keep_upload, check_upload),
    "secret": (make_secret, check_secret),
    "certificate": (make_certificate, check_certificate),
    "outbox": (add_message, check_message),
    "settings": (write_settings, check_settings),
    "pins": (trust, check_pin),
}
KEEP_GOING = {"outbox", "settings", "pins"}
"""What a client does in spite of a disk that fails: the user is not to notice."""


def attempt(base: Path, name: str, failing_at: int, error: Callable[[], BaseException]) -> tuple[FaultyFolder, bool]:
    """Work in a copy of the folder while one call fails; returns whether it was acknowledged."""
    folder = base / "data"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base / "before", folder)
    faulty = FaultyFolder(folder)
    faulty.failing_at, faulty.error = failing_at, error
    try:
        with faulty.watching():
            WORK[name][0](folder)
    except (PowerLost, OSError, ValueError):
        return faulty, False
    return faulty, True


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder with what there is before; in memory, where no file gets the number of one that was deleted."""
    with new_folder() as folder:
        (Path(folder) / "before").mkdir()
        before(Path(folder) / "before")
        yield Path(folder)


@pytest.mark.parametrize("name", WORK)
def test_every_call_loses_the_power(base: Path, name: str) -> None:
    """What was acknowledged is there after the next start, and what was not is there whole or not at all."""
    chance = random.Random(SEED)
    calls = attempt(base, name, 0, PowerLost)[0].count
    assert calls > 1
    for failing_at in range(calls + 2):
        for _ in range(TIMES):
            faulty, done = attempt(base, name, failing_at, PowerLost)
            target = base / "after"
            faulty.restart(target, chance)
            try:
                WORK[name][1](target, done=done)
            except Exception as error:
                raise AssertionError(f"seed {SEED}, power lost at call {failing_at} of {calls}, {done}") from error
            shutil.rmtree(target)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
@pytest.mark.parametrize("name", WORK)
def test_every_call_fails(base: Path, name: str, number: int) -> None:
    """The same if the call fails and the program goes on."""
    calls = attempt(base, name, 0, PowerLost)[0].count
    for failing_at in range(1, calls + 1):
        _, done = attempt(base, name, failing_at, lambda: OSError(number, os.strerror(number)))
        check: Any = WORK[name][1]
        check(base / "data", done=done and name not in KEEP_GOING)
        if name == "upload" and not done:
            check_refused(base / "data")


def test_a_name_that_is_not_synced_would_be_missed(tmp_path: Path) -> None:
    """A file that is synced is not there if its folder is not."""
    root = tmp_path / "data"
    root.mkdir()
    lost = 0
    for number in range(20):
        faulty = FaultyFolder(root)
        with faulty.watching(), (root / f"{number}").open("wb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        faulty.restart(tmp_path / f"after{number}", random.Random(number))
        lost += not (tmp_path / f"after{number}" / f"{number}").exists()
    assert 0 < lost < 20
