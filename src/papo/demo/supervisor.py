"""Opening the programs of a demo, watching them, and ending them."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from papo.config.errors import StartError
from papo.demo.commands import manual_text
from papo.demo.openers import Opener, opener
from papo.demo.ports import HOST
from papo.demo.program import Program
from papo.demo.terminals import Terminal
from papo.i18n import _

LOOK_S = 0.1
OPEN_S = 15.0
"""How long a terminal may take until its program runs."""
READY_S = 30.0
"""How long the server may take until it answers."""
ASK_S = 2.0
END_S = 5.0


class Interrupted(Exception):
    """A signal came."""


class Supervisor:
    """The terminals and programs that have been opened so far."""

    def __init__(self, folder: Path, signals: Sequence[int]) -> None:
        self.folder = folder
        self.helpers: list[subprocess.Popen[bytes]] = []
        self._signals = signals
        self._opener: Opener | None = None
        self._programs: list[Program] = []

    def until(self, condition: Callable[[], object], seconds: float = float("inf")) -> bool:
        """Wait for the condition; False after a timeout. Raises Interrupted; signals are checked only here."""
        end_s = time.monotonic() + seconds
        while True:
            if self._signals:
                raise Interrupted
            if condition():
                return True
            if time.monotonic() >= end_s:
                return False
            time.sleep(LOOK_S)

    def open_first(self, program: Program, terminals: Sequence[Terminal], commands: Sequence[str]) -> None:
        """Open a program in the first terminal that works. Raises StartError."""
        reasons = []
        for terminal in terminals:
            self._opener = opener(terminal, self.folder, os.environ)
            failure = self._open(self._opener, program)
            if not failure:
                return
            reasons.append(f"{terminal.name}: {failure}")
            self._opener.close()
            self._opener = None
        raise StartError(
            "\n".join(
                (_("no terminal could be opened:"), *(f"  {reason}" for reason in reasons), *manual_text(commands))
            )
        )

    def open_next(self, program: Program) -> None:
        """Open a program in a terminal like the first. Raises StartError."""
        assert self._opener is not None
        failure = self._open(self._opener, program)
        if failure:
            raise StartError(_("no terminal could be opened for {name}: {reason}").format(
                name=program.name, reason=failure
            ))  # fmt: skip

    def _open(self, terminal_opener: Opener, program: Program) -> str:
        """Open a program; returns why that failed, "" if it did not."""
        if program not in self._programs:
            self._programs.append(program)
        terminal_opener.open(program.name, program.prepare(os.environ))
        self.until(lambda: program.state() or terminal_opener.failure(), OPEN_S)
        if not program.withdraw():
            return ""
        return terminal_opener.failure() or _("nothing appeared within {seconds} seconds").format(seconds=int(OPEN_S))

    def wait_for(self, server: Program, port: int) -> None:
        """Wait until the server answers. Raises StartError."""

        def code() -> int | None:
            state = server.state()
            return state["code"] if state is not None else None

        if not self.until(lambda: code() is not None or server.has_ended() or answers(port), READY_S):
            raise StartError(_("the server did not answer within {seconds} seconds").format(seconds=int(READY_S)))
        state = server.state()
        if code() is not None or server.has_ended():
            errors = state["errors"].strip() if state is not None else ""
            text = _("the server did not start (exit code {code})").format(code="?" if code() is None else code())
            raise StartError(f"{text}: {errors}" if errors else text)

    def watch(self, clients: Sequence[Program], say: Callable[[str], object]) -> None:
        """Wait until both clients have ended, or the user has detached."""
        assert self._opener is not None
        terminal_opener = self._opener
        say(terminal_opener.how_to_end())
        terminal_opener.show()

        def has_ended() -> bool:
            gone = {program for program in self._programs if program.has_ended()}
            return gone.issuperset(clients) or terminal_opener.is_detached()

        self.until(has_ended)

    def end(self) -> None:
        """End the clients, then the server, then their terminals."""
        with contextlib.ExitStack() as last:  # a failure does not keep the others from being ended
            last.callback(self._end_helpers)
            if self._opener is not None:
                last.callback(self._opener.close)
            for program in self._programs:
                last.callback(program.end)
            for program in self._programs[1:]:
                last.callback(program.terminate)

    def _end_helpers(self) -> None:
        for helper in self.helpers:
            if helper.poll() is None:
                helper.terminate()
            helper.wait(END_S)


def answers(port: int) -> bool:
    """Whether a server answers on this port, without any proxy of the environment."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
