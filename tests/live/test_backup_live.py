"""`papo backup` beside a running server under load, and programs that are killed while they make or restore one."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve, start_server, wait_until
from upload_server import UPLOADS, UploadServer, token

from papo.protocol.irc import parse

CAPS = "message-tags echo-message batch server-time draft/chathistory draft/message-edit"
STAGE = "backup.new"
WINDOW = 10


def command(folder: Path, *words: str | Path) -> list[str]:
    """`papo …` on a server's folder."""
    where = ["--data", str(folder / "data")]
    if words[0] == "backup":
        where += ["--config", str(folder / "papo.toml")]
    return [sys.executable, "-m", "papo", str(words[0]), *where, *map(str, words[1:])]


def environment() -> dict[str, str]:
    """That of the tests, in English."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}


def papo(folder: Path, *words: str | Path) -> str:
    """Run `papo …` to its end; what it said."""
    done = subprocess.run(
        command(folder, *words), capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Writer(threading.Thread):
    """Keeps some messages under way, and edits every fifth of them, until it is stopped."""

    def __init__(self, port: int, nick: str) -> None:
        super().__init__(daemon=True)
        self.nick = nick
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.edited: list[str] = []
        """Former texts of the messages whose edit has come back."""
        self.ending = threading.Event()
        self._texts: dict[str, str] = {}
        self._client = IrcClient(port)
        self._client.register(nick, CAPS)
        self._client.send("JOIN #carga")
        self._client.receive_until(" 366 ")

    def run(self) -> None:
        """Until the window is empty, or the connection breaks."""
        with contextlib.suppress(EOFError, OSError), self._client.socket:
            for _ in range(WINDOW):
                self._say()
            while len(self.acknowledged) < len(self.sent):
                self._hear()

    def _say(self) -> None:
        self.sent.append(f"{self.nick} {len(self.sent)}")
        self._client.send(f"PRIVMSG #carga :{self.sent[-1]}")

    def _hear(self) -> None:
        line = parse(self._client.receive())
        if line is None or not line.source.startswith(self.nick + "!"):
            return
        if line.command == "EDIT":
            self.edited.append(self._texts[line.params[1]])
        elif line.command == "PRIVMSG":
            text, msgid = line.params[1], line.tags["msgid"]
            self.acknowledged.append(text)
            if len(self.acknowledged) % 5 == 0:
                self._texts[msgid] = text
                self._client.send(f"EDIT #carga {msgid} :edited {text}")
            if not self.ending.is_set():
                self._say()


class Uploader(threading.Thread):
    """Uploads files, and tells of each when it is there."""

    def __init__(self, live: LiveServer, folder: Path) -> None:
        super().__init__(daemon=True)
        self.ending = threading.Event()
        self.told: list[str] = []
        self._server = UploadServer(live, folder)
        self._person = self._server.person("foto", "#carga")
        self._token = token(self._person)

    def run(self) -> None:
        """Until it is stopped."""
        while not self.ending.is_set():
            content = f"file {len(self.told)} {os.urandom(15_000).hex()}".encode()
            path = self._server.post(self._token, content).path
            self._person.send(f"PRIVMSG #carga :{path}")
            self._person.received()
            self.told.append(path)
        self._server.close()


def rows(database: Path, sql: str) -> list[tuple[str, ...]]:
    """Ask a database that nobody uses."""
    connection = sqlite3.connect(f"file:{database}?immutable=1", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def texts(database: Path) -> list[str]:
    """The texts of a room, oldest first."""
    found = rows(database, "SELECT body ->> 'text' FROM events WHERE said = 1 ORDER BY id")
    return [text for (text,) in found]


def test_a_backup_under_load_holds_what_was_acknowledged(tmp_path: Path) -> None:
    """All that was acknowledged before it began, in order; nothing that was not sent; every file it tells of."""
    with serve(tmp_path, ["irc", "http"], config=UPLOADS) as server:
        writers = [Writer(server.ports["irc"], f"w{number}") for number in range(3)]
        uploader = Uploader(server, tmp_path)
        people: list[Writer | Uploader] = [*writers, uploader]
        for person in people:
            person.start()
        taken = []
        for number in range(3):
            goal = 20 * (number + 1)
            wait_until(lambda goal=goal: all(len(each.edited) > goal for each in writers) and uploader.told)
            before = [(list(writer.acknowledged), list(writer.edited)) for writer in writers]
            told = list(uploader.told)
            papo(tmp_path, "backup", tmp_path / f"{number}.tar.gz")
            taken.append((before, told))
        for person in people:
            person.ending.set()
        for person in people:
            person.join(TIMEOUT_S)
        sent = {text for writer in writers for text in writer.sent}
        wait_until(lambda: not (tmp_path / "data" / STAGE).exists())
    for number, (before, told) in enumerate(taken):
        home = tmp_path / f"restored{number}"
        home.mkdir()
        papo(home, "restore", tmp_path / f"{number}.tar.gz")
        found = texts(home / "data" / "papo.db")
        plain = [text.removeprefix("edited ") for text in found]
        links = [text for text in found if text.startswith("/f/")]
        assert len({*plain}) == len(plain)
        assert {*plain} <= sent | {*uploader.told}
        assert {*told} <= {*links}
        for writer, (acknowledged, edited) in zip(writers, before, strict=True):
            mine = [text for text in plain if text.startswith(f"{writer.nick} ")]
            assert mine == writer.sent[: len(mine)]
            assert len(mine) >= len(acknowledged)
            assert {f"edited {text}" for text in edited} <= {*found}
        for link in links:
            file = link.split("/")[2]
            content = (home / "data" / "uploads" / file[:8] / file[8:] / "data").read_bytes()
            assert content.startswith(f"file {uploader.told.index(link)} ".encode())
        with serve(home, ["irc", "http"], config=UPLOADS) as server:
            reader = IrcClient(server.ports["irc"])
            reader.register("leitora", CAPS.removesuffix(" draft/message-edit"))
            reader.send("JOIN #carga")
            reader.receive_until(" 366 ")
            reader.send("CHATHISTORY LATEST #carga * 100")
            lines = [parse(line) for line in reader.receive_until(" BATCH -")]
            assert [line.params[1] for line in lines if line and line.command == "PRIVMSG"] == found[-100:]
            reader.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_disk_that_refuses_ends_the_backup_and_not_the_server(tmp_path: Path) -> None:
    """A sentence, nothing left behind, the last backup as it was; the server has noticed nothing."""
    with serve(tmp_path, ["irc"]) as server:
        writer = Writer(server.ports["irc"], "ana")
        writer.start()
        target = tmp_path / "out"
        target.mkdir()
        papo(tmp_path, "backup", target / "b")
        before = (target / "b").read_bytes()
        limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command(tmp_path, "backup", target / "b")]
        done = subprocess.run(limited, capture_output=True, text=True, env=environment(), timeout=60, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert "could not be written (File too large)" in done.stderr
        assert [path.name for path in target.iterdir()] == ["b"]
        assert (target / "b").read_bytes() == before
        seen = len(writer.acknowledged)
        wait_until(lambda: len(writer.acknowledged) > seen)
        writer.ending.set()
        writer.join(TIMEOUT_S)
        assert {*writer.acknowledged} == {*writer.sent}
        wait_until(lambda: not (tmp_path / "data" / STAGE).exists())


# --- killed


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose backup takes a while, and the backup beside it."""
    folder = tmp_path_factory.mktemp("large")
    with serve(folder, ["irc"]) as server:
        client = IrcClient(server.ports["irc"])
        client.register("ana")
        client.send("JOIN #sala")
        for number in range(3_000):
            client.send(f"PRIVMSG #sala :{number} {'x' * 380}")
        client.received()
        client.close()
        assert server.stop() == 0
    chance = random.Random(1)
    for number in range(40):
        place = folder / "data" / "uploads" / "20261121" / f"{number:022}"
        place.mkdir(parents=True)
        (place / "data").write_bytes(chance.randbytes(200_000))
        (place / "about.json").write_bytes(b"{}")
    papo(folder, "backup", folder / "good.tar.gz")
    return folder


