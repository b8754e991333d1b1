"""Opening terminals: an opener for each kind of row in the table."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from papo.demo.panes import Panes
from papo.demo.terminals import (
    CONSOLE,
    TERMINAL_APP,
    TMUX,
    Terminal,
    close_command,
    emulator_command,
    terminal_app_command,
)
from papo.i18n import _

CREATE_NEW_CONSOLE = 0x10
"""As in `subprocess`, which has it on Windows only."""
SCRIPT_S = 60.0
"""How long macOS may ask whether we are allowed to open windows."""
CLOSE_S = 3.0


class Opener(Protocol):
    """What opens terminals, one after the other."""

    def open(self, title: str, command: Sequence[str]) -> None:
        """Open a terminal in which `command` runs. What fails at once or later is told by `trouble`."""

    def trouble(self) -> str:
        """Why the terminal that was opened last does not come; "" where nothing is known."""

    def show(self) -> None:
        """All terminals are open: let them be seen."""

    def advice(self) -> str:
        """How to end all of it."""

    def is_left(self) -> bool:
        """Whether somebody has turned away from all of them together."""

    def close(self) -> None:
        """Close what is still open after the commands have ended."""


def opener(terminal: Terminal, folder: Path, environ: Mapping[str, str]) -> Opener:
    """What opens this kind of terminal; `folder` is for its notes."""
    if terminal.name == TMUX:
        return Panes(folder, environ)
    if terminal.name == TERMINAL_APP:
        return TerminalApp()
    return Windows(terminal, folder)


class Windows:
    """Windows of an emulator, or consoles of Windows: a process for each."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal = terminal
        self._said = folder / "emulator.txt"
        self._opened: list[subprocess.Popen[bytes]] = []
        self._trouble = ""

    def open(self, title: str, command: Sequence[str]) -> None:
        """As the port says."""
        line, flags = start_of(self.terminal, title, command)
        try:
            if flags:
                self._opened.append(subprocess.Popen(line, creationflags=flags))
                return
            with self._said.open("wb") as said:
                started = subprocess.Popen(
                    line,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,  # Ctrl-C at our terminal is for us alone
                )
        except OSError as error:
            self._trouble = error.strerror or str(error)
            return
        self._opened.append(started)

    def trouble(self) -> str:
        """As the port says: an emulator that hands over to another process ends with 0."""
        if self._trouble or not self._opened or not self._opened[-1].poll():
            return self._trouble
        lines = self._said.read_text(errors="replace").split("\n") if self._said.exists() else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return last or f"{self.terminal.program}: {self._opened[-1].returncode}"

    def show(self) -> None:
        """They are seen."""

    def advice(self) -> str:
        """As the port says."""
        return _("Ctrl-C here ends all of it; so does the end of both clients.")

    def is_left(self) -> bool:
        """Each is closed by itself."""
        return False

    def close(self) -> None:
        """As the port says; an emulator set to stay open is ended."""
        for process in self._opened:
            end(process)


def start_of(terminal: Terminal, title: str, command: Sequence[str]) -> tuple[list[str], int]:
    """What is run to open a window, and with which creation flags of Windows (0 elsewhere)."""
    if terminal.name == CONSOLE:
        return list(command), CREATE_NEW_CONSOLE
    return emulator_command(terminal, title, command), 0


class TerminalApp:
    """Windows of macOS's Terminal."""

    def __init__(self) -> None:
        self._windows: list[str] = []
        self._trouble = ""

    def open(self, _title: str, command: Sequence[str]) -> None:
        """As the port says."""
        try:
            done = subprocess.run(
                terminal_app_command(command), capture_output=True, text=True, check=False, timeout=SCRIPT_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._trouble = str(error)
            return
        self._windows += re.findall(r"window id (\d+)", done.stdout)
        self._trouble = (done.stderr.strip() or f"osascript: {done.returncode}") if done.returncode else ""

    def trouble(self) -> str:
        """As the port says."""
        return self._trouble

    def show(self) -> None:
        """They are seen."""

    def advice(self) -> str:
        """As the port says."""
        return _("Ctrl-C here ends all of it; so does the end of both clients.")

    def is_left(self) -> bool:
        """Each is closed by itself."""
        return False

    def close(self) -> None:
        """Close the windows, which Terminal else keeps after their programs have ended."""
        for window in self._windows:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(close_command(window), capture_output=True, check=False, timeout=CLOSE_S)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment for a child of ours, then end it."""
    for ask in (process.terminate, process.kill):
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            ask()
        else:
            return
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(CLOSE_S)
