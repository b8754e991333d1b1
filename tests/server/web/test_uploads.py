"""Files over HTTP, on a live server: who can upload, who can download, and attacks."""

from __future__ import annotations

import base64
import gzip
import http.client
import io
import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve, wait_until
from PIL import Image

CONFIG = CONFIG + '[uploads]\nwho = "everyone"\nmax_bytes = 200000\nday_bytes = 100000000\nkeep_free_bytes = 0\n'
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
        opened.sendall("".join(f"{line}\r\n" for line in (*lines, "Host: papo", "")).encode() + body)
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadServer]:
    """One server for most tests."""
    folder = tmp_path_factory.mktemp("uploads")
    with serve(folder, ["http", "irc"], config=CONFIG) as live, closing(UploadServer(live, folder)) as made:
        yield made


@pytest.fixture(scope="module")
def ana(server: UploadServer) -> IrcClient:
    """A user in #sala."""
    return server.person("ana", "#sala")


def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    return out.getvalue()


# --- sending


def test_options_tell_what_may_be_uploaded(server: UploadServer) -> None:
    """IRC clients ask before they upload."""
    answer = server.ask("OPTIONS", "/f")
    assert answer.status == 204
    assert answer.headers["Accept-Post"] == "*/*"
    assert answer.headers["Upload-Limit"] == "maxsize=200000"
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_a_picture_has_its_size_and_a_thumbnail(server: UploadServer, ana: IrcClient) -> None:
    """Under its given name."""
    proof = token(ana, "#sala")
    answer = server.post(proof, png(), Content_Disposition="attachment; filename*=UTF-8''caf%C3%A9.png")
    told = json.loads(answer.body)
    assert told["url"] == answer.headers["Location"] == f"http://127.0.0.1:{server.port}{answer.path}"
    assert (told["name"], told["type"], told["width"], told["height"]) == ("café.png", "image/png", 30, 20)
    got = server.get(answer.path, proof)
    assert (got.status, got.headers["Content-Type"], len(got.body)) == (200, "image/png", told["bytes"])
    assert got.headers["Content-Disposition"] == "inline; filename*=UTF-8''caf%C3%A9.png"
    small = server.get(f"{answer.path}?thumb=1", proof)
    assert (small.status, small.headers["Content-Type"]) == (200, "image/webp")


@pytest.mark.parametrize("proof", ["", "nonsense", "Basic !!!", "Basic YTpi", "Bearer a.b.c", "Digest x"])
def test_clients_that_are_not_signed_in_upload_nothing(server: UploadServer, proof: str) -> None:
    """Whatever headers they send; the response says how to sign in."""
    answer = server.post(proof, b"hello")
    assert answer.status == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_page_of_another_site_uploads_nothing(server: UploadServer, ana: IrcClient) -> None:
    """Even with a valid token."""
    assert server.post(token(ana), b"hello", Origin="https://evil.example").status == 403


def test_other_programs_sign_in_with_a_password(server: UploadServer) -> None:
    """HTTP Basic, as IRC clients do."""
    client = server.person("carla")
    client.send("REGISTER * * :long enough password")
    client.receive_until("REGISTER SUCCESS")
    proof = "Basic " + base64.b64encode(b"carla:long enough password").decode()
    answer = server.post(proof, b"hello")
    assert server.get(answer.path).body == b"hello"
    assert server.post(proof[:-8] + "AAAAAAA=", b"hello").status == 401


def test_a_file_is_sent_only_where_the_user_may_speak(server: UploadServer) -> None:
    """Now, not when the token was made."""
    op, quiet = server.person("chefe", "#mudo"), server.person("calado", "#mudo")
    proof = token(quiet, "#mudo")
    op.send("MODE #mudo +m")
    op.received()
    assert server.post(proof, b"hello").status == 403
    op.send("MODE #mudo +v calado")
    op.received()
    assert server.post(proof, b"hello").status == 201
    op.send("KICK #mudo calado")
    op.received()
    assert server.post(proof, b"hello").status == 403
    assert server.post(token(quiet, "nobody-of-that-name"), b"hello").status == 403


