"""Who takes part in a demo, as commands: the server and the clients, and how to start them by hand."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from papo.demo.ports import HOST, USUAL_PORTS, listen_flags

PAPO = (sys.executable, "-m", "papo")
SERVER = "server"
NICKS = ("ana", "bia")
ROOM = "#papo"
"""Where the page and the classroom dialects bring people as well."""

ClientCommand = Callable[[int, str], Sequence[str]]
"""From the IRC port and a nick to a command."""


def server_command(ports: Mapping[str, int], data: Path | str) -> list[str]:
    """A server on these ports of loopback, with this data folder."""
    return [*PAPO, "serve", "--data", str(data), *listen_flags(ports)]


def client_command(port: int, nick: str) -> list[str]:
    """A chat client with this nick, in the room."""
    return [*PAPO, "chat", f"irc://{HOST}:{port}", "--nick", nick, "--join", ROOM]


def by_hand(ports: Mapping[str, int], data: Path | None, client: ClientCommand = client_command) -> list[str]:
    """The three commands as somebody would type them, as short as these ports allow."""
    server: list[str] = [*PAPO, "serve"]
    if data is not None:
        server += ["--data", str(data)]
    if any(USUAL_PORTS.get(scheme) != port for scheme, port in ports.items()):
        server += listen_flags({scheme: ports[scheme] for scheme in ("irc", "http")})
    commands = [server, *(client(ports["irc"], nick) for nick in NICKS)]
    return [subprocess.list2cmdline(each) if sys.platform == "win32" else shlex.join(each) for each in commands]
