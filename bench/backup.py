"""How much later messages come back while a backup is made, and how large the write-ahead log gets.

    python bench/backup.py [--messages 250000] [--rate 300] [--rounds 4] [--way stepped|snapshot] [--work DIR]

The messages are written into a fresh data folder as in bench/search.py, with 50 MB of uploads beside them. A server
starts on it, 20 clients in one room say so many messages a second in all, and measure the time from each to its echo:
in rounds with and without `papo backup`, in turn. `--way snapshot` makes a copy of the database by `VACUUM INTO` from
a connection of its own instead, to compare.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from search import fill

CLIENTS = 20
UPLOADS, UPLOAD_BYTES = 100, 500_000


async def client(port: int, nick: str, every_s: float, times: list[float]) -> None:
    """Talk for ever; `times`: where seconds to the echo go."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"CAP REQ echo-message\r\nNICK {nick}\r\nUSER u 0 * :u\r\nCAP END\r\nJOIN #bench\r\n".encode())
    sent: dict[str, float] = {}

    async def hear() -> None:
        async for line in reader:
            if line.startswith(f":{nick}!".encode()) and b" PRIVMSG " in line:
                times.append(time.perf_counter() - sent.pop(line.decode().rsplit(":", 1)[1].strip()))
            elif line.startswith(b"PING"):
                writer.write(line.replace(b"PING", b"PONG"))

    hearing = asyncio.create_task(hear())
    number = 0
    begin_s = time.perf_counter()
    while True:
        number += 1
        text = f"{number} {'word ' * 12}end{number}"
        sent[text] = time.perf_counter()
        writer.write(f"PRIVMSG #bench :{text}\r\n".encode())
        await asyncio.sleep(max(0, begin_s + number * every_s - time.perf_counter()))
        if hearing.done():
            raise SystemExit(f"{nick} was disconnected")


async def backup(data: Path, way: str, target: Path) -> None:
    """One, by a program of its own."""
    if way == "stepped":
        words = ["-m", "papo", "backup", "--data", str(data), str(target)]
    else:
        target.unlink(missing_ok=True)
        words = ["-c", "import apsw, sys; apsw.Connection(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))",
                 str(data / "papo.db"), str(target)]  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise SystemExit("the backup failed")


async def watch_log(data: Path, largest: list[int]) -> None:
    """Note the largest size of the log, for ever."""
    while True:
        largest[0] = max(largest[0], (data / "papo.db-wal").stat().st_size)
        await asyncio.sleep(0.005)


def say(name: str, times: list[float], log_bytes: int, seconds: float) -> None:
    """One line."""
    cuts = statistics.quantiles(times, n=1000)
    print(
        f"{name:<16} {len(times):>6} messages in {seconds:5.1f} s: "
        f"median {cuts[499] * 1e3:6.2f} ms, p99 {cuts[989] * 1e3:6.2f} ms, most {max(times) * 1e3:6.1f} ms; "
        f"log {log_bytes / 1e6:6.1f} MB",
        flush=True,
    )


async def measure(data: Path, port: int, options: argparse.Namespace) -> None:
    """Both kinds of rounds, in turn."""
    times: list[float] = []
    every_s = CLIENTS / options.rate
    talking = [asyncio.create_task(client(port, f"c{number}", every_s, times)) for number in range(CLIENTS)]
    await asyncio.sleep(2)
    largest = [0]
    watching = asyncio.create_task(watch_log(data, largest))
    kinds: dict[str, list[float]] = {"without": [], "with a backup": []}
    spent = dict.fromkeys(kinds, 0.0)
    logs = dict.fromkeys(kinds, 0)
    for _ in range(options.rounds):
        for name in kinds:
            times.clear()
            largest[0] = 0
            began_s = time.perf_counter()
            if name == "without":
                await asyncio.sleep(max(5, spent["with a backup"] / max(1, options.rounds)))
            else:
                await backup(data, options.way, data.parent / "backup")
            seconds = time.perf_counter() - began_s
            spent[name] += seconds
            kinds[name] += times
            logs[name] = max(logs[name], largest[0])
            say(f"  {name}", list(times), largest[0], seconds)
    for name, found in kinds.items():
        say(name, found, logs[name], spent[name])
    for task in (*talking, watching):
        task.cancel()


async def main(options: argparse.Namespace) -> None:
    """Fill, serve, measure."""
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        data = Path(work, "data")
        data.mkdir()
        await fill(data, options.messages)
        for number in range(UPLOADS):
            place = data / "uploads" / "20261121" / f"{number:022}"
            place.mkdir(parents=True)
            (place / "data").write_bytes(os.urandom(UPLOAD_BYTES))
            (place / "about.json").write_bytes(b"{}")
        print(f"database {(data / 'papo.db').stat().st_size / 1e6:.0f} MB", flush=True)
        config = data / "papo.toml"
        config.write_text("[limits]\nenabled = false\n")
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "papo", "serve", "--new", "--data", str(data), "--listen", "irc://127.0.0.1:0",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert server.stdout is not None
        try:
            async for line in server.stdout:
                if line.strip().startswith(b"irc "):
                    port = int(line.rsplit(b":", 1)[1])
                if line.startswith(b"Stop with"):
                    break
            await measure(data, port, options)
        finally:
            server.terminate()
            await server.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=250_000)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--way", choices=["stepped", "snapshot"], default="stepped")
    parser.add_argument("--work", default=None)
    asyncio.run(main(parser.parse_args()))
