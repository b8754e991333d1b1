"""`papo account export`: everything of an account and nothing of others, whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from live_server import serve
from test_accounts_live import papo
from test_deletion_live import CONFIG, Canaries, Somebody
from upload_server import UploadServer


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]], bytes]:
    """What is known of the account, its history, and every byte of all entries."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        lines = archive.read("messages.jsonl").decode().splitlines()
        everything = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
        return json.loads(archive.read("account.json")), [json.loads(line) for line in lines], everything


@pytest.mark.parametrize("how", ["running", "stopped"])
def test_an_export_holds_all_that_its_owner_wrote_and_nothing_of_others(tmp_path: Path, how: str) -> None:
    """Messages, public and private, under all names; files; settings; no password, no other person's word."""
    (tmp_path / "papo.toml").write_text(CONFIG, encoding="utf-8")
    for name in ("ana", "bia"):
        assert papo(tmp_path, "add", name, f"{name}@example.org", password="senha-boa-1")[0] == 0
    canaries, file = Canaries(), tmp_path / "ana.zip"
    with serve(tmp_path, ["irc", "http"], config=CONFIG) as live, closing(UploadServer(live, tmp_path)) as server:
        ana, bia = Somebody(server, canaries, "ana"), Somebody(server, canaries, "bia")
        bia.write_everywhere()
        ana.write_everywhere()
        assert papo(tmp_path, "rename", "ana", "anita")[0] == 0
        ana.ask(f"PRIVMSG bia :{ana.word('message under another name')}")
        if how == "running":
            assert papo(tmp_path, "export", "anita", str(file))[0] == 0
        assert live.stop() == 0
    if how == "stopped":
        assert papo(tmp_path, "export", "anita", str(file))[0] == 0
    about, history, everything = read(file)
    found = {surface for word, surface in canaries.words.items() if word.encode() in everything}
    # Deleted, or replaced by an edit before anybody else could have kept it.
    gone = {"ana: deleted message", "ana: first text", "ana: second text"}
    assert found == {each for each in canaries.words.values() if each.startswith("ana: ")} - gone
    assert b"argon2" not in everything
    assert (about["account"]["name"], about["account"]["email"]) == ("anita", "ana@example.org")
    assert about["channels"] == ["#sala"]
    assert {entry.get("with", "") for entry in history} == {"", "bia"}
    assert [entry["time"] for entry in history] == sorted(entry["time"] for entry in history)
    assert [entry["file"].split("/")[0] for entry in about["files"]] == ["files"]
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_is_whole_or_not_there(tmp_path: Path) -> None:
    """A file that is there is left alone; nothing is left of one that cannot be written; one sentence each."""
    (tmp_path / "papo.toml").write_text(CONFIG, encoding="utf-8")
    assert papo(tmp_path, "add", "ana", password="senha-boa-1")[0] == 0
    there = tmp_path / "there.zip"
    there.write_text("mine")
    for name, path, words in (
        ("ana", there, "there is a file already"),
        ("ana", tmp_path / "no" / "folder.zip", "cannot be written"),
        ("ninguem", tmp_path / "new.zip", "no such account"),
    ):
        code, said = papo(tmp_path, "export", name, str(path))
        assert (code, said.count("\n"), words in said) == (2, 1, True), said
    assert there.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"papo.toml", "data", "there.zip"}
