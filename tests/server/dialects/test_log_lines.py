"""What a client can get into the log: one line for each event, and nothing that commands a terminal (F27)."""

from __future__ import annotations

import asyncio
import logging

import pytest
from fake_link import FakeLink
from memory_server import MemoryServer, make_config

from papo.config import Operator, Rooms
from papo.protocol.dialects import CLASSROOM
from papo.protocol.framed import with_header
from papo.server.dialects.irc.verbs import oper
from papo.server.dialects.table import maker

HOSTILE = [
    "\x1b[2J",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x9b31m",
    "a\nb",
    "a\r\nb",
    "\x07",
    "\u202eb",
    "\u2028",
]


def check(caplog: pytest.LogCaptureFixture) -> None:
    """No control character is in any line."""
    for record in caplog.records:
        line = record.getMessage()
        assert line.isprintable(), repr(line)


@pytest.mark.parametrize("scheme", CLASSROOM)
def test_classroom_clients(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    """Names, texts and reasons."""

    async def test() -> None:
        server = MemoryServer(make_config(rooms=Rooms(permanent=())))
        for text in HOSTILE:
            connection = maker(scheme)(server.chat, FakeLink(), {"replay": "0"})
            for word in (f"ana{text}", f"ana{text}: oi {text}", text):
                data = with_header(word.encode()) if scheme == "framed" else word.encode()
                connection.receive(data)
                for _ in range(5):
                    await asyncio.sleep(0)
                    server.run_deferred()
            connection.lost(f"reset {text}")
            server.run_deferred()

    caplog.set_level(logging.DEBUG)
    asyncio.run(test())
    assert caplog.records
    check(caplog)


def test_irc_clients(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """User names in a refused OPER, reasons of operators, wrong passwords."""
    monkeypatch.setattr(oper, "verify_password", lambda *_: False)

    async def test() -> None:
        server = MemoryServer(make_config(operators=(Operator(name="chefe", password="x"),)))
        for number, text in enumerate(HOSTILE):
            name = f"n{number}"
            server.connect(name)
            for line in (f"NICK {name}", f"USER {text} 0 * :{text}", f"OPER chefe {text}", f"OPER {text} x"):
                await server.ask_and_wait(name, line)
            for line in ("AUTHENTICATE PLAIN", f"AUTHENTICATE {text}", f"NS IDENTIFY {text} {text}", f"QUIT :{text}"):
                await server.ask_and_wait(name, line)

    caplog.set_level(logging.DEBUG)
    asyncio.run(test())
    assert any("operator password" in record.getMessage() for record in caplog.records)
    check(caplog)
