"""How each server of the comparison is configured, started and ended; knows nothing of loads and tables."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE_FOLDER = Path(__file__).resolve().parent.parent / "src"
STARTS_WITHIN_S = 20.0
ENDS_WITHIN_S = 10.0

# Flood and connection limits off, queues large, no name lookups: what is measured is the server, not its brakes.
INSPIRCD_CONFIG = """\
<config format="xml">
<server name="bench.local" description="bench" id="001" network="bench">
<admin name="bench" nick="bench" email="bench@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="120" pingfreq="600" localmax="100000" globalmax="100000" limit="100000"
         maxconnwarn="no" resolvehostnames="no" useident="no" useconnectban="no" useconnflood="no" fakelag="no"
         commandrate="1000000000" threshold="1000000000" recvq="1048576" softsendq="1073741824"
         hardsendq="1073741824" maxchans="1000">
<performance softlimit="100000" somaxconn="4096" quietbursts="yes" netbuffersize="65534">
<dns server="127.0.0.1" timeout="1">
<pid file="{folder}/inspircd.pid">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.log">
"""

NGIRCD_CONFIG = """\
[Global]
    Name = bench.local
    Info = bench
    AdminEMail = bench@localhost
    Listen = 127.0.0.1
    Ports = {port}
    MotdPhrase = "bench"
[Limits]
    MaxConnections = 0
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxNickLength = 16
    MaxPenaltyTime = 0
    PingTimeout = 600
    PongTimeout = 600
[Options]
    DNS = no
    Ident = no
    PAM = no
    IncludeDir = {folder}/none
"""

PAPO_CONFIG = """\
[limits]
enabled = false

[history]
durability = "power-loss"
"""


class ServerError(Exception):
    """A server did not start, or ended by itself; the text says which and what it printed."""


def free_port() -> int:
    """Return a loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _find(program: str) -> str | None:
    # Daemons live in sbin, which is not on everybody's PATH.
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")


def inspircd_command(folder: Path, port: int) -> list[str]:
    """Write InspIRCd 3's configuration into ``folder`` and return its command line."""
    path = folder / "inspircd.conf"
    path.write_text(INSPIRCD_CONFIG.format(port=port, folder=folder))
    as_root = ["--runasroot"] if os.geteuid() == 0 else []
    return [_find("inspircd") or "inspircd", "--nofork", "--nolog", *as_root, "--config", str(path)]


def ngircd_command(folder: Path, port: int) -> list[str]:
    """Write ngIRCd's configuration into ``folder`` and return its command line."""
    path = folder / "ngircd.conf"
    path.write_text(NGIRCD_CONFIG.format(port=port, folder=folder))
    return [_find("ngircd") or "ngircd", "--nodaemon", "--config", str(path)]


def papo_command(folder: Path, port: int, start_with: list[str]) -> list[str]:
    """Write ``papo.toml`` into ``folder`` and return the command line: ``start_with`` and then ``serve ...``."""
    path = folder / "papo.toml"
    path.write_text(PAPO_CONFIG)
    data = folder / "data"
    return [*start_with, "serve", "--listen", f"irc://127.0.0.1:{port}", "--data", str(data), "--config", str(path)]


def installed(papo: list[str]) -> dict[str, Callable[[Path, int], list[str]]]:
    """Return the servers that can be started here, Papo first, each with its command maker."""
    makers: dict[str, Callable[[Path, int], list[str]]] = {
        "papo": lambda folder, port: papo_command(folder, port, papo),
    }
    if _find("inspircd"):
        makers["inspircd"] = inspircd_command
    if _find("ngircd"):
        makers["ngircd"] = ngircd_command
    return makers


def default_papo() -> list[str]:
    """Return how Papo is started without an override: this interpreter, this tree."""
    return [sys.executable, "-m", "papo"]


def _wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    said = textwrap.shorten(log.read_text(errors="replace")[-600:], 400)
    message = f"{process.args!r} is not listening (exit code {process.poll()}): {said}"
    raise ServerError(message)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process by its id: SIGTERM, and SIGKILL after ten seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(ENDS_WITHIN_S)


def has_children(pid: int) -> bool:
    """Tell whether the process has started others, whose CPU time the loads would not count (proc(5), children)."""
    return any(path.read_text().strip() for path in Path(f"/proc/{pid}/task").glob("*/children"))


@contextmanager
def running(make: Callable[[Path, int], list[str]], work: Path) -> Iterator[tuple[int, int]]:
    """Start a fresh server in a new folder under ``work``; yield its port and process id; end it, remove the folder."""
    folder = Path(tempfile.mkdtemp(prefix="server-", dir=work))
    port = free_port()
    log = folder / "output.txt"
    inherited = os.environ.get("PYTHONPATH")
    python_path = os.pathsep.join([str(SOURCE_FOLDER), inherited] if inherited else [str(SOURCE_FOLDER)])
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                make(folder, port),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": python_path},
            )
        try:
            _wait_for_port(process, port, log)
            yield port, process.pid
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
