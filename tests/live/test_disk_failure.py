"""A server in its own process whose disk fails: what clients hear, the exit code, and what is there after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_network import LiveNetwork
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, irc_client, serve
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

PROGRAM = Path(__file__).parent / "papo_on_broken_disk.py"
READ_ONLY = CONFIG + '[history]\non_disk_failure = "read-only"\n'


class Disk:
    """The switch of the disk below a server."""

    def __init__(self, folder: Path) -> None:
        self.switch = folder / "disk"

    @property
    def program(self) -> tuple[str, str]:
        """What runs a server on this disk."""
        return str(PROGRAM), str(self.switch)

    def fail(self, what: str) -> None:
        """From now on: `-wal`, `.db` or `full`."""
        self.switch.write_text(what, encoding="utf-8")

    def heal(self) -> None:
        """From now on nothing fails."""
        self.switch.unlink()

    @property
    def syncs(self) -> list[str]:
        """The endings of what was synced, or should have been."""
        return Path(f"{self.switch}.syncs").read_text(encoding="utf-8").split()


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """A disk that is well."""
    return Disk(tmp_path)


def history(server: LiveServer) -> list[str]:
    """The texts in #sala, oldest first."""
    with irc_client(server.ports["irc"], "leitora", "#sala") as reader:
        reader.send("CAP REQ :batch draft/chathistory message-tags server-time")
        reader.send("CHATHISTORY LATEST #sala * 100")
        lines = [line for line in reader.receive_until(" BATCH -") if " PRIVMSG " in line]
        return [line.partition(" PRIVMSG #sala :")[2] for line in lines]