def check_whole(path: Path) -> None:
    """Every hash is right, and the database opens."""
    papo(path.parent, "restore", "--verify", path)


def started(folder: Path, *words: str | Path) -> subprocess.Popen[str]:
    """`papo …` in a process of its own."""
    return subprocess.Popen(
        command(folder, *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment()
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code, and what it said on standard error."""
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def moments(count: int) -> Iterator[float]:
    """Seconds after the start, from the first imports to the end."""
    chance = random.Random(os.urandom(4))
    return (chance.uniform(0.05, 1.2) for _ in range(count))


def wait(seconds: float) -> None:
    """Until the moment of a kill: what is being waited for is chance."""
    threading.Event().wait(seconds)


def test_two_backups_at_once_are_made_one_after_the_other(large: Path, tmp_path: Path) -> None:
    """Both are whole."""
    with serve(large, ["irc"]) as server:
        processes = [started(large, "backup", tmp_path / f"{number}.tar.gz") for number in range(2)]
        assert [ended(process) for process in processes] == [(0, ""), (0, "")]
        for number in range(2):
            check_whole(tmp_path / f"{number}.tar.gz")
        assert server.stop() == 0
    assert not (large / "data" / STAGE).exists()


def test_a_backup_that_is_killed_leaves_no_half(large: Path, tmp_path: Path) -> None:
    """The file is whole or not there; the server lets go of everything, and the next backup works."""
    backup = tmp_path / "b.tar.gz"
    with serve(large, ["irc"]) as server:
        for seconds in moments(6):
            process = started(large, "backup", backup)
            wait(seconds)
            process.kill()
            ended(process)
            if backup.exists():
                check_whole(backup)
                backup.unlink()
            wait_until(lambda: not (large / "data" / STAGE).exists())
        papo(large, "backup", backup)
        assert [path.name for path in tmp_path.iterdir()] == ["b.tar.gz"]
        check_whole(backup)
        assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends_during_a_backup(large: Path, tmp_path: Path, number: int) -> None:
    """The backup is whole, or says that it could not be made; the next start clears what is left."""
    backup = tmp_path / "b.tar.gz"
    for seconds in moments(3):
        server = start_server(large, ["irc"])
        process = started(large, "backup", backup)
        wait(seconds)
        code = server.stop(number)
        assert code == (0 if number == signal.SIGTERM else -number)
        assert server.process.stdout is not None
        server.process.stdout.close()
        code, said = ended(process)
        if code:
            assert code == 2
            assert said.startswith("papo: ")
            assert len(said.splitlines()) == 1
        assert backup.exists() == (code == 0)
        if backup.exists():
            check_whole(backup)
            backup.unlink()
        assert list(tmp_path.iterdir()) == []
    with serve(large, ["irc"]) as server:
        wait_until(lambda: not (large / "data" / STAGE).exists())


def test_a_restore_that_is_killed_leaves_no_half(large: Path, tmp_path: Path) -> None:
    """The folder is whole or not there, and the same restore works after it."""
    for seconds in moments(6):
        process = started(tmp_path, "restore", large / "good.tar.gz")
        wait(seconds)
        process.kill()
        ended(process)
        if (tmp_path / "data").exists():
            break
    else:
        papo(tmp_path, "restore", large / "good.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    names = {path.relative_to(tmp_path / "data") for path in (tmp_path / "data" / "uploads").rglob("*")}
    assert names == {path.relative_to(large / "data") for path in (large / "data" / "uploads").rglob("*")}
    assert texts(tmp_path / "data" / "papo.db") == [f"{number} {'x' * 380}" for number in range(3_000)]


# --- on a schedule


def metric(server: LiveServer, name: str) -> float | None:
    """A number of `/metrics`."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['http']}/metrics", timeout=TIMEOUT_S) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split(" ")[1])
    return None


