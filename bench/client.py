"""How fast the client core reads a busy channel, and how much memory a line of it takes.

    python bench/client.py [--lines 300000] [--runs 3]

Lines as a server sends them (PRIVMSG with time, msgid and account) go from bytes into the state of one channel, in
reads of 64 KiB. Prints lines per second and MB per 100,000 lines that are kept, for each run and the median.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
import tracemalloc

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.state import buffer
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.network import Network

READ_BYTES = 65_536
WORDS = (
    "a", "o", "que", "de", "para", "com", "uma", "aula", "prova", "hoje", "amanhã", "então", "também", "função",
    "código", "isso", "aqui", "está", "certo", "vamos",
)  # fmt: skip
KEPT = 100_000


def lines(count: int) -> bytes:
    chance = random.Random(7)
    nicks = [f"pessoa{number}" for number in range(200)]
    at_ms = 1_795_000_000_000
    found = []
    for number in range(count):
        at_ms += chance.randrange(20)
        nick = chance.choice(nicks)
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms // 1000))
        text = " ".join(chance.choices(WORDS, k=chance.randrange(3, 15)))
        found.append(
            f"@time={second}.{at_ms % 1000:03d}Z;msgid=01jd{number:022d};account={nick} "
            f":{nick}!~{nick}@10.0.{number % 250}.7 PRIVMSG #geral :{text}\r\n"
        )
    return "".join(found).encode()


def channel() -> Network:
    network = IrcNetwork(read_address("irc://localhost"), Identity("ana"), rooms=["#geral"])
    network.opened(lambda _line: None)
    caps = "server-time message-tags account-tag batch labeled-response echo-message"
    for line in (
        f"CAP * LS :{caps}", f"CAP * ACK :{caps}", "001 ana :oi", "005 ana CASEMAPPING=ascii CHANTYPES=# :ok",
        "422 ana :-", ":ana!ana@h JOIN #geral",
    ):  # fmt: skip
        network.received(f"{line}\r\n".encode())
    return network


def speed(data: bytes, count: int) -> float:
    network = channel()
    reads = [data[at : at + READ_BYTES] for at in range(0, len(data), READ_BYTES)]
    gc.collect()
    start_s = time.perf_counter()
    for each in reads:
        network.received(each)
    took_s = time.perf_counter() - start_s
    have = network.buffer("#geral")
    assert have is not None
    assert have.lines[-1].id == f"01jd{count - 1:022d}"
    return count / took_s


def weight_mb(data: bytes) -> float:
    network = channel()
    network.visible.add("#geral")
    tracemalloc.start()
    for at in range(0, len(data), READ_BYTES):
        network.received(data[at : at + READ_BYTES])
    gc.collect()
    used, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    have = network.buffer("#geral")
    assert have is not None
    return used / len(have.lines) * KEPT / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    data = lines(arguments.lines)
    some = lines(min(arguments.lines, KEPT))
    assert buffer.MAX_LINES >= KEPT
    speeds = [speed(data, arguments.lines) for _ in range(arguments.runs)]
    weights = [weight_mb(some) for _ in range(arguments.runs)]
    print("lines/s      ", *(f"{each:>9,.0f}" for each in speeds), f"  median {statistics.median(speeds):>9,.0f}")
    print("MB/100k lines", *(f"{each:>9.1f}" for each in weights), f"  median {statistics.median(weights):>9.1f}")


if __name__ == "__main__":
    main()
