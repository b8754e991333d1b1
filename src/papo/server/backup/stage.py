"""What goes into a backup: a folder is filled as a data folder is, from the ports of a server that may be running."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from papo.private_file import copy_file, create
from papo.server.backup import names

if TYPE_CHECKING:
    from papo.config import Config, Loaded
    from papo.server.delivery.ports import Files, Secrets, Store

FOLDER = "backup.new"
"""In the data folder, on the same disk as the uploads: they need no space there. It is gone when the backup is made."""
UPLOADS = "uploads"
SETTINGS_FILE = "papo.toml"
SETTINGS = "settings"
"""A folder for the settings in use, and for the files that they name elsewhere."""
IN_USE = f"{SETTINGS}/in-use.toml"


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A filled folder."""

    folder: str
    server: str
    """The server's name."""
    made_at_s: float
    origins: dict[str, str] = {}
    """Name of a file in the folder to where it was, if that was not in the data folder."""
    missing: list[str] = []
    """Files that the settings name and that cannot be read: what is wrong, for each."""


async def fill(stage: Path, data: Path, loaded: Loaded, ports: tuple[Store, Files, Secrets]) -> Staged:
    """Fill a new folder. Raises OSError."""
    store, files, secrets = ports
    stage.mkdir(mode=0o700)
    await store.copy_to(stage / names.DATABASE)
    made_at_s = time.time()
    # After the database: a message that names an upload is sent when the upload is there.
    await files.copy_to(stage / UPLOADS)
    secrets.copy_to(stage)
    return with_settings(stage, data, loaded, made_at_s)


def with_settings(stage: Path, data: Path, loaded: Loaded, made_at_s: float) -> Staged:
    """Add the settings. Raises OSError."""
    from papo.config import text  # noqa: PLC0415 -- a server that starts does not need it

    origins: dict[str, str] = {}
    missing: list[str] = []
    for wanted, path in _named_files(loaded):
        try:
            name = path.relative_to(data).as_posix()
        except ValueError:
            name = wanted
        if not names.is_safe(name) or name.split("/")[0] in {UPLOADS, FOLDER}:
            name = wanted
        if (stage / name).exists():
            continue  # the certificate that Papo made
        (stage / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            copy_file(path, stage / name)
        except OSError as error:
            missing.append(f"{path}: {error.strerror}")
            continue
        if data / name != path:
            origins[name] = str(path)
    (stage / SETTINGS).mkdir(mode=0o700, exist_ok=True)
    with create(stage / IN_USE) as file:
        file.write(text.show(loaded).encode())
    return Staged(
        folder=str(stage),
        server=loaded.config.server.name,
        made_at_s=made_at_s,
        origins=origins,
        missing=missing,
    )


def _named_files(loaded: Loaded) -> list[tuple[str, Path]]:
    """(name in the backup, path) of the configuration file and of the files that it names."""
    config: Config = loaded.config
    named = [
        (f"{SETTINGS}/certificate.pem", config.tls.certificate),
        (f"{SETTINGS}/key.pem", config.tls.key),
        (f"{SETTINGS}/motd.txt", config.server.motd_file),
        *((f"{SETTINGS}/keys-{number}.json", row.keys_file) for number, row in enumerate(config.issuers, 1)),
    ]
    files = [(name, Path(path).expanduser().absolute()) for name, path in named if path]
    return [*([] if loaded.path is None else [(SETTINGS_FILE, loaded.path.absolute())]), *files]


def discard(data: Path) -> None:
    """Delete what a backup has left in a data folder that was cut off. Raises OSError."""
    stage = data / FOLDER
    if stage.exists():
        shutil.rmtree(stage)
