"""What was begun to write: it stays with its conversation, whatever is shown in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from screen import ROOM, Networks, desk, sent_of
from textual import events

Script = Callable[[Networks], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with desk(**options) as at:  # type: ignore[arg-type]
            await script(at)

    asyncio.run(go())


@pytest.mark.parametrize("command", ["/query bia", "/msg bia oi", "/join #outra"])
def test_a_command_that_shows_another_conversation_is_no_draft(command: str) -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        at.says(":ana!ana@h JOIN #outra", ":s 366 ana #outra :-")
        await at.type(command)
        await at.pilot.press("enter")
        await at.until(lambda: at.app.buffer is not buffer)
        assert at.app.composer.text == ""
        at.app.show(at.network, buffer)
        assert at.app.composer.text == ""

    run(script)


def test_an_edit_is_given_up_where_another_conversation_is_shown() -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        at.said("ana", "com erro", "m1")
        await at.pilot.press("up")
        assert "Editing" in await at.drawn()
        at.app.show(at.network, at.network.server)
        assert "Editing" not in await at.drawn()
        at.app.show(at.network, buffer)
        assert at.app.composer.text == ""
        assert "Editing" not in await at.drawn()

    run(script)


def test_an_answer_goes_on_where_it_was_begun() -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        at.said("bia", "alguem?", "m1")
        await at.pilot.press("ctrl+up", "r")
        await at.type("eu")
        at.app.show(at.network, at.network.server)
        assert "Answering" not in await at.drawn()
        at.app.show(at.network, buffer)
        assert "Answering bia" in await at.drawn()
        await at.pilot.press("enter")
        assert any("reply=m1" in line for line in at.sent if "PRIVMSG" in line)
        assert sent_of(at.sent, "PRIVMSG") == [f"PRIVMSG {ROOM} eu"]

    run(script)


def test_an_edit_does_not_glue_lines_together() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("ana", "com erro", "m1")
        await at.pilot.press("up")
        await at.type("\nmais")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "EDIT") == []
        assert at.app.composer.text == "com erro\nmais"
        assert "has one line" in await at.drawn()

    run(script)


def test_letters_that_come_at_once_are_one_word() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "texto?", "m1")
        await at.pilot.press("ctrl+up")
        for letter in "texto dois":
            at.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await at.until(lambda: len(at.app.composer.text) >= 10)
        assert at.app.composer.text == "texto dois"
        assert len(at.app.screen_stack) == 1

    run(script)


def test_an_answer_may_be_typed_at_once() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "texto?", "m1")
        await at.pilot.press("ctrl+up", "e")  # not ours: refused, and the next key is a command again
        await at.pilot.pause()
        for letter in "rex":
            at.app.post_message(events.Key(letter, letter))
        await at.until(lambda: at.app.reply_to is not None and at.app.composer.text == "ex")
        assert len(at.app.screen_stack) == 1

    run(script)


def test_an_edit_gives_back_what_was_begun() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("ana", "com erro", "m1")
        await at.type("pela metade")
        await at.pilot.press("ctrl+up", "e")
        await at.until(lambda: at.app.composer.text == "com erro")
        await at.pilot.press("escape")
        assert at.app.composer.text == "pela metade"

    run(script)
