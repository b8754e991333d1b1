"""The bot of the documentation: as a program of its own, and what it does not hear."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_server import CoreServer, message
from live_server import TIMEOUT_S, IrcClient, LiveServer, serve

from papo.client import bot as bot_module
from papo.client.bot import Bot, Message

EXAMPLE = Path(__file__).parents[2] / "examples" / "bot.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serve(tmp_path_factory.mktemp("server"), ["irc"]) as started:
        yield started


def test_the_example_answers_and_says_goodbye(server: LiveServer) -> None:
    client = IrcClient(server.ports["irc"])
    client.register("ana", "message-tags batch draft/multiline")
    client.send("JOIN #papo")
    client.receive_until(" 366 ")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    bot = subprocess.Popen(
        [sys.executable, str(EXAMPLE), f"irc://127.0.0.1:{server.ports['irc']}"],
        env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        client.receive_until("JOIN #papo")
        client.send("PRIVMSG #papo :!echo olá, mundo")
        (*_, answer) = client.receive_until("PRIVMSG #papo")
        assert answer.endswith("PRIVMSG #papo :olá, mundo")
        assert "+reply=" in answer
        assert "bot" in answer.partition(" ")[0].split(";")[0] or ";bot" in answer.partition(" ")[0], (
            "it says what it is"
        )
        client.send("PRIVMSG echo :!echo só nós")
        assert client.receive_until("PRIVMSG ana")[-1].endswith(":só nós")
        bot.send_signal(signal.SIGTERM)
        client.receive_until(" QUIT ")
        assert bot.wait(TIMEOUT_S) == 0
        assert bot.stderr is not None
        assert bot.stderr.read() == ""
    finally:
        bot.kill()
        bot.communicate(timeout=TIMEOUT_S)
        client.close()


def test_the_documentation_shows_the_example() -> None:
    code = re.search(r"```python\n(.*?)```", (EXAMPLE.parents[1] / "docs" / "client.md").read_text("utf-8"), re.DOTALL)
    assert code is not None
    example = EXAMPLE.read_text("utf-8")
    for line in code[1].splitlines():
        assert line in example or line.startswith("bot = Bot(")
    assert bot_module.__doc__ is not None
    assert all(line in bot_module.__doc__ for line in code[1].splitlines() if not line.startswith("bot = Bot("))


def connected(bot: Bot) -> CoreServer:
    """A server that the bot is connected to."""
    server = CoreServer(network=bot.network)
    server.connect()
    return server


def test_what_a_bot_hears() -> None:
    bot = Bot("irc://localhost", "ana", ["#sala"])
    messages: list[tuple[str, str, str]] = []
    bot.hears(lambda message: messages.append((message.nick, message.room, message.text)))
    server = CoreServer(network=bot.network)
    server.accept()
    server.negotiate()
    server.welcome()
    assert "MODE ana +B" in server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    server.answer_history("#sala", message(1, "de antes"))
    server.send(
        message(2, "oi"), message(3, "eu", nick="ana"), message(4, "outro", tags="bot"), message(5, "a", target="ana")
    )
    server.send(message(6, "aviso").replace("PRIVMSG", "NOTICE"), message(2, "oi"))
    assert messages == [("bia", "#sala", "oi"), ("bia", "bia", "a")]


def test_what_a_bot_does() -> None:
    bot = Bot("irc://localhost", "ana", ["#sala"])

    @bot.hears
    def answer(message: Message) -> None:
        message.reply("sim\rQUIT")
        message.react("👍")

    server = connected(bot)
    server.send(message(2, "oi"))
    lines = server.received()
    assert [line for line in lines if line.startswith("QUIT")] == []
    assert any("+draft/react=👍" in line for line in lines)
    bot.say("bia", "oi")
    assert any(line.endswith("PRIVMSG bia oi") for line in server.received())


def test_a_function_that_fails_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        bot = Bot("irc://localhost", "ana", ["#sala"])
        messages: list[str] = []

        @bot.hears
        def fails(message: Message) -> None:
            raise ValueError("um")

        @bot.hears
        async def fails_later(message: Message) -> None:
            messages.append(message.text)
            raise ValueError("dois")

        server = connected(bot)
        server.send(message(2, "oi"), message(3, "de novo"))
        current = asyncio.current_task()
        await asyncio.gather(*(each for each in asyncio.all_tasks() if each is not current))
        assert messages == ["oi", "de novo"]

    asyncio.run(play())
    assert len([each for each in caplog.records if each.levelname == "ERROR"]) == 4


def test_a_refusal_ends_it_with_a_sentence() -> None:
    bot = Bot("irc://localhost", "ana", ["#sala"])
    server = CoreServer(network=bot.network)
    server.accept()
    with pytest.raises(SystemExit, match="irc://localhost:6667: taken"):
        server.send(":s 433 * ana :taken")
