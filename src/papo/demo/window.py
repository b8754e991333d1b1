"""The program in each window: it runs the command, says where, and keeps what went wrong in sight.

It is run by its path, `python -I window.py PLAN`, and imports nothing but the standard library: a window may be opened
by a program that was started long before us, with an environment of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO, TypedDict

LOOK_S = 0.2
"""How often it looks whether it is to end."""
GRACE_S = 10.0
"""How long a command may take to end; more than the server's own bound."""
SAID_LINES = 12
TAKEN = ".taken"
STATE = ".state"


class Plan(TypedDict):
    """What a window is to do: PLAN, in JSON."""

    title: str
    command: list[str]
    environment: dict[str, str]
    """Variables that are set over those of the window."""
    folder: str
    """Where the command runs."""
    owner: int
    """The process that all this is for: where it is gone, the command is ended."""
    keep_errors: bool
    """Whether the last lines of standard error go into the state."""
    failed: str
    """What to say where the command failed; {code} stands for its exit code."""
    enter: str
    """What to say before waiting for Enter."""


class State(TypedDict):
    """What became of it: PLAN with the suffix .state, in JSON."""

    window: int
    """The process of this program."""
    command: int
    """The process of the command; 0 before it is started."""
    code: int | None
    """The command's exit code; None while it runs."""
    said: str
    """The last lines of its standard error, where they are kept."""


def main(arguments: list[str]) -> int:
    """Do what the plan says, unless it was withdrawn meanwhile; the command's exit code."""
    path = Path(arguments[0])
    try:
        taken = path.rename(path.with_suffix(TAKEN))
    except OSError:
        return 0
    plan: Plan = json.loads(taken.read_text(encoding="utf-8"))
    asked: list[int] = []
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, _frame: asked.append(number))
    # Ctrl-C is the command's business, and a handler, unlike "ignore", is not inherited by it.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    set_title(plan["title"])
    state: State = {"window": os.getpid(), "command": 0, "code": None, "said": ""}
    report(path, state)
    run(plan, state, path, asked)
    report(path, state)
    code = state["code"] or 0
    if code and not asked and is_alive(plan["owner"]):
        tidy()
        print("\n" + plan["failed"].format(code=code))  # noqa: T201 -- the window's own words
        print(plan["enter"], end="", flush=True)  # noqa: T201
        wait_for_enter(plan["owner"], asked)
    return code


def run(plan: Plan, state: State, path: Path, asked: list[int]) -> None:
    """Run the command until it ends, or until the owner or a signal wants it ended."""
    try:
        process = subprocess.Popen(
            plan["command"],
            cwd=plan["folder"],
            env={**os.environ, **plan["environment"]},
            stderr=subprocess.PIPE if plan["keep_errors"] else None,
        )
    except OSError as error:
        state["code"], state["said"] = 127, str(error)
        print(error)  # noqa: T201
        return
    state["command"] = process.pid
    report(path, state)
    said: deque[bytes] = deque(maxlen=SAID_LINES)
    reader = threading.Thread(target=pass_on, args=(process.stderr, said), daemon=True)
    reader.start()
    over = threading.Event()

    def wait() -> None:
        process.wait()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    kill_at_s = 0.0
    while not over.wait(LOOK_S):
        if kill_at_s and time.monotonic() > kill_at_s:
            process.kill()
        elif not kill_at_s and (asked or not is_alive(plan["owner"])):
            process.terminate()
            kill_at_s = time.monotonic() + GRACE_S
    reader.join(LOOK_S)
    state["code"], state["said"] = process.returncode, b"".join(said).decode(errors="replace")


def pass_on(source: BinaryIO | None, said: deque[bytes]) -> None:
    """Show the command's standard error, and remember the end of it."""
    for line in source or ():
        said.append(line)
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()


def tidy() -> None:
    """Undo what a program that draws the whole window does to a terminal, and did not undo itself."""
    if os.name != "nt":
        with contextlib.suppress(OSError):
            subprocess.run(["stty", "sane"], check=False, stderr=subprocess.DEVNULL)


def wait_for_enter(owner: int, asked: list[int]) -> None:
    """Until Enter, Ctrl-C, a signal, or the end of the owner."""
    signal.signal(signal.SIGINT, lambda number, _frame: asked.append(number))
    # Without `sys.stdin`, whose lock would keep the interpreter from ending while the thread waits.
    reader = threading.Thread(target=lambda: os.read(0, 1024), daemon=True)
    reader.start()
    while reader.is_alive() and not asked and is_alive(owner):
        reader.join(LOOK_S)


def report(path: Path, state: State) -> None:
    """Write the state, whole or not at all; where its folder is gone, nobody reads it any more."""
    fresh = path.with_suffix(".fresh")
    with contextlib.suppress(OSError):
        fresh.write_text(json.dumps(state), encoding="utf-8")
        for _attempt in range(50):
            try:
                fresh.replace(path.with_suffix(STATE))
            except PermissionError:
                time.sleep(0.02)  # Windows, while somebody reads it
            else:
                return


def set_title(title: str) -> None:
    """Name the window, whatever the emulator made of its own flag."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 -- only here

        ctypes.windll.kernel32.SetConsoleTitleW(title)
    elif sys.stdout.isatty():
        print(f"\033]2;{title}\a", end="", flush=True)  # noqa: T201 -- xterm's "Set Text Parameters", understood by all


if sys.platform == "win32":

    def is_alive(process: int) -> bool:
        """Whether a process runs."""
        import ctypes  # noqa: PLC0415 -- only here

        kernel: Any = ctypes.windll.kernel32
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = kernel.OpenProcess(0x00100000, False, process)  # SYNCHRONIZE
        if not handle:
            return False
        timed_out = kernel.WaitForSingleObject(ctypes.c_void_p(handle), 0) == 0x102  # WAIT_TIMEOUT
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return bool(timed_out)

else:

    def is_alive(process: int) -> bool:
        """Whether a process of ours runs. One that only waits to be fetched by its parent does not."""
        try:
            os.kill(process, 0)
        except (ProcessLookupError, PermissionError):  # gone, or the number is somebody else's by now
            return False
        try:
            told = Path(f"/proc/{process}/stat").read_bytes()
        except OSError:
            return True  # no such file on this system
        return told.rpartition(b")")[2].split()[0] not in {b"Z", b"X"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