def ask(server: LiveServer, path: str) -> tuple[int, str]:
    """(status, body) of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['http']}{path}", timeout=TIMEOUT_S) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def rest_of(client: socket.socket) -> str:
    """Everything that the server sends until it closes."""
    data = b""
    while piece := client.recv(65536):
        data += piece
    return data.decode()


@pytest.fixture
def clients(tmp_path: Path, disk: Disk) -> Iterator[tuple[LiveServer, IrcClient]]:
    """A server on the disk, and Ana, whose one message is stored."""
    schemes = ["irc", "ws", "nick", "handshake"]
    with (
        serve(tmp_path, schemes, program=disk.program) as server,
        irc_client(server.ports["irc"], "ana", "#sala") as ana,
    ):
        ana.send("PRIVMSG #sala :antes")
        ana.received()
        yield server, ana


def test_after_a_failed_sync_the_server_says_so_and_ends(
    tmp_path: Path, disk: Disk, clients: tuple[LiveServer, IrcClient]
) -> None:
    """Author and others hear why, exit code 74, no sync is tried again; the next start has the message, once."""
    server, ana = clients
    with (
        connect(f"ws://127.0.0.1:{server.ports['ws']}", subprotocols=["text.ircv3.net"]) as browser,  # type: ignore[list-item]
        socket.create_connection(("127.0.0.1", server.ports["nick"]), TIMEOUT_S) as bia,
        socket.create_connection(("127.0.0.1", server.ports["handshake"]), TIMEOUT_S) as caio,
    ):
        bia.sendall(b"bia")
        while b"conectou" not in bia.recv(4096):
            pass
        ana.send("LANGUAGE pt-BR")
        ana.received()
        disk.fail("-wal")
        ana.send("@label=1 PRIVMSG #sala :talvez")
        lines = []
        with contextlib.suppress(EOFError):
            while True:
                lines.append(ana.receive())
        assert any(" FAIL PRIVMSG OUTCOME_UNKNOWN #sala :O disco falhou" in line for line in lines)
        assert lines[-1].startswith("ERROR :Closing link: (O disco falhou")
        assert not [line for line in lines if line.startswith(":ana!") and "PRIVMSG" in line]
        assert "O servidor vai parar porque o disco falhou" in rest_of(bia)
        assert "its disk has failed" in rest_of(caio)
        with contextlib.suppress(ConnectionClosedError):
            for _ in browser:
                pass
        assert browser.close_code == 1012
    assert server.process.wait(TIMEOUT_S) == 74
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert log.count(" CRITICAL ") == 1
    assert "Traceback" not in log
    assert log.rstrip().splitlines()[-1].startswith("papo: the disk has failed (")
    after = disk.syncs[disk.syncs.index("-wal") :]
    tried = len(disk.syncs)
    assert after
    disk.heal()
    with serve(tmp_path, ["irc"], program=disk.program) as again:
        assert history(again) == ["antes", "talvez"]
        assert len(disk.syncs) > tried
        assert again.stop() == 0


def test_nothing_is_synced_after_the_sync_that_failed(
    tmp_path: Path, disk: Disk, clients: tuple[LiveServer, IrcClient]
) -> None:
    """Not by later messages, not by draining, not by closing; not even if the disk is well by then."""
    server, ana = clients
    tried = len(disk.syncs)
    disk.fail("-wal")
    ana.send("PRIVMSG #sala :talvez")
    ana.receive_until(" OUTCOME_UNKNOWN ")
    disk.heal()
    with contextlib.suppress(EOFError, OSError):
        while True:
            ana.send("PRIVMSG #sala :depois")
            ana.receive()
    assert server.process.wait(TIMEOUT_S) == 74
    assert disk.syncs[tried:] == ["-wal"]
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == ["antes", "talvez"]


def test_a_message_whose_outcome_was_unknown_is_there_once_when_it_is_sent_again(tmp_path: Path, disk: Disk) -> None:
    """Papo's own client: it is told, the server is started again, and nobody has to look."""

    async def play() -> None:
        with serve(tmp_path, ["irc"], program=disk.program) as server:
            url = f"irc://127.0.0.1:{server.ports['irc']}"
            ana = await LiveNetwork(url, "ana", ["#sala"]).connect()
            ana.send("antes", "#sala")
            await ana.wait_for_message("antes", "#sala")
            disk.fail("-wal")
            ana.send("talvez", "#sala")
            await ana.wait_until(lambda: not ana.network.is_online)
            assert server.process.wait(TIMEOUT_S) == 74
        disk.heal()
        with serve(tmp_path, [url]) as again:
            await ana.wait_for_message("talvez", "#sala")
            await ana.wait_until(lambda: not ana.network.outbox.of(str(ana.network.address)))
            assert history(again) == ["antes", "talvez"]
            await ana.close()

    asyncio.run(asyncio.wait_for(play(), 60))


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_after_the_kernel_s_own_error_nothing_is_written_or_synced(tmp_path: Path) -> None:
    """The same with fdatasync(2) itself, which fails from the thirtieth on: it is called once more, not twice."""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-o", str(trace), "-e", "trace=fdatasync,fsync,pwrite64,ftruncate"]
    strace += ["-e", "inject=fdatasync:error=EIO:when=30+"]
    echoed: list[str] = []
    line = ""
    with serve(tmp_path, ["irc"], before=strace) as server:
        with irc_client(server.ports["irc"], "ana", "#sala") as ana:
            ana.send("CAP REQ :echo-message")
            while not line.startswith("ERROR"):
                ana.send(f"PRIVMSG #sala :{len(echoed)}")
                while not (line := ana.receive()).startswith(("ERROR", ":ana!ana@")):
                    pass
                if " PRIVMSG " in line:
                    echoed.append(line.partition(" PRIVMSG #sala :")[2])
        assert server.process.wait(TIMEOUT_S) == 74
    calls = trace.read_text(encoding="utf-8").partition("(INJECTED)")
    assert calls[1]
    assert not re.findall(r"(fdatasync|fsync|pwrite64|ftruncate)\(", calls[2])
    with serve(tmp_path, ["irc"]) as again:
        found = history(again)
    assert found == [*echoed, str(len(echoed))]  # the last one's outcome was unknown


def test_read_only_history_can_be_read_and_everything_else_is_refused(tmp_path: Path, disk: Disk) -> None:
    """Monitoring knows at once, the process stays alive, and a restart by hand ends it."""
    with serve(tmp_path, ["irc", "http"], program=disk.program, config=READ_ONLY) as server:
        assert ask(server, "/readyz") == (200, "ready\n")
        with irc_client(server.ports["irc"], "ana", "#sala") as ana:
            ana.send("CAP REQ :batch draft/chathistory message-tags server-time")
            ana.send("PRIVMSG #sala :antes")
            ana.received()
            disk.fail("-wal")
            ana.send("PRIVMSG #sala :talvez")
            ana.receive_until(" OUTCOME_UNKNOWN ")
            disk.heal()
            for _ in range(3):
                ana.send("PRIVMSG #sala :depois")
                ana.receive_until(" FAIL PRIVMSG TEMPORARILY_UNAVAILABLE ")
            for line in ("JOIN #outra", "TOPIC #sala :assunto", "NICK outra", "REGISTER * * senha-boa-1"):
                ana.send(line)
                ana.receive_until(f" FAIL {line.partition(' ')[0]} TEMPORARILY_UNAVAILABLE ")
            with irc_client(server.ports["irc"], "bia") as bia:  # somebody new can still talk to the server
                assert bia.received() == []
            ana.send("CHATHISTORY LATEST #sala * 100")
            lines = ana.receive_until(" BATCH -")
            assert [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line] == ["antes"]
            status, why = ask(server, "/readyz")
            assert status == 503
            assert why.startswith("not ready: nothing is stored until a restart: IOError")
            assert ask(server, "/healthz") == (200, "ok\n")
            numbers = ask(server, "/metrics")[1]
            assert "papo_store_failed 1.0" in numbers
            assert "papo_refused_commits_total 0.0" not in numbers
        assert server.stop() == 0  # an operator's stop is a clean one
    assert (tmp_path / "log").read_text(encoding="utf-8").count(" CRITICAL ") == 1
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == ["antes", "talvez"]


