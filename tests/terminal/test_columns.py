"""The columns at both sides of the timeline."""

from __future__ import annotations

import pytest
from terminal_screen import ROOM, TerminalScreen, run


def test_a_hidden_column_stays_hidden() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        assert "3 people" in await screen.text()
        await screen.pilot.press("f3", "f2")
        screen.server.send_message("bia", "hello", "m1")
        shown = await screen.text()
        assert "3 people" not in shown
        assert "● Papo" not in shown
        await screen.pilot.press("f3")
        assert "3 people" in await screen.text()

    run(script)


def test_a_column_hidden_in_a_narrow_terminal_is_shown_in_a_wide_one() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        column = screen.app.conversations
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
            screen.app.conversations,
            screen.app.members,
        )
        await screen.wait_until(lambda: not conversations.display)
        await screen.pilot.press("f2")
        await screen.wait_until(lambda: conversations.display)
        await screen.pilot.press("f3")
        await screen.wait_until(lambda: members.display and not conversations.display)
        await screen.pilot.press("f3")
        await screen.wait_until(lambda: not members.display)

    run(script, size=(50, 20))


def test_the_wheel_scrolls_a_column_until_another_conversation_is_shown() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for number in range(60):
            screen.network.open(f"#sala{number:02}")
        await screen.text()
        column = screen.app.conversations
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


def test_with_many_members_the_column_is_updated_now_and_then() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        for first in range(0, 2000, 50):
            screen.server.send(f":s 353 ana = {ROOM} :" + " ".join(f"p{n}" for n in range(first, first + 50)))
        members = screen.app.members
        members.show(screen.network, buffer, now_s=0.0)
        assert members.items[0].text == " 2003 people"
        screen.server.send(f":p1!p@h PART {ROOM}")
        members.show(screen.network, buffer, now_s=0.5)
        assert members.items[0].text == " 2003 people"
        members.show(screen.network, buffer, now_s=1.0)
        assert members.items[0].text == " 2002 people"

    run(script)
