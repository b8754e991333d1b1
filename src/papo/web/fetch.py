"""Pages of strangers, fetched with care: public addresses only, a few redirects, little time, few bytes.

The address is judged where the socket is made, so names that change their mind between the look-up and the connection
(DNS rebinding), and numbers written in strange ways, come to the same gate.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from papo import __version__
from papo.web.reachable import is_public

TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
"""Of a page, after it was decompressed; what comes then is not read."""
MAX_REDIRECTS = 3
PORTS = {None, 80, 443}
HEADERS = {"User-Agent": f"Papo/{__version__} (link preview)", "Accept": "text/html,application/xhtml+xml"}


class NotFetched(Exception):
    """There is nothing, or nothing that may be fetched. The text is for the log of tests, never for a user."""


async def fetch(
    url: str, *, allowed: Callable[[str], bool] = is_public, ports: frozenset[int | None] | None = None
) -> tuple[str, str, bytes]:
    """(address at the end of all redirects, content type, beginning of the page). Raises NotFetched."""

    def make_socket(addr_info: Any) -> socket.socket:
        family, kind, protocol, _, address = addr_info
        if not allowed(str(address[0])):
            raise OSError("not a public address")
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        socket_factory=make_socket, use_dns_cache=False, force_close=True, limit=4, happy_eyeballs_delay=None
    )
    try:
        async with asyncio.timeout(TIMEOUT_S), aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, headers=HEADERS,
            max_line_size=8190, max_field_size=8190,
        ) as session:  # fmt: skip
            return await _follow(session, url, allowed, ports or frozenset(PORTS))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, UnicodeError) as error:
        raise NotFetched(str(error)) from None


async def _follow(
    session: aiohttp.ClientSession, url: str, allowed: Callable[[str], bool], ports: frozenset[int | None]
) -> tuple[str, str, bytes]:
    for _ in range(MAX_REDIRECTS + 1):
        _check(url, ports)
        async with session.get(url, allow_redirects=False) as answer:
            _check_peer(answer, allowed)
            if answer.status in {301, 302, 303, 307, 308}:
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            kind = answer.headers.get("Content-Type", "")
            if answer.status != 200 or kind.partition(";")[0].strip().lower() not in {
                "text/html",
                "application/xhtml+xml",
            }:
                raise NotFetched("no page")
            page = bytearray()
            async for chunk in answer.content.iter_chunked(16 * 1024):
                page += chunk
                if len(page) >= MAX_BYTES:
                    break
            return url, kind, bytes(page[:MAX_BYTES])
    raise NotFetched("too many redirects")


def _check(url: str, ports: frozenset[int | None]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotFetched("not http")
    if parts.username is not None or parts.password is not None or parts.port not in ports:
        raise NotFetched("credentials or a strange port")


def _check_peer(answer: aiohttp.ClientResponse, allowed: Callable[[str], bool]) -> None:
    """Once more, who really answers."""
    peer = (
        answer.connection.transport.get_extra_info("peername")
        if answer.connection is not None and (answer.connection.transport is not None)
        else None
    )
    if peer is not None and not allowed(str(peer[0])):
        raise NotFetched("not a public address")
