"""Windows over the chat: their keys are theirs, and what stands beneath rests; notes do not pile up."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from screen import CAPS, ROOM, Networks, desk, in_utc, message, sent_of
from textual.containers import VerticalScroll

import papo.client
import papo.terminal
from papo.terminal.dialogs import Chooser, Form, Reading
from papo.terminal.sidebar import Column

Script = Callable[[Networks], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with desk(**options) as at:  # type: ignore[arg-type]
            await script(at)

    asyncio.run(go())


def test_the_help_is_read_page_by_page() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.pilot.press("f1")
        await at.until(lambda: isinstance(at.app.screen, Reading))
        text = at.app.screen.query_one(VerticalScroll)
        await at.pilot.press("pagedown")
        await at.until(lambda: text.scroll_target_y > 2)

    run(script)


@pytest.mark.parametrize("key", ["ctrl+k", "f1", "ctrl+f", "alt+down", "alt+a", "ctrl+end", "f2"])
def test_one_window_at_a_time(key: str) -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        await at.pilot.press("ctrl+k")
        await at.until(lambda: isinstance(at.app.screen, Chooser))
        await at.pilot.press(key)
        await at.pilot.pause()
        assert len(at.app.screen_stack) == 2
        assert at.app.buffer is buffer

    run(script)


def test_shift_tab_goes_back_in_a_form() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.app.dialog("login", "")
        await at.until(lambda: isinstance(at.app.screen, Form))
        assert at.app.focused is not None
        assert at.app.focused.id == "password"
        await at.pilot.press("shift+tab")
        assert at.app.focused.id == "account"

    run(script)


def test_notes_leave_the_place_where_one_writes() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        for number in range(20):
            at.app.note(f"note {number}", "error")
        await at.pilot.pause()
        await at.until(lambda: any("note 19" in row for row in at.rows()))
        assert sum("note" in row for row in at.rows()) <= 3

    run(script)


def test_who_somebody_is_stands_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    in_utc(monkeypatch)

    async def script(at: Networks) -> None:
        at.comes_in(caps=f"{CAPS} labeled-response")
        await at.type("/whois bia")
        await at.pilot.press("enter")
        label = at.label_of("WHOIS")
        at.says(
            f"@label={label} :s BATCH +w labeled-response", "@batch=w :s 311 ana bia b example.org * :Bia",
            "@batch=w :s 317 ana bia 3725 1763632800 :seconds idle, signon time", "@batch=w :s 317 ana bia x y :odd",
            "@batch=w :s 318 ana bia :end", ":s BATCH -w",
        )  # fmt: skip
        await at.until(lambda: isinstance(at.app.screen, Reading))
        shown = await at.drawn()
        assert "b@example.org" in shown
        assert "November 20, 2025 10:00; silent for 1 h 2 min" in shown
        assert "x y odd" in shown

    run(script)


def test_the_topic_is_told_and_the_line_is_empty_again() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("/topic")
        await at.pilot.press("enter")
        assert at.app.composer.text == ""
        assert "no topic" in await at.drawn()

    run(script)


def test_a_server_asks_for_a_nick_once() -> None:
    async def script(at: Networks) -> None:
        at.network.opened(at.sent.append)
        for _each in range(3):
            at.app.refused(at.network, "433", "Nickname is already in use")
            await at.pilot.pause()
        await at.until(lambda: isinstance(at.app.screen, Form))
        assert len(at.app.screen_stack) == 2
        await at.type("bia")
        await at.pilot.press("enter")
        await at.until(lambda: len(at.app.screen_stack) == 1)
        assert sent_of(at.sent, "NICK")[-1] == "NICK bia"
        at.app.refused(at.network, "433", "Nickname is already in use")
        await at.until(lambda: isinstance(at.app.screen, Form))

    run(script)


def test_the_same_note_stands_once() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        for text in ("a note", "another one", "a note"):
            at.app.note(text)
            await at.pilot.pause()
        await at.until(lambda: sum("note" in row for row in at.rows()) == 1)
        assert any("another one" in row for row in at.rows()[:8])

    run(script)


def test_what_was_cleared_comes_back_by_scrolling_up() -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        at.said("bia", "antes", "m1")
        await at.type("/clear")
        await at.pilot.press("enter")
        before = len(sent_of(at.sent, "CHATHISTORY"))
        at.said("bia", "depois", "m2")
        assert "antes" not in await at.drawn()
        assert len(sent_of(at.sent, "CHATHISTORY")) == before
        await at.pilot.press("pageup")
        assert sent_of(at.sent, "CHATHISTORY")[before:] == [f"CHATHISTORY BEFORE {ROOM} msgid=m2 100"]
        at.answer("CHATHISTORY", message("bia", "antes", "m1"))
        assert "antes" in await at.drawn()

        buffer.clear()
        await at.pilot.press("pageup")
        assert sent_of(at.sent, "CHATHISTORY")[-1] == f"CHATHISTORY LATEST {ROOM} * 100"
        at.answer("CHATHISTORY", message("bia", "antes", "m1"), message("bia", "depois", "m2"))
        assert "antes" in await at.drawn()

    run(script)


def test_a_column_that_was_looked_at_in_a_narrow_terminal_comes_back_in_a_wide_one() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        column = at.app.query_one("#conversations", Column)
        await at.until(lambda: not column.display)
        await at.pilot.press("f2")
        await at.until(lambda: column.display)
        await at.pilot.press("f2")
        await at.until(lambda: not column.display)
        await at.pilot.resize_terminal(120, 20)
        await at.until(lambda: column.display)

    run(script, size=(50, 20))


def test_a_narrow_terminal_has_room_for_one_column() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        conversations, members = at.app.query_one("#conversations", Column), at.app.query_one("#members", Column)
        await at.until(lambda: not conversations.display)
        await at.pilot.press("f2")
        await at.until(lambda: conversations.display)
        await at.pilot.press("f3")
        await at.until(lambda: members.display and not conversations.display)
        await at.pilot.press("f3")
        await at.until(lambda: not members.display)

    run(script, size=(50, 20))


def test_the_wheel_moves_a_column_for_good() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        for number in range(60):
            at.network.open(f"#sala{number:02}")
        await at.drawn()
        column = at.app.query_one("#conversations", Column)
        for _each in range(10):
            column.on_mouse_scroll_down()
        assert "#sala30" in await at.drawn()
        at.app.changed()
        assert "#sala30" in await at.drawn()
        await at.pilot.press("alt+down")
        assert "#sala00" in await at.drawn()

    run(script)


@pytest.mark.parametrize("width", [1, 5, 26, 46, 48, 49, 50, 51])
def test_no_terminal_is_too_narrow(width: int) -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.drawn()
        for key in ("f2", "f3", "f2", "f3"):
            await at.pilot.press(key)
            await at.drawn()
        assert at.app.is_running

    run(script, size=(width, 12))


def test_a_crowd_is_sorted_now_and_then() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        for first in range(0, 2000, 50):
            at.says(f":s 353 ana = {ROOM} :" + " ".join(f"p{n}" for n in range(first, first + 50)))
        column = at.app.query_one("#members", Column)
        column.waits(None, 0)
        assert "2003 people" in await at.drawn()
        rows = column.rows
        at.said("bia", "oi", "m1")
        await at.drawn()
        assert column.rows is rows
        assert column.behind
        column.waits(None, 0)  # as if a second had passed
        at.says(f":p1!p@h PART {ROOM}")
        assert "2002 people" in await at.drawn()

    run(script)


def test_a_window_shows_something_in_a_low_terminal() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.pilot.press("f1")
        await at.until(lambda: isinstance(at.app.screen, Reading))
        assert at.app.screen.query_one(VerticalScroll).size.height >= 5
        await at.pilot.press("escape", "ctrl+k")
        await at.until(lambda: isinstance(at.app.screen, Chooser))
        assert "#geral" in await at.drawn()

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
    async def script(at: Networks) -> None:
        at.comes_in()
        at.says(":ana!ana@h JOIN #other", ":s 366 ana #other :-")
        await at.pilot.press("alt+2")
        assert at.app.buffer is at.network.buffer("#other")
        at.app.composer.put("/hush")
        await at.pilot.press("enter")
        await at.pilot.press("alt+1", "alt+9")
        assert at.app.buffer is at.network.buffer(ROOM)
        at.says(":bia!bia@h PRIVMSG #other :ana: are you there?")
        assert at.network.open("#other").mentions == 1
        assert not list(at.app._notifications)
        assert at.network.muted == {"#other"}

    run(script)
