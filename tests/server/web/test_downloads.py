"""Downloads: who may read a file, and how browsers may show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from live_server import IrcClient, serve
from upload_server import BROWSER, NOWHERE, ODD, TRICKS, UPLOADS, UploadServer, png, token


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadServer]:
    """One server for most tests."""
    folder = tmp_path_factory.mktemp("uploads")
    with serve(folder, ["http", "irc"], config=UPLOADS) as live, closing(UploadServer(live, folder)) as made:
        yield made


@pytest.fixture(scope="module")
def ana(server: UploadServer) -> IrcClient:
    """A user in #sala."""
    return server.person("ana", "#sala")


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


def test_the_files_of_a_renamed_channel_go_with_it(server: UploadServer) -> None:
    """Its members read them; those of a new channel of the old name do not."""
    op, member = server.person("ivo", "#antes"), server.person("jo", "#antes")
    path = server.post(token(member, "#antes"), b"for the class").path
    op.send("RENAME #antes #depois")
    op.received()
    other = server.person("kim", "#antes")
    readers = (token(member), token(op), token(other))
    assert [server.get(path, each).status for each in readers] == [200, 200, 404]
    assert server.ask("DELETE", path, token(other)).status == 404
    assert server.ask("DELETE", path, token(op)).status == 204


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
