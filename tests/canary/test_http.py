"""What HTTP tells a stranger, with a token and without: nothing of what is private, on any route."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from live_server import IrcClient, LiveServer, serve
from upload_server import UPLOADS, UploadServer, token

from papo.server.web.routes import ROUTES

ROOM = "#cofre-c0fre"
SECRETS = ("c0fre", "TOPICO-51aa", "MENSAGEM-52bb", "ARQUIVO-53cc", "arquivo-54dd", "correio-55ee", "dona-56ff")
"""The room's name, its topic, a message, a file's content and name, an address of mail, the owner's nick."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class House:
    """A server with a private room, a file in it, an invitation, and people who have no business there."""

    def __init__(self, live: LiveServer, folder: Path) -> None:
        self.uploads = UploadServer(live, folder)
        owner = self.uploads.person("dona-56ff", ROOM)
        owner.send("NS REGISTER senha-bem-longa correio-55ee@example.org")
        owner.receive_until("you are logged in")
        for line in (f"TOPIC {ROOM} :TOPICO-51aa", f"PRIVMSG {ROOM} :MENSAGEM-52bb"):
            owner.send(line)
        self.former = self.uploads.person("former", ROOM)
        self.former_token = token(self.former, ROOM)
        self.former.send(f"PART {ROOM}")
        owner.send(f"MODE {ROOM} +si")
        owner.received()
        body, name = b"ARQUIVO-53cc", 'attachment; filename="arquivo-54dd.txt"'
        sent = self.uploads.post(token(owner, ROOM), body, Content_Type="text/plain", Content_Disposition=name)
        self.file_id = sent.path.split("/")[2]
        owner.send(f"CS LINK {ROOM}")
        link = next(line for line in owner.received() if "/i/" in line)
        self.code = re.findall(r"/i/([A-Za-z0-9_-]+)", link)[0]
        outsider = self.uploads.person("outsider", "#outra")
        self.proofs = {
            "nobody": "",
            "outsider": token(outsider),
            "outsider, of another room": token(outsider, "#outra"),
            "former member": self.former_token,
            "former member, new token": token(self.former),
        }

    def paths(self, path: str) -> list[str]:
        """The path of a route with what a stranger may have heard of, and with nonsense."""
        values = {"id": [self.file_id, "20260101" + "a" * 22], "code": [self.code, "x" * 16], "name": ["x", "a.txt"]}
        found = [path]
        for name in re.findall(r"\{(\w+)", path):
            found = [
                re.sub(r"\{" + name + r"[^}]*\}", value, each, count=1)
                for each in found
                for value in values.get(name, ["x"])
            ]
        return [*found, *(f"{each}?thumb=1" for each in found), *(f"{each}?channel=%23cofre-c0fre" for each in found)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all routes."""
    folder = tmp_path_factory.mktemp("house")
    with serve(folder, ["http", "irc"], config=UPLOADS) as live:
        made = House(live, folder)
        with closing(made.uploads):
            yield made


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_no_route_tells_a_secret(house: House, path: str) -> None:
    """Every route, every method, with every kind of proof that a stranger can have."""
    for who, proof in house.proofs.items():
        for asked in house.paths(path):
            for method in METHODS:
                answer = house.uploads.ask(method, asked, proof, b"{}" if method in {"POST", "PUT", "PATCH"} else None)
                told = answer.body.decode("utf-8", "replace") + str(answer.headers)
                known = "c0fre" if "cofre-c0fre" in asked else ""
                leaked = [secret for secret in SECRETS if secret in told and secret != known]
                if path.startswith("/metrics"):  # loopback may read numbers; they have no names
                    assert answer.status in {200, 405}
                assert not leaked, (who, method, asked, leaked)


def test_the_secrets_are_there(house: House) -> None:
    """Their owner reads them at the same addresses."""
    owner = IrcClient(house.uploads.irc)
    owner.register("dona2", "batch draft/authtoken")
    owner.send("NS IDENTIFY dona-56ff senha-bem-longa")
    owner.receive_until("logged in as")
    house.uploads.keep(owner)
    owner.send(f"JOIN {ROOM} {house.code}")
    owner.received()
    answer = house.uploads.get(f"/f/{house.file_id}/x", token(owner, ROOM))
    assert answer.body == b"ARQUIVO-53cc"
    assert "arquivo-54dd" in str(answer.headers)


def test_websocket_upgrades_are_the_only_other_answer(house: House) -> None:
    """What is no route is 404 for everybody, and says nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", house.uploads.port, timeout=20)
    for path in ("/admin", "/api", "/.git/config", "/papo.db", f"/f/{house.file_id}", "/i", "//", "/%00"):
        connection.request("GET", path)
        answer = connection.getresponse()
        told = answer.read().decode("utf-8", "replace")
        assert answer.status in {400, 404, 405}, path
        assert not [secret for secret in SECRETS if secret in told], path
    connection.close()
