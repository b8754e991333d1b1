"""Floods the server in every way there is, each from one address, and prints how long others wait for their PONG.

    python bench/floods.py                     # all of it, some four minutes; Linux
    python bench/floods.py --only "ws" --seconds 3

Limits are the default ones. Loopback is exempt from some of them, so everything runs in a network namespace of its own
(unshare(1); no packet leaves it), whose loopback interface has addresses for documentation (RFC 5737): the server has
one, each flood its own, observers send PING from others. `cpu`: what the server took of one core.
`noise p99`: the same PING to a server of three lines, at the same time: what the machine and its other users add.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flood_rows import FLOODS, Flood
from flood_sender import send
from servers import SOURCE_FOLDER, default_papo, end

SERVER = "198.51.100.1"
OBSERVERS = ("198.51.100.2", "198.51.100.3", "198.51.100.4")
OBSERVERS_EACH = 12
PING_EVERY_S = 0.4
PORTS = {"irc": 6667, "ircs": 6697, "http": 8080, "relay": 5001, "framed": 5004}
ECHO_PORT = 9999
CHANNELS = 1500
MEMBERS = 300
"""Of one large room."""
WANTED_P99_MS = 50.0


def enter_namespace() -> None:
    """Run this program again in a network namespace in which only the loopback interface is."""
    if os.environ.get("PAPO_FLOODS") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for net in ("198.51.100", "203.0.113"):
            subprocess.run(["ip", "addr", "add", f"{net}.1/24", "dev", "lo"], check=True)
        for host in range(2, 12):
            subprocess.run(["ip", "addr", "add", f"198.51.100.{host}/32", "dev", "lo"], check=True)
        for host in range(2, 250):
            subprocess.run(["ip", "addr", "add", f"203.0.113.{host}/32", "dev", "lo"], check=True)
        return
    with contextlib.suppress(OSError):
        os.nice(-10)  # before whatever else the machine does; the senders give it back
    command = ["unshare", "--map-root-user", "--net", sys.executable, *sys.argv]
    os.execvpe("unshare", command, {**os.environ, "PAPO_FLOODS": "1"})  # noqa: S606 -- a list of words needs no shell


def echo_for_ever() -> None:
    """A server that answers each line with PONG, and does nothing else."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(b" PONG \r\n")

    async def serve() -> None:
        await (await asyncio.start_server(answer, SERVER, ECHO_PORT)).serve_forever()

    asyncio.run(serve())


def start(folder: Path, papo: list[str]) -> subprocess.Popen[bytes]:
    """Start a server with default limits."""
    config = folder / "papo.toml"
    config.write_text("[server]\nname = 'flood.test'\n")
    listen = [f"--listen={scheme}://{SERVER}:{port}" for scheme, port in PORTS.items()]
    listen.append("--listen=irc://127.0.0.1:6666")  # those who prepare: loopback, without limits of connections
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [*papo, "serve", *listen, "--data", str(folder / "data"), "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(SOURCE_FOLDER)} if papo == default_papo() else None,
        )


