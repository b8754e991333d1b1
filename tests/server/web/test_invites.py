"""Invitation links over HTTP: what strangers, users, members and operators are told, and what each may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_server import IrcClient, LiveServer, serve
from upload_server import UPLOADS, Answer, UploadServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[UploadServer]:
    """A server with pages."""
    with serve(tmp_path, ["http", "irc"], config=UPLOADS) as live:
        yield from _people(live, tmp_path)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[UploadServer]:
    """One with a password."""
    config = UPLOADS.replace("[server]", '[server]\npassword = "segredo"', 1)
    assert "segredo" in config
    with serve(tmp_path, ["http", "irc"], config=config) as live:
        yield from _people(live, tmp_path)


def _people(live: LiveServer, folder: Path) -> Iterator[UploadServer]:
    server = UploadServer(live, folder)
    yield server
    server.close()


def token(client: IrcClient, scope: str = "") -> str:
    """A token for the web client."""
    client.received()
    client.send(f"TOKEN GENERATE PAPO {scope}")
    return "".join(line.split(" ")[-1] for line in client.received() if " TOKEN GENERATE * " in line)


def make(server: UploadServer, client: IrcClient, body: str = "", scope: str = "#sala") -> Answer:
    """A new link."""
    return server.ask("POST", "/api/invites", token(client, scope), body.encode())


def code_of(answer: Answer) -> str:
    """The code in the address of a new link."""
    assert answer.status == 200, answer.body
    return str(json.loads(answer.body)["url"]).rpartition("/i/")[2]


def links(server: UploadServer, client: IrcClient) -> list[dict[str, Any]]:
    """The links of #sala, as far as the user may see them."""
    answer = server.ask("GET", "/api/invites", token(client, "#sala"))
    assert answer.status == 200, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    found = json.loads(answer.body)["links"]
    assert isinstance(found, list)
    return found


def test_operators_make_list_and_revoke(server: UploadServer) -> None:
    """The list has no code; a member sees what they made, and revokes no other."""
    ana, bia = server.person("ana", "#sala"), server.person("bia", "#sala")
    made = make(server, ana, '{"days": 1, "uses": 2}')
    code = code_of(made)
    assert made.headers["Cache-Control"] == "no-store"
    assert make(server, bia).status == 403
    (link,) = links(server, ana)
    assert (link["by"], link["mine"], link["maxUses"], link["until"] - link["made"]) == ("ana", True, 2, 86_400_000)
    assert code not in str(link)
    assert links(server, bia) == []
    for wanted in (link["id"], "all"):
        assert server.ask("DELETE", f"/api/invites/{wanted}", token(bia, "#sala")).status == 403
    caio = server.person("caio")
    caio.send(f"JOIN #sala {code}")
    caio.receive_until(" 366 ")
    (link,) = links(server, ana)
    assert [each["nick"] for each in link["joined"]] == ["caio"]
    assert link["uses"] == 1
    assert server.ask("GET", f"/api/invites/{code}").status == 200
    revoked = server.ask("DELETE", f"/api/invites/{link['id']}", token(ana, "#sala"))
    assert json.loads(revoked.body) == {"revoked": 1}
    assert server.ask("GET", f"/api/invites/{code}").status == 404
    assert links(server, ana) == []


def test_members_are_not_told_who_joined(server: UploadServer) -> None:
    """Only how many: in an auditorium they may not see each other."""
    ana, bia = server.person("ana", "#sala"), server.person("bia", "#sala")
    ana.send("MODE #sala +uA")
    ana.received()
    code = code_of(make(server, bia))
    caio = server.person("caio")
    caio.send(f"JOIN #sala {code}")
    caio.receive_until(" 366 ")
    for who, nicks in ((ana, ["caio"]), (bia, [])):
        (link,) = links(server, who)
        assert (link["uses"], [each["nick"] for each in link["joined"]]) == (1, nicks)
        who.send(f"CS LINKS #sala {link['id']}")
        assert ("caio joined" in " ".join(who.receive_until("1 links"))) == bool(nicks)


def test_nothing_is_done_without_a_token_for_the_channel(server: UploadServer) -> None:
    """None, another service's, and one for no channel."""
    ana = server.person("ana", "#sala")
    code = code_of(make(server, ana))
    for wrong in ("", "x", "Basic x"):
        for method, path in (("POST", ""), ("GET", ""), ("DELETE", "/all")):
            assert server.ask(method, f"/api/invites{path}", wrong).status == 401
    for method, path in (("POST", ""), ("GET", ""), ("DELETE", "/all")):
        assert server.ask(method, f"/api/invites{path}", token(ana)).status == 403
    assert server.ask("GET", f"/api/invites/{code}").status == 200
    old = token(ana, "#sala")
    ana.send("PART #sala")
    ana.received()
    assert server.ask("POST", "/api/invites", old).status == 403


BAD = (
    *("{", "[]", '"\xff"', "1e9", '{"x":' + "[" * 30_000),
    *('{"days": 0}', '{"days": 31}', '{"days": "7"}', '{"uses": -1}', '{"uses": 1001}'),
)


