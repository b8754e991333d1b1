"""A server in its own process whose database is damaged where its start does not look."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path

import apsw
import pytest
from contract import commit
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve
from samples import Maker

from papo.cli import main
from papo.config import Config
from papo.config.passwords import hash_password
from papo.server.assembly import open_ports

OPERATOR = f'[[operators]]\nname = "chefe"\npassword = "{hash_password("segredo")}"\n'


async def fill(folder: Path) -> None:
    """Enough history in #sala for a page of it to be far from both ends."""
    folder.mkdir()
    ports = await open_ports(Config(), folder)
    maker = Maker()
    await commit(ports.store, [maker.message(f"texto {number} " * 20) for number in range(3_000)])
    await ports.store.close()


def spoil(path: Path) -> None:
    """Overwrite a page in the middle of the table of events."""
    connection = apsw.Connection(str(path))
    pages = connection.execute(
        "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path"
    ).fetchall()
    connection.close()
    with path.open("r+b") as file:
        # Neither the first rows nor the eighths of the table, which the start looks at.
        file.seek((int(str(pages[len(pages) * 7 // 16][0])) - 1) * 4096)
        file.write(b"\xa5" * 4096)


def get(server: LiveServer, path: str) -> tuple[int, str]:
    """(status, body)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.ports['http']}{path}", timeout=TIMEOUT_S) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def enter(server: LiveServer, nick: str) -> IrcClient:
    """Somebody in #sala who can read history."""
    client = IrcClient(server.ports["irc"])
    client.register(nick, "batch draft/chathistory message-tags server-time standard-replies")
    client.send("JOIN #sala")
    client.received()
    return client


@pytest.mark.parametrize("setting", ["stop", "read-only"])
def test_a_query_that_meets_damage(tmp_path: Path, setting: str) -> None:
    """A sentence for the user, a notice for operators, 503 for supervisors; no message is taken; history stays."""
    asyncio.run(fill(tmp_path / "data"))
    spoil(tmp_path / "data" / "papo.db")
    config = f'{CONFIG}[history]\non_disk_failure = "{setting}"\n{OPERATOR}'
    with serve(tmp_path, ["irc", "http"], config=config) as server:
        assert get(server, "/readyz")[0] == 200
        ana, chefe = enter(server, "ana"), enter(server, "chefe")
        chefe.send("OPER chefe segredo")
        chefe.received()
        ana.send("PRIVMSG #sala :antes")
        assert not any(" FAIL " in line for line in ana.received())
        before = "timestamp=2023-11-14T22:13:20.000Z"
        for number in range(1, 4):
            ana.send(f"CHATHISTORY AFTER #sala {before} 1000")
            lines = [line for line in ana.received() if "PRIVMSG" in line or "FAIL" in line]
            if any("FAIL" in line for line in lines):
                break
            assert len(lines) == 1000, number
            before = next(tag for tag in lines[-1].split(" ")[0].lstrip("@").split(";") if tag.startswith("time="))
            before = "timestamp=" + before.removeprefix("time=")
        assert any("FAIL CHATHISTORY MESSAGE_ERROR" in line for line in lines), lines
        assert any("papo salvage" in line for line in chefe.received())
        status, body = get(server, "/readyz")
        assert status == 503
        assert "papo salvage" in body
        assert "until a restart" not in body
        assert "papo_store_damaged 1.0" in get(server, "/metrics")[1]
        assert "papo_alarms 2.0" in get(server, "/metrics")[1]  # and the clock: what is stored is from 2023
        ana.send("PRIVMSG #sala :depois")
        assert any("FAIL PRIVMSG" in line or " 404 " in line for line in ana.received())
        ana.send("CHATHISTORY LATEST #sala * 1")
        assert any(line.endswith(":antes") for line in ana.received())
        damaged = (tmp_path / "data" / "papo.db").read_bytes()
        ana.close()
        chefe.close()
        assert server.stop() == 0
        assert (tmp_path / "data" / "papo.db").read_bytes() == damaged


def test_the_doctor_beside_a_running_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It reads what is in the log alone, finds no error in a whole folder, and the server goes on."""
    with serve(tmp_path, ["irc"]) as server:
        ana = enter(server, "ana")
        for number in range(20):
            ana.send(f"PRIVMSG #sala :texto {number}")
        ana.received()
        code = main(["doctor", "--json", "--data", str(tmp_path / "data"), "--config", str(tmp_path / "papo.toml")])
        answer = json.loads(capsys.readouterr().out)
        assert answer["running"] is True
        assert [each for check in answer["checks"] for each in check["findings"] if each["level"] == "error"] == []
        assert code == 0
        ana.send("PRIVMSG #sala :depois")
        assert not any(" FAIL " in line for line in ana.received())
        ana.close()
        assert server.stop() == 0
