"""A command in its own window, as seen from the demo: its plan, its state, and its end.

The demo and the window share two files: the plan, which the window claims unless the demo withdraws it first, and the
state.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from papo.demo import window
from papo.demo.window import Plan, State, is_alive
from papo.i18n import _

LOOK_S = 0.05
REPORT_S = 5.0
"""How long a window that claimed its plan may take to write its state."""
PASSED_ON = ("LANG", "LC_", "NO_COLOR", "PAPO_", "PATH", "PYTHON", "VIRTUAL_ENV", "XDG_")
"""Prefixes of the environment variables that a window lacks if another program opens it."""


class Program:
    """One command and its window."""

    def __init__(
        self,
        folder: Path,
        name: str,
        command: Sequence[str],
        *,
        keep_errors: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.keep_errors = keep_errors
        self._environment = dict(environment or {})
        """Environment variables besides those that are passed on."""
        self._plan = folder / f"{name}.plan"
        self._claimed = self._plan.with_suffix(window.CLAIMED)
        self._state = self._plan.with_suffix(window.STATE)
        self._has_ended = False

    def prepare(self, environ: Mapping[str, str]) -> list[str]:
        """Write the plan; returns the command to run in the window."""
        plan: Plan = {
            "title": self.name,
            "command": self.command,
            "environment": {
                **{name: value for name, value in environ.items() if name.startswith(PASSED_ON)},
                **self._environment,
            },
            "folder": str(Path.cwd()),
            "owner": os.getpid(),
            "keep_errors": self.keep_errors,
            "failed": _("This ended with exit code {code}."),
            "enter": _("Press Enter to close this window. "),
        }
        self._plan.write_text(json.dumps(plan), encoding="utf-8")
        return [sys.executable, "-I", "-X", "utf8", str(Path(window.__file__).absolute()), str(self._plan)]

    def withdraw(self) -> bool:
        """Take the plan back; False if a window has claimed it."""
        try:
            self._plan.unlink()
        except OSError:
            return not self._claimed.exists()
        return True

    def state(self) -> State | None:
        """The last state that the window wrote; None before the first."""
        try:
            state: State = json.loads(self._state.read_text(encoding="utf-8"))
        except OSError:  # not there, or, on Windows, just being written
            return None
        return state

    def has_ended(self) -> bool:
        """Whether its window has opened and closed. After that, its process id is never looked up again."""
        state = self.state()
        if not self._has_ended and state is not None and not is_alive(state["window"]):
            self._has_ended = True
            # A window that was killed leaves its command behind.
            end_process(_command_of(self.state()))
        return self._has_ended

    def terminate(self) -> None:
        """Ask the window to end, without waiting."""
        state = self.state()
        if state is not None and not self.has_ended():
            send(state["window"], signal.SIGTERM)

    def end(self) -> None:
        """End the window and what runs in it, by force if needed."""
        if self.withdraw():
            return
        end_s = time.monotonic() + REPORT_S
        while (state := self.state()) is None and time.monotonic() < end_s:
            time.sleep(LOOK_S)
        if state is not None and not self.has_ended():
            end_process(state["window"])
            self.has_ended()


def _command_of(state: State | None) -> int:
    return state["command"] if state is not None and state["code"] is None else 0


def end_process(process: int, grace_s: float = window.GRACE_S + 1) -> None:
    """Send SIGTERM, then SIGKILL if it does not help; 0 is no process."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (getattr(signal, "SIGKILL", signal.SIGTERM), 2.0)):
        if not process or not is_alive(process):
            return
        send(process, number)
        end_s = time.monotonic() + wait_s
        while is_alive(process) and time.monotonic() < end_s:
            time.sleep(LOOK_S)


def send(process: int, number: int) -> None:
    """Send a signal to a process that may have ended; on Windows SIGTERM ends it at once."""
    try:
        os.kill(process, number)
    except OSError:
        return
