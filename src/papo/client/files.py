"""Uploading files (soju.im/FILEHOST) with a token that proves our account (draft/authtoken)."""

from __future__ import annotations

import asyncio
import mimetypes
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from papo.client.certificates import context_for
from papo.client.session.answers import Answer
from papo.client.state.network import Network
from papo.i18n import _
from papo.protocol.text import one_line

if TYPE_CHECKING:
    import aiohttp

CHUNK_BYTES = 1 << 16
MAX_REASON = 500


class UploadError(Exception):
    """The text says why, for the user."""


def filehost(network: Network) -> str:
    """The URL for uploads; "" if the server takes none."""
    tokens = network.session.support.tokens
    return tokens.get("draft/FILEHOST") or tokens.get("soju.im/FILEHOST", "")


def request_token(network: Network, target: str, then: Callable[[str], None]) -> None:
    """Ask for a token to upload a file to this conversation; `then` gets "" if the server gives none."""
    if not network.has("draft/authtoken"):
        then("")
        return

    def answered(answer: Answer | None) -> None:
        then("".join(line.params[-1] for line in answer or () if line.command == "TOKEN"))

    network.session.ask("TOKEN", "GENERATE", "FILEHOST", target, then=answered)


async def upload(
    url: str, token: str, path: Path, progress: Callable[[float], None], *, pinned: str = "", language: str = ""
) -> str:
    """Upload a file and return its URL. `progress` gets 0 to 1; `pinned` is the certificate pin of the server, or "".

    Raises UploadError.
    """
    import aiohttp  # noqa: PLC0415 - 60 ms that only a file is worth

    if not await asyncio.to_thread(path.is_file):
        raise UploadError(_("{path}: there is no such file.").format(path=path))
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": kind,
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
        **({"Authorization": f"Bearer {token}"} if token else {}),
        **({"Accept-Language": language} if language else {}),
    }
    check: aiohttp.Fingerprint | ssl.SSLContext = (
        aiohttp.Fingerprint(bytes.fromhex(pinned)) if pinned else context_for("")
    )
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)) as session,
            session.post(
                url, data=_pieces(path, progress), headers=headers, ssl=check, allow_redirects=False
            ) as answer,
        ):
            text = one_line(await answer.text(errors="replace"), MAX_REASON)
            if answer.status not in {200, 201, 303}:
                raise UploadError(text or _("The file was not accepted."))
            if not answer.headers.get("Location"):
                raise UploadError(_("The file was not accepted."))
            return urljoin(url, answer.headers["Location"])
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UploadError(
            _("The connection broke; the file was not sent ({reason}).").format(
                reason=str(error) or type(error).__name__
            )
        ) from None


async def _pieces(path: Path, progress: Callable[[float], None]) -> AsyncIterator[bytes]:
    size = max(1, path.stat().st_size)
    done = 0
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield piece
            done += len(piece)
            progress(done / size)
