"""A real server on a machine whose clock is wrong, by libfaketime."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import TIMEOUT_S, IrcClient, LiveServer, irc_client, start_server

CONFIG = """
[limits]
enabled = false
[history]
keep_days = 365
"""


def preload() -> str:
    """The path of libfaketime; "" if it is not installed."""
    found = shutil.which("faketime")
    if found is None:
        return ""
    said = subprocess.run([found, "-f", "+0", "env"], capture_output=True, text=True, check=False).stdout
    return next((line.partition("=")[2] for line in said.splitlines() if line.startswith("LD_PRELOAD=")), "")


pytestmark = pytest.mark.skipif(not preload(), reason="faketime is not installed")


def at(offset: str) -> list[str]:
    """What to put before a command to run it with another clock; the monotonic one stays."""
    return ["env", f"LD_PRELOAD={preload()}", f"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]


def papo(folder: Path, offset: str, *arguments: str) -> str:
    """What a command prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANGUAGE": "en"}
    command = [*at(offset), sys.executable, "-m", "papo", *arguments, "--data", str(folder / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment, check=False)
    return done.stdout + done.stderr


@pytest.fixture(name="servers")
def _servers() -> Iterator[list[LiveServer]]:
    started: list[LiveServer] = []
    yield started
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(TIMEOUT_S)
        assert server.process.stdout is not None
        server.process.stdout.close()


def history(client: IrcClient) -> list[str]:
    """The texts of #sala."""
    client.send("CHATHISTORY LATEST #sala * 50")
    client.send("PING :fim")
    return [line.rpartition(":")[2] for line in client.receive_until("PONG") if " PRIVMSG " in line]


def say(server: LiveServer, text: str) -> list[str]:
    """Say it; returns all that was ever said."""
    with irc_client(server.ports["irc"], "ana", "") as client:
        client.send("CAP REQ :draft/chathistory batch server-time echo-message")
        client.send("JOIN #sala")
        client.receive_until("366")
        client.send(f"PRIVMSG #sala :{text}")
        client.receive_until(f":{text}")
        return history(client)


def test_a_start_in_another_year_deletes_nothing_until_accepted(tmp_path: Path, servers: list[LiveServer]) -> None:
    """400 days ahead with a retention of 365; then back, in order and with the right times; then accepted."""
    for offset, text, all_texts in (
        ("+0", "um", ["um"]),
        ("+400d", "dois", ["um", "dois"]),
        ("+400d", "tres", ["um", "dois", "tres"]),
        ("+0", "quatro", ["um", "dois", "tres", "quatro"]),
    ):
        server = start_server(tmp_path, ["irc"], config=CONFIG, before=at(offset))
        servers.append(server)
        assert say(server, text) == all_texts
        assert server.stop() == 0
    assert "papo clock accept" in papo(tmp_path, "+400d", "clock")
    assert "papo clock accept" in papo(tmp_path, "+400d", "doctor")
    assert "believes it" in papo(tmp_path, "+0", "clock")
    assert "deletes" in papo(tmp_path, "+800d", "clock", "accept")
    server = start_server(tmp_path, ["irc"], config=CONFIG, before=at("+800d"))
    servers.append(server)
    with irc_client(server.ports["irc"], "ana", "") as client:
        client.send("CAP REQ :draft/chathistory batch")
        client.send("JOIN #sala")
        client.receive_until("366")
        while history(client):
            pass
