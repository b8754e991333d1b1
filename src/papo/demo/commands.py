"""The commands of a demo: the server and the clients, and how to start them by hand."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from papo.demo.ports import DEFAULT_PORTS, HOST, listen_flags
from papo.i18n import _

PAPO = (sys.executable, "-m", "papo")
SERVER = "server"
NICKS = ("ana", "bia")
ROOM = "#papo"
"""The room of the web page and of the classroom dialects too."""

ClientCommand = Callable[[int, str], Sequence[str]]
"""Makes a command from an IRC port and a nick."""


def server_command(ports: Mapping[str, int], data: Path | str) -> list[str]:
    """A server on these ports of loopback, with this data folder."""
    return [*PAPO, "serve", "--data", str(data), *listen_flags(ports)]


def client_command(port: int, nick: str) -> list[str]:
    """A chat client with this nick, in the room."""
    return [*PAPO, "chat", f"irc://{HOST}:{port}", "--nick", nick, "--join", ROOM]


def manual_commands(ports: Mapping[str, int], data: Path | None, client: ClientCommand = client_command) -> list[str]:
    """The three commands to type by hand, as short as these ports allow."""
    server: list[str] = [*PAPO, "serve"]
    if data is not None:
        server += ["--data", str(data)]
    if any(DEFAULT_PORTS.get(scheme) != port for scheme, port in ports.items()):
        server += listen_flags({scheme: ports[scheme] for scheme in ("irc", "http")})
    commands = [server, *(client(ports["irc"], nick) for nick in NICKS)]
    return [subprocess.list2cmdline(each) if sys.platform == "win32" else shlex.join(each) for each in commands]


def manual_text(commands: Sequence[str]) -> list[str]:
    """The lines that tell the user what to type by hand."""
    return [_("Or type this in three terminals:"), *(f"  {command}" for command in commands)]
