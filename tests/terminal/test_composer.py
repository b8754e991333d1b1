"""Writing messages: sending, completion, edits and drafts."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal_screen import ROOM, TerminalScreen, run
from textual import events

from papo.terminal.message_input import dropped_path


def test_a_message_is_sent_and_shown_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("bom dia")
        await screen.pilot.press("enter")
        assert screen.server.all("PRIVMSG") == [f"PRIVMSG {ROOM} :bom dia"]
        assert "bom dia …" in await screen.text()

        label = screen.server.label_of("PRIVMSG")
        nonce = screen.server.lines[-1].partition("papo/nonce=")[2].partition(";")[0].partition(" ")[0]
        screen.server.send(f"@label={label};msgid=m1;+papo/nonce={nonce} :ana!ana@h PRIVMSG {ROOM} :bom dia")
        shown = await screen.text()
        assert "bom dia …" not in shown
        assert shown.count("bom dia") == 1
        assert screen.app.networks.outbox.of("irc://irc.example:6667") == []

    run(script)


def test_several_lines_are_one_message() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("one\ntwo")
        await screen.pilot.press("enter")
        assert next(line for line in screen.server.lines if "BATCH" in line).endswith(f"draft/multiline {ROOM}")
        assert "two" in await screen.text()

    run(script)


def test_a_pasted_text_is_not_sent_before_enter() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.post_message(events.Paste("first\nsecond"))
        await screen.wait_until(lambda: screen.app.composer.input.text == "first\nsecond")
        assert screen.server.all("PRIVMSG") == []

    run(script)


def test_tab_completes_a_nick() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("ca")
        await screen.pilot.press("tab")
        assert screen.app.composer.input.text == "caio: "

    run(script)


def test_commands_are_completed() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/to")
        assert screen.app.composer.completions.display
        await screen.pilot.press("enter")
        assert screen.app.composer.input.text == "/topic "
        await screen.type("news")
        await screen.pilot.press("enter")
        assert screen.server.all("TOPIC") == [f"TOPIC {ROOM} news"]

    run(script)


def test_an_unknown_command_is_explained_and_kept() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/nonsense")
        await screen.pilot.press("enter")
        assert screen.app.composer.input.text == "/nonsense"
        await screen.wait_until(
            lambda: sum("/nonsense" in line for line in screen.screen_lines()) == 2
        )  # the field, the toast

    run(script)


def test_keys_may_come_all_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for char in "/quit":
            screen.app.composer.input.post_message(events.Key("slash" if char == "/" else char, char))
        screen.app.composer.input.post_message(events.Key("enter", "\r"))
        await screen.wait_until(lambda: screen.app.return_code is not None)

    run(script)


def test_a_command_that_shows_something_empties_the_field() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/topic")
        await screen.pilot.press("enter")
        assert screen.app.composer.input.text == ""
        assert "no topic" in await screen.text()

    run(script)


def test_others_see_that_the_user_is_typing() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("hm")
        assert screen.server.lines[-1] == f"@+typing=active TAGMSG {ROOM}"
        await screen.pilot.press("backspace", "backspace")
        assert screen.server.lines[-1] == f"@+typing=done TAGMSG {ROOM}"
        screen.server.send(f"@+typing=active :bia!bia@h TAGMSG {ROOM}")
        assert "bia is typing" in await screen.text()

    run(script)


def test_commands_are_not_reported_as_typing() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/oper x y")
        assert screen.server.all("TAGMSG") == []

    run(script)


def test_up_edits_the_last_message() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "helo", "m1")
        screen.server.send_message("bia", "hi", "m2")
        await screen.text()
        await screen.pilot.press("up")
        assert screen.app.composer.input.text == "helo"
        await screen.type("!")
        await screen.pilot.press("enter")
        assert screen.server.all("EDIT") == [f"EDIT {ROOM} m1 helo!"]
        screen.server.answer("EDIT", f":s EDIT {ROOM} m1 :helo!", batch="labeled-response")
        shown = await screen.text()
        assert "helo! (edited)" in shown
        assert screen.app.composer.input.text == ""

    run(script)


def test_an_edit_does_not_glue_lines_together() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.pilot.press("up")
        await screen.type("\nmais")
        await screen.pilot.press("enter")
        assert screen.server.all("EDIT") == []
        assert screen.app.composer.input.text == "com erro\nmais"
        assert "has one line" in await screen.text()

    run(script)


def test_the_draft_comes_back_after_an_edit() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.type("pela metade")
        await screen.pilot.press("ctrl+up", "e")
        await screen.wait_until(lambda: screen.app.composer.input.text == "com erro")
        await screen.pilot.press("escape")
        assert screen.app.composer.input.text == "pela metade"

    run(script)


def test_an_edit_ends_when_another_conversation_is_shown() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("ana", "com erro", "m1")
        await screen.pilot.press("up")
        assert "Editing" in await screen.text()
        screen.app.show(screen.network, screen.network.server)
        assert "Editing" not in await screen.text()
        screen.app.show(screen.network, buffer)
        assert screen.app.composer.input.text == ""
        assert "Editing" not in await screen.text()

    run(script)


def test_a_draft_stays_with_its_conversation() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other")
        screen.app.show(screen.network, screen.network.open(ROOM))
        await screen.type("unfinished")
        screen.app.show(screen.network, screen.network.open("#other"))
        assert screen.app.composer.input.text == ""
        screen.app.show(screen.network, screen.network.open(ROOM))
        assert screen.app.composer.input.text == "unfinished"

    run(script)


def test_a_reply_stays_with_its_conversation() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "alguem?", "m1")
        await screen.pilot.press("ctrl+up", "r")
        await screen.type("eu")
        screen.app.show(screen.network, screen.network.server)
        assert "Reply to" not in await screen.text()
        screen.app.show(screen.network, buffer)
        assert "Reply to bia" in await screen.text()
        await screen.pilot.press("enter")
        assert any("reply=m1" in line for line in screen.server.lines if "PRIVMSG" in line)
        assert screen.server.all("PRIVMSG") == [f"PRIVMSG {ROOM} eu"]

    run(script)


@pytest.mark.parametrize("command", ["/query bia", "/msg bia oi", "/join #outra"])
def test_a_command_is_no_draft_of_the_conversation_it_leaves(command: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send(":ana!ana@h JOIN #outra", ":s 366 ana #outra :-")
        await screen.type(command)
        await screen.pilot.press("enter")
        await screen.wait_until(lambda: screen.shown_buffer is not buffer)
        assert screen.app.composer.input.text == ""
        screen.app.show(screen.network, buffer)
        assert screen.app.composer.input.text == ""

    run(script)


def test_the_path_of_a_dropped_file_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "a picture.png"
    file.write_bytes(b"x")
    assert dropped_path(f"'{file}'") == str(file)
    assert dropped_path(f"file://{str(file).replace(' ', '%20')}") == str(file)
    assert dropped_path(str(file).replace(" ", "\\ ")) == str(file)
    assert dropped_path("just words") == ""
    assert dropped_path("/not/there") == ""


def test_a_bad_address_is_explained_and_kept() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put("/connect gopher://x")
        await screen.pilot.press("enter")
        assert screen.app.composer.input.text == "/connect gopher://x"
        assert len(screen.app.networks.all) == 1

    run(script)
