"""Link previews: what is read of a page, and that no address leads the server into its own network."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from papo.web.fetch import MAX_BYTES, NotFetched, fetch
from papo.web.previews import Previews, read
from papo.web.reachable import is_public

ANY_PORT: Callable[[int], frozenset[int | None]] = lambda port: frozenset({None, 80, 443, port})  # noqa: E731 -- short


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.1",
        "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.5", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1",
        "fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "4000::1", "localhost", "", "1.2.3", "127.1",
    ],
)  # fmt: skip
def test_the_servers_own_world_is_not_public(address: str) -> None:
    """Private, reserved, embedded and nonsense: all denied."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::5e"])
def test_the_internet_is_public(address: str) -> None:
    """Otherwise nothing would ever be shown."""
    assert is_public(address)


FORMS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/", "http://017700000001:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0177.0.0.1:{port}/", "http://0:{port}/",
    "http://0.0.0.0:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://[fe80::1%25lo]:{port}/",
    "http://user@127.0.0.1:{port}/", "http://user:word@127.0.0.1:{port}/", "http://8.8.8.8@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@8.8.8.8/", "http://127.0.0.1:{port}\\@8.8.8.8/", "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/", "http://127.0.0.1%00.example:{port}/", "http://127.0.0.1%2f:{port}/",
    "HTTP://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http:127.0.0.1:{port}", "http://", "", "javascript:alert(1)",
    "http://ip6-localhost:{port}/", "http://127.0.0.1:{port}.8.8.8.8/", "http://10.0.0.1:{port}/", "data:text/html,x",
]  # fmt: skip


def test_no_way_of_writing_it_leads_inside() -> None:
    """Of 45 ways to name this machine, none opens a connection (reliability: server-side request forgery)."""

    async def test() -> None:
        connected = 0

        def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connected
            connected += 1
            writer.close()

        server = await asyncio.start_server(count, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for form in FORMS:
            with pytest.raises(NotFetched):
                await fetch(form.format(port=port), ports=ANY_PORT(port))
        assert len(FORMS) >= 40
        assert connected == 0
        server.close()

    asyncio.run(test())


async def serve(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> tuple[web.AppRunner, int]:
    """A web server of a stranger, on loopback."""
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


def run(handler: Callable[[web.Request], Awaitable[web.StreamResponse]], path: str = "/") -> tuple[str, str, bytes]:
    """Fetch from such a server, with loopback allowed for once."""

    async def test() -> tuple[str, str, bytes]:
        runner, port = await serve(handler)
        try:
            url = f"http://127.0.0.1:{port}{path}"
            return await fetch(url, allowed=lambda address: address == "127.0.0.1", ports=ANY_PORT(port))
        finally:
            await runner.cleanup()

    return asyncio.run(test())


def test_a_redirect_inside_is_not_followed() -> None:
    """The gate stands before each hop."""
    asked = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        raise web.HTTPFound("http://127.0.0.2:1/" if request.path == "/" else "/")

    with pytest.raises(NotFetched):
        run(handler)
    assert asked == ["/"]


def test_a_name_that_changes_its_mind_is_caught() -> None:
    """DNS rebinding: what counts is the address of the socket, not that of an earlier look-up."""
    looked_up = []

    async def test() -> None:
        loop = asyncio.get_running_loop()

        async def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
            looked_up.append(host)
            address = "8.8.8.8" if len(looked_up) % 2 == 0 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        loop.getaddrinfo = getaddrinfo  # type: ignore[method-assign, assignment]  # the attacker's resolver
        with pytest.raises(NotFetched):
            await fetch("http://rebind.example/")

    asyncio.run(test())
    assert looked_up == ["rebind.example"]


def test_an_endless_page_is_cut() -> None:
    """So many bytes and no more, however it is packed."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x" * 65536)
        return response

    async def bomb(request: web.Request) -> web.StreamResponse:
        packed = gzip.compress(b"\0" * 50_000_000)
        return web.Response(body=packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})

    assert len(run(endless)[2]) == MAX_BYTES
    with contextlib.suppress(NotFetched):  # refused outright is as good
        assert len(run(bomb)[2]) <= MAX_BYTES


def test_only_pages_are_read() -> None:
    """No picture, no archive, no error page."""

    async def picture(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\x89PNG", content_type="image/png")

    async def missing(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<title>no</title>", content_type="text/html", status=404)

    for handler in (picture, missing):
        with pytest.raises(NotFetched):
            run(handler)


def test_a_page_says_what_it_is() -> None:
    """Open Graph before the title, entities resolved, one line, the site's name or host."""
    page = (
        b"<html><head><title>T &amp; um\n t\xc3\xadtulo</title><meta property='og:description' content='Uma  frase'>"
        b"</head><body><title>no</title>"
    )
    found = read("https://a.example/x", "text/html; charset=utf-8", page)
    assert found is not None
    assert (found.title, found.description, found.site) == ("T & um título", "Uma frase", "a.example")
    latin = read("https://a.example/", "text/html; charset=iso-8859-1", "<title>ação</title>".encode("latin-1"))
    assert latin is not None
    assert latin.title == "ação"
    assert read("https://a.example/", "text/html; charset=nonsense", b"<p>nothing") is None
    long = read("https://a.example/", "text/html", b"<title>" + b"x" * 5000 + b"</title>")
    assert long is not None
    assert len(long.title) == 200


@given(st.binary(max_size=3000), st.sampled_from(["text/html", "text/html; charset=utf-16", "charset=\xff"]))
def test_any_page_is_read_without_raising(page: bytes, kind: str) -> None:
    """Whatever a stranger's server sends."""
    read("https://a.example/", kind, page)


def test_deep_pages_cost_nothing() -> None:
    """Thousands of open tags are no recursion and no long wait."""
    assert read("https://a.example/", "text/html", b"<div>" * 100_000 + b"<title>late</title>") is None


def test_nobody_makes_the_server_fetch_without_end() -> None:
    """Twenty a minute for each person."""
    previews = Previews()
    assert [previews.may_ask("ana", 1.0) for _ in range(21)] == [True] * 20 + [False]
    assert previews.may_ask("bia", 1.0)
    assert previews.may_ask("ana", 62.0)