async def registered(
    host: str, port: int, nick: str, source: str | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that is registered."""
    local = (source, 0) if source else None
    reader, writer = await asyncio.open_connection(host, port, local_addr=local)
    writer.write(f"NICK {nick}\r\nUSER u 0 * :u\r\n".encode())
    while True:
        line = await reader.readline()
        if not line:
            raise SystemExit(f"{nick} was refused")
        if b" 376 " in line or b" 422 " in line:
            return reader, writer


async def discard(reader: asyncio.StreamReader) -> None:
    """Read what nobody wants."""
    while await reader.read(1 << 16):
        pass


async def populate() -> list[asyncio.StreamWriter]:
    """Channels to list, a room to look at, and bans to show."""
    writers = []
    tasks = []
    for number in range(MEMBERS):
        reader, writer = await registered("127.0.0.1", 6666, f"member{number}", None)
        tasks.append(asyncio.create_task(discard(reader)))
        writers.append(writer)
        each = CHANNELS // MEMBERS
        names = ",".join(f"#room-{number * each + at}" for at in range(each))
        writer.write(f"JOIN #large,{names}\r\n".encode())
    owner = writers[0]
    await asyncio.sleep(1)
    for batch in range(5):
        masks = " ".join(f"*{batch}x{at}*!*@*.example" for at in range(20))
        owner.write(f"MODE #large +{'b' * 20} {masks}\r\n".encode())
        await asyncio.sleep(1)
    return writers


async def observe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waits_ms: list[float]) -> None:
    """Send PING and note how long each PONG takes."""
    while True:
        began_s = time.perf_counter()
        writer.write(b"PING :x\r\n")
        while True:
            line = await reader.readline()
            if not line:
                return
            if b" PONG " in line:
                break
        waits_ms.append((time.perf_counter() - began_s) * 1000)
        await asyncio.sleep(PING_EVERY_S)


def cpu_s(pid: int) -> float:
    """CPU time of a process so far (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def settle(observers: list[list[float]]) -> None:
    """Wait until the flood before is over for everybody, and forget what was measured."""
    for _ in range(100):
        for waits_ms in observers:
            waits_ms.clear()
        await asyncio.sleep(2 * PING_EVERY_S)
        waits = [wait for waits_ms in observers for wait in waits_ms]
        if len(waits) >= len(observers) and statistics.median(waits) < WANTED_P99_MS / 5:
            break
    for waits_ms in observers:
        waits_ms.clear()


async def measure(
    flood: Flood, number: int, pid: int, *, seconds: float, observers: list[list[float]], noise_ms: list[float]
) -> str:
    """Run one flood; return its row."""
    process = multiprocessing.get_context("fork").Process(
        target=send, args=(flood, f"203.0.113.{number + 2}", SERVER, PORTS, seconds), daemon=True
    )
    await settle(observers)
    noise_ms.clear()
    before_s, began_s = cpu_s(pid), time.monotonic()
    process.start()
    while process.is_alive() and time.monotonic() - began_s < seconds + 15:
        await asyncio.sleep(0.05)
    process.kill()
    process.join()
    took_s = time.monotonic() - began_s
    cpu = (cpu_s(pid) - before_s) / took_s
    await asyncio.sleep(0.3)  # waits that the flood began are over
    waits = sorted(wait for waits_ms in observers for wait in waits_ms)
    if len(waits) < 20:
        return f"{flood.name:34} no answers"
    p99 = waits[int(len(waits) * 0.99)]
    noise_ms.sort()
    noise = noise_ms[int(len(noise_ms) * 0.99)] if noise_ms else 0.0
    mark = " <<<" if p99 > WANTED_P99_MS else ""
    numbers = f"{statistics.median(waits):7.1f} {p99:8.1f} {waits[-1]:8.1f} {noise:10.1f} {cpu * 100:5.0f} %"
    return f"{flood.name:34} {numbers}{mark}"


async def run(pid: int, arguments: argparse.Namespace) -> None:
    """Prepare, and run every flood."""
    writers = await populate()
    waits: list[list[float]] = []
    tasks = []
    for at in range(len(OBSERVERS) * OBSERVERS_EACH):
        reader, writer = await registered(SERVER, PORTS["irc"], f"watch{at}", OBSERVERS[at % len(OBSERVERS)])
        waits.append([])
        tasks.append(asyncio.create_task(observe(reader, writer, waits[-1])))
        writers.append(writer)
    print(f"{'flood':34} {'p50 ms':>7} {'p99 ms':>8} {'max ms':>8} {'noise p99':>10} {'cpu':>7}", flush=True)
    multiprocessing.get_context("fork").Process(target=echo_for_ever, daemon=True).start()
    await asyncio.sleep(1)
    noise_ms: list[float] = []
    for _ in range(12):
        reader, writer = await asyncio.open_connection(SERVER, ECHO_PORT)
        tasks.append(asyncio.create_task(observe(reader, writer, noise_ms)))
    nothing = Flood("nothing", connections=0)
    for number, flood in enumerate((nothing, *FLOODS)):
        if flood is nothing or not arguments.only or any(word in flood.name for word in arguments.only.split(",")):
            row = await measure(flood, number, pid, seconds=arguments.seconds, observers=waits, noise_ms=noise_ms)
            print(row, flush=True)


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="words of the floods to run, with commas")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--papo", default="", help="the command of another version")
    arguments = parser.parse_args()
    enter_namespace()
    # In memory where there is such a folder: what other programs do to the disk is not what is measured.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 -- a new folder is made in it
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        process = start(Path(folder), arguments.papo.split() or default_papo())
        try:
            deadline_s = time.monotonic() + 30
            while time.monotonic() < deadline_s and process.poll() is None:
                with contextlib.suppress(OSError):
                    socket.create_connection((SERVER, PORTS["framed"]), timeout=1).close()
                    break
                time.sleep(0.1)
            asyncio.run(run(process.pid, arguments))
        finally:
            end(process)
            if process.returncode:
                print((Path(folder) / "output.txt").read_text()[-2000:])


if __name__ == "__main__":
    main()
