"""Toasts in the corner."""

from __future__ import annotations

from terminal_screen import TerminalScreen, run


def test_toasts_do_not_cover_the_composer() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for number in range(20):
            screen.app.toasts.add(f"note {number}", "error")
        await screen.pilot.pause()
        await screen.wait_until(lambda: any("note 19" in row for row in screen.screen_lines()))
        assert sum("note" in row for row in screen.screen_lines()) <= 3

    run(script)


def test_a_text_is_shown_once() -> None:
    async def script(screen: TerminalScreen) -> None:
        screen.connect()
        for text in ("a note", "another one", "a note"):
            screen.app.toasts.add(text)
            await screen.pilot.pause()
        await screen.wait_until(lambda: sum("note" in row for row in screen.screen_lines()) == 1)
        assert any("another one" in row for row in screen.screen_lines()[:8])

    run(script)
