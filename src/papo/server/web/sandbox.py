"""Shuts a process in with the files that it has open: for the one that decodes pictures, which are untrusted.

After `enter`, the process can compute, and read and write what it has open. On Linux (x86_64, aarch64) the kernel
refuses every system call but those of `ALLOWED`: no file by a name, no socket, no program, no other process (seccomp,
by the library seccompy). Elsewhere on POSIX it can open nothing more, because its limit of descriptors is zero, and
start nothing, unless it is root. Windows has no such thing here: there only time is limited, by the server.
"""

from __future__ import annotations

import contextlib
import errno
import sys

if sys.platform == "linux":
    import seccompy

MAX_MEMORY_BYTES = 1 << 30
MAX_CPU_S = 20
OPENING_CPU_S = 5
"""Until the server allows more (`images.cpu_s`): on Linux alone another process can."""
MAX_WRITTEN_BYTES = 1 << 28

ALLOWED = (
    *("read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "fstat", "ftruncate", "close"),
    *("brk", "munmap", "mremap", "madvise"),
    *("futex", "sched_yield", "restart_syscall", "getrandom", "clock_gettime", "gettimeofday"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("getcwd", "getpid", "gettid", "exit", "exit_group"),
)
"""System calls that a decoder needs. All others fail with EPERM."""
NOT_EXECUTABLE = ("mmap", "mprotect")
"""Allowed too, but not for memory whose contents can be run."""
_PROT_EXEC = 4


def enter() -> bool:
    """Give up everything but memory, time and the open files; returns whether system calls are filtered."""
    if sys.platform != "linux":
        _limit()
        return False
    can_filter = seccompy.supported()  # it opens libc, so it comes before the limits
    _limit()
    try:
        if can_filter:
            _filter().load()
    except (ValueError, OSError):  # a processor that the library does not know
        return False
    return can_filter


def _limit() -> None:
    """The limits that every POSIX system has."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 -- not on Windows

        for limit, value in (
            (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
            (resource.RLIMIT_CPU, MAX_CPU_S),
            (resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_NOFILE, 0),
        ):
            soft = OPENING_CPU_S if limit == resource.RLIMIT_CPU and sys.platform == "linux" else value
            with contextlib.suppress(OSError, ValueError):  # macOS has no RLIMIT_AS
                resource.setrlimit(limit, (soft, value))


def _filter() -> seccompy.Filter:
    """What the kernel is asked to allow. Raises ValueError or OSError for a processor that is not known."""
    calls = seccompy.Filter(default=seccompy.Action.ERRNO | errno.EPERM)
    for name in ALLOWED:
        calls.allow(name)
    for name in NOT_EXECUTABLE:
        calls.allow(name, args=[seccompy.ArgCmp(2, seccompy.CmpOp.MASKED_EQ, 0, mask=_PROT_EXEC)])
    return calls
