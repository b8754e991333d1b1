"""A server for uploads and downloads, with clients that have tokens."""

from __future__ import annotations

import http.client
import io
import re
import socket
from pathlib import Path
from typing import NamedTuple

from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer
from PIL import Image

UPLOADS = CONFIG + '[uploads]\nwho = "everyone"\nmax_bytes = 200000\nday_bytes = 100000000\nkeep_free_bytes = 0\n'
UPLOADS += "attempts_per_10min = 10000\npixels_per_10min = 1000000\n"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
NOWHERE = "20260101" + "a" * 22


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def path(self) -> str:
        """The path of the uploaded file."""
        assert self.status == 201, self.body
        return re.sub(r"^https?://[^/]+", "", self.headers["Location"])


class UploadServer:
    """A server, and IRC clients on it."""

    def __init__(self, live: LiveServer, folder: Path) -> None:
        self.port = live.ports["http"]
        self.irc = live.ports["irc"]
        self.folder = folder / "data" / "uploads"
        self._people: list[IrcClient] = []

    def person(self, nick: str, *channels: str) -> IrcClient:
        """A user in these channels."""
        client = IrcClient(self.irc)
        client.register(nick, "batch draft/authtoken")
        for channel in channels:
            client.send(f"JOIN {channel}")
        client.received()
        return self.keep(client)

    def keep(self, client: IrcClient) -> IrcClient:
        """Close a client at the end."""
        self._people.append(client)
        return client

    def close(self) -> None:
        """Close all clients."""
        for client in self._people:
            client.close()

    def ask(self, method: str, path: str, token: str = "", body: object = None, **headers: str) -> Answer:
        """Send a request; `_` in a header's name is sent as `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = token if " " in token else f"Bearer {token}"
        try:
            connection.request(method, path, body, sent)  # type: ignore[arg-type]
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def post(self, token: str, body: object, **headers: str) -> Answer:
        """Upload a file."""
        return self.ask("POST", "/f", token, body, **headers)

    def get(self, path: str, token: str = "", **headers: str) -> Answer:
        """Download a file."""
        return self.ask("GET", path, token, **headers)

    def begin(self, *lines: str, body: bytes = b"") -> socket.socket:
        """An unfinished request."""
        opened = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S)
        opened.sendall("".join(f"{line}\r\n" for line in (*lines, "Host: localhost", "")).encode() + body)
        return opened

    def left(self) -> list[Path]:
        """Folders of unfinished uploads."""
        new = self.folder / ".new"
        return list(new.iterdir()) if new.exists() else []


def token(client: IrcClient, scope: str = "") -> str:
    """A token to upload and download files with."""
    client.received()
    client.send(f"TOKEN GENERATE FILEHOST {scope}")
    chunks = [line.split(" ")[-1] for line in client.received() if " TOKEN GENERATE * " in line]
    assert chunks
    return "".join(chunks)


def status_of(opened: socket.socket) -> int:
    """The status of the response to an unfinished request."""
    with opened, opened.makefile("rb") as file:
        return int(file.readline().split()[1])


def png(width: int = 30, height: int = 20) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


ODD = [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    b"%PDF-1.4\n%<script>alert(1)</script>",
    b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>",
    b"ID3<html><script>alert(1)</script>",
    b"PK\3\4<html>",
]


TRICKS = ["/f/../x", "/f/%2e%2e/x", "/f/..%2f..%2fpapo.toml/x", f"/f/{NOWHERE}%00/x", f"/f/{NOWHERE}/%2e%2e%2f%2e%2e",
          "/f/.new/x", "/f/%5c..%5c/x", "/f/20260101/x", "/f//etc/passwd"]  # fmt: skip
