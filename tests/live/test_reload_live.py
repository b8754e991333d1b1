"""SIGHUP: settings of the listeners that apply to connections from then on."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve, wait_until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")


def reload(server: LiveServer, folder: Path, config: str) -> None:
    """Change the settings."""
    (folder / "papo.toml").write_text(config, encoding="utf-8")
    server.process.send_signal(signal.SIGHUP)


def test_a_proxy_that_becomes_trusted_gives_the_clients_addresses(tmp_path: Path) -> None:
    """Listeners that were opened without a trusted proxy read its PROXY header; its own address has no limits."""

    def gives_address() -> bool:
        with closing(IrcClient(server.ports["irc"])) as client:
            for line in ("PROXY TCP4 203.0.113.9 203.0.113.1 4000 6667", "NICK ana", "USER a 0 * :a", "WHOIS ana"):
                client.send(line)
            return any(" 311 ana ana a 203.0.113.9 " in line for line in client.receive_until(" 318 "))

    with serve(tmp_path, ["irc"]) as server:
        assert not gives_address()
        reload(server, tmp_path, CONFIG + '[proxy]\ntrusted = ["127.0.0.0/8"]\n')
        wait_until(gives_address)


def test_an_origin_that_is_allowed_later_may_connect(tmp_path: Path) -> None:
    """Without a restart; and no other may."""

    def connects(origin: str) -> bool:
        try:
            with connect(url, origin=Origin(origin), open_timeout=TIMEOUT_S):
                return True
        except InvalidStatus:
            return False

    with serve(tmp_path, ["ws"]) as server:
        url = f"ws://127.0.0.1:{server.ports['ws']}/"
        assert not connects("https://escola.example")
        reload(server, tmp_path, CONFIG + '[web]\norigins = ["https://escola.example"]\n')
        wait_until(lambda: connects("https://escola.example"))
        assert not connects("https://evil.example")
