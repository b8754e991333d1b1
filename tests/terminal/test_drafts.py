"""What was begun to write: it stays with its conversation, whatever is shown in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from terminal_screen import ROOM, TerminalScreen, terminal_screen
from textual import events

Script = Callable[[TerminalScreen], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with terminal_screen(**options) as screen:  # type: ignore[arg-type]
            await script(screen)

    asyncio.run(go())


@pytest.mark.parametrize("command", ["/query bia", "/msg bia oi", "/join #outra"])
def test_a_command_that_shows_another_conversation_is_no_draft(command: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send(":ana!ana@h JOIN #outra", ":s 366 ana #outra :-")
        await screen.type(command)
        await screen.pilot.press("enter")
        await screen.wait_until(lambda: screen.app.buffer is not buffer)
        assert screen.app.composer.text == ""
        screen.app.show(screen.network, buffer)
        assert screen.app.composer.text == ""

    run(script)


def test_an_edit_is_given_up_where_another_conversation_is_shown() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.pilot.press("up")
        assert "Editing" in await screen.text()
        screen.app.show(screen.network, screen.network.server)
        assert "Editing" not in await screen.text()
        screen.app.show(screen.network, buffer)
        assert screen.app.composer.text == ""
        assert "Editing" not in await screen.text()

    run(script)


def test_an_answer_goes_on_where_it_was_begun() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "alguem?", "m1")
        await screen.pilot.press("ctrl+up", "r")
        await screen.type("eu")
        screen.app.show(screen.network, screen.network.server)
        assert "Answering" not in await screen.text()
        screen.app.show(screen.network, buffer)
        assert "Answering bia" in await screen.text()
        await screen.pilot.press("enter")
        assert any("reply=m1" in line for line in screen.server.lines if "PRIVMSG" in line)
        assert screen.server.all("PRIVMSG") == [f"PRIVMSG {ROOM} eu"]

    run(script)


def test_an_edit_does_not_glue_lines_together() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.pilot.press("up")
        await screen.type("\nmais")
        await screen.pilot.press("enter")
        assert screen.server.all("EDIT") == []
        assert screen.app.composer.text == "com erro\nmais"
        assert "has one line" in await screen.text()

    run(script)


def test_letters_that_come_at_once_are_one_word() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "texto?", "m1")
        await screen.pilot.press("ctrl+up")
        for letter in "texto dois":
            screen.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await screen.wait_until(lambda: len(screen.app.composer.text) >= 10)
        assert screen.app.composer.text == "texto dois"
        assert len(screen.app.screen_stack) == 1

    run(script)


def test_an_answer_may_be_typed_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "texto?", "m1")
        await screen.pilot.press("ctrl+up", "e")  # not ours: refused, and the next key is a command again
        await screen.pilot.pause()
        for letter in "rex":
            screen.app.post_message(events.Key(letter, letter))
        await screen.wait_until(lambda: screen.app.reply_to is not None and screen.app.composer.text == "ex")
        assert len(screen.app.screen_stack) == 1

    run(script)


def test_an_edit_gives_back_what_was_begun() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.type("pela metade")
        await screen.pilot.press("ctrl+up", "e")
        await screen.wait_until(lambda: screen.app.composer.text == "com erro")
        await screen.pilot.press("escape")
        assert screen.app.composer.text == "pela metade"

    run(script)
