"""What waits on disk: through SIGKILL, with two programs, after crashes in the middle of a write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from papo.client.state.outbox import LOCK, Outbox, OutboxMessage

URL = "irc://localhost:6667"
PROGRAM = """
import sys
from pathlib import Path
from papo.client.address import read_address
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.client.state.send import say
from papo.client.identity import Identity

network = IrcNetwork(read_address("irc://localhost"), Identity("ana"), outbox=Outbox(Path(sys.argv[1])))
for text in sys.argv[2:]:
    say(network, network.open("#sala"), text)
print("said", flush=True)
sys.stdin.read()
"""


def add(outbox: Outbox, text: str, url: str = URL) -> OutboxMessage:
    return outbox.add(url, "#sala", text, reply_to="m1", command="PRIVMSG", after="m0")


def texts(outbox: Outbox, url: str = URL) -> list[str]:
    return [each.text for each in outbox.of(url)]


def start(folder: Path, *said: str) -> subprocess.Popen[str]:
    """A program that has said these, and lives."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), *said],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "said\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def test_it_survives_sigkill_and_two_programs_have_a_folder_each(tmp_path: Path) -> None:
    first = start(tmp_path, "um", "dois", "três")
    second = start(tmp_path, "quatro")
    mine = Outbox(tmp_path)
    try:
        assert texts(mine) == [], "both live: theirs is theirs"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["0", "1", "2"]
    finally:
        end(first)
        end(second)
    mine.close()
    heir = Outbox(tmp_path)
    assert texts(heir) == ["um", "dois", "três", "quatro"]
    assert [each.name for each in tmp_path.glob("[12]/*.json")] == []
    heir.close()


def test_what_is_stored_is_gone_from_the_disk(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    one, two = add(outbox, "um"), add(outbox, "dois")
    outbox.change(one, tried=False, failed="proibido")
    outbox.change(two, tried=True)
    outbox.close()
    again = Outbox(tmp_path)
    assert [(each.text, each.tried, each.failed) for each in again.of(URL)] == [
        ("um", False, "proibido"),
        ("dois", True, ""),
    ]
    again.remove(one.nonce)
    again.remove("unknown")
    again.change(one, tried=True)
    assert again.find(one.nonce) is None
    again.close()
    last = Outbox(tmp_path)
    assert texts(last) == ["dois"]
    last.close()


def test_order_is_kept_in_one_millisecond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papo.client.state.outbox.now_ms", lambda: 1_000)
    outbox = Outbox(tmp_path)
    wanted = [f"t{at}" for at in range(30)]
    for text in wanted:
        add(outbox, text)
    outbox.close()
    again = Outbox(tmp_path)
    assert texts(again) == wanted
    again.close()


def test_what_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    for name, data in {"a.json": b"{", "b.json": b'{"nonce": 5}', "c.json": b"", "d.new": b"{"}.items():
        (folder / name).write_bytes(data)
    outbox = Outbox(tmp_path)
    assert texts(outbox) == []
    add(outbox, "um")
    assert not (folder / "d.new").exists(), "half of a write is worth nothing"
    assert (folder / LOCK).exists()
    outbox.close()


def test_no_folder_and_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for outbox in (Outbox(), Outbox(tmp_path / "file" / "x")):
        item = add(outbox, "um")
        assert texts(outbox) == ["um"]
        outbox.remove(item.nonce)
        outbox.close()


def test_a_folder_that_vanishes_loses_nothing_of_now(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    for file in (tmp_path / "o" / "0").iterdir():
        file.unlink()
    (tmp_path / "o" / "0").rmdir()
    item = add(outbox, "um")
    outbox.change(item, tried=True)
    assert texts(outbox) == ["um"]
    outbox.remove(item.nonce)
    outbox.close()


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    assert (tmp_path / "o").stat().st_mode & 0o077 == 0
    outbox.close()
