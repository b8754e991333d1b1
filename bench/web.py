"""Measures the web side: the cost of a delivery over WebSocket and over TCP, and the page in a real browser.

`python bench/web.py` starts its own servers. The first part needs a C compiler, the second Chromium (see README).
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests" / "server" / "web"), str(HERE.parent / "tests" / "live")]
CONFIG = """
[server]
name = "papo.test"
[limits]
enabled = false
"""
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(each => each.duration)))
    .observe({ entryTypes: ["longtask"] });
"""


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def papo(folder: Path) -> Iterator[tuple[int, int, int]]:
    """IRC port, web port and process id of a new server."""
    irc, web = free_port(), free_port()
    config = folder / "papo.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "papo", "serve", "--config", str(config), "--data", str(folder / "data")]
    command += ["--listen", f"irc://127.0.0.1:{irc}", "--listen", f"http://127.0.0.1:{web}"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src"), "LANGUAGE": "en"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Stop with"):
            break
    try:
        yield irc, web, process.pid
    finally:
        process.terminate()
        process.wait(20)


def fanout(folder: Path, rounds: int, seconds: int) -> None:
    """The same load over TCP and over WebSocket, alternately."""
    program = folder / "fanout"
    subprocess.run(["cc", "-O2", "-w", "-o", str(program), str(HERE / "fanout.c")], check=True)
    print("| load | CPU µs/delivery over TCP | over WebSocket | ratio |\n|---|---|---|---|")
    for senders, window in ((10, 10), (1, 1)):
        costs: dict[str, list[float]] = {"tcp": [], "ws": []}
        for _ in range(rounds):
            for kind, found_costs in costs.items():
                with tempfile.TemporaryDirectory(dir=folder) as fresh, papo(Path(fresh)) as (irc, web, pid):
                    port = irc if kind == "tcp" else web
                    load = [
                        str(program),
                        "127.0.0.1",
                        str(port),
                        "200",
                        str(senders),
                        str(window),
                        str(seconds),
                        str(pid),
                    ]
                    load += [100, "ws"] if kind == "ws" else []
                    said = subprocess.run(
                        [str(each) for each in load], check=True, capture_output=True, text=True
                    ).stdout
                    found = re.search(r"deliveries (\d+)/s.*cpu/delivery", said)
                    used = re.search(r"cpu (\d+)%", said)
                    assert found is not None
                    assert used is not None
                    found_costs.append(float(used[1]) / 100 / float(found[1]) * 1e6)
        tcp, ws = (statistics.median(costs[kind]) for kind in ("tcp", "ws"))
        print(f"| 200 members, {senders} x {window} | {tcp:.3f} | {ws:.3f} | {ws / tcp:.2f} |", flush=True)


def page(folder: Path, messages: int) -> None:
    """Time to the login page; a long channel; a busy channel."""
    from browser_screen import BrowserScreen, browser  # noqa: PLC0415 -- of the tests, whose folders are added above
    from live_server import IrcClient  # noqa: PLC0415

    with papo(folder) as (irc, web, _), browser() as chromium:
        url = f"http://127.0.0.1:{web}"
        starts = []
        for _ in range(5):
            context = chromium.new_context()
            person = BrowserScreen(context, url)
            person.page.goto(url)
            person.page.get_by_label("Your name here").wait_for()
            starts.append(person.page.evaluate("performance.now()"))
            context.close()
        print(f"login page shown after {statistics.median(starts):.0f} ms (median of 5, caches empty)")

        talker = IrcClient(irc)
        talker.register("falante", "message-tags")
        talker.send("JOIN #longa")
        talker.until(" 366 ")
        for at in range(messages):
            talker.send(
                f"PRIVMSG #longa :mensagem {at} com algumas palavras **fortes** e um endereço https://a.example/{at}"
            )
            if at % 2_000 == 1_999:
                talker.fence()
        talker.fence()
        context = chromium.new_context()
        context.add_init_script(LONG_TASKS)
        ana = BrowserScreen(context, url)
        ana.connect("Ana")
        began = time.perf_counter()
        ana.type("/join #longa")
        ana.wait_for_message(f"mensagem {messages - 1} ")
        print(f"a room of {messages} messages shown after {(time.perf_counter() - began) * 1000:.0f} ms")
        most = 0
        scroll = ana.page.locator(".scroll")
        began = time.perf_counter()
        for _ in range(150):
            scroll.evaluate("element => { element.scrollTop = 0; }")
            ana.page.wait_for_timeout(40)
            most = max(most, ana.page.locator(".scroll > *").count())
        oldest = ana.page.locator(".message .text").first.inner_text().split()[1]
        print(
            f"scrolling up for {time.perf_counter() - began:.1f} s went back to message {oldest};"
            f" at most {most} rows; long tasks: {tasks(ana)}"
        )
        ana.page.get_by_role("button", name="Back to now").click()
        ana.wait_for_message(f"mensagem {messages - 1} ")
        ana.page.evaluate("window.longTasks.length = 0")
        for at in range(1_000):
            talker.send(f"PRIVMSG #longa :rajada {at} com **força** e `código`")
            time.sleep(1 / 50)
        ana.wait_for_message("rajada 999")
        print(f"50 messages a second for 20 s: long tasks: {tasks(ana)}")
        used = ana.page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        print(f"memory of the page's scripts: {used:.0f} MB")
        talker.close()


def tasks(person: object) -> str:
    """Tasks above 50 ms since the last call."""
    durations = person.page.evaluate("window.longTasks.splice(0)")  # type: ignore[attr-defined]  # a BrowserScreen
    return f"{len(durations)}, the longest {max(durations, default=0):.0f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.work) as work:
        page(Path(work) / ".", chosen.messages)
        fanout(Path(work), chosen.rounds, chosen.seconds)
