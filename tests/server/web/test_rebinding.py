"""A page of another site that has given its name this server's address (DNS rebinding): nothing is answered to it."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator

import pytest
from live_server import CONFIG, TIMEOUT_S, LiveServer, serve

from papo.server.web.routes import ROUTES
from papo.server.web.site import Route

EVIL = "evil.example:8080"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server on loopback as it is installed, but for its name."""
    with serve(tmp_path_factory.mktemp("rebinding"), ["http"]) as started:
        yield started


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server behind a proxy of the same machine, with the two settings that the README asks for."""
    config = CONFIG + '[proxy]\ntrusted = ["127.0.0.1"]\n[web]\npublic_url = "https://chat.example.org"\n'
    with serve(tmp_path_factory.mktemp("proxied"), ["http"], config=config) as started:
        yield started


def ask(server: LiveServer, method: str, path: str, host: str, **headers: str) -> tuple[int, str]:
    """(status, body) of a request that asks for this host."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=TIMEOUT_S)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": host, **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def upgrade(server: LiveServer, host: str, *more: str) -> bytes:
    """The beginning of the answer to a WebSocket handshake."""
    with socket.create_connection(("127.0.0.1", server.ports["http"]), TIMEOUT_S) as opened:
        lines = "".join(f"{line}\r\n" for line in ("GET / HTTP/1.1", f"Host: {host}", *more))
        opened.sendall(f"{lines}{UPGRADE}\r\n".encode())
        return opened.recv(65536)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_route_answers_to_another_name(server: LiveServer, route: Route) -> None:
    """Every route of the table, whatever it answers otherwise; the refusal says which setting to change."""
    path = re.sub(r"\{[^}]*\}", "x", route.path)
    status, body = ask(server, route.method, path, EVIL)
    assert status == 421
    assert "web.public_url" in body
    assert "\n" not in body.rstrip("\n")
    assert ask(server, route.method, path, "localhost:1")[0] != 421


def test_what_is_no_route_answers_to_no_other_name(server: LiveServer) -> None:
    """Not even that there is nothing; a page's own X-Forwarded-Host and Origin help it as little."""
    assert ask(server, "GET", "/nothing", EVIL)[0] == 421
    assert ask(server, "GET", "/metrics", EVIL, X_Forwarded_Host="localhost")[0] == 421
    assert ask(server, "GET", "/metrics", EVIL, Origin="http://localhost")[0] == 421
    assert ask(server, "GET", "/metrics", "evil.local")[0] == 421
    assert ask(server, "GET", "/metrics", "localhost", X_Forwarded_Host="evil.example")[0] == 421
    assert ask(server, "GET", "/metrics", "127.0.0.1")[0] == 200


def test_the_refusal_is_in_the_readers_language(server: LiveServer) -> None:
    """Whoever has set up a proxy reads it."""
    status, body = ask(server, "GET", "/", EVIL, Accept_Language="pt-BR")
    assert status == 421
    assert "nome" in body


def test_no_websocket_to_another_name(server: LiveServer) -> None:
    """Its origin is its host, so that the origin alone says nothing."""
    origin = f"Origin: http://{EVIL}"
    for lines in ((origin,), (), (origin, "X-Forwarded-Host: localhost")):
        answer = upgrade(server, EVIL, *lines)
        assert answer.startswith(b"HTTP/1.1 421 ")
        assert b"web.public_url" in answer
    assert upgrade(server, "localhost", origin).startswith(b"HTTP/1.1 403 ")
    assert upgrade(server, "localhost:1", "Origin: http://localhost:1").startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("host", ["chat.example.org", "papo", "127.0.0.1:8080"])
def test_a_proxy_passes_host_on_or_says_it(proxied: LiveServer, host: str) -> None:
    """Pages and connections work either way, and the page's origin is that of the proxy."""
    said = {} if host == "chat.example.org" else {"X_Forwarded_Host": "chat.example.org"}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in said.items()]
    assert ask(proxied, "GET", "/", host, **said)[0] == 200
    for origin, status in (("https://chat.example.org", b"101"), ("https://evil.example", b"403")):
        answer = upgrade(proxied, host, *lines, f"Origin: {origin}", "X-Forwarded-Proto: https")
        assert answer.split()[1] == status


def test_no_page_gets_through_a_proxy_by_another_name(proxied: LiveServer) -> None:
    """The proxy answers to every name, and passes it on; or the page's browser is on the proxy's own machine."""
    for host, said in ((EVIL, "chat.example.org"), ("papo", EVIL), ("127.0.0.1", f"chat.example.org, {EVIL}")):
        assert ask(proxied, "GET", "/", host, X_Forwarded_Host=said)[0] == 421
        assert upgrade(proxied, host, f"X-Forwarded-Host: {said}").startswith(b"HTTP/1.1 421 ")
