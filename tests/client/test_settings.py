"""Settings, and the nick for a user who has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from papo.client.settings import Server, Settings, default_nick, read, write


def test_settings(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    assert read(folder) == Settings()
    chosen = Settings(nick="ana", keywords=["prova"], servers=[Server(url="irc://x:6667", rooms=["#a"], connects=True)])
    chosen.server("irc://x:6667").muted.append("#a")
    assert chosen.server("irc://novo:6667").rooms == []
    write(folder, chosen)
    assert read(folder) == chosen
    assert [each.name for each in folder.iterdir()] == ["client.json"]
    assert json.loads((folder / "client.json").read_text())["nick"] == "ana"
    for broken in ("", "{", "[]", '{"servers": 5}'):
        (folder / "client.json").write_text(broken)
        assert read(folder) == Settings()
    (folder / "client.json").write_text('{"nick": "ana", "of_a_later_version": 1}')
    assert read(folder).nick == "ana"
    (tmp_path / "file").write_text("")
    write(tmp_path / "file" / "x", chosen)


@pytest.mark.parametrize(
    ("name", "nick"),
    [("ana", "ana"), ("João Silva", "JoãoSilva"), ("root", ""), ("1a", ""), ("", ""), ("a" * 50, "a" * 20)],
)
def test_the_name_of_the_user(name: str, nick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: name)
    assert default_nick() == nick
    monkeypatch.setattr("getpass.getuser", lambda: Path("/nonexistent").read_text())
    assert default_nick() == ""
