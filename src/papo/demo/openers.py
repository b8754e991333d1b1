"""Opening terminals: one class for each kind of row in the table of terminals."""

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
"""As in `subprocess`, which defines it on Windows only."""
SCRIPT_S = 60.0
"""How long macOS may ask the user whether this program may open windows."""
CLOSE_S = 3.0


class Opener(Protocol):
    """Opens terminals, one after the other."""

    def open(self, title: str, command: Sequence[str]) -> None:
        """Open a terminal in which `command` runs. `failure` tells what fails now or later."""

    def failure(self) -> str:
        """Why the last terminal does not open; "" if no reason is known."""

    def show(self) -> None:
        """Show the terminals, now that all are open."""

    def how_to_end(self) -> str:
        """A sentence on how to end the demo."""

    def is_detached(self) -> bool:
        """Whether the user has detached from all terminals at once."""

    def close(self) -> None:
        """Close what is still open after the commands have ended."""


def opener(terminal: Terminal, folder: Path, environ: Mapping[str, str]) -> Opener:
    """An opener for this kind of terminal; `folder` is for its files."""
    if terminal.name == TMUX:
        return Panes(folder, environ)
    if terminal.name == TERMINAL_APP:
        return TerminalApp()
    return Windows(terminal, folder)


class Windows:
    """Windows of an emulator, or consoles on Windows: one process each."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal = terminal
        self._errors = folder / "emulator.txt"
        self._opened: list[subprocess.Popen[bytes]] = []
        self._failure = ""

    def open(self, title: str, command: Sequence[str]) -> None:
        """Start the emulator, or the command itself in a new console on Windows."""
        line, flags = command_line(self.terminal, title, command)
        try:
            if flags:
                self._opened.append(subprocess.Popen(line, creationflags=flags))
                return
            with self._errors.open("wb") as errors:
                started = subprocess.Popen(
                    line,
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    start_new_session=True,  # Ctrl-C in our terminal must not reach it
                )
        except OSError as error:
            self._failure = error.strerror or str(error)
            return
        self._opened.append(started)

    def failure(self) -> str:
        """The last line of the emulator's errors. One that hands over to another process exits with 0."""
        if self._failure or not self._opened or not self._opened[-1].poll():
            return self._failure
        lines = self._errors.read_text(errors="replace").split("\n") if self._errors.exists() else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return last or f"{self.terminal.program}: {self._opened[-1].returncode}"

    def show(self) -> None:
        """Windows are visible from the start."""

    def how_to_end(self) -> str:
        """By Ctrl-C in the terminal of the demo."""
        return _("Ctrl-C here ends the demo, and so does closing both clients.")

    def is_detached(self) -> bool:
        """Windows are closed one by one."""
        return False

    def close(self) -> None:
        """End emulators that are set to stay open."""
        for process in self._opened:
            end(process)


def command_line(terminal: Terminal, title: str, command: Sequence[str]) -> tuple[list[str], int]:
    """The command that opens a window, and its creation flags (0 except on Windows)."""
    if terminal.name == CONSOLE:
        return list(command), CREATE_NEW_CONSOLE
    return emulator_command(terminal, title, command), 0


class TerminalApp:
    """Windows of macOS's Terminal."""

    def __init__(self) -> None:
        self._windows: list[str] = []
        self._failure = ""

    def open(self, _title: str, command: Sequence[str]) -> None:
        """Open a window by AppleScript."""
        try:
            done = subprocess.run(
                terminal_app_command(command), capture_output=True, text=True, check=False, timeout=SCRIPT_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._failure = str(error)
            return
        self._windows += re.findall(r"window id (\d+)", done.stdout)
        self._failure = (done.stderr.strip() or f"osascript: {done.returncode}") if done.returncode else ""

    def failure(self) -> str:
        """What osascript printed on standard error."""
        return self._failure

    def show(self) -> None:
        """Windows are visible from the start."""

    def how_to_end(self) -> str:
        """By Ctrl-C in the terminal of the demo."""
        return _("Ctrl-C here ends the demo, and so does closing both clients.")

    def is_detached(self) -> bool:
        """Windows are closed one by one."""
        return False

    def close(self) -> None:
        """Close the windows, which Terminal keeps after their programs have ended."""
        for window in self._windows:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(close_command(window), capture_output=True, check=False, timeout=CLOSE_S)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment for a child process to exit, then terminate it, then kill it."""
    for ask in (process.terminate, process.kill):
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            ask()
        else:
            return
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(CLOSE_S)
