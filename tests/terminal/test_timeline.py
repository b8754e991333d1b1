"""Scrolling: only what is on the screen is laid out, and nothing jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from terminal_screen import TerminalScreen, terminal_screen

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.terminal import rows, timeline


def run(script: Callable[[TerminalScreen, Buffer], Awaitable[None]], count: int) -> None:
    """A room with so many rows."""

    async def go() -> None:
        async with terminal_screen(size=(100, 24)) as screen:
            buffer = screen.connect()
            buffer.replace(
                [BufferLine(nick=f"n{n % 7}", text=f"row {n};", at_ms=n * 1000, id=f"m{n}") for n in range(count)]
            )
            buffer.has_older = False
            await screen.text()
            await script(screen, buffer)

    asyncio.run(go())


def on_screen(shown: str, rows: int) -> list[int]:
    """The rows on the screen."""
    return [number for number in range(rows) if f"row {number};" in shown]


def test_a_page_up_and_down_loses_nothing() -> None:
    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        seen: list[int] = []
        for _ in range(20):
            seen += on_screen(await screen.text(), 200)
            await screen.pilot.press("pageup")
        assert set(seen) == set(range(200))
        assert on_screen(await screen.text(), 200)[0] == 0
        for _ in range(20):
            await screen.pilot.press("pagedown")
        assert on_screen(await screen.text(), 200)[-1] == 199
        assert screen.app.timeline.follows

    run(script, 200)


def test_the_screen_is_full_at_the_first_row() -> None:
    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        screen.app.timeline.action_first()
        first = on_screen(await screen.text(), 200)
        assert first[0] == 0
        assert len(first) >= 15

    run(script, 200)


def test_new_rows_do_not_move_what_is_read() -> None:
    async def script(screen: TerminalScreen, buffer: Buffer) -> None:
        await screen.pilot.press("pageup", "pageup")
        before = on_screen(await screen.text(), 200)
        for number in range(50):
            screen.server.send_message("bia", f"fresh {number}", f"f{number}", minute=number)
        assert on_screen(await screen.text(), 200) == before
        buffer.prepend([BufferLine(nick="a", text="older", at_ms=0, id="o")])
        assert on_screen(await screen.text(), 200) == before

    run(script, 200)


def test_a_hundred_thousand_rows_are_not_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    real = rows.lines_of

    def counting(*words: object) -> object:
        nonlocal made
        made += 1
        return real(*words)  # type: ignore[arg-type]

    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        nonlocal made
        made = 0
        screen.app.timeline.action_first()
        await screen.text()
        await screen.pilot.press("ctrl+end")
        await screen.text()
        for _ in range(5):
            await screen.pilot.press("pageup")
        await screen.text()
        assert made < 1_000

    monkeypatch.setattr(timeline, "lines_of", counting)
    run(script, 100_000)


def test_an_edit_far_up_is_drawn() -> None:
    async def script(screen: TerminalScreen, buffer: Buffer) -> None:
        await screen.pilot.press("pageup")
        first = on_screen(await screen.text(), 200)[0]
        buffer.edit(f"m{first}", "written anew")
        assert "written anew (edited)" in await screen.text()

    run(script, 200)


def test_resizing_keeps_the_place() -> None:
    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        await screen.pilot.press("pageup", "pageup")
        last = on_screen(await screen.text(), 200)[-1]
        await screen.pilot.resize_terminal(60, 18)
        assert on_screen(await screen.text(), 200)[-1] == last

    run(script, 200)
