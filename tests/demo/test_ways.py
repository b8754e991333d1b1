"""Which terminals there are and how each is opened: a table, so nothing is started."""

from __future__ import annotations

from papo.demo.commands import manual_commands
from papo.demo.openers import CREATE_NEW_CONSOLE, command_line
from papo.demo.terminals import NAMES, TERMINALS, apple_text, emulator_command, possible, terminal_app_command

COMMAND = ["python", "-m", "papo", "chat", "irc://127.0.0.1:6667", "--nick", "ana b"]
BY_NAME = {terminal.name: terminal for terminal in TERMINALS}


def names(wanted: str = "", *, platform: str = "linux", have: str = "", tty: bool = True, **environ: str) -> list[str]:
    """The terminals that can be opened with these programs on the PATH."""
    found = possible(
        wanted, platform=platform, environ=environ, find=lambda name: name if name in have.split() else None,
        at_terminal=tty,
    )  # fmt: skip
    return [terminal.name for terminal in found]


def test_every_emulator_runs_the_command_as_it_is() -> None:
    for terminal in TERMINALS:
        if terminal.name in {"console", "terminal-app", "tmux"}:
            continue
        line = emulator_command(terminal, "ana", COMMAND)
        assert line[0] == terminal.program
        if terminal.one_word:
            assert line[-1].endswith("--nick 'ana b'")
        else:
            assert line[-len(COMMAND) :] == COMMAND


def test_titles() -> None:
    assert emulator_command(BY_NAME["xterm"], "ana", ["x"]) == ["xterm", "-T", "ana", "-e", "x"]
    assert emulator_command(BY_NAME["gnome-terminal"], "ana", ["x"]) == ["gnome-terminal", "--title=ana", "--", "x"]
    assert "tabtitle=ana" in emulator_command(BY_NAME["konsole"], "ana", ["x"])


def test_windows_opens_a_console() -> None:
    assert names(platform="win32") == ["console"]
    assert command_line(BY_NAME["console"], "ana", COMMAND) == (COMMAND, CREATE_NEW_CONSOLE)


def test_macos_asks_its_terminal() -> None:
    assert names(platform="darwin", have="osascript") == ["terminal-app"]
    line = terminal_app_command(COMMAND)
    assert line[0] == "osascript"
    assert any("""--nick 'ana b'\"""" in part for part in line)
    assert apple_text('a "b" \\c') == '"a \\"b\\" \\\\c"'


def test_the_first_that_is_there_is_taken() -> None:
    assert names(have="xterm kitty tmux", DISPLAY=":0")[0] == "kitty"
    assert names(have="xterm tmux", DISPLAY=":0") == ["xterm", "tmux"]
    assert names(have="foot", WAYLAND_DISPLAY="wayland-0") == ["foot"]


def test_without_a_screen_there_is_tmux() -> None:
    assert names(have="xterm tmux") == ["tmux"]
    assert names(have="tmux", tty=False) == []
    assert names(have="tmux", tty=False, TMUX="/tmp/tmux-0/default,1,0") == ["tmux"]
    assert names(have="xterm") == []


def test_one_by_name() -> None:
    assert names("xterm", have="xterm kitty", DISPLAY=":0") == ["xterm"]
    assert names("kitty", have="xterm", DISPLAY=":0") == []
    assert len(set(NAMES)) == len(NAMES)


def test_by_hand_it_is_three_commands() -> None:
    server, ana, bia = manual_commands({"irc": 6667, "http": 8080}, None)
    assert server.endswith("papo serve")
    assert "--nick ana" in ana
    assert "--nick bia" in bia
    assert "--listen irc://127.0.0.1:7000" in manual_commands({"irc": 7000, "http": 8080}, None)[0]
