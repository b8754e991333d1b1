"""The terminal client, key by key, against a server made of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from screen import CAPS, ROOM, Networks, desk, message, sent_of
from textual import events

from papo.client import settings
from papo.terminal.composer import dropped_path
from papo.terminal.dialogs import Chooser, Form, Reading

Script = Callable[[Networks], Awaitable[None]]


def run(script: Script, **options: object) -> None:
    """Run a test in a loop of its own."""

    async def go() -> None:
        async with desk(**options) as at:  # type: ignore[arg-type]
            await script(at)

    asyncio.run(go())


def test_what_is_typed_is_said_and_shown() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("bom dia")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "PRIVMSG") == [f"PRIVMSG {ROOM} :bom dia"]
        assert "bom dia …" in await at.drawn()

        label = at.label_of("PRIVMSG")
        nonce = at.sent[-1].partition("papo/nonce=")[2].partition(";")[0].partition(" ")[0]
        at.says(f"@label={label};msgid=m1;+papo/nonce={nonce} :ana!ana@h PRIVMSG {ROOM} :bom dia")
        shown = await at.drawn()
        assert "bom dia …" not in shown
        assert shown.count("bom dia") == 1
        assert at.app.outbox.of("irc://irc.example:6667") == []

    run(script)


def test_several_lines_are_one_message() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("one\ntwo")
        await at.pilot.press("enter")
        assert next(line for line in at.sent if "BATCH" in line).endswith(f"draft/multiline {ROOM}")
        assert "two" in await at.drawn()

    run(script)


def test_a_pasted_text_is_not_sent_before_enter() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.app.post_message(events.Paste("first\nsecond"))
        await at.until(lambda: at.app.composer.text == "first\nsecond")
        assert sent_of(at.sent, "PRIVMSG") == []

    run(script)


def test_tab_completes_a_nick() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("ca")
        await at.pilot.press("tab")
        assert at.app.composer.text == "caio: "

    run(script)


def test_commands_are_offered_and_chosen() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("/to")
        assert at.app.completions.display
        await at.pilot.press("enter")
        assert at.app.composer.text == "/topic "
        await at.type("news")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "TOPIC") == [f"TOPIC {ROOM} news"]

    run(script)


def test_an_unknown_command_is_explained_and_kept() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("/nonsense")
        await at.pilot.press("enter")
        assert at.app.composer.text == "/nonsense"
        assert any("/nonsense" in note.message for note in at.app._notifications)

    run(script)


def test_up_edits_what_was_said_last() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("ana", "helo", "m1")
        at.said("bia", "hi", "m2")
        await at.drawn()
        await at.pilot.press("up")
        assert at.app.composer.text == "helo"
        await at.type("!")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "EDIT") == [f"EDIT {ROOM} m1 helo!"]
        at.answer("EDIT", f":s EDIT {ROOM} m1 :helo!", batch="labeled-response")
        shown = await at.drawn()
        assert "helo! (edited)" in shown
        assert at.app.composer.text == ""

    run(script)


def test_a_message_is_answered_by_keys() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "a question", "m1")
        at.said("caio", "another thing", "m2")
        await at.drawn()
        await at.pilot.press("ctrl+up", "up", "r")
        assert "Answering bia" in await at.drawn()
        await at.type("yes")
        await at.pilot.press("enter")
        assert "+reply=m1" in at.sent[-1]
        assert "Answering" not in await at.drawn()

    run(script)


def test_letters_in_the_timeline_go_to_the_composer() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "a question", "m1")
        await at.drawn()
        await at.pilot.press("ctrl+up")
        await at.type("sim")
        assert at.app.composer.text == "sim"
        assert at.app.composer.has_focus

    run(script)


def test_a_reaction_is_chosen_by_name() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "done", "m1")
        await at.drawn()
        await at.pilot.press("ctrl+up", "x")
        assert isinstance(at.app.screen, Chooser)
        await at.type("party pop")
        await at.pilot.press("enter")
        await at.pilot.pause()
        assert "🎉" in at.sent[-1]
        at.says(f"@+draft/react=🎉;+reply=m1 :ana!ana@h TAGMSG {ROOM}")
        assert "🎉 1" in await at.drawn()

    run(script)


def test_deleting_asks_first() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("ana", "a secret", "m1")
        await at.drawn()
        await at.pilot.press("ctrl+up", "d")
        assert isinstance(at.app.screen, Form)
        await at.pilot.press("escape")
        assert sent_of(at.sent, "REDACT") == []
        await at.pilot.press("d")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "REDACT") == [f"REDACT {ROOM} m1"]
        at.says(f":ana!ana@h REDACT {ROOM} m1")
        shown = await at.drawn()
        assert "a secret" not in shown
        assert "deleted" in shown

    run(script)


def test_unread_and_mentions_are_counted_where_nobody_looks() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.says(":ana!ana@h JOIN #other", ":s 366 ana #other :-")
        at.app.show(at.network, at.network.open(ROOM))
        at.says(":bia!bia@h PRIVMSG #other :hello", ":bia!bia@h PRIVMSG #other :ana: are you there?")
        shown = await at.drawn()
        assert "#other" in shown
        other = at.network.open("#other")
        assert (other.unread, other.mentions) == (2, 1)
        await at.pilot.press("alt+a")
        assert at.app.buffer is other
        await at.drawn()
        assert (other.unread, other.mentions) == (0, 0)

    run(script)


def test_read_is_what_was_on_the_screen() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.said("bia", "hello", "m1")
        await at.drawn()
        assert sent_of(at.sent, "MARKREAD") == [f"MARKREAD {ROOM} timestamp=2026-11-20T10:00:00.000Z"]
        at.app.post_message(events.AppBlur())
        await at.pilot.pause()
        at.said("bia", "more", "m2", minute=1)
        await at.drawn()
        assert len(sent_of(at.sent, "MARKREAD")) == 1

    run(script)


def test_search_and_jump() -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        at.said("bia", "now", "m900", minute=59)
        await at.drawn()
        await at.pilot.press("ctrl+f")
        await at.type("tcp")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "SEARCH") == [f"SEARCH text=tcp;in={ROOM};limit=50"]
        at.answer("SEARCH", message("caio", "tcp is a stream", "m5"), batch="search")
        await at.until(lambda: "tcp is a stream" in "\n".join(at.rows()))
        await at.pilot.press("enter")
        await at.until(lambda: sent_of(at.sent, "CHATHISTORY")[-1] == f"CHATHISTORY AROUND {ROOM} msgid=m5 100")
        at.answer("CHATHISTORY", message("caio", "tcp is a stream", "m5"), message("bia", "true", "m6"))
        shown = await at.drawn()
        assert "tcp is a stream" in shown
        assert "reading the past" in shown
        assert buffer.has_newer

        at.said("bia", "fresh words", "m901", minute=60)
        assert "fresh words" not in await at.drawn()
        await at.pilot.press("ctrl+end")
        at.answer("CHATHISTORY", message("bia", "fresh words", "m901", minute=60))
        shown = await at.drawn()
        assert "fresh words" in shown
        assert "reading the past" not in shown

    run(script)


def test_scrolling_up_asks_for_older_pages() -> None:
    async def script(at: Networks) -> None:
        buffer = at.comes_in()
        buffer.has_older = True
        for number in range(100):
            at.said("bia", f"message {number}", f"m{number}", minute=number)
        await at.drawn()
        before = len(sent_of(at.sent, "CHATHISTORY"))
        for _ in range(4):
            await at.pilot.press("pageup")
        await at.drawn()
        asked = sent_of(at.sent, "CHATHISTORY")[before:]
        assert asked == [f"CHATHISTORY BEFORE {ROOM} msgid=m0 100"]
        at.answer("CHATHISTORY", *(message("caio", f"older {n}", f"o{n}") for n in range(3)))
        for _ in range(3):
            await at.pilot.press("pageup")
        assert "older 0" in await at.drawn()

    run(script)


def test_a_taken_nick_is_asked_for_again() -> None:
    async def script(at: Networks) -> None:
        at.network.opened(at.sent.append)
        at.says(":s CAP * LS :", ":s 433 * ana :Nickname is already in use")
        await at.pilot.pause()
        assert isinstance(at.app.screen, Form)
        await at.type("ana2")
        await at.pilot.press("enter")
        await at.pilot.pause()
        assert at.sent[-1] == "NICK ana2"

    run(script)


def test_an_unknown_certificate_is_shown() -> None:
    async def script(at: Networks) -> None:
        at.network.distrusted("ab" * 32)
        await at.pilot.pause()
        assert "abab:abab" in "\n".join(at.rows())
        assert at.app.certificates.pin(at.network.address) == ""
        again: list[object] = []
        at.app.connect_again = again.append  # type: ignore[method-assign, assignment]
        await at.pilot.press("enter")
        await at.pilot.pause()
        assert at.app.certificates.pin(at.network.address) == "ab" * 32
        assert again == [at.network]

    run(script)


def test_offline_says_so_and_keeps_what_is_said() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.network.lost("The server closed the connection.", 4_000_000_000_000)
        await at.type("later")
        await at.pilot.press("enter")
        shown = await at.drawn()
        assert "The server closed the connection. Trying again" in shown
        assert "1 message waits." in shown
        assert "later …" in shown

    run(script)


def test_a_refused_message_can_be_given_up() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("hi")
        await at.pilot.press("enter")
        at.says(f"@label={at.label_of('PRIVMSG')} :s 404 ana {ROOM} :You may not speak here")
        assert "✗ You may not speak here" in await at.drawn()
        await at.pilot.press("ctrl+up", "d")
        assert "You may not speak" not in await at.drawn()
        assert at.app.outbox.of("irc://irc.example:6667") == []

    run(script)


def test_help_tells_keys_and_commands() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.pilot.press("f1")
        assert isinstance(at.app.screen, Reading)
        await at.pilot.press("escape")
        assert not isinstance(at.app.screen, Reading)

    run(script)


def test_the_palette_goes_everywhere() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.says(":bia!bia@h PRIVMSG ana :oi")
        at.answer("CHATHISTORY")
        await at.pilot.press("ctrl+k")
        await at.type("bi")
        await at.pilot.press("enter")
        await at.pilot.pause()
        assert at.app.buffer is at.network.buffer("bia")

    run(script)


@pytest.mark.parametrize("word", ["/quit", "/sair", "/close", "/SAIR"])
def test_all_words_for_leaving(word: str) -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.app.composer.put(word)
        await at.pilot.press("enter")
        for _ in range(50):
            if not at.app.is_running or at.app._exit:
                break
            await at.pilot.pause()
        assert at.app._exit
        assert sent_of(at.sent, "QUIT") == ["QUIT"]

    run(script)


def test_drafts_stay_with_their_conversation() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.says(":ana!ana@h JOIN #other")
        at.app.show(at.network, at.network.open(ROOM))
        await at.type("unfinished")
        at.app.show(at.network, at.network.open("#other"))
        assert at.app.composer.text == ""
        at.app.show(at.network, at.network.open(ROOM))
        assert at.app.composer.text == "unfinished"

    run(script)


def test_others_see_that_we_write() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("hm")
        assert at.sent[-1] == f"@+typing=active TAGMSG {ROOM}"
        await at.pilot.press("backspace", "backspace")
        assert at.sent[-1] == f"@+typing=done TAGMSG {ROOM}"
        at.says(f"@+typing=active :bia!bia@h TAGMSG {ROOM}")
        assert "bia is typing" in await at.drawn()

    run(script)


def test_secret_words_are_not_shown_as_typing() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        await at.type("/oper x y")
        assert sent_of(at.sent, "TAGMSG") == []

    run(script)


def test_open_rooms_are_remembered(tmp_path: Path) -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.says(":ana!ana@h JOIN #other")
        at.app.tick()
        kept = settings.read(tmp_path).server("irc://irc.example:6667")
        assert kept.rooms == [ROOM, "#other"]

    run(script, folder=tmp_path)


def test_a_server_without_extras_is_enough() -> None:
    async def script(at: Networks) -> None:
        at.network.opened(at.sent.append)
        at.says(":s 421 * CAP :Unknown command", ":s 001 ana :hi", ":s 376 ana :-", f":ana!a@h JOIN {ROOM}")
        at.app.show(at.network, at.network.open(ROOM))
        await at.type("hello")
        await at.pilot.press("enter")
        assert sent_of(at.sent, "PRIVMSG") == [f"PRIVMSG {ROOM} hello"]
        at.says(f":s PONG s {at.sent[-1].split()[-1]}")
        shown = await at.drawn()
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
    async def script(at: Networks) -> None:
        at.comes_in()
        asked = next(line for line in at.sent if line.startswith("CAP REQ"))
        assert {word.partition("=")[0] for word in CAPS.split()} <= set(asked.partition(":")[2].split())

    run(script)


def test_two_servers_at_once() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.app.composer.put("/connect irc://127.0.0.1:1/other")
        await at.pilot.press("enter")
        second = at.app.networks[1]
        assert str(second.address) == "irc://127.0.0.1:1"
        assert second.rooms == ["#other"]
        assert at.app.network is second
        shown = await at.drawn()
        assert "○ 127.0.0.1" in shown
        await at.until(lambda: second.status == "waiting")
        assert "nothing listens there" in await at.drawn()
        at.app.composer.put("/quit")
        await at.pilot.press("enter")
        assert at.app.networks == [at.network]
        assert at.app.network is at.network

    run(script)


def test_a_bad_address_is_explained_and_kept() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        at.app.composer.put("/connect gopher://x")
        await at.pilot.press("enter")
        assert at.app.composer.text == "/connect gopher://x"
        assert len(at.app.networks) == 1

    run(script)


def test_columns_stay_away_when_they_are_put_away() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        assert "3 people" in await at.drawn()
        await at.pilot.press("f3", "f2")
        at.said("bia", "hello", "m1")
        shown = await at.drawn()
        assert "3 people" not in shown
        assert "● Papo" not in shown
        await at.pilot.press("f3")
        assert "3 people" in await at.drawn()

    run(script)


def test_keys_that_come_all_at_once() -> None:
    async def script(at: Networks) -> None:
        at.comes_in()
        for char in "/quit":
            at.app.composer.post_message(events.Key("slash" if char == "/" else char, char))
        at.app.composer.post_message(events.Key("enter", "\r"))
        await at.until(lambda: at.app._exit)

    run(script)
