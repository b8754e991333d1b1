"""The demo from beginning to end: the server, the clients, the browser, and nothing left behind.

Only SIGKILL leaves the temporary folder; even then the windows notice that this process has ended, and end too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from papo.config.errors import StartError
from papo.demo.browser import has_screen, open_page
from papo.demo.commands import (
    NICKS,
    SERVER,
    ClientCommand,
    client_command,
    manual_commands,
    manual_text,
    server_command,
)
from papo.demo.ports import DEFAULT_PORTS, HOST, choose
from papo.demo.program import Program
from papo.demo.signals import recorded_signals
from papo.demo.supervisor import Interrupted, Supervisor
from papo.demo.terminals import NAMES, possible
from papo.i18n import _

REMOVE_S = 5.0
LOOK_S = 0.1


class Options(NamedTuple):
    """What the command line says."""

    terminal: str = ""
    """A name in the table of terminals; "" for any."""
    data: Path | None = None
    """The server's data folder; None for one that is removed at the end."""
    browser: bool = True


def run_demo(
    options: Options,
    say: Callable[[str], object],
    *,
    client: ClientCommand = client_command,
    default: Mapping[str, int] = DEFAULT_PORTS,
) -> int:
    """Run the demo until both clients have ended or the user ends it; returns the exit code.

    Raises:
        StartError: there is no terminal, or the server does not start. Nothing is left behind then either.
    """
    if options.terminal not in {"", *NAMES}:
        raise StartError(
            _("{name}: no such terminal; choose one of {names}").format(name=options.terminal, names=", ".join(NAMES))
        )
    ports = choose(default)
    terminals = possible(
        options.terminal,
        platform=sys.platform,
        environ=os.environ,
        find=shutil.which,
        at_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )
    commands = manual_commands(ports, options.data, client)
    if not terminals:
        raise StartError(no_terminal(options.terminal, commands))
    with recorded_signals() as signals, temporary_folder() as folder, contextlib.suppress(Interrupted):
        supervisor = Supervisor(folder, signals)
        try:
            data = options.data or folder / "data"
            server = Program(folder, SERVER, server_command(ports, data), keep_errors=True)
            supervisor.open_first(server, terminals, commands)
            supervisor.wait_for(server, ports["http"])
            # Each has its own settings, as for two people at one machine, and nothing is kept.
            clients = [
                Program(
                    folder, nick, client(ports["irc"], nick), environment={"PAPO_CLIENT_FOLDER": str(folder / nick)}
                )
                for nick in NICKS
            ]
            for each in clients:
                supervisor.open_next(each)
            page = f"http://{HOST}:{ports['http']}/"
            say(_("In the browser: {url}").format(url=page))
            say(_("For IRC programs: {host}, port {port}").format(host=HOST, port=ports["irc"]))
            if options.data is None:
                say(_("Messages are deleted at the end."))
            if options.browser and has_screen(sys.platform, os.environ):
                supervisor.helpers.append(open_page(page))
            supervisor.watch(clients, say)
        finally:
            supervisor.end()
    return 0


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that only this user can read, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="papo-demo-"))
    try:
        yield folder
    finally:
        end_s = time.monotonic() + REMOVE_S
        while folder.exists() and time.monotonic() < end_s:
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():  # on Windows, while a process that has just ended holds a file
                time.sleep(LOOK_S)


def no_terminal(name: str, commands: Sequence[str]) -> str:
    """Why there is no demo, and the commands to type instead."""
    if name:
        why = _("{name}: this terminal is not installed").format(name=name)
    else:
        why = _("found no terminal to open; install one, such as xterm, or tmux if there is no screen")
    return "\n".join((why, *manual_text(commands)))
