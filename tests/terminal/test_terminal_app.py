"""The terminal client, key by key, against a server made of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fake_server import privmsg
from terminal_screen import CAPS, ROOM, TerminalScreen, terminal_screen
from textual import events

from papo.client import settings
from papo.client.state.irc_network import IrcNetwork
from papo.terminal.composer import dropped_path
from papo.terminal.dialogs import Chooser, Form, Reading

Script = Callable[[TerminalScreen], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with terminal_screen(**options) as screen:  # type: ignore[arg-type]
            await script(screen)

    asyncio.run(go())


def test_what_is_typed_is_said_and_shown() -> None:
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
        assert screen.app.outbox.of("irc://irc.example:6667") == []

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
        await screen.wait_until(lambda: screen.app.composer.text == "first\nsecond")
        assert screen.server.all("PRIVMSG") == []

    run(script)


def test_tab_completes_a_nick() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("ca")
        await screen.pilot.press("tab")
        assert screen.app.composer.text == "caio: "

    run(script)


def test_commands_are_offered_and_chosen() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/to")
        assert screen.app.completions.display
        await screen.pilot.press("enter")
        assert screen.app.composer.text == "/topic "
        await screen.type("news")
        await screen.pilot.press("enter")
        assert screen.server.all("TOPIC") == [f"TOPIC {ROOM} news"]

    run(script)


def test_an_unknown_command_is_explained_and_kept() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/nonsense")
        await screen.pilot.press("enter")
        assert screen.app.composer.text == "/nonsense"
        assert any("/nonsense" in note.message for note in screen.app._notifications)

    run(script)


def test_up_edits_what_was_said_last() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("ana", "helo", "m1")
        screen.server.send_message("bia", "hi", "m2")
        await screen.text()
        await screen.pilot.press("up")
        assert screen.app.composer.text == "helo"
        await screen.type("!")
        await screen.pilot.press("enter")
        assert screen.server.all("EDIT") == [f"EDIT {ROOM} m1 helo!"]
        screen.server.answer("EDIT", f":s EDIT {ROOM} m1 :helo!", batch="labeled-response")
        shown = await screen.text()
        assert "helo! (edited)" in shown
        assert screen.app.composer.text == ""

    run(script)


def test_a_message_is_answered_by_keys() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "a question", "m1")
        screen.server.send_message("caio", "another thing", "m2")
        await screen.text()
        await screen.pilot.press("ctrl+up", "up", "r")
        assert "Answering bia" in await screen.text()
        await screen.type("yes")
        await screen.pilot.press("enter")
        assert "+reply=m1" in screen.server.lines[-1]
        assert "Answering" not in await screen.text()

    run(script)


def test_letters_in_the_timeline_go_to_the_composer() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "a question", "m1")
        await screen.text()
        await screen.pilot.press("ctrl+up")
        await screen.type("sim")
        assert screen.app.composer.text == "sim"
        assert screen.app.composer.has_focus

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


def test_deleting_asks_first() -> None:
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


def test_unread_and_mentions_are_counted_where_nobody_looks() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other", ":s 366 ana #other :-")
        screen.app.show(screen.network, screen.network.open(ROOM))
        screen.server.send(":bia!bia@h PRIVMSG #other :hello", ":bia!bia@h PRIVMSG #other :ana: are you there?")
        shown = await screen.text()
        assert "#other" in shown
        other = screen.network.open("#other")
        assert (other.unread, other.mentions) == (2, 1)
        await screen.pilot.press("alt+a")
        assert screen.app.buffer is other
        await screen.text()
        assert (other.unread, other.mentions) == (0, 0)

    run(script)


def test_read_is_what_was_on_the_screen() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send_message("bia", "hello", "m1")
        await screen.text()
        assert screen.server.all("MARKREAD") == [f"MARKREAD {ROOM} timestamp=2026-11-20T10:00:00.000Z"]
        screen.app.post_message(events.AppBlur())
        await screen.pilot.pause()
        screen.server.send_message("bia", "more", "m2", minute=1)
        await screen.text()
        assert len(screen.server.all("MARKREAD")) == 1

    run(script)


def test_search_and_jump() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "now", "m900", minute=59)
        await screen.text()
        await screen.pilot.press("ctrl+f")
        await screen.type("tcp")
        await screen.pilot.press("enter")
        assert screen.server.all("SEARCH") == [f"SEARCH text=tcp;in={ROOM};limit=50"]
        screen.server.answer("SEARCH", privmsg("caio", "tcp is a stream", "m5"), batch="search")
        await screen.wait_until(lambda: "tcp is a stream" in "\n".join(screen.rows()))
        await screen.pilot.press("enter")
        await screen.wait_until(
            lambda: screen.server.all("CHATHISTORY")[-1] == f"CHATHISTORY AROUND {ROOM} msgid=m5 100"
        )
        screen.server.answer("CHATHISTORY", privmsg("caio", "tcp is a stream", "m5"), privmsg("bia", "true", "m6"))
        shown = await screen.text()
        assert "tcp is a stream" in shown
        assert "reading the past" in shown
        assert buffer.has_newer

        screen.server.send_message("bia", "fresh words", "m901", minute=60)
        assert "fresh words" not in await screen.text()
        await screen.pilot.press("ctrl+end")
        screen.server.answer("CHATHISTORY", privmsg("bia", "fresh words", "m901", minute=60))
        shown = await screen.text()
        assert "fresh words" in shown
        assert "reading the past" not in shown

    run(script)


def test_scrolling_up_asks_for_older_pages() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        buffer.has_older = True
        for number in range(100):
            screen.server.send_message("bia", f"message {number}", f"m{number}", minute=number)
        await screen.text()
        before = len(screen.server.all("CHATHISTORY"))
        for _ in range(4):
            await screen.pilot.press("pageup")
        await screen.text()
        asked = screen.server.all("CHATHISTORY")[before:]
        assert asked == [f"CHATHISTORY BEFORE {ROOM} msgid=m0 100"]
        screen.server.answer("CHATHISTORY", *(privmsg("caio", f"older {n}", f"o{n}") for n in range(3)))
        for _ in range(3):
            await screen.pilot.press("pageup")
        assert "older 0" in await screen.text()

    run(script)


def test_a_taken_nick_is_asked_for_again() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.server.accept()
        screen.server.send(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        await screen.pilot.pause()
        assert isinstance(screen.app.screen, Form)
        await screen.type("ana2")
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.server.lines[-1] == "NICK ana2"

    run(script)


def test_an_unknown_certificate_is_shown() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.network.distrusted("ab" * 32)
        await screen.pilot.pause()
        assert "abab:abab" in "\n".join(screen.rows())
        assert screen.app.certificates.pin(screen.network.address) == ""
        again: list[object] = []
        screen.app.connect_again = again.append  # type: ignore[method-assign, assignment]
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.app.certificates.pin(screen.network.address) == "ab" * 32
        assert again == [screen.network]

    run(script)


def test_offline_says_so_and_keeps_what_is_said() -> None:
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


def test_a_refused_message_can_be_given_up() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("hi")
        await screen.pilot.press("enter")
        screen.server.send(f"@label={screen.server.label_of('PRIVMSG')} :s 404 ana {ROOM} :You may not speak here")
        assert "✗ You may not speak here" in await screen.text()
        await screen.pilot.press("ctrl+up", "d")
        assert "You may not speak" not in await screen.text()
        assert screen.app.outbox.of("irc://irc.example:6667") == []

    run(script)


def test_help_tells_keys_and_commands() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.pilot.press("f1")
        assert isinstance(screen.app.screen, Reading)
        await screen.pilot.press("escape")
        assert not isinstance(screen.app.screen, Reading)

    run(script)


def test_the_palette_goes_everywhere() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":bia!bia@h PRIVMSG ana :oi")
        screen.server.answer("CHATHISTORY")
        await screen.pilot.press("ctrl+k")
        await screen.type("bi")
        await screen.pilot.press("enter")
        await screen.pilot.pause()
        assert screen.app.buffer is screen.network.buffer("bia")

    run(script)


@pytest.mark.parametrize("word", ["/quit", "/sair", "/close", "/SAIR"])
def test_all_words_for_leaving(word: str) -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put(word)
        await screen.pilot.press("enter")
        for _ in range(50):
            if not screen.app.is_running or screen.app._exit:
                break
            await screen.pilot.pause()
        assert screen.app._exit
        assert screen.server.all("QUIT") == ["QUIT"]

    run(script)


def test_drafts_stay_with_their_conversation() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other")
        screen.app.show(screen.network, screen.network.open(ROOM))
        await screen.type("unfinished")
        screen.app.show(screen.network, screen.network.open("#other"))
        assert screen.app.composer.text == ""
        screen.app.show(screen.network, screen.network.open(ROOM))
        assert screen.app.composer.text == "unfinished"

    run(script)


def test_others_see_that_we_write() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("hm")
        assert screen.server.lines[-1] == f"@+typing=active TAGMSG {ROOM}"
        await screen.pilot.press("backspace", "backspace")
        assert screen.server.lines[-1] == f"@+typing=done TAGMSG {ROOM}"
        screen.server.send(f"@+typing=active :bia!bia@h TAGMSG {ROOM}")
        assert "bia is typing" in await screen.text()

    run(script)


def test_secret_words_are_not_shown_as_typing() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        await screen.type("/oper x y")
        assert screen.server.all("TAGMSG") == []

    run(script)


def test_open_rooms_are_remembered(tmp_path: Path) -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other")
        screen.app.tick()
        kept = settings.read(tmp_path).server("irc://irc.example:6667")
        assert kept.rooms == [ROOM, "#other"]

    run(script, folder=tmp_path)


def test_a_server_without_extras_is_enough() -> None:
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


def test_dropped_files_become_uploads(tmp_path: Path) -> None:
    file = tmp_path / "a picture.png"
    file.write_bytes(b"x")
    assert dropped_path(f"'{file}'") == str(file)
    assert dropped_path(f"file://{str(file).replace(' ', '%20')}") == str(file)
    assert dropped_path(str(file).replace(" ", "\\ ")) == str(file)
    assert dropped_path("just words") == ""
    assert dropped_path("/not/there") == ""


def test_caps_of_these_tests_are_asked_for() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        asked = next(line for line in screen.server.lines if line.startswith("CAP REQ"))
        assert {word.partition("=")[0] for word in CAPS.split()} <= set(asked.partition(":")[2].split())

    run(script)


def test_two_servers_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put("/connect irc://127.0.0.1:1/other")
        await screen.pilot.press("enter")
        second = screen.app.networks[1]
        assert str(second.address) == "irc://127.0.0.1:1"
        assert isinstance(second, IrcNetwork)
        assert second.rooms == ["#other"]
        assert screen.app.network is second
        shown = await screen.text()
        assert "○ 127.0.0.1" in shown
        await screen.wait_until(lambda: second.status == "waiting")
        assert "nothing listens there" in await screen.text()
        screen.app.composer.put("/quit")
        await screen.pilot.press("enter")
        assert screen.app.networks == [screen.network]
        assert screen.app.network is screen.network

    run(script)


def test_a_bad_address_is_explained_and_kept() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.app.composer.put("/connect gopher://x")
        await screen.pilot.press("enter")
        assert screen.app.composer.text == "/connect gopher://x"
        assert len(screen.app.networks) == 1

    run(script)


def test_columns_stay_away_when_they_are_put_away() -> None:
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


def test_keys_that_come_all_at_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for char in "/quit":
            screen.app.composer.post_message(events.Key("slash" if char == "/" else char, char))
        screen.app.composer.post_message(events.Key("enter", "\r"))
        await screen.wait_until(lambda: screen.app._exit)

    run(script)
