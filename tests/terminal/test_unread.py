"""Unread conversations, highlights and read markers."""

from __future__ import annotations

from terminal_screen import ROOM, TerminalScreen, run
from textual import events


def test_unread_messages_and_highlights_are_counted() -> None:
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
        assert screen.shown_buffer is other
        await screen.text()
        assert (other.unread, other.mentions) == (0, 0)

    run(script)


def test_read_is_what_was_on_the_screen_with_the_focus() -> None:
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


def test_a_muted_conversation_does_not_notify() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        screen.server.send(":ana!ana@h JOIN #other", ":s 366 ana #other :-")
        await screen.pilot.press("alt+2")
        assert screen.shown_buffer is screen.network.buffer("#other")
        screen.app.composer.put("/hush")
        await screen.pilot.press("enter")
        await screen.pilot.press("alt+1", "alt+9")
        assert screen.shown_buffer is screen.network.buffer(ROOM)
        screen.server.send(":bia!bia@h PRIVMSG #other :ana: are you there?")
        assert screen.network.open("#other").mentions == 1
        await screen.text()
        assert not screen.app.screen.query("Toast")
        assert screen.network.notifications_off == {"#other"}

    run(script)
