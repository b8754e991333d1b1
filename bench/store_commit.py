"""Measures what keeping messages costs: rows per second by batch, on the loop's thread and beside it.

    python bench/store_commit.py [--seconds 2] [--conversations 20] [--busy]
                                 [--switch-interval-ms 5]

`--busy` keeps the interpreter busy on the loop's thread meanwhile, as a server under load does. The database is made
in a temporary folder of the current directory, so that the disk measured is the one meant.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import NotStored, Page
from papo.server.store import sqlite
from papo.server.world.events import MessageSent

WORDS = ["".join(random.Random(n).choices("abcdefghijklmnopqrstuvwxyz", k=2 + n % 8)) for n in range(5000)]


def said(names: IdGenerator, chance: random.Random, conversations: int) -> MessageSent:
    at_ms = int(time.time() * 1000)
    key = f"#room{chance.randrange(conversations)}"
    return MessageSent(
        uid="abcdefgh00001",
        source="nick!user@host.example.org",
        at_ms=at_ms,
        msgid=names.msgid(at_ms),
        verb="PRIVMSG",
        target=key,
        channel=key,
        conversation=key,
        text=" ".join(chance.choices(WORDS, k=12)),
    )


async def measure(folder: Path, rows: int, args: argparse.Namespace) -> str:
    loop = asyncio.get_running_loop()
    store = sqlite.SqliteStore(folder / "history.db", on_soon=loop.call_soon_threadsafe)
    names, chance = IdGenerator(), random.Random(1)
    times_ms: list[float] = []
    spinning = args.busy

    def spin() -> None:
        if spinning:
            sum(range(20_000))
            loop.call_soon(spin)

    if spinning:
        spin()
    until_s = time.monotonic() + args.seconds
    while time.monotonic() < until_s:
        batch = [said(names, chance, args.conversations) for _ in range(rows)]
        future: asyncio.Future[NotStored | None] = loop.create_future()
        began_s = time.perf_counter()
        store.commit(batch, future.set_result)
        if (failed := await future) is not None:
            raise failed
        times_ms.append((time.perf_counter() - began_s) * 1000)
    spinning = False
    page = Page(conversation="#room0", newest_first=True, limit=100)
    began_s = time.perf_counter()
    await store.page(page)
    read_ms = (time.perf_counter() - began_s) * 1000
    await store.close()
    times_ms.sort()
    per_s = rows * len(times_ms) / (sum(times_ms) / 1000)
    p99 = times_ms[len(times_ms) * 99 // 100]
    median = statistics.median(times_ms)
    return f"{per_s:10,.0f} rows/s   median {median:8.2f} ms   p99 {p99:8.2f} ms   page {read_ms:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--conversations", type=int, default=20)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--switch-interval-ms", type=float, default=5.0, help="sys.setswitchinterval; Python has 5")
    args = parser.parse_args()
    sys.setswitchinterval(args.switch_interval_ms / 1000)
    for where, limit_ms in (("inline", 1e9), ("thread", -1.0), ("chosen", sqlite.INLINE_MS)):
        sqlite.INLINE_MS = limit_ms
        for rows in (1, 16, 64, 512):
            with tempfile.TemporaryDirectory(dir=".") as folder:
                print(f"{where} {rows:4}: {asyncio.run(measure(Path(folder), rows, args))}", flush=True)


if __name__ == "__main__":
    main()
