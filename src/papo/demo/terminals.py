"""The table of terminals, and which of them exist here. It opens nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

SCREEN = ("DISPLAY", "WAYLAND_DISPLAY")
"""Environment variables that are set if there is a screen (X11, Wayland)."""


class Terminal(NamedTuple):
    """A way to open a terminal with a command in it."""

    name: str
    """Its name for `--terminal`."""
    program: str = ""
    """The program that must be on the PATH; "" for none."""
    before: tuple[str, ...] = ()
    """Arguments of an emulator before the command; {title} stands for the title."""
    one_word: str = ""
    """How the argument begins, for emulators that take the whole command in one; "" for the others."""
    needs: tuple[str, ...] = ()
    """Environment variables of which one must be set, unless the user names the terminal."""
    platform: str = ""
    """The only `sys.platform` that has it; "" for all."""


CONSOLE, TERMINAL_APP, TMUX = "console", "terminal-app", "tmux"
"""Those that are not emulators with their own command line."""

# Emulators that would show several windows from one process are told not to, so that we can end what we start.
TERMINALS = (
    Terminal(CONSOLE, platform="win32"),
    Terminal(TERMINAL_APP, "osascript", platform="darwin"),
    # Debian's policy, section 11.8.3, gives it -e and -T, and some of those it stands for do not know -T.
    Terminal("x-terminal-emulator", "x-terminal-emulator", ("-e",), needs=SCREEN),
    Terminal("gnome-terminal", "gnome-terminal", ("--title={title}", "--"), needs=SCREEN),
    Terminal("konsole", "konsole", ("--separate", "-p", "tabtitle={title}", "-e"), needs=SCREEN),
    Terminal("xfce4-terminal", "xfce4-terminal", ("--disable-server", "--title={title}", "-x"), needs=SCREEN),
    Terminal("kitty", "kitty", ("--title", "{title}"), needs=SCREEN),
    Terminal("alacritty", "alacritty", ("--title", "{title}", "-e"), needs=SCREEN),
    Terminal("foot", "foot", ("--title={title}",), needs=("WAYLAND_DISPLAY",)),
    Terminal("wezterm", "wezterm", ("start", "--always-new-process", "--"), needs=SCREEN),
    Terminal("lxterminal", "lxterminal", ("--no-remote", "--title={title}"), one_word="--command=", needs=SCREEN),
    Terminal("xterm", "xterm", ("-T", "{title}", "-e"), needs=("DISPLAY",)),
    Terminal(TMUX, "tmux"),
)
"""In the order in which they are tried."""

NAMES = tuple(terminal.name for terminal in TERMINALS)


def possible(
    name: str,
    *,
    platform: str,
    environ: Mapping[str, str],
    find: Callable[[str], str | None],
    at_terminal: bool,
) -> list[Terminal]:
    """The terminals that can be opened here, the best first.

    Args:
        name: the only one wanted, or "" for any.
        platform: as `sys.platform`.
        environ: where a screen and a running tmux are looked for.
        find: as `shutil.which`.
        at_terminal: whether the command was started from a terminal, which tmux can be shown in.
    """
    found = []
    for terminal in TERMINALS:
        if name not in {"", terminal.name} or terminal.platform not in {"", platform}:
            continue
        if terminal.program and not find(terminal.program):
            continue
        if terminal.name == TMUX and not (environ.get("TMUX") or at_terminal):
            continue
        if name or not terminal.needs or any(environ.get(variable) for variable in terminal.needs):
            found.append(terminal)
    return found


def emulator_command(terminal: Terminal, title: str, command: Sequence[str]) -> list[str]:
    """The command that makes an emulator open a window in which `command` runs."""
    before = [argument.format(title=title) for argument in terminal.before]
    after = [terminal.one_word + shlex.join(command)] if terminal.one_word else command
    return [terminal.program, *before, *after]


def terminal_app_command(command: Sequence[str]) -> list[str]:
    """The command that opens a window of macOS's Terminal; it prints `tab 1 of window id 123`."""
    script = (
        'tell application "Terminal"',
        f"set opened to do script {apple_text('exec ' + shlex.join(command))}",
        "activate",  # not first: that opens an empty window if Terminal is not running
        "return opened",
        "end tell",
    )
    return ["osascript", *(part for line in script for part in ("-e", line))]


def close_command(window: str) -> list[str]:
    """The command that closes a window of macOS's Terminal, by the number that `do script` printed."""
    return ["osascript", "-e", f'tell application "Terminal" to close (every window whose id is {window}) saving no']


def apple_text(text: str) -> str:
    """A text as AppleScript quotes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
