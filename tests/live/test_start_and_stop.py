"""The first and the last second of a server: signals, folders that cannot be used, terminals that cannot show it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, environment_of, serve, start_server, wait_until

from papo.data_folder import acquire

WHOLE = Path(__file__).parent.parent / "data" / "0.1.0" / "data"
EARLY_SIGNALS = """
import os, signal, sys
from papo import cli
from papo.server import app, signals

hold, listen = signals.hold, app.Server.listen

def held():
    hold()
    os.kill(os.getpid(), signal.SIGHUP)

async def listening(server):
    await listen(server)
    os.kill(os.getpid(), signal.SIGTERM)

signals.hold, app.Server.listen = held, listening
sys.exit(cli.main())
"""


def run(*words: str, before: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """`papo` to its end."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    return subprocess.run(
        [*before, sys.executable, "-m", "papo", *words],
        capture_output=True, text=True, env=environment | variables, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_signals_during_the_start_wait_for_its_end(tmp_path: Path) -> None:
    """A SIGHUP does not kill it, and a SIGTERM before it says that it listens lets it drain."""
    (tmp_path / "early.py").write_text(EARLY_SIGNALS)
    server = start_server(tmp_path, ["irc"], program=(str(tmp_path / "early.py"),))
    assert server.process.stdout is not None
    with closing(server.process.stdout) as output:
        assert output.read() == "Stopping.\n"
    assert server.process.wait(TIMEOUT_S) == 0
    assert "reloaded: nothing" in (tmp_path / "log").read_text()


FULL, NO_READER, CLOSED = "full", "no reader", "closed"


def run_unread(kind: str, *words: str, **variables: str) -> tuple[int, str]:
    """Exit code and standard error of a program of ours whose standard output cannot be written."""
    command = [sys.executable, *words]
    if kind == CLOSED:
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe, Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, stdout=full if kind == FULL else pipe, stderr=subprocess.PIPE, text=True, check=False,
            env=environment_of() | variables, timeout=TIMEOUT_S,
        )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("kind", [FULL, NO_READER, CLOSED])
def test_a_server_that_nobody_listens_to_serves(kind: str, tmp_path: Path) -> None:
    """What it prints is for people; whoever connects does not read it."""
    (tmp_path / "early.py").write_text(EARLY_SIGNALS)
    where = ("--data", str(tmp_path / "data"), "--listen", "irc://127.0.0.1:0")
    code, log = run_unread(kind, str(tmp_path / "early.py"), "serve", *where)
    assert (code, "Traceback" in log, "Exception" in log) == (0, False, False)
    assert "reloaded: nothing" in log


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("buffer", ["", "1"], ids=["buffer", "no buffer"])
@pytest.mark.parametrize("words", ["doctor", "clock", "config show"])
def test_output_that_cannot_be_written_is_one_sentence(words: str, buffer: str, tmp_path: Path) -> None:
    """Nothing of it if the reader has read enough; nothing is wrong if there is no output at all."""
    shutil.copytree(WHOLE, tmp_path / "data")
    acquire(tmp_path / "data").close()  # which closes it to other users, and says so
    command = ("-m", "papo", *words.split(), "--data", str(tmp_path / "data"))
    full = "papo: standard output cannot be written (No space left on device)\n"
    assert run_unread(FULL, *command, PYTHONUNBUFFERED=buffer) == (74, full)
    assert run_unread(NO_READER, *command, PYTHONUNBUFFERED=buffer) == (74, "")
    assert run_unread(CLOSED, *command, PYTHONUNBUFFERED=buffer) == (0, "")


def test_a_balancer_learns_of_the_stop_before_connections_are_refused(tmp_path: Path) -> None:
    """/readyz says 503 for `drain_grace_s`, in which people connect and talk; a second signal ends it."""

    def ready() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=TIMEOUT_S)
        with closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status

    config = CONFIG.replace('"papo.test"', '"papo.test"\ndrain_grace_s = 3000')
    with serve(tmp_path, ["irc", "http"], config=config) as server:
        assert ready() == 200
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: ready() == 503)
        with closing(IrcClient(server.ports["irc"])) as ana:
            ana.register("ana")
            server.process.send_signal(signal.SIGTERM)
            assert "stopping" in ana.receive_until("ERROR :")[-1]
        assert server.process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize("where", ["file/data", "file"])
def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path, where: str) -> None:
    """Named by --data, or the home of a user who has none."""
    (tmp_path / "file").write_text("")
    done = run("serve", "--data", str(tmp_path / where))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"papo: {tmp_path / where}: the data folder cannot be used")
    assert done.stderr.count("\n") == 1
    if os.name != "nt":
        home = run("serve", HOME=str(tmp_path / "file"), XDG_DATA_HOME="")
        assert (home.returncode, home.stdout, home.stderr.count("\n")) == (2, "", 1), home.stderr


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit to fill a disk")
@pytest.mark.parametrize("size", [0, 100, 5000, 60000])
def test_a_full_disk_is_one_sentence(tmp_path: Path, size: int) -> None:
    """Whatever it is that finds no space first: the lock, the secret, the database, the certificate."""
    done = run(
        "serve", "--data", str(tmp_path), "--listen", "ircs://127.0.0.1:0", before=("prlimit", f"--fsize={size}")
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("papo: ")
    assert "Traceback" not in done.stderr


def test_a_terminal_without_our_letters_shows_marks_in_their_places(tmp_path: Path) -> None:
    """In Portuguese, too, and with a QR code for phones, which is left out."""
    done = run("config", "default", PYTHONIOENCODING="ascii", LANGUAGE="pt_BR")
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout
    with serve(tmp_path, ["http"], before=("env", "PYTHONIOENCODING=ascii")) as server:
        assert server.stop() == 0


def test_what_the_check_accepts_the_server_accepts(tmp_path: Path) -> None:
    """And what one refuses, the other refuses with the same sentence; so does a reload, which then changes nothing."""
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    mistakes = [
        ('[proxy]\ntrusted = ["10.0.0.1/8"]', "write 10.0.0.0/8 for the whole network"),
        ('[web]\nmetrics = ["banana"]', '"banana" is no address'),
        (f'[tls]\ncertificate = "{bad}"\nkey = "{bad}"', "are not a certificate"),
        (f'[[issuers]]\nurl = "https://a.example"\naudience = "a"\nkeys_file = "{bad}"', "a set of keys"),
    ]
    file = tmp_path / "other.toml"
    for text, words in mistakes:
        file.write_text(text)
        checked = run("config", "check", "--config", str(file), "--data", str(tmp_path / "none"))
        served = run("serve", "--config", str(file), "--data", str(tmp_path / "none"), "--listen", "irc://127.0.0.1:0")
        assert (checked.returncode, served.returncode) == (2, 2)
        assert words in checked.stderr
        assert served.stderr == checked.stderr
    if os.name == "nt":
        return
    with serve(tmp_path, ["irc", "http"]) as server:
        for text, words in mistakes:
            (tmp_path / "papo.toml").write_text(CONFIG.replace('"papo.test"', '"papo.test"\nmotd = "other"') + text)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda words=words: words in (tmp_path / "log").read_text())
        with closing(http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=TIMEOUT_S)) as web:
            web.request("GET", "/metrics")
            assert web.getresponse().status == 200
        with closing(IrcClient(server.ports["irc"])) as ana:
            ana.send("NICK ana")
            ana.send("USER ana 0 * :Ana")
            assert " 422 " in ana.receive_until(" :There is no message of the day")[-1]
