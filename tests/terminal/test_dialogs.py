"""Dialogs: their keys are theirs, and what is beneath them does not react."""

from __future__ import annotations

import pytest
from fake_server import privmsg
from terminal_screen import CAPS, ROOM, TerminalScreen, in_utc, run
from textual.containers import VerticalScroll

from papo.terminal.dialogs.chooser import Chooser
from papo.terminal.dialogs.text_dialog import TextDialog


def test_the_help_is_read_page_by_page() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        await screen.wait_until(lambda: isinstance(screen.app.screen, TextDialog))
        text = screen.app.screen.query_one(VerticalScroll)
        await screen.pilot.press("pagedown")
        await screen.wait_until(lambda: text.scroll_target_y > 2)

    run(script)


@pytest.mark.parametrize("key", ["ctrl+k", "f1", "ctrl+f", "alt+down", "alt+a", "ctrl+end", "f2"])
def test_one_dialog_at_a_time(key: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        await screen.pilot.press("ctrl+k")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Chooser))
        await screen.pilot.press(key)
        await screen.pilot.pause()
        assert len(screen.app.screen_stack) == 2
        assert screen.shown_buffer is buffer

    run(script)


def test_what_is_known_of_a_user_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    in_utc(monkeypatch)

    async def script(screen: TerminalScreen) -> None:
        screen.connect(caps=f"{CAPS} labeled-response")
        await screen.type("/whois bia")
        await screen.pilot.press("enter")
        label = screen.server.label_of("WHOIS")
        screen.server.send(
            f"@label={label} :s BATCH +w labeled-response", "@batch=w :s 311 ana bia b example.org * :Bia",
            "@batch=w :s 317 ana bia 3725 1763632800 :seconds idle, signon time", "@batch=w :s 317 ana bia x y :odd",
            "@batch=w :s 318 ana bia :end", ":s BATCH -w",
        )  # fmt: skip
        await screen.wait_until(lambda: "x y odd" in "\n".join(screen.screen_lines()))
        shown = await screen.text()
        assert "Address: b@example.org" in shown
        assert "Online since: Thursday, November 20, 2025 10:00" in shown
        assert "Idle for: 1 h 2 min" in shown

    run(script)


def test_a_dialog_has_room_in_a_low_terminal() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        await screen.wait_until(lambda: isinstance(screen.app.screen, TextDialog))
        assert screen.app.screen.query_one(VerticalScroll).size.height >= 5
        await screen.pilot.press("escape", "ctrl+k")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Chooser))
        assert "#geral" in await screen.text()

    run(script, size=(40, 12))


def test_the_help_opens_and_closes() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        assert isinstance(screen.app.screen, TextDialog)
        await screen.pilot.press("escape")
        assert not isinstance(screen.app.screen, TextDialog)

    run(script)


def test_the_palette_finds_a_conversation() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":bia!bia@h PRIVMSG ana :oi")
        screen.server.answer("CHATHISTORY")
        await screen.pilot.press("ctrl+k")
        await screen.type("bi")
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.shown_buffer is screen.network.buffer("bia")

    run(script)


def test_a_search_result_is_shown_where_it_was_said() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "now", "m900", minute=59)
        await screen.text()
        await screen.pilot.press("ctrl+f")
        await screen.type("tcp")
        await screen.pilot.press("enter")
        assert screen.server.all("SEARCH") == [f"SEARCH text=tcp;in={ROOM};limit=50"]
        screen.server.answer("SEARCH", privmsg("caio", "tcp is a stream", "m5"), batch="search")
        await screen.wait_until(lambda: "tcp is a stream" in "\n".join(screen.screen_lines()))
        await screen.pilot.press("enter")
        await screen.wait_until(
            lambda: screen.server.all("CHATHISTORY")[-1] == f"CHATHISTORY AROUND {ROOM} msgid=m5 100"
        )
        screen.server.answer("CHATHISTORY", privmsg("caio", "tcp is a stream", "m5"), privmsg("bia", "true", "m6"))
        shown = await screen.text()
        assert "tcp is a stream" in shown
        assert "viewing older messages" in shown
        assert buffer.has_newer

        screen.server.send_message("bia", "fresh words", "m901", minute=60)
        assert "fresh words" not in await screen.text()
        await screen.pilot.press("ctrl+end")
        screen.server.answer("CHATHISTORY", privmsg("bia", "fresh words", "m901", minute=60))
        shown = await screen.text()
        assert "fresh words" in shown
        assert "viewing older messages" not in shown

    run(script)
