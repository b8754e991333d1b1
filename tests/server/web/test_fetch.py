"""Fetching pages for users: no link leads the server into its own network, or keeps it busy."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from papo.server.web.fetch import MAX_BYTES, NotFetched, fetch
from papo.server.web.reachable import is_public

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = "127.0.0.1"
FORMS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/", "http://017700000001:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0177.0.0.1:{port}/", "http://0:{port}/",
    "http://0x7f.1:{port}/", "http://0177.1:{port}/", "http://127.0.0.1.:{port}/", "http://127.0.0.1..:{port}/",
    "http://127.000.000.001:{port}/", "http://4294967297:{port}/", "http://383.0.0.1:{port}/", "http://127.1.:{port}/",
    "http://0.0.0.0:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://[fe80::1%25lo]:{port}/",
    "http://[::1%25lo]:{port}/", "http://[0000::0001]:{port}/", "http://[2001:0:7f00:1::]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/", "http://[v1.127.0.0.1]:{port}/", "http://[127.0.0.1]:{port}/",
    "http://user@127.0.0.1:{port}/", "http://user:word@127.0.0.1:{port}/", "http://8.8.8.8@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/", "http://8.8.8.8%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@8.8.8.8/", "http://127.0.0.1:{port}\\@8.8.8.8/", "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/", "http://１２７.０.０.１:{port}/", "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://127.0.0.1%00.example:{port}/", "http://127.0.0.1%2f:{port}/", "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/", "http://127.0.0.1\r\nX: y:{port}/", " http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "ws://127.0.0.1:{port}/",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "http:127.0.0.1:{port}", "http://", "",
    "http:///127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}/", "javascript:alert(1)",
    "http://ip6-localhost:{port}/", "http://127.0.0.1:{port}.8.8.8.8/", "data:text/html,x", "http://10.0.0.1:{port}/",
    "http://169.254.169.254:{port}/", "http://192.168.0.1:{port}/", "http://100.64.0.1:{port}/", "\ud800", "http://\x00",
]  # fmt: skip
INSIDE = [
    "http://127.0.0.2:{port}/", "//127.0.0.2:{port}/", "http://127.1:{port}/",
    "http://2130706434:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/", "https://192.168.0.1/", "http://user:word@127.0.0.1:{port}/",
    "http://127.0.0.1:22/", "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "javascript:alert(1)",
    "\\\\127.0.0.2:{port}/", "http://[", "data:text/html,<title>x</title>",
]  # fmt: skip


@contextlib.contextmanager
def connections() -> Iterator[list[str]]:
    """Addresses that this loop connects to."""
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect
    made: list[str] = []

    async def sock_connect(sock: socket.socket, address: tuple[str, int]) -> None:
        made.append(address[0])
        await connect(sock, address)

    loop.sock_connect = sock_connect  # type: ignore[method-assign, assignment]  # to count
    yield made


def names(*answers: Sequence[str]) -> list[str]:
    """Make this loop resolve names to one answer after another; returns the names that are resolved."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            (kinds[":" in each], socket.SOCK_STREAM, 6, "", (each, port))
            for each in answers[min(len(asked), len(answers)) - 1]
        ]

    asyncio.get_running_loop().getaddrinfo = getaddrinfo  # type: ignore[method-assign, assignment]  # the attacker's
    return asked


@contextlib.asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """An untrusted server on loopback that need not speak HTTP; its port."""
    under_way = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.append(asyncio.create_task(whole(reader, writer)))

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(begin, HERE, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*under_way)


async def serve(handler: Handler) -> tuple[web.AppRunner, int]:
    """An untrusted web server on loopback."""
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, HERE, 0)
    await site.start()
    return runner, runner.addresses[0][1]


def run(handler: Handler, path: str = "/", *, timeout_s: float = 30.0) -> tuple[tuple[str, str, bytes], list[str]]:
    """Fetch from such a server, with its address allowed; returns the addresses connected to as well."""

    async def test() -> tuple[tuple[str, str, bytes], list[str]]:
        runner, port = await serve(handler)
        try:
            with connections() as made:
                url = f"http://{HERE}:{port}{path}"
                got = await fetch(url, allowed=HERE.__eq__, ports=frozenset({80, 443, port}), timeout_s=timeout_s)
                return got, made
        finally:
            await runner.cleanup()

    return asyncio.run(test())


