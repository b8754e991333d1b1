"""What the terminal looks like, as files to be read in a review. PAPO_SNAPSHOTS=write writes them again."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path

import pytest
from terminal_screen import ROOM, TerminalScreen, in_utc, terminal_screen

from papo.client.settings import Settings
from papo.i18n import choose
from papo.ui import times

FOLDER = Path(__file__).parent / "snapshots"


async def fill(screen: TerminalScreen) -> None:
    """A channel with a message of every kind."""
    screen.connect()
    screen.server.send(f":s 332 ana {ROOM} :Networks · exercise 3 until Friday")
    screen.server.send_message("bia", "Good morning! Has anybody done exercise 3?", "m1", minute=1)
    screen.server.send_message("caio", "Yes, but `recv()` sometimes returns half a message", "m2", minute=2)
    screen.server.send_message("Davi", "that is normal: **TCP is a stream**", "m3", minute=2, tags="+reply=m2")
    screen.server.send_message(
        "Davi",
        "```python\\nwhile data := sock.recv(1024):\\n    rest += data\\n```".replace("\\n", " "),
        "m4",
        minute=2,
    )
    screen.server.send(
        f"@+draft/react=👍;+reply=m3 :bia!b@h TAGMSG {ROOM}", f"@+draft/react=👍;+reply=m3 :caio!c@h TAGMSG {ROOM}"
    )
    screen.server.send_message("bia", "ana: did you see #news?", "m5", minute=3)
    screen.server.send_message("caio", "\x01ACTION rewrites his server\x01", "m6", minute=9)
    screen.server.send(
        f"@time=2026-11-20T10:10:00.000Z :eva!e@h JOIN {ROOM}", "@time=2026-11-20T10:11:00.000Z :bia!b@h QUIT :bye",
        f"@+typing=active :caio!c@h TAGMSG {ROOM}",
    )  # fmt: skip
    screen.server.send(":Davi!d@h PRIVMSG ana :psst")
    screen.server.answer("CHATHISTORY")


@pytest.mark.parametrize(
    ("name", "size", "language", "theme", "ansi"),
    [
        ("wide", (110, 28), "en", "papo-dark", False),
        ("middle", (90, 24), "en", "papo-light", False),
        ("narrow", (46, 26), "en", "papo-dark", False),
        ("few-colours", (80, 24), "en", "", True),
        ("portuguese", (110, 28), "pt_BR", "papo-dark", False),
    ],
)
def test_screens(  # noqa: PLR0917 -- by name, from the table above
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    size: tuple[int, int],
    language: str,
    theme: str,
    ansi: bool,  # noqa: FBT001
) -> None:
    in_utc(monkeypatch)
    monkeypatch.setattr(times, "today", lambda: date(2027, 1, 1))
    choose({"LANG": language})

    async def go() -> str:
        async with terminal_screen(size=size, settings=Settings(theme=theme, notifies=False), ansi=ansi) as screen:
            await fill(screen)
            shown = await screen.text()
            assert screen.app.theme == (theme or "ansi-dark")
            return shown

    try:
        shown = asyncio.run(go()) + "\n"
    finally:
        choose({})
    file = FOLDER / f"{name}.txt"
    if os.environ.get("PAPO_SNAPSHOTS") == "write":
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8"), "look at it, then run with PAPO_SNAPSHOTS=write"
