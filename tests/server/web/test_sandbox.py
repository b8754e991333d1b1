"""What a decoder can do that somebody has taken over with a picture: nothing but compute."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

ATTEMPTS = {
    "read a file": "open('/etc/passwd')",
    "read a file of the server's folder": "open(sys.argv[0] or '.')",
    "write a file": "open('/tmp/papo-sandbox', 'w')",
    "list a folder": "os.listdir('/')",
    "look whether a file exists": "os.stat('/etc/passwd')",
    "rename a file": "os.rename('/tmp/papo-a', '/tmp/papo-b')",
    "delete a file": "os.unlink('/tmp/papo-a')",
    "make a link": "os.symlink('/etc/passwd', '/tmp/papo-a')",
    "change rights": "os.chmod('/tmp', 0o777)",
    "open a TCP socket": "socket.socket()",
    "open a Unix socket": "socket.socket(socket.AF_UNIX)",
    "make a pair of sockets": "socket.socketpair()",
    "make a pipe": "os.pipe()",
    "copy a descriptor": "os.dup(1)",
    "fork": "os.fork()",
    "run a program": "os.execv('/bin/true', ['true'])",
    "start a thread": "_thread.start_new_thread(print, ())",
    "end another process": "os.kill(os.getppid(), 0)",
    "make memory that is a file": "os.memfd_create('x')",
    "read the memory of another process": "call(libc.process_vm_readv, os.getppid(), 0, 0, 0, 0, 0)",
    "trace another process": "call(libc.ptrace, 16, os.getppid(), 0, 0)",
    "make a namespace": "call(libc.unshare, 0x10000000)",
    "raise its own limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "make memory that can be run": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "use io_uring": "call(libc.syscall, 425, 1, 0)",
    "open a file by the raw number of the call": "call(libc.syscall, 437, -100, b'/etc/passwd', 0, 0)",
}

PROGRAM = """
import _thread, ctypes, json, mmap, os, resource, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")
from papo.server.web import sandbox
said = {}
attempts = json.loads(sys.argv[1])
assert sandbox.enter()
for what, attempt in attempts.items():
    try:
        exec(attempt)
        said[what] = "done"
    except OSError as error:
        said[what] = error.errno
    except (RuntimeError, ValueError) as error:
        said[what] = str(error)
print(json.dumps(said))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")
def test_nothing_but_computing_is_possible() -> None:
    """Every way out is refused, by the kernel: EPERM, and not because there is no such file."""
    attempts = ATTEMPTS | {"compute": "bytes(1 << 24)"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(attempts)],
        capture_output=True, text=True, check=True, env=ENVIRONMENT, timeout=60,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert said.pop("compute") == "done"
    assert said.pop("start a thread") == "can't start new thread"
    assert said.pop("raise its own limits") == "not allowed to raise maximum limit"
    assert said == dict.fromkeys(said, errno.EPERM)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the server raise the limit of another process")
def test_looking_at_a_picture_has_less_time_than_decoding_it() -> None:
    """A process that says nothing of pixels is ended long before it has used up the time of a large picture."""
    code = "from papo.server.web import sandbox; sandbox.OPENING_CPU_S = 1; sandbox.enter()\nwhile True: pass"
    ended = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=False)
    assert ended.returncode == -signal.SIGXCPU


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_process_has_limits() -> None:
    """Of memory, time, what it writes, descriptors and processes, whatever the kernel filters."""
    names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
    code = (
        "from papo.server.web import sandbox; import resource; sandbox._limit();"
        f"print(*(resource.getrlimit(getattr(resource, each))[1] for each in {names}))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert told.stdout.split() == [str(1 << 30), "20", str(1 << 28), "0", "0", "0"]
