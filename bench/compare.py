"""Runs the same loads against Papo and its installed peers in turn and prints a table; knows no server's insides.

Every measurement has a fresh server. The servers alternate within a round, so that a slow minute of the machine
hits all of them; the table holds medians over the rounds, and Papo's median divided by each peer's.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import resource
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from servers import ServerError, default_papo, has_children, installed, papo_command, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Command = Callable[[Path, int], list[str]]

HERE = Path(__file__).resolve().parent
LOAD_MAY_PREPARE_S = 130.0
IDLE_CONNECTIONS = 9000
# ngIRCd listens with a backlog of 10: beyond that each connection waits for the kernel's retry after one second,
# so a crowd comes in at about 15 a second and 9,000 would take ten minutes.
NOT_RUN = {("ngircd", "idle"): "ngircd, idle: not run, its listen backlog of 10 lets in about 15 connections a second"}


@dataclass(frozen=True)
class Measure:
    """One number of a load's result line: its name in the table, where it stands, and whether more is better."""

    name: str
    pattern: re.Pattern[str]
    more_is_better: bool
    digits: int = 2


FANOUT_MEASURES = (
    Measure("deliveries/s", re.compile(r"deliveries (\d+)/s"), more_is_better=True, digits=0),
    Measure("CPU µs/delivery", re.compile(r"cpu/delivery ([\d.]+) us"), more_is_better=False),
    Measure("latency p50 ms", re.compile(r"lat p50 ([\d.]+) ms"), more_is_better=False),
    Measure("latency p99 ms", re.compile(r"p99 ([\d.]+) ms"), more_is_better=False),
)
IDLE_MEASURES = (
    Measure("registrations/s", re.compile(r"rate=(\d+)/s"), more_is_better=True, digits=0),
    Measure("CPU µs/connection", re.compile(r"cpu/conn=(\d+)us"), more_is_better=False, digits=0),
    Measure("KiB/connection", re.compile(r"rss/conn=(-?[\d.]+) KiB"), more_is_better=False, digits=1),
)
DURABLE_MEASURES = (
    Measure("messages/s", re.compile(r"messages (\d+)/s"), more_is_better=True, digits=0),
    Measure("CPU µs/message", re.compile(r"cpu/message ([\d.]+) us"), more_is_better=False),
    Measure("latency p50 ms", re.compile(r"lat p50 ([\d.]+) ms"), more_is_better=False),
    Measure("latency p99 ms", re.compile(r"p99 ([\d.]+) ms"), more_is_better=False),
)


@dataclass(frozen=True)
class Scenario:
    """A load: its name, the program, the program's arguments (with PORT, PID and SECONDS to fill in), its numbers."""

    name: str
    program: str
    arguments: tuple[str, ...]
    measures: tuple[Measure, ...]


def _fanout(members: int, senders: int, window: int) -> Scenario:
    arguments = ("127.0.0.1", "PORT", str(members), str(senders), str(window), "SECONDS", "PID")
    return Scenario(f"{members}x({senders}x{window})", "fanout", arguments, FANOUT_MEASURES)


SCENARIOS = (
    _fanout(200, 10, 10),
    _fanout(1000, 10, 10),
    _fanout(10, 10, 10),
    _fanout(50, 10, 10),
    _fanout(200, 1, 1),
    Scenario(
        "200x(10x10) tagged",
        "fanout",
        ("127.0.0.1", "PORT", "200", "10", "10", "SECONDS", "PID", "100", "tagged"),
        FANOUT_MEASURES,
    ),
    Scenario("idle", "idle.py", ("PORT", str(IDLE_CONNECTIONS), "PID"), IDLE_MEASURES),
    Scenario("durable", "rooms", ("127.0.0.1", "PORT", "200", "10", "SECONDS", "PID"), DURABLE_MEASURES),
)

Results = dict[tuple[str, str, str], list[float]]
"""Numbers of all rounds by (scenario, measure, server)."""


def raise_open_file_limit() -> int:
    """Raise the soft limit of open files to the hard one, for this process and its children; return it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def compile_loads(folder: Path) -> dict[str, list[str]]:
    """Compile the two C loads into ``folder``; return each load program's command line by name."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        message = "The load generators are C programs and there is no C compiler: install gcc or clang (cc)."
        raise SystemExit(message)
    loads = {"idle.py": [sys.executable, str(HERE / "idle.py")]}
    for name in ("fanout", "rooms"):
        subprocess.run([compiler, "-O2", "-w", "-o", str(folder / name), str(HERE / f"{name}.c")], check=True)
        loads[name] = [str(folder / name)]
    return loads


def run_load(load: list[str], scenario: Scenario, port: int, pid: int, seconds: float) -> str:
    """Run one load against a listening server and return its result line; ServerError holds what a failed one said."""
    fill = {"PORT": str(port), "PID": str(pid), "SECONDS": str(seconds)}
    command = [*load, *(fill.get(argument, argument) for argument in scenario.arguments)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + LOAD_MAY_PREPARE_S, check=False
        )
    except subprocess.TimeoutExpired:
        message = "the load did not finish in time"
        raise ServerError(message) from None
    if done.returncode != 0:
        raise ServerError(done.stderr.strip()[-200:] or f"the load ended with code {done.returncode}")
    return done.stdout.strip()


def read_line(line: str, scenario: Scenario) -> dict[str, float]:
    """Return the numbers of a result line by measure name."""
    numbers = {}
    for measure in scenario.measures:
        found = measure.pattern.search(line)
        if found is None:
            message = f"no {measure.name} in the result: {line}"
            raise ServerError(message)
        numbers[measure.name] = float(found[1])
    return numbers