def test_a_file_that_is_too_large_is_refused_before_or_while_it_is_received(
    server: UploadServer, ana: IrcClient
) -> None:
    """With Content-Length, with a false one, or chunked."""
    proof = token(ana)
    head = ("POST /f HTTP/1.1", f"Authorization: Bearer {proof}")
    assert status_of(server.begin(*head, "Content-Length: 200001")) == 413
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert status_of(server.begin(*head, "Transfer-Encoding: chunked", body=chunk * 4)) == 413
    assert server.post(proof, gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip").status in {413, 415}
    wait_until(lambda: not server.left())


def test_the_largest_file_is_accepted_and_an_empty_one_is_not(server: UploadServer, ana: IrcClient) -> None:
    """The limit itself is allowed."""
    proof = token(ana)
    assert server.post(proof, b"x" * 200_000).status == 201
    assert server.post(proof, iter([b"x" * 50_000] * 4)).status == 201
    assert server.post(proof, b"").status == 400
    assert server.post(proof, iter([])).status == 400
    assert not server.left()


@pytest.mark.parametrize("length", ["Content-Length: 150000", "Transfer-Encoding: chunked"])
def test_an_upload_that_breaks_off_leaves_nothing(server: UploadServer, ana: IrcClient, length: str) -> None:
    """With Content-Length or chunked."""
    body = b"10000\r\n" + b"x" * 65536 + b"\r\n" if "chunked" in length else b"x" * 65536
    before = set(server.folder.glob("2*/*"))
    opened = server.begin("POST /f HTTP/1.1", f"Authorization: Bearer {token(ana)}", length, body=body)
    wait_until(server.left)
    opened.close()
    wait_until(lambda: not server.left())
    assert set(server.folder.glob("2*/*")) == before


# --- reading


def test_only_members_of_the_channel_read_the_file(server: UploadServer) -> None:
    """Members, as long as they are members."""
    member, op = server.person("dora", "#aula"), server.person("eva", "#aula")
    stranger = server.person("fabio", "#other")
    path = server.post(token(member, "#aula"), b"for the class").path
    readers = {"member": token(member), "op": token(op), "stranger": token(stranger)}
    assert [server.get(path, each).status for each in readers.values()] == [200, 200, 404]
    member.send("PART #aula")
    member.received()
    assert server.get(path, readers["member"]).status == 404
    member.send("JOIN #aula")
    member.received()
    assert server.get(path, readers["member"]).status == 200


def test_an_ex_member_reads_nothing_more(server: UploadServer) -> None:
    """Nor do they learn that it has not changed."""
    op, member = server.person("gil", "#turma"), server.person("hugo", "#turma")
    path = server.post(token(member, "#turma"), png()).path
    proof = token(member, "#turma")
    etag = server.get(path, proof).headers["ETag"]
    op.send("KICK #turma hugo")
    op.received()
    for answer in (
        server.get(path, proof),
        server.get(path, proof, If_None_Match=etag),
        server.get(f"{path}?thumb=1", proof),
    ):
        assert answer.status == 404


def test_a_private_file_is_for_the_two(server: UploadServer) -> None:
    """And for nobody else who knows the address."""
    one, two, third = (server.person(nick, "#todos") for nick in ("ines", "joao", "karl"))
    path = server.post(token(one, "joao"), b"between us").path
    assert [server.get(path, token(each)).status for each in (one, two, third)] == [200, 200, 404]
    assert server.get(path).status == 401


def test_a_new_channel_of_the_same_name_inherits_no_file(server: UploadServer) -> None:
    """Its operator neither reads nor deletes it."""
    op = server.person("lia", "#segredo")
    op.send("MODE #segredo +i")
    op.received()
    path = server.post(token(op, "#segredo"), b"closed").path
    proof = token(op)
    assert server.get(path, proof).status == 200
    op.send("PART #segredo")
    op.received()
    heir = server.person("mia", "#segredo")
    assert server.get(path, token(heir)).status == 404
    assert server.ask("DELETE", path, token(heir)).status == 404
    assert (server.folder / path[3:11] / path[11:33] / "data").exists()


def test_a_missing_and_a_forbidden_file_look_the_same(server: UploadServer, ana: IrcClient) -> None:
    """To the last header."""
    path = server.post(token(ana, "#sala"), b"ours").path
    stranger = token(server.person("nina"))
    nothing = f"/f/{NOWHERE}/x"
    for headers in ({}, BROWSER):
        for proof in ("", stranger):
            real, none = (server.get(each, proof, **headers) for each in (path, nothing))
            assert (real.status, real.body) == (none.status, none.body)
            assert dict(real.headers) == dict(none.headers) | {"Date": real.headers["Date"]}
            assert b"ours" not in real.body
    assert server.get(path).status == 401
    assert "Bearer" in server.get(path).headers["WWW-Authenticate"]
    assert server.get(path, stranger).status == 404
    assert server.get(path, "", **BROWSER).headers["Content-Type"].startswith("text/html")


def test_a_file_without_a_conversation_is_for_everybody_with_the_link(server: UploadServer, ana: IrcClient) -> None:
    """The name in the address is ignored."""
    path = server.post(token(ana), b"hello").path
    assert server.get(path).body == b"hello"
    assert server.get(path.rpartition("/")[0] + "/any-name.html").body == b"hello"


ODD = [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    b"%PDF-1.4\n%<script>alert(1)</script>",
    b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>",
    b"ID3<html><script>alert(1)</script>",
    b"PK\3\4<html>",
]


@pytest.mark.parametrize("content", ODD)
def test_untrusted_content_never_runs(server: UploadServer, ana: IrcClient, content: bytes) -> None:
    """Whatever its name and Content-Type."""
    for name in ("a.html", "a.svg", "a.png", "a.xhtml", "a.mhtml"):
        path = server.post(
            token(ana), content, Content_Disposition=f'x; filename="{name}"', Content_Type="text/html"
        ).path
        for method in ("GET", "HEAD"):
            headers = server.ask(method, path).headers
            kind = headers["Content-Type"]
            assert kind in {"text/plain; charset=utf-8", "application/pdf", "application/zip", "audio/mpeg"}
            shown = "inline" if kind == "audio/mpeg" else "attachment"
            assert headers["Content-Disposition"] == f"{shown}; filename*=UTF-8''{name}"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in headers["Content-Security-Policy"]
            assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "content", [b"GIF89a=1;alert(1)//<html>", b"\x89PNG\r\n\x1a\n" + b"x" * 99, b"MZ\0\0", b"\xff\xd8\xff<script>"]
)
def test_a_file_that_only_begins_like_a_picture_is_refused(
    server: UploadServer, ana: IrcClient, content: bytes
) -> None:
    """It must be a whole picture."""
    assert server.post(token(ana), content, Content_Disposition="x; filename=a.png").status == 415
    assert not server.left()


