"""Makes one `pwrite` of the real disk fail, as the kernel would: SQLite's own code then gives the error it gives."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

_CALL = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_longlong, use_errno=True
)


class _Unix(apsw.VFS):
    """A way to the system calls of SQLite's default disk."""

    def __init__(self) -> None:
        super().__init__("system-calls", "")


def available() -> bool:
    """Whether this SQLite writes by `pwrite64`: on Linux."""
    return "pwrite64" in _names()


def _names() -> list[str]:
    unix, names = _Unix(), []
    name = unix.xNextSystemCall(None)
    while name is not None:
        names.append(name)
        name = unix.xNextSystemCall(name)
    return names


@contextlib.contextmanager
def failing_write(number: int, chosen: Callable[[str, int], bool]) -> Iterator[list[str]]:
    """While the `with` runs, writes that `chosen` wants fail with this `errno`; gives the files they were for.

    `chosen` is given the ending of the file (`db`, `wal`, `shm`) and the size of the write in bytes.
    """
    unix = _Unix()
    real = unix.xGetSystemCall("pwrite64")
    assert real is not None
    write = _CALL(real)
    failed: list[str] = []

    def intercept(descriptor: int, data: int, size: int, offset: int) -> int:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name.rpartition("-")[2]
        ending = name if name in {"wal", "shm"} else "db"
        if chosen(ending, size):
            failed.append(ending)
            ctypes.set_errno(number)
            return -1
        result: int = write(descriptor, data, size, offset)
        return result

    callback = _CALL(intercept)
    unix.xSetSystemCall("pwrite64", ctypes.cast(callback, ctypes.c_void_p).value or 0)
    try:
        yield failed
    finally:
        unix.xSetSystemCall("pwrite64", real)
