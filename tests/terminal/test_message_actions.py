"""What keys do with the selected message."""

from __future__ import annotations

from terminal_screen import ROOM, TerminalScreen, run
from textual import events

from papo.terminal.dialogs.chooser import Chooser
from papo.terminal.dialogs.form import Form


def test_a_message_is_answered() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "a question", "m1")
        screen.server.send_message("caio", "another thing", "m2")
        await screen.text()
        await screen.pilot.press("ctrl+up", "up", "r")
        assert "Reply to bia" in await screen.text()
        await screen.type("yes")
        await screen.pilot.press("enter")
        assert "+reply=m1" in screen.server.lines[-1]
        assert "Reply to" not in await screen.text()

    run(script)


def test_letters_in_the_timeline_go_to_the_composer() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "a question", "m1")
        await screen.text()
        await screen.pilot.press("ctrl+up")
        await screen.type("sim")
        assert screen.app.composer.input.text == "sim"
        assert screen.app.composer.input.has_focus

    run(script)


def test_letters_that_come_at_once_are_one_word() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "texto?", "m1")
        await screen.pilot.press("ctrl+up")
        for letter in "texto dois":
            screen.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await screen.wait_until(lambda: len(screen.app.composer.input.text) >= 10)
        assert screen.app.composer.input.text == "texto dois"
        assert len(screen.app.screen_stack) == 1

    run(script)


def test_a_reply_may_be_typed_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "texto?", "m1")
        await screen.pilot.press("ctrl+up", "e")  # not ours: refused, and the next key is a command again
        await screen.pilot.pause()
        for letter in "rex":
            screen.app.post_message(events.Key(letter, letter))
        await screen.wait_until(
            lambda: screen.app.composer.reply_to is not None and screen.app.composer.input.text == "ex"
        )
        assert len(screen.app.screen_stack) == 1

    run(script)


def test_a_reaction_is_chosen_by_name() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "done", "m1")
        await screen.text()
        await screen.pilot.press("ctrl+up", "x")
        assert isinstance(screen.app.screen, Chooser)
        await screen.type("party pop")
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert "🎉" in screen.server.lines[-1]
        screen.server.send(f"@+draft/react=🎉;+reply=m1 :ana!ana@h TAGMSG {ROOM}")
        assert "🎉 1" in await screen.text()

    run(script)


def test_deleting_asks_for_confirmation() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "a secret", "m1")
        await screen.text()
        await screen.pilot.press("ctrl+up", "d")
        assert isinstance(screen.app.screen, Form)
        await screen.pilot.press("escape")
        assert screen.server.all("REDACT") == []
        await screen.pilot.press("d")
        await screen.pilot.press("enter")
        assert screen.server.all("REDACT") == [f"REDACT {ROOM} m1"]
        screen.server.send(f":ana!ana@h REDACT {ROOM} m1")
        shown = await screen.text()
        assert "a secret" not in shown
        assert "deleted" in shown

    run(script)


def test_a_refused_message_can_be_discarded() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("hi")
        await screen.pilot.press("enter")
        screen.server.send(f"@label={screen.server.label_of('PRIVMSG')} :s 404 ana {ROOM} :You may not speak here")
        assert "✗ You may not speak here" in await screen.text()
        await screen.pilot.press("ctrl+up", "d")
        assert "You may not speak" not in await screen.text()
        assert screen.app.networks.outbox.of("irc://irc.example:6667") == []

    run(script)
