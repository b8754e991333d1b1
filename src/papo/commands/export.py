"""`papo account export`: everything of an account in one archive, whole or not at all."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from papo.config.errors import StartError
from papo.i18n import _
from papo.private_file import replacing

ABOUT, MESSAGES, FILES = "account.json", "messages.jsonl", "files"
Ask: TypeAlias = Callable[[str], Awaitable[Any]]
"""The server's answer to what is wanted: `about`, or the number of a part."""


async def export(ask: Ask, path: Path) -> int:
    """Write the archive; returns how many entries of the history are in it. Raises StartError."""
    if path.exists():
        raise StartError(_("{path}: there is a file already; choose another name").format(path=path))
    try:
        with replacing(path) as out:
            return await _write(ask, out)
    except OSError as error:
        raise StartError(_("{path} cannot be written ({reason})").format(path=path, reason=error.strerror)) from None


async def _write(ask: Ask, out: Any) -> int:
    count, start = 0, "0"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        about = await ask("about")
        files = about.pop("files")
        with archive.open(MESSAGES, "w") as lines:
            while start:
                entries, following = await ask(start)
                for entry in entries:
                    lines.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
                count += len(entries)
                start = str(following) if following else ""
        about["files"] = [file for file in files if _copy(file, archive)]
        archive.writestr(ABOUT, json.dumps(about, ensure_ascii=False, indent=2))
    return count


def _copy(file: dict[str, Any], archive: zipfile.ZipFile) -> bool:
    """Put a file into the archive, and its name there in place of its path; False if it has been deleted meanwhile."""
    source = Path(file.pop("path"))
    file["file"] = f"{FILES}/{file['id']}/{file['name']}"
    try:
        with source.open("rb") as content, archive.open(file["file"], "w", force_zip64=True) as copy:
            shutil.copyfileobj(content, copy)
    except FileNotFoundError:
        return False
    return True
