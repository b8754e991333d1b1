"""The whole demo on this machine: in tmux, and in windows of a virtual screen. Nothing may be left of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("driver.py")
TIMEOUT_S = 60.0
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
needs_screen = pytest.mark.skipif(
    shutil.which("Xvfb") is None or shutil.which("xterm") is None, reason="Xvfb and xterm are not installed"
)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="tmux and X11 are Unix's")


def until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    """Look until it is so; bounded. What happens is in other processes, which tell nobody."""
    end_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < end_s, what()
        time.sleep(0.05)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Temporary files and sockets in the test's own folder; no screen and no tmux but those of the test."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY", "TMUX"}}
    paths = os.pathsep.join(path for path in sys.path if path)
    return {
        **kept, "TMPDIR": str(folder), "TMUX_TMPDIR": str(folder), "LANGUAGE": "en", "PYTHONPATH": paths,
        "TERM": "xterm-256color", **more,
    }  # fmt: skip


def alive(process: int) -> bool:
    """Whether a process runs."""
    try:
        output = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return output.rpartition(")")[2].split()[0] not in {"Z", "X"}


def children(folder: Path) -> list[int]:
    """Every process that has to do with a demo of this folder, by what its command line names."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"{folder}/papo-demo-".encode() in line:
                found.append(int(entry.name))
    return found


class Outer:
    """A tmux of the test's, in whose only pane the demo runs as in a person's terminal."""

    def __init__(self, folder: Path, *flags: str, inside: bool = False) -> None:
        self.folder = folder
        self.environment = environment(folder)
        command = [sys.executable, str(DRIVER), "--no-browser", *flags]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "45", "sh")
        self.tmux(
            "send-keys", f"exec {'' if inside else 'env -u TMUX '}{' '.join(command)} 2>{folder}/errors; exit", "Enter"
        )
        self.demo = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        self.started: list[int] = []

    def tmux(self, *arguments: str, socket: str = "outer") -> str:
        """Ask tmux."""
        done = subprocess.run(
            ["tmux", "-L", socket, *arguments], capture_output=True, text=True, check=False, env=self.environment,
            timeout=TIMEOUT_S,
        )  # fmt: skip
        return done.stdout.strip()

    def shown(self) -> str:
        """What the person sees."""
        return self.tmux("capture-pane", "-p")

    def comes_up(self) -> None:
        """Both clients are in."""
        until(lambda: "ana is in #papo" in self.shown() and "bia is in #papo" in self.shown(), self.shown)
        self.started = children(self.folder)
        assert len(self.started) >= 4, "tmux, three windows, the server"

    def type(self, pane: int, words: str) -> None:
        """Type into a pane of the demo."""
        self.tmux("send-keys", "-t", f"demo.{pane}", words, "Enter", socket=f"papo-demo-{self.demo}")

    def ends(self) -> None:
        """The demo is over, and nothing of it is left."""
        until(lambda: not alive(self.demo), self.shown)
        assert not [process for process in self.started if alive(process)]
        assert children(self.folder) == []
        assert list(self.folder.glob("papo-demo-*")) == []
        assert list(self.folder.glob("tmux-*/papo-demo-*")) == []

    def close(self) -> None:
        """End the test's own tmux, and the demo if it is still there."""
        if alive(self.demo):
            os.kill(self.demo, signal.SIGTERM)
            until(lambda: not alive(self.demo), str)
        self.tmux("kill-server")


@pytest.fixture(name="outer")
def _outer(tmp_path: Path) -> Iterator[Callable[..., Outer]]:
    opened: list[Outer] = []

    def start(*flags: str, inside: bool = False) -> Outer:
        opened.append(Outer(tmp_path, *flags, inside=inside))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@needs_tmux
