"""The demo from beginning to end: the server, the clients, the browser, and nothing left behind.

Only SIGKILL leaves the temporary folder; even then the windows see that we are gone, and end.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from papo.config.errors import StartError
from papo.demo.browser import has_screen, open_page
from papo.demo.openers import Opener, opener
from papo.demo.ports import HOST, USUAL_PORTS, choose
from papo.demo.program import Program
from papo.demo.roles import NICKS, SERVER, ClientCommand, by_hand, client_command, server_command
from papo.demo.signals import noted
from papo.demo.terminals import NAMES, Terminal, possible
from papo.i18n import _

LOOK_S = 0.1
OPEN_S = 15.0
"""How long a terminal may take until its program runs."""
READY_S = 30.0
"""How long the server may take until it answers."""
ASK_S = 2.0
REMOVE_S = 5.0


class Wishes(NamedTuple):
    """What the command line says."""

    terminal: str = ""
    """A name in the table of terminals; "" for any."""
    data: Path | None = None
    """The server's data folder; None for one that is removed at the end."""
    browser: bool = True


class AskedToEnd(Exception):
    """A signal came."""


def play(
    wishes: Wishes,
    say: Callable[[str], object],
    *,
    client: ClientCommand = client_command,
    usual: Mapping[str, int] = USUAL_PORTS,
) -> int:
    """Play until both clients have ended, or until somebody ends it; returns the exit code.

    Raises:
        StartError: there is no terminal, or the server does not start. Nothing is left then either.
    """
    if wishes.terminal not in {"", *NAMES}:
        raise StartError(
            _("{name}: no such terminal; there are {names}").format(name=wishes.terminal, names=", ".join(NAMES))
        )
    ports = choose(usual)
    terminals = possible(
        wishes.terminal,
        platform=sys.platform,
        environ=os.environ,
        find=shutil.which,
        at_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )
    commands = by_hand(ports, wishes.data, client)
    if not terminals:
        raise StartError(no_terminal(wishes.terminal, commands))
    with noted() as asked, temporary_folder() as folder, contextlib.suppress(AskedToEnd):
        stage = Stage(folder, asked)
        try:
            data = wishes.data or folder / "data"
            server = Program(folder, SERVER, server_command(ports, data), keep_errors=True)
            stage.open_first(server, terminals, commands)
            stage.wait_for(server, ports["http"])
            # With settings of their own: two people at one machine, and nothing is kept.
            clients = [
                Program(
                    folder, nick, client(ports["irc"], nick), environment={"PAPO_CLIENT_FOLDER": str(folder / nick)}
                )
                for nick in NICKS
            ]
            for each in clients:
                stage.open_next(each)
            page = f"http://{HOST}:{ports['http']}/"
            say(_("In the browser: {url}").format(url=page))
            say(_("For IRC programs: {host}, port {port}").format(host=HOST, port=ports["irc"]))
            if wishes.data is None:
                say(_("What is said here is deleted at the end."))
            if wishes.browser and has_screen(sys.platform, os.environ):
                stage.helpers.append(open_page(page))
            stage.watch(clients, say)
        finally:
            stage.end()
    return 0


class Stage:
    """What has been opened so far."""

    def __init__(self, folder: Path, asked: Sequence[int]) -> None:
        self.folder = folder
        self.helpers: list[subprocess.Popen[bytes]] = []
        self._asked = asked
        self._opener: Opener | None = None
        self._programs: list[Program] = []

    def until(self, condition: Callable[[], object], seconds: float = float("inf")) -> bool:
        """Wait; False where the time is over. Raises AskedToEnd: here, and nowhere else, signals are looked at."""
        end_s = time.monotonic() + seconds
        while True:
            if self._asked:
                raise AskedToEnd
            if condition():
                return True
            if time.monotonic() >= end_s:
                return False
            time.sleep(LOOK_S)

    def open_first(self, program: Program, terminals: Sequence[Terminal], commands: Sequence[str]) -> None:
        """Open a program in the first of the terminals that works. Raises StartError."""
        reasons = []
        for terminal in terminals:
            self._opener = opener(terminal, self.folder, os.environ)
            trouble = self._open(self._opener, program)
            if not trouble:
                return
            reasons.append(f"{terminal.name}: {trouble}")
            self._opener.close()
            self._opener = None
        raise StartError(
            "\n".join((_("no terminal could be opened:"), *(f"  {reason}" for reason in reasons), *in_words(commands)))
        )

    def open_next(self, program: Program) -> None:
        """Open a program in a terminal like the first. Raises StartError."""
        assert self._opener is not None
        trouble = self._open(self._opener, program)
        if trouble:
            raise StartError(_("no terminal could be opened for {name}: {reason}").format(
                name=program.name, reason=trouble
            ))  # fmt: skip

    def _open(self, way: Opener, program: Program) -> str:
        """Why it cannot be opened; "" where it was."""
        if program not in self._programs:
            self._programs.append(program)
        way.open(program.name, program.prepare(os.environ))
        self.until(lambda: program.state() or way.trouble(), OPEN_S)
        if not program.withdraw():
            return ""
        return way.trouble() or _("nothing appeared within {seconds} seconds").format(seconds=int(OPEN_S))

    def wait_for(self, server: Program, port: int) -> None:
        """Until the server answers. Raises StartError."""

        def code() -> int | None:
            state = server.state()
            return state["code"] if state is not None else None

        if not self.until(lambda: code() is not None or server.is_over() or answers(port), READY_S):
            raise StartError(_("the server did not answer within {seconds} seconds").format(seconds=int(READY_S)))
        state = server.state()
        if code() is not None or server.is_over():
            said = state["said"].strip() if state is not None else ""
            text = _("the server did not start (exit code {code})").format(code="?" if code() is None else code())
            raise StartError(f"{text}: {said}" if said else text)

    def watch(self, clients: Sequence[Program], say: Callable[[str], object]) -> None:
        """Until both clients have ended, or somebody turns away."""
        assert self._opener is not None
        way = self._opener
        say(way.advice())
        way.show()

        def is_over() -> bool:
            gone = {program for program in self._programs if program.is_over()}
            return gone.issuperset(clients) or way.is_left()

        self.until(is_over)

    def end(self) -> None:
        """End what was opened: the clients, then the server, then what they were shown in."""
        with contextlib.ExitStack() as last:  # what fails keeps nothing else from being ended
            last.callback(self._end_helpers)
            if self._opener is not None:
                last.callback(self._opener.close)
            for program in self._programs:
                last.callback(program.end)
            for program in self._programs[1:]:
                last.callback(program.ask_to_end)

    def _end_helpers(self) -> None:
        for helper in self.helpers:
            if helper.poll() is None:
                helper.terminate()
            helper.wait(REMOVE_S)


def answers(port: int) -> bool:
    """Whether a server says that it is alive. Whatever proxies are set are not asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that only we can read, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="papo-demo-"))
    try:
        yield folder
    finally:
        end_s = time.monotonic() + REMOVE_S
        while folder.exists() and time.monotonic() < end_s:
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():  # on Windows, as long as a process that has just ended holds a file
                time.sleep(LOOK_S)


def no_terminal(name: str, commands: Sequence[str]) -> str:
    """Why there is no demo, and how to have it all the same."""
    if name:
        why = _("{name}: this terminal is not here").format(name=name)
    else:
        why = _("found no terminal to open; install one, such as xterm, or tmux where there is no screen")
    return "\n".join((why, *in_words(commands)))


def in_words(commands: Sequence[str]) -> list[str]:
    """What to type by hand."""
    return [_("Or type this in three terminals:"), *(f"  {command}" for command in commands)]
