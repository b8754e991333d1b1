"""Uploads: who may send what, how much, and who may delete it."""

from __future__ import annotations

import base64
import errno
import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import live_server
import pytest
from live_server import IrcClient, serve, wait_until
from upload_server import UPLOADS, UploadServer, png, status_of, token

from papo.server.web.uploads import not_kept


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


@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EFBIG, 507), (errno.EIO, 503), (errno.EROFS, 503)],
)
def test_a_disk_that_does_not_take_a_file_is_a_sentence(
    caplog: pytest.LogCaptureFixture, number: int, status: int
) -> None:
    """No room is nobody's alarm; everything else is one line in the log."""
    answer = not_kept(OSError(number, "as the kernel says"))
    assert answer.status == status
    assert answer.text
    assert "server" in answer.text
    assert bool(caplog.records) is (status == 503)


def test_a_server_whose_store_has_failed_takes_no_files(tmp_path: Path) -> None:
    """What is uploaded would belong to a message that cannot be sent; files that are there can be read."""
    switch = tmp_path / "disk"
    program = (str(Path(live_server.__file__).parent / "papo_on_broken_disk.py"), str(switch))
    config = UPLOADS + '[history]\non_disk_failure = "read-only"\n'
    with (
        serve(tmp_path, ["http", "irc"], config=config, program=program) as live,
        closing(UploadServer(live, tmp_path)) as made,
    ):
        bia = made.person("bia", "#sala")
        path = made.ask("POST", "/f", token(bia), b"texto", Content_Type="text/plain").path
        switch.write_text("-wal", encoding="utf-8")
        bia.send("PRIVMSG #sala :talvez")
        bia.receive_until(" OUTCOME_UNKNOWN ")
        switch.unlink()
        refused = made.ask("POST", "/f", token(bia), b"outro", Content_Type="text/plain")
        assert (refused.status, refused.body[:21]) == (503, b"The server's disk has")
        assert made.ask("GET", path).body == b"texto"


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


def test_the_sender_and_operators_delete(server: UploadServer) -> None:
    """And nobody else."""
    op, sender, other = (server.person(nick, "#lixo") for nick in ("olga", "pedro", "quim"))
    first, second = (server.post(token(sender, "#lixo"), b"x").path for _ in range(2))
    assert server.ask("DELETE", first).status in {401, 404}
    assert server.ask("DELETE", first, token(other)).status == 404
    assert server.ask("DELETE", first, token(sender)).status == 204
    assert server.ask("DELETE", second.rpartition("/")[0], token(op)).status == 204
    assert [server.get(path, token(op)).status for path in (first, second)] == [404, 404]


def test_many_at_once_do_not_exceed_the_daily_limit(tmp_path: Path) -> None:
    """Not with compression either."""
    config = UPLOADS.replace("day_bytes = 100000000", "day_bytes = 100000")
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
    config = UPLOADS.replace('"everyone"', f'"{who}"').replace("keep_free_bytes = 0", f"keep_free_bytes = {keep_free}")
    with serve(tmp_path, ["http", "irc"], config=config) as live, closing(UploadServer(live, tmp_path)) as server:
        client = server.person("sara")
        assert server.post(token(client), b"hello").status == guest
        client.send("REGISTER * * :long enough password")
        client.receive_until("REGISTER SUCCESS")
        assert server.post(token(client), b"hello").status == with_room


def test_pictures_beyond_the_budget_are_refused_and_others_go_on(tmp_path: Path) -> None:
    """By person; what fails counts too, and a file that is no picture costs no pixels."""
    config = UPLOADS.replace("attempts_per_10min = 10000", "attempts_per_10min = 6").replace("= false", "= true")
    with serve(tmp_path, ["http", "irc"], config=config) as live, closing(UploadServer(live, tmp_path)) as made:
        accounts = {name: made.person(name, "#sala") for name in ("ana", "bia")}
        for name, client in accounts.items():
            client.send(f"NS REGISTER segredo-de-{name}")
            client.receive_until("you are logged in")
        mine, hers = token(accounts["ana"]), token(accounts["bia"])
        assert made.post(mine, png(width=1000, height=600)).status == 201
        assert made.post(mine, png(width=1000, height=600)).status == 429
        assert made.post(mine, b"texto", Content_Type="text/plain").status == 201
        assert made.post(hers, png(width=1000, height=600)).status == 201
        assert [made.post(mine, b"MZ\0\0").status for _ in range(4)] == [415, 415, 415, 429]
        assert made.post(hers, b"texto", Content_Type="text/plain").status == 201
