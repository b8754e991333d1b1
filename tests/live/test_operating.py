"""Operating a server: wrong settings, occupied ports and folders, reload, stop, restart."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, serve, start_server, wait_until

from papo.config.passwords import hash_password


def refuse(folder: Path, *flags: str, config: str = CONFIG, code: int = 2) -> str:
    """Start a server that must not start; returns its one line of error. An exit code, no traceback."""
    file = folder / "papo.toml"
    file.write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "papo", "serve", "--data", str(folder / "data"), *flags]
    if "--config" not in flags:
        command += ["--config", str(file)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment, check=False)
    said = [line for line in done.stderr.splitlines() if not re.match(r"\d{4}-\d\d-\d\d ", line)]
    assert done.returncode == code, done
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return said[0]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """Which listener, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refuse(tmp_path, "--listen", "irc://127.0.0.1:0", "--listen", f"irc://127.0.0.1:{port}")
    assert f"irc://127.0.0.1:{port}" in said
    assert "--listen" in said


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[limits]\nmesage_burst = 5\n", "message_burst"),
        ("[limits\n", "TOML"),
        ("[history]\nkeep_days = -1\n", "keep_days"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, config: str, words: str) -> None:
    """The key, and what it should have been."""
    assert words in refuse(tmp_path, config=config)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The configuration file that was asked for."""
    assert "nenhum.toml" in refuse(tmp_path, "--config", str(tmp_path / "nenhum.toml"))


def test_a_folder_in_use_is_named(tmp_path: Path) -> None:
    """Two servers never write the same database."""
    with serve(tmp_path, ["irc"]):
        said = refuse(tmp_path, "--listen", "irc://127.0.0.1:0")
        assert "data" in said


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    """A file that is no database, or is newer than the program, is left as it is."""
    (tmp_path / "data").mkdir()
    database = tmp_path / "data" / "papo.db"
    database.write_bytes(b"something else" * 100)

    assert "papo.db" in refuse(tmp_path, "--listen", "irc://127.0.0.1:0", code=65)
    assert database.read_bytes() == b"something else" * 100


def test_stopping_loses_nothing_and_tells_every_client(tmp_path: Path) -> None:
    """SIGTERM: what was queued is stored, clients get ERROR, exit code 0."""
    server = start_server(tmp_path, ["irc", "nick"])
    ana = IrcClient(server.ports["irc"])
    ana.register("ana", "echo-message")
    ana.send("JOIN #sala")
    ana.receive_until(" 366 ")
    with socket.create_connection(("127.0.0.1", server.ports["nick"]), TIMEOUT_S) as bia:
        assert bia.recv(1024) == b"NICK"
        for n in range(200):
            ana.send(f"PRIVMSG #sala :{n}")
        server.process.send_signal(signal.SIGTERM)
        lines = ana.receive_until("ERROR :")
        assert "stopping" in lines[-1]
        with pytest.raises(EOFError):
            ana.receive()
        assert bia.recv(1024) == b""
    assert server.process.wait(TIMEOUT_S) == 0
    echoed = sum(" PRIVMSG " in line for line in lines)
    ana.close()
    assert server.process.stdout is not None
    server.process.stdout.close()
    with serve(tmp_path, ["irc"]) as again:
        cris = IrcClient(again.ports["irc"])
        cris.register("cris", "batch draft/chathistory")
        cris.send("JOIN #sala")
        cris.receive_until(" 366 ")
        cris.send("CHATHISTORY LATEST #sala * 1000")
        stored = sum(" PRIVMSG " in line for line in cris.receive_until(" BATCH -"))
        cris.close()
    assert stored >= echoed


def test_reload_applies_what_can_be_applied(tmp_path: Path) -> None:
    """SIGHUP: a new message of the day applies at once; the server keeps its old name."""
    with serve(tmp_path, ["irc"]) as server:
        (tmp_path / "papo.toml").write_text(CONFIG.replace('"papo.test"', '"outro.test"\nmotd = "novidade"'))
        server.process.send_signal(signal.SIGHUP)

        def asks() -> bool:
            ana = IrcClient(server.ports["irc"])
            ana.send("NICK ana")
            ana.send("USER ana 0 * :Ana")
            lines = [ana.receive()]
            while " 422 " not in lines[-1] and " 376 " not in lines[-1]:
                lines.append(ana.receive())
            ana.close()
            assert all(line.startswith(":papo.test ") for line in lines)
            return any("novidade" in line for line in lines)

        wait_until(asks)


def test_permanent_rooms_and_the_certificate_survive_a_restart(tmp_path: Path) -> None:
    """Topic and modes of a permanent room; the same fingerprint."""
    config = CONFIG.replace("permanent = []", 'permanent = ["#sala"]')
    config += f'[[operators]]\nname = "chefe"\npassword = "{hash_password("segredo")}"\n'
    with serve(tmp_path, ["irc", "ircs"], config=config) as server:
        first = [line for line in server.lines if "SHA-256" in line]
        ana = IrcClient(server.ports["irc"])
        ana.register("ana")
        ana.send("OPER chefe segredo")
        ana.receive_until(" 381 ")
        ana.send("JOIN #sala")
        ana.send("SAMODE #sala +o ana")
        ana.send("TOPIC #sala :fica")
        ana.receive_until("TOPIC #sala :fica")
        ana.close()
        assert server.stop() == 0
    with serve(tmp_path, ["irc", "ircs"], config=config) as server:
        assert [line for line in server.lines if "SHA-256" in line] == first
        bia = IrcClient(server.ports["irc"])
        bia.register("bia")
        bia.send("JOIN #sala")
        assert any(line.endswith(" 332 bia #sala :fica") for line in bia.receive_until(" 366 "))
        bia.close()


def test_weaker_durability_is_reported(tmp_path: Path) -> None:
    """The start prints a warning with `durability = "process"`."""
    with serve(tmp_path, ["irc"], config=CONFIG + '[history]\ndurability = "process"\n') as server:
        assert any("power cut" in line for line in server.lines)


def test_a_full_disk_refuses_messages_and_history_can_be_read(tmp_path: Path) -> None:
    """Files cannot grow: messages are refused with a reason, and history can be read."""
    limit = ["prlimit", "--fsize=400000"]
    with serve(tmp_path, ["irc"], before=limit) as server:
        ana = IrcClient(server.ports["irc"])
        ana.register("ana", "echo-message batch draft/chathistory")
        ana.send("JOIN #sala")
        ana.receive_until(" 366 ")
        refused = False
        for n in range(3000):
            ana.send(f"PRIVMSG #sala :{n} " + "x" * 300)
            if "FAIL PRIVMSG" in ana.receive():
                refused = True
                break
        assert refused
        ana.send("CHATHISTORY LATEST #sala * 5")
        assert sum(" PRIVMSG " in line for line in ana.receive_until(" BATCH -")) == 5
        assert server.process.poll() is None
        ana.close()
