"""Windows over the chat: their keys are theirs, and what stands beneath rests; notes do not pile up."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fake_server import privmsg
from terminal_screen import CAPS, ROOM, TerminalScreen, in_utc, terminal_screen
from textual.containers import VerticalScroll

import papo.client
import papo.terminal
from papo.terminal.dialogs import Chooser, Form, Reading
from papo.terminal.sidebar import Column

Script = Callable[[TerminalScreen], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with terminal_screen(**options) as screen:  # type: ignore[arg-type]
            await script(screen)

    asyncio.run(go())


def test_the_help_is_read_page_by_page() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Reading))
        text = screen.app.screen.query_one(VerticalScroll)
        await screen.pilot.press("pagedown")
        await screen.wait_until(lambda: text.scroll_target_y > 2)

    run(script)


@pytest.mark.parametrize("key", ["ctrl+k", "f1", "ctrl+f", "alt+down", "alt+a", "ctrl+end", "f2"])
def test_one_window_at_a_time(key: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        await screen.pilot.press("ctrl+k")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Chooser))
        await screen.pilot.press(key)
        await screen.pilot.pause()
        assert len(screen.app.screen_stack) == 2
        assert screen.app.buffer is buffer

    run(script)


def test_shift_tab_goes_back_in_a_form() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.dialog("login", "")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))
        assert screen.app.focused is not None
        assert screen.app.focused.id == "password"
        await screen.pilot.press("shift+tab")
        assert screen.app.focused.id == "account"

    run(script)


def test_notes_leave_the_place_where_one_writes() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for number in range(20):
            screen.app.note(f"note {number}", "error")
        await screen.pilot.pause()
        await screen.wait_until(lambda: any("note 19" in row for row in screen.rows()))
        assert sum("note" in row for row in screen.rows()) <= 3

    run(script)


def test_who_somebody_is_stands_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
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
        await screen.wait_until(lambda: isinstance(screen.app.screen, Reading))
        shown = await screen.text()
        assert "b@example.org" in shown
        assert "November 20, 2025 10:00; silent for 1 h 2 min" in shown
        assert "x y odd" in shown

    run(script)


def test_the_topic_is_told_and_the_line_is_empty_again() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/topic")
        await screen.pilot.press("enter")
        assert screen.app.composer.text == ""
        assert "no topic" in await screen.text()

    run(script)


def test_a_server_asks_for_a_nick_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.server.accept()
        for _each in range(3):
            screen.app.refused(screen.network, "433", "Nickname is already in use")
            await screen.pilot.pause()
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))
        assert len(screen.app.screen_stack) == 2
        await screen.type("bia")
        await screen.pilot.press("enter")
        await screen.wait_until(lambda: len(screen.app.screen_stack) == 1)
        assert screen.server.all("NICK")[-1] == "NICK bia"
        screen.app.refused(screen.network, "433", "Nickname is already in use")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Form))

    run(script)


def test_the_same_note_stands_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for text in ("a note", "another one", "a note"):
            screen.app.note(text)
            await screen.pilot.pause()
        await screen.wait_until(lambda: sum("note" in row for row in screen.rows()) == 1)
        assert any("another one" in row for row in screen.rows()[:8])

    run(script)


def test_what_was_cleared_comes_back_by_scrolling_up() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "antes", "m1")
        await screen.type("/clear")
        await screen.pilot.press("enter")
        before = len(screen.server.all("CHATHISTORY"))
        screen.server.send_message("bia", "depois", "m2")
        assert "antes" not in await screen.text()
        assert len(screen.server.all("CHATHISTORY")) == before
        await screen.pilot.press("pageup")
        assert screen.server.all("CHATHISTORY")[before:] == [f"CHATHISTORY BEFORE {ROOM} msgid=m2 100"]
        screen.server.answer("CHATHISTORY", privmsg("bia", "antes", "m1"))
        assert "antes" in await screen.text()

        buffer.clear()
        await screen.pilot.press("pageup")
        assert screen.server.all("CHATHISTORY")[-1] == f"CHATHISTORY LATEST {ROOM} * 100"
        screen.server.answer("CHATHISTORY", privmsg("bia", "antes", "m1"), privmsg("bia", "depois", "m2"))
        assert "antes" in await screen.text()

    run(script)


def test_a_column_that_was_looked_at_in_a_narrow_terminal_comes_back_in_a_wide_one() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        column = screen.app.query_one("#conversations", Column)
        await screen.wait_until(lambda: not column.display)
        await screen.pilot.press("f2")
        await screen.wait_until(lambda: column.display)
        await screen.pilot.press("f2")
        await screen.wait_until(lambda: not column.display)
        await screen.pilot.resize_terminal(120, 20)
        await screen.wait_until(lambda: column.display)

    run(script, size=(50, 20))


def test_a_narrow_terminal_has_room_for_one_column() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        conversations, members = (
            screen.app.query_one("#conversations", Column),
            screen.app.query_one("#members", Column),
        )
        await screen.wait_until(lambda: not conversations.display)
        await screen.pilot.press("f2")
        await screen.wait_until(lambda: conversations.display)
        await screen.pilot.press("f3")
        await screen.wait_until(lambda: members.display and not conversations.display)
        await screen.pilot.press("f3")
        await screen.wait_until(lambda: not members.display)

    run(script, size=(50, 20))


def test_the_wheel_moves_a_column_for_good() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for number in range(60):
            screen.network.open(f"#sala{number:02}")
        await screen.text()
        column = screen.app.query_one("#conversations", Column)
        for _each in range(10):
            column.on_mouse_scroll_down()
        assert "#sala30" in await screen.text()
        screen.app.changed()
        assert "#sala30" in await screen.text()
        await screen.pilot.press("alt+down")
        assert "#sala00" in await screen.text()

    run(script)


@pytest.mark.parametrize("width", [1, 5, 26, 46, 48, 49, 50, 51])
def test_no_terminal_is_too_narrow(width: int) -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.text()
        for key in ("f2", "f3", "f2", "f3"):
            await screen.pilot.press(key)
            await screen.text()
        assert screen.app.is_running

    run(script, size=(width, 12))


def test_a_crowd_is_sorted_now_and_then() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for first in range(0, 2000, 50):
            screen.server.send(f":s 353 ana = {ROOM} :" + " ".join(f"p{n}" for n in range(first, first + 50)))
        column = screen.app.query_one("#members", Column)
        column.waits(None, 0)
        assert "2003 people" in await screen.text()
        rows = column.rows
        screen.server.send_message("bia", "oi", "m1")
        await screen.text()
        assert column.rows is rows
        assert column.behind
        column.waits(None, 0)  # as if a second had passed
        screen.server.send(f":p1!p@h PART {ROOM}")
        assert "2002 people" in await screen.text()

    run(script)


def test_a_window_shows_something_in_a_low_terminal() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Reading))
        assert screen.app.screen.query_one(VerticalScroll).size.height >= 5
        await screen.pilot.press("escape", "ctrl+k")
        await screen.wait_until(lambda: isinstance(screen.app.screen, Chooser))
        assert "#geral" in await screen.text()

    run(script, size=(40, 12))


@pytest.mark.parametrize("where", [papo.terminal, papo.client])
def test_texts_are_where_the_extractor_sees_them(where: object) -> None:
    folder = Path(str(where.__file__)).parent  # type: ignore[attr-defined]
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and each.args]
                hidden = [
                    each
                    for each in calls
                    if isinstance(each.func, ast.Name)
                    and isinstance(each.args[0], ast.Constant)
                    and each.func.id == "_"
                ]
                assert not hidden, f"{path.name}:{node.lineno}"


def test_rooms_by_number_and_a_room_that_calls_no_more() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other", ":s 366 ana #other :-")
        await screen.pilot.press("alt+2")
        assert screen.app.buffer is screen.network.buffer("#other")
        screen.app.composer.put("/hush")
        await screen.pilot.press("enter")
        await screen.pilot.press("alt+1", "alt+9")
        assert screen.app.buffer is screen.network.buffer(ROOM)
        screen.server.send(":bia!bia@h PRIVMSG #other :ana: are you there?")
        assert screen.network.open("#other").mentions == 1
        assert not list(screen.app._notifications)
        assert screen.network.muted == {"#other"}

    run(script)
