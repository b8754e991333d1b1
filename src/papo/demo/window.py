"""The program in each window: it runs the command, writes its state, and keeps errors visible.

It is run by its path, `python -I window.py PLAN`, and imports only the standard library: the window may belong to a
program that was started long before, with another environment.
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
"""How often it checks whether to end."""
GRACE_S = 10.0
"""How long a command may take to end; more than the server's own bound."""
ERROR_LINES = 12
CLAIMED = ".claimed"
STATE = ".state"


class Plan(TypedDict):
    """What a window is to do: the file PLAN, in JSON."""

    title: str
    command: list[str]
    environment: dict[str, str]
    """Variables that override those of the window."""
    folder: str
    """Where the command runs."""
    owner: int
    """The process of the demo; when it has ended, so does the command."""
    keep_errors: bool
    """Whether the last lines of standard error go into the state."""
    failed: str
    """What to print if the command fails; {code} stands for its exit code."""
    enter: str
    """What to print before waiting for Enter."""


class State(TypedDict):
    """What became of the plan: PLAN with the suffix .state, in JSON."""

    window: int
    """The process id of this program."""
    command: int
    """The process id of the command; 0 before it is started."""
    code: int | None
    """The command's exit code; None while it runs."""
    errors: str
    """The last lines of its standard error, if the plan keeps them."""


def main(arguments: list[str]) -> int:
    """Run the plan unless it has been withdrawn; returns the command's exit code."""
    path = Path(arguments[0])
    try:
        claimed = path.rename(path.with_suffix(CLAIMED))
    except OSError:
        return 0
    plan: Plan = json.loads(claimed.read_text(encoding="utf-8"))
    signals: list[int] = []
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, _frame: signals.append(number))
    # Ctrl-C is for the command, which does not inherit a handler as it would inherit SIG_IGN.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    set_title(plan["title"])
    state: State = {"window": os.getpid(), "command": 0, "code": None, "errors": ""}
    report(path, state)
    run(plan, state, path, signals)
    report(path, state)
    code = state["code"] or 0
    if code and not signals and is_alive(plan["owner"]):
        restore_terminal()
        print("\n" + plan["failed"].format(code=code))  # noqa: T201 -- it talks to the user
        print(plan["enter"], end="", flush=True)  # noqa: T201
        wait_for_enter(plan["owner"], signals)
    return code


def run(plan: Plan, state: State, path: Path, signals: list[int]) -> None:
    """Run the command until it ends, its owner ends, or a signal arrives."""
    try:
        process = subprocess.Popen(
            plan["command"],
            cwd=plan["folder"],
            env={**os.environ, **plan["environment"]},
            stderr=subprocess.PIPE if plan["keep_errors"] else None,
        )
    except OSError as error:
        state["code"], state["errors"] = 127, str(error)
        print(error)  # noqa: T201
        return
    state["command"] = process.pid
    report(path, state)
    errors: deque[bytes] = deque(maxlen=ERROR_LINES)
    reader = threading.Thread(target=pass_on, args=(process.stderr, errors), daemon=True)
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
        elif not kill_at_s and (signals or not is_alive(plan["owner"])):
            process.terminate()
            kill_at_s = time.monotonic() + GRACE_S
    reader.join(LOOK_S)
    state["code"], state["errors"] = process.returncode, b"".join(errors).decode(errors="replace")


def pass_on(source: BinaryIO | None, errors: deque[bytes]) -> None:
    """Show the command's standard error, and keep its last lines."""
    for line in source or ():
        errors.append(line)
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()


def restore_terminal() -> None:
    """Restore the terminal after a full-screen program that failed to."""
    if os.name != "nt":
        with contextlib.suppress(OSError):
            subprocess.run(["stty", "sane"], check=False, stderr=subprocess.DEVNULL)


def wait_for_enter(owner: int, signals: list[int]) -> None:
    """Wait for Enter, Ctrl-C, a signal, or the end of the owner."""
    signal.signal(signal.SIGINT, lambda number, _frame: signals.append(number))
    # Not through `sys.stdin`: its lock would keep the interpreter from exiting while the thread waits.
    reader = threading.Thread(target=lambda: os.read(0, 1024), daemon=True)
    reader.start()
    while reader.is_alive() and not signals and is_alive(owner):
        reader.join(LOOK_S)


def report(path: Path, state: State) -> None:
    """Write the state atomically; if its folder is gone, nobody reads it any more."""
    fresh = path.with_suffix(".fresh")
    with contextlib.suppress(OSError):
        fresh.write_text(json.dumps(state), encoding="utf-8")
        for _attempt in range(50):
            try:
                fresh.replace(path.with_suffix(STATE))
            except PermissionError:
                time.sleep(0.02)  # on Windows, while the file is being read
            else:
                return


def set_title(title: str) -> None:
    """Set the window's title, even if the emulator ignored its own flag."""
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
        """Whether a process of ours runs; a zombie does not."""
        try:
            os.kill(process, 0)
        except (ProcessLookupError, PermissionError):  # ended, or its id now belongs to another user's process
            return False
        try:
            output = Path(f"/proc/{process}/stat").read_bytes()
        except OSError:
            return True  # no such file on this system
        return output.rpartition(b")")[2].split()[0] not in {b"Z", b"X"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
