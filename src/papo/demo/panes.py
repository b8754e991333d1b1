"""Terminals as panes of tmux: in a window of the tmux around us, or in a session of our own in this terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from papo.demo.program import LOOK_S, end_process
from papo.demo.window import is_alive
from papo.i18n import _

CALL_S = 10.0
CLOSE_S = 5.0
BORDER = {"pane-border-status": "top", "pane-border-format": " #{pane_title} "}
"""Options of the window that show each pane's title above it."""
SETTINGS = """\
set -g mouse on
set -g status-left ""
set -g status-right " {hint} "
set -g status-right-length 100
set -g window-status-current-format ""
set -g window-status-format ""
"""
"""Settings of our own tmux; the user's may start programs or rebind Ctrl-B."""
SPLITS = {1: "-h", 2: "-v"}
"""How to split for the next pane, by the number of panes: the server left, the clients right, one above the other."""


class Panes:
    """An `Opener` (see `papo.demo.openers`) that opens panes."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.is_inside = bool(environ.get("TMUX"))
        self._settings = folder / "tmux.conf"
        self._tmux = ["tmux"] if self.is_inside else ["tmux", "-L", f"papo-demo-{os.getpid()}"]
        self._environ = {**environ} if self.is_inside else {k: v for k, v in environ.items() if k != "TMUX_PANE"}
        self._panes: list[str] = []
        self._failure = ""
        self._server = 0
        self._socket = Path()
        self._attached: subprocess.Popen[bytes] | None = None

    def open(self, title: str, command: Sequence[str]) -> None:
        """Open a pane; the first makes the window or the session."""
        if not self._panes:
            where = ["new-window", "-n", "papo"] if self.is_inside else self._session()
        else:
            where = ["split-window", SPLITS.get(len(self._panes), "-v"), "-t", self._panes[-1]]
        pane = self._call(*where, "-P", "-F", "#{pane_id}", "--", *command, is_vital=True)
        if not pane:
            return
        self._panes.append(pane)
        self._call("select-pane", "-t", pane, "-T", title)
        if len(self._panes) == 1:
            for option, value in BORDER.items():
                self._call("set-option", "-w", "-t", pane, option, value)
            if not self.is_inside:
                output = self._call("display-message", "-p", "-t", pane, "#{pid} #{socket_path}")
                number, _space, path = output.partition(" ")
                self._server, self._socket = int(number or 0), Path(path)

    def _session(self) -> list[str]:
        hint = self.how_to_end().replace("#", "##").replace('"', "'")
        self._settings.write_text(SETTINGS.format(hint=hint), encoding="utf-8")
        size = shutil.get_terminal_size((120, 40))
        # A small terminal has no room for three panes; the user can enlarge it later.
        columns, lines = max(size.columns, 80), max(size.lines, 24)
        return ["-f", str(self._settings), "new-session", "-d", "-s", "demo", "-x", str(columns), "-y", str(lines)]

    def _call(self, *arguments: str, is_vital: bool = False) -> str:
        """Tmux's output; "" if it fails, and then `failure` has the reason if the call is vital."""
        try:
            done = subprocess.run(
                [*self._tmux, *arguments], capture_output=True, check=False, timeout=CALL_S, env=self._environ
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._failure = str(error) if is_vital else ""
            return ""
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip() or f"tmux: {done.returncode}"
            self._failure = reason if is_vital else ""
            return ""
        return done.stdout.decode(errors="replace").strip()

    def failure(self) -> str:
        """What tmux printed on standard error."""
        return self._failure

    def show(self) -> None:
        """Show our own session in the present terminal, with the cursor at the first client."""
        if len(self._panes) > 1:
            self._call("select-pane", "-t", self._panes[1])
        if not self.is_inside:
            command = [*self._tmux, "attach-session", "-t", "demo"]
            self._attached = subprocess.Popen(command, env=self._environ)

    def how_to_end(self) -> str:
        """By Ctrl-C in a tmux of the user, by detaching from our own."""
        return (
            _("Ctrl-C here ends the demo, and so does closing both clients.")
            if self.is_inside
            else _("Ctrl-B and then D ends the demo, and so does closing both clients.")
        )

    def is_detached(self) -> bool:
        """Whether the user has detached from our own session."""
        return self._attached is not None and self._attached.poll() is not None

    def close(self) -> None:
        """Close our panes, or our own tmux server with its socket."""
        if self.is_inside:
            for pane in self._panes:
                self._call("kill-pane", "-t", pane)
            return
        if self._panes:
            self._call("kill-server")
        end_s = time.monotonic() + CLOSE_S
        while self._server and is_alive(self._server) and time.monotonic() < end_s:
            time.sleep(LOOK_S)
        end_process(self._server, CLOSE_S)
        if self._attached is not None:
            # It restores the terminal when it exits.
            try:
                self._attached.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                self._attached.kill()
                self._attached.wait(CLOSE_S)
        if self._server:
            with contextlib.suppress(OSError):
                self._socket.unlink()
