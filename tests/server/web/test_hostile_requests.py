"""Requests that two parsers read in two ways, or that ask for no page: one refusal each, and nothing more (F14)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from live_server import TIMEOUT_S, LiveServer, serve

SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: papo.test\r\nConnection: close\r\n\r\n"
POST = "POST /f HTTP/1.1\r\nHost: papo.test\r\n"
REFUSED = {
    "two lengths": f"{POST}Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
    "a length and chunks": f"{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "chunks that are not the last coding": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "an unknown coding": f"{POST}Transfer-Encoding: xchunked\r\n\r\n{SMUGGLED}",
    "a size of a chunk that is no number": f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{SMUGGLED}",
    "a size of a chunk with an underscore": f"{POST}Transfer-Encoding: chunked\r\n\r\n1_0\r\n{'x' * 16}\r\n0\r\n\r\n",
    "a length in other digits": f"{POST}Content-Length: \u0663\r\n\r\nabc{SMUGGLED}",
    "a length with a sign": f"{POST}Content-Length: +3\r\n\r\nabc{SMUGGLED}",
    "a space before the colon": f"{POST}Content-Length : 3\r\n\r\nabc{SMUGGLED}",
    "a NUL in a header": "GET / HTTP/1.1\r\nHost: papo.test\r\nX: a\0b\r\n\r\n",
    "no version": "GET /\r\n\r\n",
    "a folded header": "GET / HTTP/1.1\r\nHost: papo.test\r\n Content-Length: 3\r\nX: y\r\n z\r\n\r\n",
    "a hundred thousand headers": "GET / HTTP/1.1\r\nHost: papo.test\r\n" + "X: y\r\n" * 100_000 + "\r\n",
    "an endless header": "GET / HTTP/1.1\r\nHost: papo.test\r\nX: " + "y" * 1_000_000 + "\r\n\r\n",
}
PATHS = [
    "/..%2f..%2fsecret",
    "/%2e%2e/secret",
    "/static/../../secret",
    "//etc/passwd",
    "/f/%00",
    "/f/../papo.db",
    "/%5c..%5csecret",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with pages."""
    with serve(tmp_path_factory.mktemp("web"), ["http"]) as found:
        yield found


def answers(server: LiveServer, request: str) -> list[bytes]:
    """Status lines of all responses to these bytes, until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.ports["http"]), TIMEOUT_S) as connection:
        received = b""
        try:
            connection.sendall(request.encode())
            while data := connection.recv(65536):
                received += data
        except ConnectionError:
            pass  # refused before it was read to the end
        return [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_once(server: LiveServer, name: str) -> None:
    """At most one answer, an error; the request inside is not answered."""
    found = answers(server, REFUSED[name])
    assert len(found) <= 1
    assert all(line.split()[1].startswith(b"4") for line in found), found
    assert answers(server, SMUGGLED)[0].split()[1] == b"200"


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out(server: LiveServer, path: str) -> None:
    """Files beside the pages, and the data folder, are not served."""
    (found,) = answers(server, f"GET {path} HTTP/1.1\r\nHost: papo.test\r\nConnection: close\r\n\r\n")
    assert found.split()[1].startswith(b"4"), found