def note(text: str) -> None:
    """Say something about progress, apart from the table, which alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def measure_all(
    chosen: list[Scenario], servers: dict[str, Command], loads: dict[str, list[str]], options: argparse.Namespace
) -> tuple[Results, list[str]]:
    """Run every scenario against every server, in turn, ``options.rounds`` times; return numbers and complaints."""
    results: Results = {}
    complaints: dict[str, None] = {}
    for turn in range(1, options.rounds + 1):
        for scenario in chosen:
            for name, make in servers.items():
                if (name, scenario.name) in NOT_RUN:
                    continue
                try:
                    with running(make, options.work) as (port, pid):
                        line = run_load(loads[scenario.program], scenario, port, pid, options.seconds)
                        if has_children(pid):
                            complaints[f"{name} runs several processes: CPU and memory count the first only"] = None
                    numbers = read_line(line, scenario)
                except ServerError as error:
                    note(f"{turn}/{options.rounds} {scenario.name} {name}: FAILED: {error}")
                    complaints[f"{name}, {scenario.name}, round {turn}: {error}"] = None
                    continue
                note(f"{turn}/{options.rounds} {scenario.name} {name}: {line}")
                for measure, number in numbers.items():
                    results.setdefault((scenario.name, measure, name), []).append(number)
    return results, list(complaints)


def table(results: Results, chosen: list[Scenario], names: list[str]) -> str:
    """Return the Markdown table of medians; an arrow tells whether more or less is better."""
    peers = [name for name in names if name != "papo"] if "papo" in names else []
    head = ["load", "measure", *names, *(f"papo/{peer}" for peer in peers)]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "---:|" * (len(head) - 2)]
    for scenario in chosen:
        for measure in scenario.measures:
            medians = {
                name: statistics.median(numbers)
                for name in names
                if (numbers := results.get((scenario.name, measure.name, name)))
            }
            cells = [scenario.name, f"{measure.name} {'↑' if measure.more_is_better else '↓'}"]
            cells += [f"{medians[name]:,.{measure.digits}f}" if name in medians else "-" for name in names]
            for peer in peers:
                known = "papo" in medians and medians.get(peer)
                cells.append(f"{medians['papo'] / medians[peer]:.2f}" if known else "-")
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def in_memory(folder: Path) -> bool:
    """Tell whether the folder is on a file system without a disk, where fsync costs nothing (proc(5), mounts)."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]))[1] in {"tmpfs", "ramfs"} if above else False


@contextmanager
def work_folder(parent: Path | None) -> Iterator[Path]:
    """Make a folder for configurations, data and programs; remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="papo-bench-", dir=parent))
    # ngIRCd gives up root before it reads the folder again.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(description="Compare Papo with the IRC servers installed here.")
    parser.add_argument("--only", action="append", choices=names, metavar="LOAD", help=f"one of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default 3)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load sends (default 4)")
    parser.add_argument("--peer", action="append", metavar="NAME", help="inspircd, ngircd or none (default: all found)")
    parser.add_argument("--papo", metavar="CMD", help="how Papo is started, before 'serve'; 'none' leaves it out")
    parser.add_argument("--before", metavar="CMD", help="how another version of Papo is started, to compare with")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where servers keep their data (default: temporary)")
    return parser.parse_args()


def choose_servers(options: argparse.Namespace) -> dict[str, Command]:
    """Return the servers that the options ask for; SystemExit names one that is not installed."""
    servers = installed(shlex.split(options.papo) if options.papo else default_papo())
    if options.papo == "none":
        del servers["papo"]
    if options.peer:
        wanted = {peer for peer in options.peer if peer != "none"}
        if missing := wanted - set(servers):
            message = f"not installed here: {', '.join(sorted(missing))}"
            raise SystemExit(message)
        servers = {name: make for name, make in servers.items() if name == "papo" or name in wanted}
    if options.before:
        servers["before"] = functools.partial(papo_command, start_with=shlex.split(options.before))
    return servers


def main() -> int:
    """Compile, measure and print; 1 when any measurement failed."""
    options = read_options()
    if not Path("/proc/self/stat").exists():
        message = "The loads read CPU time and memory from /proc: run this on Linux."
        raise SystemExit(message)
    # A plain SIGTERM would skip the ends of the with blocks and leave servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if raise_open_file_limit() < IDLE_CONNECTIONS + 100:
        note(f"The limit of open files (ulimit -Hn) is too low for {IDLE_CONNECTIONS} idle connections.")
    servers = choose_servers(options)
    chosen = [scenario for scenario in SCENARIOS if not options.only or scenario.name in options.only]
    with work_folder(options.work) as folder:
        options.work = folder
        loads = compile_loads(folder)
        results, complaints = measure_all(chosen, servers, loads, options)
        if in_memory(folder):
            complaints.append(f"{folder} is in memory, so Papo's fsync cost nothing: give --work a folder on a disk")
    print(f"{os.cpu_count()} cores, {options.rounds} rounds of {options.seconds:g} s, medians; ↑ more is better\n")
    print(table(results, chosen, list(servers)))
    loads_run = {scenario.name for scenario in chosen}
    not_run = [reason for (name, load), reason in NOT_RUN.items() if name in servers and load in loads_run]
    print("".join(f"\n- {remark}" for remark in complaints + not_run))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