@pytest.mark.parametrize("body", BAD, ids=lambda body: body[:12])
def test_a_bad_body_makes_no_link(server: UploadServer, body: str) -> None:
    """Days and uses have their limits."""
    ana = server.person("ana", "#sala")
    assert make(server, ana, body).status in {400, 403}
    assert links(server, ana) == []


@pytest.mark.parametrize("mode", ["+s", "+p"])
def test_strangers_do_not_learn_the_name_of_a_hidden_channel(server: UploadServer, mode: str) -> None:
    """Nor who is in it; a user who has the link does, and one who is banned does not."""
    ana = server.person("ana", "#sala")
    ana.send(f"MODE #sala {mode}i")
    code = code_of(make(server, ana))
    answer = server.ask("GET", f"/api/invites/{code}")
    assert json.loads(answer.body) == {"channel": "", "by": ""}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = server.ask("GET", f"/i/{code}")
    assert b"sala" not in page.body
    assert page.headers["Referrer-Policy"] == "no-referrer"
    bia, caio = server.person("bia"), server.person("caio")
    ana.send("MODE #sala +b caio!*@*")
    ana.received()
    assert json.loads(server.ask("GET", f"/api/invites/{code}", token(bia)).body) == {"channel": "#sala", "by": "ana"}
    refused = server.ask("GET", f"/api/invites/{code}", token(caio))
    assert refused.status == 404
    assert refused.body == server.ask("GET", "/api/invites/" + "x" * 16, token(caio)).body


def test_an_auditorium_does_not_show_its_members(server: UploadServer) -> None:
    """The maker is one, if members may make links."""
    ana, bia = server.person("ana", "#sala"), server.person("bia", "#sala")
    ana.send("MODE #sala +uA")
    ana.received()
    for maker, shown in ((ana, "ana"), (bia, "")):
        answer = server.ask("GET", f"/api/invites/{code_of(make(server, maker))}")
        assert json.loads(answer.body) == {"channel": "#sala", "by": shown}


def test_a_server_with_a_password_shows_nothing(closed: UploadServer) -> None:
    """Who has not the password learns no channel of it."""
    ana = IrcClient(closed.irc)
    ana.send("PASS segredo")
    ana.register("ana", "batch draft/authtoken")
    closed.keep(ana).send("JOIN #sala")
    answer = closed.ask("GET", f"/api/invites/{code_of(make(closed, ana))}")
    assert json.loads(answer.body) == {"channel": "", "by": ""}


def test_wrong_codes_are_noted(server: UploadServer, tmp_path: Path) -> None:
    """Each once, by HTTP and by JOIN; the key of a channel and a link that has ended are no guesses."""
    ana, bia = server.person("ana", "#sala"), server.person("bia")
    ana.send("MODE #sala +i")
    code = code_of(make(server, ana, '{"uses": 1}'))
    for _ in range(30):
        assert server.ask("GET", "/api/invites/AAAAAAAAAAAAAAAA").status == 404
    bia.send("JOIN #sala BBBBBBBBBBBBBBBB")
    bia.send("JOIN #sala uma-chave")
    bia.send("JOIN #sala CCCCCCCCCCCCCCC,C")
    bia.send(f"JOIN #sala {code}")
    bia.receive_until(" 366 ")
    assert server.ask("GET", f"/api/invites/{code}").status == 404
    noted = [line for line in (tmp_path / "log").read_text().splitlines() if "failed proof" in line]
    assert len(noted) == 2
    assert all("from 127.0.0.1: invitation for nobody here: wrong" in line for line in noted), noted


def test_links_outlive_a_restart(tmp_path: Path) -> None:
    """With who has joined; what was revoked stays so, and the database has no code."""
    codes = []
    for run in range(2):
        with serve(tmp_path, ["http", "irc"], config=UPLOADS) as live:
            (server,) = _people(live, tmp_path)
            ana = server.person(f"ana{run}")
            ana.send("REGISTER * * senhasenha" if run == 0 else "NS IDENTIFY ana0 senhasenha")
            ana.receive_until(" 900 ")
            if run == 0:
                ana.send("JOIN #sala")
                ana.send("CS REGISTER #sala")
                ana.receive_until("is yours")
                ana.send("MODE #sala +iA")
                ana.receive_until(" MODE #sala +iA")
                codes = [code_of(make(server, ana)) for _ in range(2)]
                revoked = links(server, ana)[1]["id"]
                assert server.ask("DELETE", f"/api/invites/{revoked}", token(ana, "#sala")).status == 200
            caio = server.person("caio")
            caio.send(f"JOIN #sala {codes[1]}")
            caio.receive_until(" 473 ")
            caio.send(f"JOIN #sala {codes[0]}")
            caio.receive_until(" 366 ")
            ana.send("CS LINKS #sala")
            listed = ana.receive_until("1 links")
            assert f"used {run + 1}" in listed[-2]
            ana.send(f"CS LINKS #sala {listed[-2].partition(' :')[2].partition(':')[0]}")
            assert sum("caio joined" in line for line in ana.receive_until("1 links")) == run + 1
            server.close()
    stored = b"".join(each.read_bytes() for each in (tmp_path / "data").rglob("*") if each.is_file())
    assert b"#sala" in stored
    assert not any(code.encode() in stored for code in codes)
