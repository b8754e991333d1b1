"""What was uploaded, made safe to serve: its type by its content, pictures without metadata."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from papo.server.delivery.ports import DATA, THUMB, Upload, UploadedFile
from papo.server.web.images import clean
from papo.server.web.sniff import HEAD_BYTES, PICTURES, sniff


class UnsupportedType(Exception):
    """Files of this type are not accepted."""


async def sanitize(upload: Upload, file: UploadedFile, charge: Callable[[int], None]) -> UploadedFile:
    """Close the upload and clean it; returns what is known of it then. `charge` is told the pixels of a picture.

    Raises UnsupportedType, BadPicture, OSError and what `charge` raises; the caller discards the upload.
    """
    await asyncio.to_thread(upload.close)
    data = upload.folder / DATA
    head = await asyncio.to_thread(_head, upload)
    kind = sniff(head, whole=upload.size <= HEAD_BYTES)
    if kind is None:
        raise UnsupportedType
    file = msgspec.structs.replace(file, type=kind, bytes=upload.size)
    if kind not in PICTURES:
        return file
    raw = upload.folder / "raw"
    data.rename(raw)
    width, height = await clean(raw, data, upload.folder / THUMB, charge, file.payer)
    raw.unlink()
    return msgspec.structs.replace(file, width=width, height=height, bytes=data.stat().st_size)


def _head(upload: Upload) -> bytes:
    with (upload.folder / DATA).open("rb") as content:
        return content.read(HEAD_BYTES)
