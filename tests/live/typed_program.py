"""A program of its own that a test types into and reads from, as a user at a terminal does."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

TIMEOUT_S = 20.0
SOON_S = 0.1


class TypedProgram:
    """A running Python script with its standard input and output, in UTF-8."""

    def __init__(self, script: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONUTF8": "1"},
            text=True,
            encoding="utf-8",
        )
        self.printed = ""
        """What it has printed since the last `until`."""
        self._pieces: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while char := self.process.stdout.read(1):
            self._pieces.put(char)
        self._pieces.put("")

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, text: str) -> None:
        """Wait until it has printed this; the next call looks at what follows."""
        while text not in self.printed:
            piece = self._pieces.get(timeout=TIMEOUT_S)
            assert piece, f"it ended, having printed {self.printed!r} and not {text!r}"
            self.printed += piece
        self.printed = self.printed.partition(text)[2]

    def has_printed(self, text: str) -> bool:
        """Whether it prints this within a moment."""
        with contextlib.suppress(queue.Empty):
            while text not in self.printed:
                self.printed += self._pieces.get(timeout=SOON_S)
        return text in self.printed

    def end_input(self) -> None:
        """End its input."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def end(self) -> str:
        """End its input; returns what it prints until it ends."""
        self.end_input()
        self.process.wait(TIMEOUT_S)
        self._reader.join(TIMEOUT_S)
        while piece := self._pieces.get(timeout=TIMEOUT_S):
            self.printed += piece
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.printed

    def close(self) -> None:
        """End it, if it has not ended."""
        self.process.kill()
        self.process.wait(TIMEOUT_S)
        self._reader.join(TIMEOUT_S)
        self.end_input()
        assert self.process.stdout is not None
        self.process.stdout.close()
