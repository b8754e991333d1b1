"""`papo backup`: everything a server needs in one file, beside a running server or from its data folder."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from papo.commands.interrupts import orderly
from papo.commands.passphrase import ask_passphrase, read_passphrase
from papo.commands.running import no_data, server_or_folder
from papo.commands.sources import folder_of, read_settings
from papo.config.errors import StartError
from papo.data_folder import Folder
from papo.free_space import megabytes
from papo.i18n import _

if TYPE_CHECKING:
    from papo.config import Loaded
    from papo.server.backup.stage import Staged

STDOUT = "-"


def run(chosen: argparse.Namespace) -> int:
    """Write the backup, or nothing. Raises StartError."""
    from papo.server.assembly import examine_database
    from papo.server.backup import archive_file, pack
    from papo.server.backup.names import DATABASE

    loaded, folder = read_settings(chosen), folder_of(chosen)
    passphrase = _passphrase(chosen, loaded)
    if chosen.file == STDOUT and sys.stdout.isatty():
        raise StartError(_("a backup is not written to a terminal; send standard output to a file or a program"))
    if not (folder / DATABASE).exists():
        raise StartError(no_data(folder))
    _be_modest()
    try:
        with orderly(), _staged(loaded, folder) as staged:
            stage = Path(staged.folder)
            try:
                examined = examine_database(stage / DATABASE)
            except StartError as error:
                sentence = _('{path}: nothing was backed up, because {reason}; "papo doctor" says more')
                raise StartError(sentence.format(path=folder, reason=error)) from None
            manifest = pack.describe(
                stage,
                server=staged.server,
                schema=examined.schema,
                counts=examined.counts,
                made_at_s=staged.made_at_s,
                origins=staged.origins,
            )
            if chosen.file == STDOUT:
                archive_file.write(stage, manifest, sys.stdout.buffer, passphrase)
                sys.stdout.flush()
                return 0
            path = Path(chosen.file).expanduser().absolute()
            size = archive_file.save(stage, manifest, path, passphrase)
    except FileNotFoundError as error:
        # The server has cleared the folder away.
        sentence = _("the server was stopped during the backup ({path} is gone); try again")
        raise StartError(sentence.format(path=error.filename)) from None
    except OSError as error:
        raise StartError(_("the backup failed ({reason})").format(reason=error.strerror or error)) from None
    for each in staged.missing:
        sys.stderr.write(
            "papo: " + _("not in the backup, although the settings name it: {file}").format(file=each) + "\n"
        )
    sentence = _(
        "{path}: the backup is written, read back and compared; files: {files}, messages: {messages}, size: {size} MB"
    )
    counts = {"files": len(manifest.files), "messages": manifest.counts.get("messages", 0)}
    print(sentence.format(path=path, size=megabytes(size), **counts))
    return 0


def _passphrase(chosen: argparse.Namespace, loaded: Loaded) -> str:
    """Empty for no encryption."""
    file = chosen.passphrase_file or loaded.config.backup.passphrase_file
    if file:
        return read_passphrase(file)
    return ask_passphrase(twice=True) if chosen.encrypt else ""


def _be_modest() -> None:
    """The server comes first."""
    if hasattr(os, "nice"):
        os.nice(19)


@contextlib.contextmanager
def _staged(loaded: Loaded, folder: Path) -> Iterator[Staged]:
    """A filled folder: by the running server, else from its data folder. Raises StartError, OSError."""
    import msgspec

    from papo.server.assembly import stage_stopped
    from papo.server.backup import stage

    with server_or_folder(folder) as found:
        if isinstance(found, Folder):
            try:
                yield stage_stopped(loaded, folder)
            finally:
                stage.discard(folder)
            return
        with found({"action": "backup"}) as answer:
            if "refused" in answer:
                raise StartError(_("the backup failed ({reason})").format(reason=answer["refused"]))
            yield msgspec.convert(answer, stage.Staged)
