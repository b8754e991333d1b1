"""Untrusted pages, fetched with care: from public addresses only, with limits of redirects, time and bytes.

An address is checked when its name is resolved, and again when the socket is made, so that a name that changes between
the two (DNS rebinding) and a number in an unusual notation get no further.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from papo.server.web.reachable import is_public

Allowed = Callable[[str], bool]
"""Whether the server may connect to an address."""
TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
"""Of a page, decompressed; the rest is not read."""
MAX_REDIRECTS = 3
PORTS: frozenset[int | None] = frozenset({80, 443})
PAGES = {"text/html", "application/xhtml+xml"}
HEADERS = {
    "User-Agent": "Papo link preview",
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip, deflate",
}


class NotFetched(Exception):
    """No page, or none that may be fetched. The text is for tests, never for a user."""


class _Resolver(AbstractResolver):
    """Resolves with the loop; refuses a name if any of its addresses is not allowed."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        infos = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        if not infos or not all(self._allowed(str(info[4][0])) for info in infos):
            raise OSError("not a public address")
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        """Do nothing: nothing is open."""


class _Connector(aiohttp.TCPConnector):
    """Checks the peer before anything is sent; aiohttp resolves no literal addresses, but makes sockets for all."""

    def __init__(self, allowed: Allowed, resolver: AbstractResolver) -> None:
        def make_socket(addr_info: Any) -> socket.socket:
            family, kind, protocol, _, address = addr_info
            if not allowed(str(address[0])):
                raise OSError("not a public address")
            return socket.socket(family, kind, protocol)

        super().__init__(
            resolver=resolver,
            socket_factory=make_socket,
            use_dns_cache=False,
            force_close=True,
            happy_eyeballs_delay=None,
        )
        self._may_reach = allowed

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        """A connection to an allowed address. Raises OSError."""
        connection = await super().connect(req, traces, timeout)
        peer = connection.transport.get_extra_info("peername") if connection.transport is not None else None
        if not isinstance(peer, tuple) or not self._may_reach(str(peer[0])):
            connection.close()
            raise OSError("not a public address")
        return connection


async def fetch(
    url: str,
    *,
    allowed: Allowed = is_public,
    ports: frozenset[int | None] = PORTS,
    resolver: AbstractResolver | None = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[str, str, bytes]:
    """(URL after all redirects, Content-Type, the page up to `MAX_BYTES`). Raises NotFetched."""
    try:
        async with asyncio.timeout(timeout_s), aiohttp.ClientSession(
            connector=_Connector(allowed, resolver or _Resolver(allowed)), cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False, headers=HEADERS, max_line_size=8190, max_field_size=8190,
        ) as session:  # fmt: skip
            return await _follow(session, url, ports)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise NotFetched(str(error)) from None


async def _follow(session: aiohttp.ClientSession, url: str, ports: frozenset[int | None]) -> tuple[str, str, bytes]:
    target = URL(url)
    for _ in range(MAX_REDIRECTS + 1):
        _check(target, ports)
        async with session.get(target, allow_redirects=False) as answer:
            if answer.status in {301, 302, 303, 307, 308}:
                target = target.join(URL(answer.headers.get("Location", "")))
                continue
            kind = answer.headers.get("Content-Type", "")
            if answer.status != 200 or kind.partition(";")[0].strip().lower() not in PAGES:
                raise NotFetched("no page")
            page = bytearray()
            async for chunk in answer.content.iter_chunked(16 * 1024):
                page += chunk
                if len(page) >= MAX_BYTES:
                    break
            return str(target), kind, bytes(page[:MAX_BYTES])
    raise NotFetched("too many redirects")


def _check(target: URL, ports: frozenset[int | None]) -> None:
    """Check the URL as aiohttp parses it: another parser might read it differently."""
    if target.scheme not in {"http", "https"} or not target.raw_host:
        raise NotFetched("not http")
    if "@" in target.raw_authority or target.port not in ports:
        raise NotFetched("credentials or a strange port")
