"""Networks on the screen: offline, several at once, leaving, what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal_screen import CAPS, ROOM, TerminalScreen, run

from papo.client import settings
from papo.client.state.irc_network import IrcNetwork


def test_offline_messages_wait() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.network.lost("The server closed the connection.", 4_000_000_000_000)
        await screen.type("later")
        await screen.pilot.press("enter")
        shown = await screen.text()
        assert "The server closed the connection. Trying again" in shown
        assert "1 message waits." in shown
        assert "later …" in shown

    run(script)


def test_open_channels_are_remembered(tmp_path: Path) -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other")
        screen.app.tick()
        kept = settings.read(tmp_path).server("irc://irc.example:6667")
        assert kept.rooms == [ROOM, "#other"]

    run(script, folder=tmp_path)


def test_several_networks_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put("/connect irc://127.0.0.1:1/other")
        await screen.pilot.press("enter")
        second = screen.app.networks.all[1]
        assert str(second.address) == "irc://127.0.0.1:1"
        assert isinstance(second, IrcNetwork)
        assert second.rooms == ["#other"]
        assert screen.shown_network is second
        shown = await screen.text()
        assert "○ 127.0.0.1" in shown
        await screen.wait_until(lambda: second.status == "waiting")
        assert "nothing listens there" in await screen.text()
        screen.app.composer.put("/quit")
        await screen.pilot.press("enter")
        assert screen.app.networks.all == [screen.network]
        assert screen.shown_network is screen.network

    run(script)


def test_a_server_without_capabilities_is_enough() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.server.accept()
        screen.server.send(":s 421 * CAP :Unknown command", ":s 001 ana :hi", ":s 376 ana :-", f":ana!a@h JOIN {ROOM}")
        screen.app.show(screen.network, screen.network.open(ROOM))
        await screen.type("hello")
        await screen.pilot.press("enter")
        assert screen.server.all("PRIVMSG") == [f"PRIVMSG {ROOM} hello"]
        screen.server.send(f":s PONG s {screen.server.lines[-1].split()[-1]}")
        shown = await screen.text()
        assert "hello …" not in shown
        assert "hello" in shown

    run(script)


@pytest.mark.parametrize("word", ["/quit", "/sair", "/close", "/SAIR"])
def test_commands_that_quit(word: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put(word)
        await screen.pilot.press("enter")
        for _ in range(50):
            if not screen.app.is_running or screen.app.return_code is not None:
                break
            await screen.pilot.pause()
        assert screen.app.return_code is not None
        assert screen.server.all("QUIT") == ["QUIT"]

    run(script)


def test_capabilities_of_these_tests_are_requested() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        asked = next(line for line in screen.server.lines if line.startswith("CAP REQ"))
        assert {word.partition("=")[0] for word in CAPS.split()} <= set(asked.partition(":")[2].split())

    run(script)
