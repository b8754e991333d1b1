"""Scrolling: only what is on the screen is laid out, and nothing jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fake_server import privmsg
from terminal_screen import ROOM, TerminalScreen, run, terminal_screen

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.terminal import row_layout, timeline


def run_with_lines(script: Callable[[TerminalScreen, Buffer], Awaitable[None]], count: int) -> None:
    """Run a test in a channel with so many lines."""

    async def go() -> None:
        async with terminal_screen(size=(100, 24)) as screen:
            buffer = screen.connect()
            buffer.replace(
                [BufferLine(nick=f"n{n % 7}", text=f"line {n};", at_ms=n * 1000, id=f"m{n}") for n in range(count)]
            )
            buffer.has_older = False
            await screen.text()
            await script(screen, buffer)

    asyncio.run(go())


def on_screen(shown: str, count: int) -> list[int]:
    """Numbers of the lines on the screen."""
    return [number for number in range(count) if f"line {number};" in shown]


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

    run_with_lines(script, 200)


def test_the_screen_is_full_at_the_first_row() -> None:
    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        screen.app.timeline.action_first()
        first = on_screen(await screen.text(), 200)
        assert first[0] == 0
        assert len(first) >= 15

    run_with_lines(script, 200)


def test_new_rows_do_not_scroll() -> None:
    async def script(screen: TerminalScreen, buffer: Buffer) -> None:
        await screen.pilot.press("pageup", "pageup")
        before = on_screen(await screen.text(), 200)
        for number in range(50):
            screen.server.send_message("bia", f"fresh {number}", f"f{number}", minute=number)
        assert on_screen(await screen.text(), 200) == before
        buffer.prepend([BufferLine(nick="a", text="older", at_ms=0, id="o")])
        assert on_screen(await screen.text(), 200) == before

    run_with_lines(script, 200)


def test_of_a_hundred_thousand_rows_few_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    real = row_layout.lines_of

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
    run_with_lines(script, 100_000)


def test_an_edit_far_up_is_drawn() -> None:
    async def script(screen: TerminalScreen, buffer: Buffer) -> None:
        await screen.pilot.press("pageup")
        first = on_screen(await screen.text(), 200)[0]
        buffer.edit(f"m{first}", "written again", is_checked=True)
        assert "written again (edited)" in await screen.text()

    run_with_lines(script, 200)


def test_resizing_keeps_the_place() -> None:
    async def script(screen: TerminalScreen, _buffer: Buffer) -> None:
        await screen.pilot.press("pageup", "pageup")
        last = on_screen(await screen.text(), 200)[-1]
        await screen.pilot.resize_terminal(60, 18)
        assert on_screen(await screen.text(), 200)[-1] == last

    run_with_lines(script, 200)


def test_scrolling_up_loads_older_pages() -> None:
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


def test_what_was_cleared_comes_back_by_scrolling_up() -> None:
    async def script(screen: TerminalScreen) -> None:
        buffer = screen.connect()
        screen.server.send_message("bia", "antes", "m1")
        await screen.type("/clear")
        await screen.pilot.press("enter")
        before = len(screen.server.all("CHATHISTORY"))
        screen.server.send_message("bia", "depois", "m2")
        assert "antes" not in await screen.text()
        assert len(screen.server.all("CHATHISTORY")) == before
        await screen.pilot.press("pageup")
        assert screen.server.all("CHATHISTORY")[before:] == [f"CHATHISTORY BEFORE {ROOM} msgid=m2 100"]
        screen.server.answer("CHATHISTORY", privmsg("bia", "antes", "m1"))
        assert "antes" in await screen.text()

        buffer.clear()
        await screen.pilot.press("pageup")
        assert screen.server.all("CHATHISTORY")[-1] == f"CHATHISTORY LATEST {ROOM} * 100"
        screen.server.answer("CHATHISTORY", privmsg("bia", "antes", "m1"), privmsg("bia", "depois", "m2"))
        assert "antes" in await screen.text()

    run(script)