def test_ranges_heads_and_etags(server: UploadServer, ana: IrcClient) -> None:
    """Range, HEAD, If-None-Match."""
    path = server.post(token(ana), b"0123456789").path
    part = server.get(path, Range="bytes=2-4")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert server.get(path, Range="bytes=99-").status == 416
    head = server.ask("HEAD", path)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "10")
    assert head.headers["Accept-Ranges"] == "bytes"
    assert server.get(path, If_None_Match=head.headers["ETag"]).status == 304
    assert server.get(f"{path}?thumb=1").status == 404


TRICKS = ["/f/../x", "/f/%2e%2e/x", "/f/..%2f..%2fpapo.toml/x", f"/f/{NOWHERE}%00/x", f"/f/{NOWHERE}/%2e%2e%2f%2e%2e",
          "/f/.new/x", "/f/%5c..%5c/x", "/f/20260101/x", "/f//etc/passwd"]  # fmt: skip


@pytest.mark.parametrize("path", TRICKS)
def test_addresses_are_no_paths(server: UploadServer, ana: IrcClient, path: str) -> None:
    """No other file of the disk can be read."""
    for proof in ("", token(ana)):
        assert server.get(path, proof).status in {400, 401, 404}


def test_a_name_with_tricks_in_it_breaks_no_header(server: UploadServer, ana: IrcClient) -> None:
    """Of upload and download."""
    answer = server.post(
        token(ana), b"hello", Content_Disposition="x; filename*=UTF-8''..%2F..%2Fa%0D%0AX-Evil:%201%00%E2%80%AE.txt"
    )
    got = server.get(answer.path)
    assert got.status == 200
    assert "X-Evil" not in got.headers
    assert "X-Evil" not in answer.headers
    assert not re.search(r"%0[AD]|%00|%E2%80%AE|\.\./", got.headers["Content-Disposition"], re.IGNORECASE)


# --- deleting


def test_the_sender_and_operators_delete(server: UploadServer) -> None:
    """And nobody else."""
    op, sender, other = (server.person(nick, "#lixo") for nick in ("olga", "pedro", "quim"))
    first, second = (server.post(token(sender, "#lixo"), b"x").path for _ in range(2))
    assert server.ask("DELETE", first).status in {401, 404}
    assert server.ask("DELETE", first, token(other)).status == 404
    assert server.ask("DELETE", first, token(sender)).status == 204
    assert server.ask("DELETE", second.rpartition("/")[0], token(op)).status == 204
    assert [server.get(path, token(op)).status for path in (first, second)] == [404, 404]


# --- shares


def test_many_at_once_do_not_exceed_the_daily_limit(tmp_path: Path) -> None:
    """Not with compression either."""
    config = CONFIG.replace("day_bytes = 100000000", "day_bytes = 100000")
    with serve(tmp_path, ["http", "irc"], config=config) as live, closing(UploadServer(live, tmp_path)) as server:
        proofs = [token(server.person(f"r{number}")) for number in range(12)]
        with ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(lambda proof: server.post(proof, b"x" * 30_000).status, proofs))
        assert answers.count(201) == 3
        assert answers.count(429) == 9
        assert len(list(server.folder.glob("2*/*"))) == 3
        packed = gzip.compress(b"x" * 90_000)
        assert server.post(proofs[0], packed, Content_Encoding="gzip").status in {415, 429}
        assert server.post(proofs[0], b"x" * 10_000).status == 201
        assert server.post(proofs[0], b"x").status == 429
        assert not server.left()


@pytest.mark.parametrize(("who", "guest", "keep_free", "with_room"), [
    ("accounts", 403, 0, 201), ("nobody", 403, 0, 403), ("auto", 403, 0, 201), ("everyone", 507, 1 << 60, 507),
])  # fmt: skip
def test_the_settings_decide_who_may_upload(
    tmp_path: Path, who: str, guest: int, keep_free: int, with_room: int
) -> None:
    """And how much of the disk must stay free."""
    config = CONFIG.replace('"everyone"', f'"{who}"').replace("keep_free_bytes = 0", f"keep_free_bytes = {keep_free}")
    with serve(tmp_path, ["http", "irc"], config=config) as live, closing(UploadServer(live, tmp_path)) as server:
        client = server.person("sara")
        assert server.post(token(client), b"hello").status == guest
        client.send("REGISTER * * :long enough password")
        client.receive_until("REGISTER SUCCESS")
        assert server.post(token(client), b"hello").status == with_room