def page(text: str = "<title>x</title>", **headers: str) -> web.Response:
    """A page."""
    return web.Response(text=text, content_type="text/html", headers=headers)


def test_no_notation_of_a_private_address_is_fetched() -> None:
    """Of 76 ways to name a private address, on its port or the usual one, none opens a connection."""

    async def test() -> None:
        heard = 0

        def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal heard
            heard += 1
            writer.close()

        server = await asyncio.start_server(count, HERE, 0)
        port = server.sockets[0].getsockname()[1]
        with connections() as made:
            for form in FORMS:
                for at in (port, 80):
                    with pytest.raises(NotFetched):
                        await fetch(form.format(port=at), ports=frozenset({80, 443, port}))
        assert (heard, made) == (0, [])
        assert len(set(FORMS)) == 76
        server.close()

    asyncio.run(test())


@pytest.mark.parametrize("port", [0, 1, 22, 25, 81, 6667, 8080, 65536])
def test_only_the_ports_of_web_pages(port: int) -> None:
    """No other port is connected to, even on public addresses."""

    async def test() -> None:
        with connections() as made, pytest.raises(NotFetched):
            await fetch(f"http://8.8.8.8:{port}/")
        assert made == []

    asyncio.run(test())


@pytest.mark.parametrize("location", INSIDE)
def test_a_redirect_to_a_private_address_is_not_followed(location: str) -> None:
    """Each hop is checked."""
    asked = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        target = location.format(port=request.url.port)
        return web.Response(status=302, headers={"Location": target})

    async def test() -> None:
        runner, port = await serve(handler)
        with connections() as made, pytest.raises(NotFetched):
            await fetch(f"http://{HERE}:{port}/", allowed=HERE.__eq__, ports=frozenset({80, 443, port}))
        await runner.cleanup()
        # A backslash is part of a path, which stays at the stranger's.
        assert set(made) == {HERE}
        assert len(asked) == (4 if location.startswith("\\") else 1)

    asyncio.run(test())


def test_three_redirects_and_no_more() -> None:
    """Nothing from one response is sent to the next server."""
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        left = int(request.path[1:])
        moved = web.Response(status=308, headers={"Location": f"/{left - 1}", "Set-Cookie": "a=b; Path=/"})
        return moved if left else page()

    (url, kind, text), made = run(handler, "/3")
    assert (url.rpartition("/")[2], kind, text) == ("0", "text/html; charset=utf-8", b"<title>x</title>")
    assert made == [HERE] * 4
    assert not any(name in request.headers for request in asked for name in ("Cookie", "Referer", "Authorization"))
    assert {request.headers["User-Agent"] for request in asked} == {"Papo link preview"}
    with pytest.raises(NotFetched):
        run(handler, "/4")


def test_an_address_of_odd_bytes_is_one_of_text() -> None:
    """The final address can be encoded as UTF-8, whatever bytes the redirect has."""

    async def test() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first = (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET / ")
            moved = b"HTTP/1.1 302 Found\r\nLocation: /a\xff\xfe\r\nContent-Length: 0\r\n\r\n"
            found = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx"
            writer.write(moved if first else found)

        async with listening(answer) as port:
            url, _, _ = await fetch(f"http://{HERE}:{port}/", allowed=HERE.__eq__, ports=frozenset({port}))
            assert url.encode().startswith(f"http://{HERE}:{port}/".encode())

    asyncio.run(test())


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2606:4700::1111", "::1"], [], ["x"]]
)
def test_a_name_with_any_private_address_is_refused(answer: list[str]) -> None:
    """Even if its other addresses are public."""

    async def test() -> None:
        asked = names(answer)
        with connections() as made, pytest.raises(NotFetched):
            await fetch("http://mixed.example/")
        assert (asked, made) == (["mixed.example"], [])

    asyncio.run(test())


