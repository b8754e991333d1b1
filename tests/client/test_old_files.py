"""What the clients of older versions have left on disk opens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from papo.client import settings
from papo.client.state.outbox import Outbox

VERSIONS = sorted((Path(__file__).parents[1] / "data").glob("*/client"))
URL = "ircs://chat.example.org"


@pytest.fixture(params=VERSIONS, ids=lambda path: path.parent.name)
def old(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of what a version has left."""
    return shutil.copytree(request.param, tmp_path / "client")


def test_settings_are_read(old: Path) -> None:
    """Every choice, and every server."""
    found = settings.read(old)
    assert msgspec.to_builtins(found) == {
        "nick": "ana", "theme": "nord", "appearance": "dark", "font_size": 13, "window": [900, 700],
        "keywords": ["prova", "café"], "notifies": False, "shows_joins": False, "sends_typing": False,
        "servers": [
            {"url": URL, "nick": "ana", "account": "Ana", "rooms": ["#sala"], "muted": ["eva"], "connects": True,
             "device": ""},
            {"url": "nick://192.168.0.5:9090", "nick": "aninha", "account": "", "rooms": [], "muted": [],
             "connects": False, "device": ""},
        ],
    }  # fmt: skip


def test_settings_are_written_as_they_were(old: Path) -> None:
    """The older version can read them again."""
    before = json.loads((old / settings.FILE).read_bytes())
    settings.write(old, settings.read(old))
    after = json.loads((old / settings.FILE).read_bytes())
    for server in after["servers"]:
        assert server.pop("device") == ""  # newer than 0.1.0, which reads over it
    assert after == before


def test_unsent_messages_are_read(old: Path) -> None:
    """In order, with what became of them so far."""
    outbox = Outbox(old / "outbox")
    waiting = outbox.of(URL)
    assert [(each.target, each.text, each.command, each.reply_to, each.after) for each in waiting] == [
        ("#sala", "não enviada", "PRIVMSG", "", ""),
        ("#sala", "duas\nlinhas", "PRIVMSG", "m1", "m2"),
        ("bia", "recusada", "NOTICE", "", ""),
    ]
    assert [(each.tried, each.failed) for each in waiting] == [(False, ""), (True, ""), (False, "no")]
    outbox.close()
