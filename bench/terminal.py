"""How quickly `papo chat` shows a room, how long its frames take in a busy one, and what 100,000 rows cost.

    python bench/terminal.py [--seconds 10] [--rate 200]

The room's server is a real `papo serve` on loopback; the terminal is a pseudo-terminal of 120 x 40.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "live")]

from live_server import serve  # noqa: E402
from textual import events  # noqa: E402

from papo.client.address import read_address  # noqa: E402
from papo.client.identity import Identity  # noqa: E402
from papo.client.settings import Settings  # noqa: E402
from papo.client.state.buffer import Buffer  # noqa: E402
from papo.client.state.irc_network import IrcNetwork  # noqa: E402
from papo.client.state.message import BufferLine  # noqa: E402
from papo.client.state.network import Network  # noqa: E402
from papo.terminal.app import ChatApp  # noqa: E402

ROOM = "#geral"


def started(port: int, folder: Path) -> float:
    """Seconds from the start of the process until the words of the room are on the screen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(
            TERM="xterm-256color", COLORTERM="truecolor", PAPO_CLIENT_FOLDER=str(folder), PYTHONPATH=str(ROOT / "src")
        )
        command = [sys.executable, "-m", "papo", "chat", f"irc://127.0.0.1:{port}", "--nick", "ana", "--join", ROOM]
        os.execv(command[0], command)  # noqa: S606 -- it is Papo
    began = time.perf_counter()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    shown = b""
    took = 0.0
    while time.perf_counter() - began < 20:
        ready, _, _ = select.select([terminal], [], [], 1)
        with contextlib.suppress(OSError):
            shown += os.read(terminal, 65536) if ready else b""
        if b"the last words" in shown:
            took = time.perf_counter() - began
            break
    os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    os.close(terminal)
    return took


def line(number: int, nick: str = "bia") -> str:
    """A message as a server sends it."""
    second = number // 10
    return (
        f"@time=2026-11-20T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.{number % 10}00Z;"
        f"msgid=m{number};account={nick} :{nick}!{nick}@host.example PRIVMSG {ROOM} :message number {number}, "
        "with **a few** words and a `bit of code` in it, as people write them"
    )


class Measured(NamedTuple):
    """How late the event loop and the letters were, in seconds, sorted."""

    number: int
    lags: list[float]
    keys: list[float]


async def enter(app: ChatApp) -> tuple[Network, Buffer]:
    """Connect to a server that is only lines, and show a channel."""
    network = IrcNetwork(read_address("irc://127.0.0.1"), Identity("ana"), listener=app)
    app.networks.all.append(network)
    network.opened(lambda _text: None)
    caps = "server-time message-tags account-tag"
    for text in (f"CAP * LS :{caps}", f"CAP * ACK :{caps}", "001 ana :hi", "422 ana :-", f"353 ana = {ROOM} :ana bia"):
        network.received_line(f":s {text}")
    network.received_line(f":ana!a@h JOIN {ROOM}")
    buffer = network.open(ROOM)
    app.show(network, buffer)
    return network, buffer


async def drawn(app: ChatApp) -> None:
    """Wait until the next frame is on the screen."""
    done = asyncio.Event()
    app.timeline.call_after_refresh(done.set)
    await done.wait()


async def listen(app: ChatApp, network: Network, first: int, rate: int, seconds: float) -> Measured:
    """Let messages arrive while the user types, and measure how late the loop and each letter are."""
    found = Measured(0, [], [])
    number = first

    async def chatter() -> None:
        nonlocal number
        while True:
            tick = time.perf_counter()
            for _ in range(rate // 50):
                network.received_line(line(number))
                number += 1
            await asyncio.sleep(max(0.0, 0.02 - (time.perf_counter() - tick)))
            found.lags.append(time.perf_counter() - tick - 0.02)

    async def typing() -> None:
        while True:
            await asyncio.sleep(0.11)
            tick = time.perf_counter()
            app.composer.input.post_message(events.Key("a", "a"))
            await drawn(app)
            found.keys.append(time.perf_counter() - tick)

    tasks = [asyncio.create_task(chatter()), asyncio.create_task(typing())]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    return Measured(number - first, sorted(found.lags), sorted(found.keys))


async def in_a_room(rate: int, seconds: float) -> None:
    """Measure a busy channel, then 100,000 rows."""

    app = ChatApp(folder=None, settings=Settings(), start=None)
    async with app.run_test(size=(120, 40)) as pilot:
        network, buffer = await enter(app)
        await listen(app, network, 1_000_000, rate, 1)  # fills the screen
        number, lags, keys = await listen(app, network, 2_000_000, rate, seconds)
        print(
            f"{number / seconds:.0f} messages/s: the loop was late by median {ms(statistics.median(lags))}, "
            f"99 % {ms(lags[int(len(lags) * 0.99)])}, longest {ms(lags[-1])}; "
            f"a letter was on the screen after {ms(statistics.median(keys))}, longest {ms(keys[-1])}"
        )
        before = resident()
        texts = [f"message {n} of many" for n in range(100_000)]
        rows = [BufferLine(nick=f"n{n % 40}", text=text, at_ms=n * 9_000, id=f"p{n}") for n, text in enumerate(texts)]
        buffer.replace(rows)
        buffer.has_older = False
        await pilot.pause()
        frames = []
        for _ in range(300):
            tick = time.perf_counter()
            app.timeline.scroll_lines(-40)
            await drawn(app)
            frames.append(time.perf_counter() - tick)
        frames.sort()
        tick = time.perf_counter()
        app.timeline.action_first()
        await drawn(app)
        print(
            f"100,000 rows: +{resident() - before:.0f} MB, a page up in median {ms(statistics.median(frames))}, "
            f"99 % {ms(frames[297])}; to the first row in {ms(time.perf_counter() - tick)}"
        )


def ms(seconds: float) -> str:
    """Milliseconds, to be read."""
    return f"{seconds * 1000:.1f} ms"


def resident() -> float:
    """Memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def main() -> None:
    """Measure the start, then a running program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serve(Path(name), ["irc"]) as server:
        port = server.ports["irc"]
        say = subprocess.run(
            [sys.executable, "-m", "papo", "chat", f"irc://127.0.0.1:{port}", "--nick=b", f"--join={ROOM}", "--plain"],
            input="the last words\n", text=True, check=False, capture_output=True,
            env={**os.environ, "PAPO_CLIENT_FOLDER": f"{name}/bia", "PYTHONPATH": str(ROOT / "src")}, timeout=30,
        )  # fmt: skip
        assert say.returncode == 0, say.stdout
        took = sorted(started(port, Path(name) / f"ana{n}") for n in range(5))
        print(f"the room is on the screen after {took[2]:.2f} s (of 5: {took[0]:.2f} to {took[-1]:.2f})")
    asyncio.run(in_a_room(chosen.rate, chosen.seconds))


if __name__ == "__main__":
    main()