def test_read_only_ends_when_the_settings_no_longer_ask_for_it(tmp_path: Path, disk: Disk) -> None:
    """A reload is enough: the server stops, to be started again."""
    with serve(tmp_path, ["irc"], program=disk.program, config=READ_ONLY) as server:
        with irc_client(server.ports["irc"], "ana", "#sala") as ana:
            disk.fail("-wal")
            ana.send("PRIVMSG #sala :talvez")
            ana.receive_until(" OUTCOME_UNKNOWN ")
            (tmp_path / "papo.toml").write_text(CONFIG, encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            ana.receive_until("ERROR :Closing link: (The disk has failed")
        assert server.process.wait(TIMEOUT_S) == 74


@pytest.mark.parametrize("what", ["-wal", ".db"])
def test_a_start_on_a_disk_that_fails_has_the_same_exit_code(tmp_path: Path, disk: Disk, what: str) -> None:
    """A supervisor tries again, as after a failure later; one sentence says why."""
    with serve(tmp_path, ["irc"], program=disk.program) as server:
        with irc_client(server.ports["irc"], "ana", "#sala") as ana:
            ana.send("PRIVMSG #sala :antes")
            ana.received()
        server.stop(signal.SIGKILL)
    disk.fail(what)
    command = [
        sys.executable,
        *disk.program,
        "serve",
        "--data",
        str(tmp_path / "data"),
        "--listen",
        "irc://127.0.0.1:0",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment, check=False)
    assert done.returncode == 74, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("papo: ")
    assert "cannot be used as a database: " in done.stderr.splitlines()[-1]
    disk.heal()
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == ["antes"]


def test_a_disk_that_fails_while_the_server_closes_is_in_its_exit_code(
    tmp_path: Path, disk: Disk, clients: tuple[LiveServer, IrcClient]
) -> None:
    """What was stored is in the log all the same."""
    server, ana = clients
    disk.fail(".db")
    assert server.stop() == 74
    assert ana.receive_until("ERROR ")
    disk.heal()
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == ["antes"]


def test_a_full_disk_stops_nothing(tmp_path: Path, disk: Disk, clients: tuple[LiveServer, IrcClient]) -> None:
    """Refused with certainty, and stored again as soon as there is space."""
    server, ana = clients
    disk.fail("full")
    for _ in range(3):
        ana.send("PRIVMSG #sala :sem lugar")
        ana.receive_until(" FAIL PRIVMSG TEMPORARILY_UNAVAILABLE ")
    disk.heal()
    ana.send("PRIVMSG #sala :depois")
    assert not [line for line in ana.received() if "FAIL" in line]
    assert server.stop() == 0
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == ["antes", "depois"]


def test_a_failure_while_the_log_is_copied_refuses_nothing_that_was_stored(tmp_path: Path, disk: Disk) -> None:
    """It stops the server all the same: the database cannot be synced."""
    echoed: list[str] = []
    with serve(tmp_path, ["irc"], program=disk.program) as server:
        with irc_client(server.ports["irc"], "ana", "#sala") as ana:
            ana.send("CAP REQ :echo-message")
            disk.fail(".db")
            line = ""
            while not line.startswith("ERROR"):
                ana.send(f"PRIVMSG #sala :{len(echoed)} {'palavra ' * 40}.")
                while not (line := ana.receive()).startswith(("ERROR", ":ana!ana@")):
                    pass
                if " PRIVMSG " in line:
                    echoed.append(line.partition(" PRIVMSG #sala :")[2])
        assert server.process.wait(TIMEOUT_S) == 74
    assert echoed
    with serve(tmp_path, ["irc"]) as again:
        assert history(again) == echoed[-100:]