def test_it_ends_with_both_clients(outer: Callable[..., Outer]) -> None:
    demo = outer()
    demo.comes_up()
    assert "server listening at port" in demo.shown()
    demo.type(1, "quit")
    until(lambda: "ana is in" not in demo.shown(), demo.shown)
    assert alive(demo.demo)
    demo.type(1, "quit")
    demo.ends()


@needs_tmux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_by_a_signal(outer: Callable[..., Outer], number: signal.Signals) -> None:
    demo = outer()
    demo.comes_up()
    os.kill(demo.demo, number)
    demo.ends()


@needs_tmux
def test_it_ends_when_somebody_turns_away(outer: Callable[..., Outer]) -> None:
    demo = outer()
    demo.comes_up()
    demo.tmux("detach-client", "-s", "demo", socket=f"papo-demo-{demo.demo}")
    demo.ends()


@needs_tmux
def test_in_a_tmux_that_is_there_it_takes_a_window(outer: Callable[..., Outer]) -> None:
    demo = outer(inside=True)

    def shown() -> str:
        panes = demo.tmux("list-panes", "-a", "-F", "#{pane_id}").split()
        return "".join(demo.tmux("capture-pane", "-p", "-t", pane) for pane in panes)

    until(lambda: "ana is in #papo" in shown() and "bia is in #papo" in shown(), shown)
    assert len(demo.tmux("list-windows", "-F", "#I").split()) == 2
    os.kill(demo.demo, signal.SIGTERM)
    demo.ends()


@needs_tmux
def test_a_client_that_fails_stays_in_sight(outer: Callable[..., Outer]) -> None:
    demo = outer()
    demo.comes_up()
    demo.type(1, "fail")
    until(lambda: "exit code 3" in demo.shown(), demo.shown)
    demo.type(1, "")
    until(lambda: "exit code 3" not in demo.shown(), demo.shown)
    demo.type(1, "quit")
    demo.ends()


@needs_tmux
def test_a_server_that_cannot_start_is_explained(outer: Callable[..., Outer], tmp_path: Path) -> None:
    claimed = tmp_path / "not-a-folder"
    claimed.write_text("x", encoding="utf-8")
    demo = outer("--data", str(claimed))
    demo.ends()
    errors = (tmp_path / "errors").read_text(encoding="utf-8")
    assert "the server did not start" in errors
    assert "not-a-folder" in errors


@needs_tmux
def test_a_data_folder_is_kept(outer: Callable[..., Outer], tmp_path: Path) -> None:
    demo = outer("--data", str(tmp_path / "kept"))
    demo.comes_up()
    os.kill(demo.demo, signal.SIGTERM)
    demo.ends()
    assert any((tmp_path / "kept").iterdir())


@needs_screen
def test_windows_on_a_screen(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1000x700x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as output:
            display = f":{output.readline().strip()}"
        errors = (tmp_path / "errors").open("w+", encoding="utf-8")
        with errors:
            demo = subprocess.Popen(
                [sys.executable, str(DRIVER), "--no-browser", "--terminal", "xterm"],
                env=environment(tmp_path, DISPLAY=display), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            )  # fmt: skip
            until(lambda: "ends the demo" in (tmp_path / "errors").read_text(encoding="utf-8"), lambda: "no windows")
            started = children(tmp_path)
            assert len(started) >= 6, "three emulators and three windows"
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(TIMEOUT_S) == 0
        until(lambda: not [process for process in started if alive(process)], lambda: f"left: {started}")
        assert children(tmp_path) == []
        assert list(tmp_path.glob("papo-demo-*")) == []
    finally:
        screen.terminate()
        screen.wait(TIMEOUT_S)


def test_no_terminal_at_all(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DRIVER), "--no-browser"], env=environment(tmp_path, PATH=str(tmp_path)),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert "install one" in done.stderr
    assert sum("papo serve" in line or "stand_in" in line for line in done.stderr.splitlines()) == 3


def test_an_unknown_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DRIVER), "--terminal", "nonsense"], env=environment(tmp_path),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert "xterm" in done.stderr
