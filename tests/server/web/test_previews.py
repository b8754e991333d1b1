"""`/api/preview`, on a server that runs."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from live_server import IrcClient, LiveServer, serve

CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
[web]
previews = "{previews}"
"""
URL = "https://a.example/"


@pytest.fixture(scope="module", params=["on", "off"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with previews, and one without."""
    folder = tmp_path_factory.mktemp("previews")
    with serve(folder, ["http", "irc"], config=CONFIG.format(previews=request.param)) as started:
        yield started


def ask(server: LiveServer, url: str, token: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=30)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", f"/api/preview?url={quote(url, safe='')}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders() if name != "Date"}, body


def test_only_for_users_who_are_connected(server: LiveServer) -> None:
    """No token, an invalid one, and one of another service."""
    bia = IrcClient(server.ports["irc"])
    bia.register("bia", "batch draft/authtoken")
    for token in ("", "nonsense", new_token(bia, "FILEHOST")):
        assert ask(server, URL, token)[0] == 401
    bia.close()


def test_no_response_tells_anything_of_the_servers_network(server: LiveServer) -> None:
    """Open ports, closed ones, other machines, the server itself, nonsense: the same response to each."""
    ana = IrcClient(server.ports["irc"])
    ana.register("ana", "batch draft/authtoken")
    token = new_token(ana, "PAPO")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        urls = [
            f"http://127.0.0.1:{port}/", "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/",
            f"http://127.0.0.1:{server.ports['http']}/", "http://169.254.169.254/latest/", "http://2130706433/",
            "file:///etc/passwd", "", "x" * 3000, "http://[", "\ud800".encode("utf-8", "replace").decode(),
        ]  # fmt: skip
        answers = [ask(server, url, token) for url in urls]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 204
    assert answers[0][2] == b""
    ana.close()


def new_token(client: IrcClient, service: str) -> str:
    """A token, requested over the chat connection."""
    client.received()
    client.send(f"TOKEN GENERATE {service}")
    return "".join(line.split(" ")[-1] for line in client.received() if " TOKEN GENERATE * " in line)
