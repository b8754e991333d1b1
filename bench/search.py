"""How long SEARCH and CHATHISTORY take over a million stored messages while 200 clients chat.

    python bench/search.py [--messages 1000000] [--questions 300] [--work DIR]

The messages are written straight into the database of a fresh data folder: words in the proportions of a natural
text, a tenth of the rooms private. Then a server starts on it, 200 clients talk at about 400 messages a second, and
one client asks. Prints medians and 99th percentiles of the time from question to end of the answer.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import NotStored
from papo.server.store.sqlite import SqliteStore
from papo.server.world.events import MessageSent

ROOMS = 50
WORDS = ["".join(random.Random(n).choices("abcdefghijklmnopqrstuvwxyz", k=2 + n % 8)) for n in range(20_000)]
WEIGHTS = list(itertools.accumulate(1 / (n + 1) for n in range(len(WORDS))))


async def fill(folder: Path, count: int) -> None:
    """Write the past."""
    store = SqliteStore(
        folder / "papo.db", durability="process", on_soon=asyncio.get_running_loop().call_soon_threadsafe
    )
    names, chance = IdGenerator(), random.Random(7)
    start_ms = int(time.time() * 1000) - count * 100
    done = 0
    while done < count:
        batch = []
        for at in range(done, min(done + 5_000, count)):
            room = f"#room{min(int(chance.expovariate(0.12)), ROOMS - 1)}"
            at_ms = start_ms + at * 100
            nick = f"n{chance.randrange(300)}"
            batch.append(
                MessageSent(
                    uid=nick, source=f"{nick}!u@host", at_ms=at_ms, msgid=names.msgid(at_ms), verb="PRIVMSG",
                    target=room, channel=room, conversation=room,
                    text=" ".join(chance.choices(WORDS, cum_weights=WEIGHTS, k=12)),
                )
            )  # fmt: skip
        future: asyncio.Future[NotStored | None] = asyncio.get_running_loop().create_future()
        store.commit(batch, lambda failed, future=future: future.set_result(failed))
        assert await future is None
        done += len(batch)
    await store.close()


class Client:
    """One IRC connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *lines: str) -> None:
        self.writer.write("".join(line + "\r\n" for line in lines).encode())

    async def until(self, part: bytes) -> int:
        """Read up to a line that holds this; returns how many lines came."""
        count = 0
        while True:
            line = await self.reader.readline()
            assert line, "closed"
            count += 1
            if part in line:
                return count


async def connect(port: int, nick: str, rooms: list[str], caps: str = "") -> Client:
    """Somebody in some rooms."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))
    client.send(f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")
    await client.until(b" 422 ")
    for room in rooms:
        client.send(f"JOIN {room}")
        await client.until(b" 366 ")
    return client


async def chatter(client: Client, room: str, chance: random.Random) -> None:
    """Two messages a second, and everything read."""

    async def read() -> None:
        while await client.reader.read(65_536):
            pass

    reading = asyncio.create_task(read())
    try:
        while True:
            await asyncio.sleep(chance.expovariate(2.0))
            client.send(f"PRIVMSG {room} :{' '.join(chance.choices(WORDS, cum_weights=WEIGHTS, k=8))}")
    finally:
        reading.cancel()


def show(name: str, times_s: list[float]) -> None:
    """One line of the result."""
    ordered = sorted(times_s)
    p99 = ordered[max(0, int(len(ordered) * 0.99) - 1)] * 1000
    print(f"{name:<38} median {statistics.median(ordered) * 1000:7.2f} ms   p99 {p99:7.2f} ms   n {len(ordered)}")


async def ask(client: Client, name: str, questions: list[str]) -> None:
    """Time from question to the end of the batch."""
    times = []
    for question in questions:
        began = time.perf_counter()
        client.send(question)
        await client.until(b"BATCH -")
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    show(name, times)


async def measure(folder: Path, questions: int) -> None:
    """Start the server and ask."""
    (folder / "papo.toml").write_text("[limits]\nenabled = false\n[rooms]\npermanent = []\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "papo", "serve", "--config", str(folder / "papo.toml"), "--data", str(folder),
        "--listen", "irc://127.0.0.1:0", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = 0
        while not port:
            line = (await process.stdout.readline()).decode()
            if line.strip().startswith("irc "):
                port = int(line.rpartition(":")[2])
        chance = random.Random(11)
        talkers = [await connect(port, f"t{n}", [f"#room{n % ROOMS}"]) for n in range(200)]
        talking = [asyncio.create_task(chatter(each, f"#room{n % ROOMS}", chance)) for n, each in enumerate(talkers)]
        caps = "batch server-time message-tags draft/chathistory draft/search"
        reader = await connect(port, "reader", [f"#room{n}" for n in range(0, ROOMS, 2)], caps)
        rare = [WORDS[chance.randrange(2_000, 20_000)] for _ in range(questions)]
        usual = [WORDS[chance.randrange(20, 400)] for _ in range(questions)]
        most = [WORDS[chance.randrange(5)] for _ in range(questions)]
        room = [f"#room{chance.randrange(0, ROOMS, 2)}" for _ in range(questions)]
        when = [
            f"timestamp={time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(time.time() - chance.random() * 90_000))}"
            for _ in range(questions)
        ]
        await ask(reader, "SEARCH a rare word", [f"SEARCH text={word}" for word in rare])
        await ask(reader, "SEARCH a usual word", [f"SEARCH text={word}" for word in usual])
        await ask(reader, "SEARCH the commonest words", [f"SEARCH text={word}" for word in most])
        await ask(
            reader,
            "SEARCH two words in one room",
            [f"SEARCH in={r};text={a} {b}" for r, a, b in zip(room, usual, most, strict=True)],
        )
        await ask(
            reader, "SEARCH a word by one person", [f"SEARCH from=n{chance.randrange(300)};text={b}" for b in most]
        )
        await ask(reader, "CHATHISTORY LATEST, 100", [f"CHATHISTORY LATEST {r} * 100" for r in room])
        await ask(
            reader,
            "CHATHISTORY BEFORE a time, 100",
            [f"CHATHISTORY BEFORE {r} {t} 100" for r, t in zip(room, when, strict=True)],
        )
        for task in talking:
            task.cancel()
    finally:
        process.terminate()
        await process.wait()


def main() -> None:
    """Parse, fill, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--work", type=Path, default=Path())
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.work) as name:
        began = time.perf_counter()
        asyncio.run(fill(Path(name), chosen.messages))
        size = (Path(name) / "papo.db").stat().st_size / 1e6
        print(f"{chosen.messages:,} messages written in {time.perf_counter() - began:.0f} s, {size:,.0f} MB")
        asyncio.run(measure(Path(name), chosen.questions))


if __name__ == "__main__":
    main()