def test_the_server_makes_backups_by_itself_and_keeps_some(tmp_path: Path) -> None:
    """The newest two, of this server; files of others stay."""
    backups = tmp_path / "backups"
    config = CONFIG + '[backup]\nevery = "1s"\nkeep = 2\nto = "backups"\n'
    backups.mkdir()
    other = backups / "papo-papo.test-00000000-20200101T000000Z.tar.gz"
    other.write_bytes(b"\x1f\x8bof another server")
    seen: set[str] = set()

    def four_were_made() -> bool:
        now = {path.name for path in backups.iterdir() if path.name.endswith(".gz")}
        seen.update(now - {other.name})
        return len(seen) >= 4

    with serve(tmp_path, ["irc", "http"], config=config) as server:
        wait_until(four_were_made, timeout_s=60)
        wait_until(lambda: (metric(server, "papo_backup_age_seconds") or 1e9) < 60)
        assert server.stop() == 0
    left = sorted(path.name for path in backups.iterdir() if path != other)
    assert 2 <= len(left) <= 3  # one more, if it was told to stop between the new one and the old one
    assert other.exists()
    assert all(name.startswith("papo-papo.test-") and name.endswith(".tar.gz") for name in left)
    for name in left:
        check_whole(backups / name)


def test_a_backup_that_fails_is_seen(tmp_path: Path) -> None:
    """There is none, so the newest is infinitely old; the log names the folder; the server goes on."""
    (tmp_path / "backups").symlink_to(tmp_path / "a disk that is not mounted")
    config = CONFIG + '[backup]\nevery = "1s"\nto = "backups"\n'
    with serve(tmp_path, ["irc", "http"], config=config) as server:
        assert metric(server, "papo_backup_age_seconds") == float("inf")
        client = IrcClient(server.ports["irc"])
        client.register("ana")
        assert client.received() == []
        said = f"the backup of this server failed: {tmp_path / 'backups'}: File exists"
        wait_until(lambda: said in (tmp_path / "log").read_text())
        client.close()
    config = CONFIG
    with serve(tmp_path, ["irc", "http"], config=config) as server:
        assert metric(server, "papo_backup_age_seconds") is None


def test_what_a_data_folder_holds_is_in_the_backup_or_of_the_moment(tmp_path: Path) -> None:
    """A new kind of file in the data folder must be put into backups, or be named here."""
    of_the_moment = {"papo.lock", "control.json", "papo.db-wal", "papo.db-shm"}  # and a socket, which is no file
    with serve(tmp_path, ["irc", "ircs", "http"], config=UPLOADS) as server:
        person = UploadServer(server, tmp_path)
        link = person.post(token(person.person("foto", "#sala")), b"file").path
        person.close()
        papo(tmp_path, "backup", tmp_path / "b.tar.gz")
        data = tmp_path / "data"
        have = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    listed = papo(tmp_path, "restore", "--list", tmp_path / "b.tar.gz")
    kept = {line.split()[1] for line in listed.splitlines()[1:]}
    assert have - kept == of_the_moment
    assert link.split("/")[2][8:] in listed