def test_a_name_that_changes_between_look_ups_is_refused() -> None:
    """DNS rebinding: a name is resolved once, and the address of the socket is checked again."""

    class Rebinding(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            return [ResolveResult(hostname=host, host=HERE, port=port, family=socket.AF_INET, proto=0, flags=0)]

        async def close(self) -> None:
            """Nothing."""

    async def test() -> None:
        judged = []

        def allowed(address: str) -> bool:
            judged.append(address)
            return is_public(address)

        with connections() as made, pytest.raises(NotFetched):
            await fetch("http://rebind.example/", allowed=allowed, resolver=Rebinding())
        assert (made, judged) == ([], [HERE])
        asked = names(["8.8.8.8"], ["127.0.0.1"])

        async def refuse(sock: socket.socket, address: tuple[str, int]) -> None:
            made.append(address[0])
            raise ConnectionRefusedError

        asyncio.get_running_loop().sock_connect = refuse  # type: ignore[method-assign, assignment]  # no real network
        with pytest.raises(NotFetched):
            await fetch("http://rebind.example/")
        assert (asked, made) == (["rebind.example"], ["8.8.8.8"])

    asyncio.run(test())


def test_nothing_is_sent_to_a_private_address() -> None:
    """If the socket is connected to another address than asked, not a byte is sent."""

    async def test() -> None:
        heard: list[bytes] = []

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.read())

        verdicts = iter([True, False])
        async with listening(listen) as port:
            with pytest.raises(NotFetched):
                await fetch(f"http://{HERE}:{port}/", allowed=lambda _: next(verdicts), ports=frozenset({port}))
        assert heard == [b""]

    asyncio.run(test())


def test_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are ignored: a proxy would connect to any address."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.3:1")

    async def handler(request: web.Request) -> web.StreamResponse:
        return page()

    assert run(handler)[1] == [HERE]


def test_an_endless_page_is_cut() -> None:
    """After `MAX_BYTES`."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    assert len(run(endless)[0][2]) == MAX_BYTES


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_does_not_go_off(coding: str) -> None:
    """Of 200 MB in 200 kB, only what is kept is decompressed."""
    zeros = b"\0" * 200_000_000
    packed = gzip.compress(zeros, 9) if coding == "gzip" else zlib.compress(zeros, 9)
    del zeros

    async def bomb(request: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Type": "text/html", "Content-Encoding": coding})

    tracemalloc.start()
    try:
        assert len(run(bomb)[0][2]) == MAX_BYTES
        assert tracemalloc.get_traced_memory()[1] < 16 * MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>"]
)
def test_a_slow_response_is_given_up(beginning: bytes) -> None:
    """Wherever it stalls."""

    async def test() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(beginning)
            await reader.read()  # until the other side hangs up

        async with listening(answer) as port:
            with pytest.raises(NotFetched):
                await fetch(f"http://{HERE}:{port}/", allowed=HERE.__eq__, ports=frozenset({port}), timeout_s=0.2)

    asyncio.run(test())


@pytest.mark.parametrize(
    "piece", ["a", "A: " + "a" * 4000 + "\r\n", "A: b\r\n", "\0", "\r\nHTTP/1.1 100 Continue\r\n", "\r\n"]
)
def test_endless_headers_are_refused(piece: str) -> None:
    """Long lines, many lines, no lines, and interim responses."""

    async def test() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 100 Continue\r\n" if "100" in piece else b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(piece.encode() * (65536 // len(piece)))
                await writer.drain()

        async with listening(answer) as port:
            with pytest.raises(NotFetched):
                await fetch(f"http://{HERE}:{port}/", allowed=HERE.__eq__, ports=frozenset({port}), timeout_s=1.0)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "image/png"), (200, "application/zip"), (200, "text/plain"), (200, "text/htmlx"), (404, "text/html"),
     (500, "text/html"), (204, "text/html"), (304, "text/html"), (401, "text/html")],
)  # fmt: skip
def test_only_pages_are_read(status: int, kind: str) -> None:
    """No picture, no archive, no error page."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=b"<title>no</title>", headers={"Content-Type": kind})

    with pytest.raises(NotFetched):
        run(handler)
