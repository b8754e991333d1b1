"""Pictures are cleaned by a process of their own (`papo.server.web.picture`), a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated
from weakref import WeakValueDictionary

import msgspec

from papo.server.web.sandbox import MAX_CPU_S, OPENING_CPU_S

log = logging.getLogger(__name__)

AT_ONCE = 2
TIMEOUT_S = 25.0
ENVIRONMENT = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")
PIXELS_PER_S = 2_000_000
"""How fast the slowest machine decodes and encodes: a sender pays by the pixel, so time goes with them."""
_Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]
_turns = asyncio.Semaphore(AT_ONCE)
_turns_of: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""One picture of a sender at a time, so that nobody fills all places."""


class BadPicture(Exception):
    """Not a picture, or one that is too large or too slow to decode."""


class _Asked(msgspec.Struct):
    """What the process says first."""

    pixels: _Count


class _Said(msgspec.Struct):
    """What it says last."""

    width: _Count
    height: _Count
    confined: bool


def cpu_s(pixels: int) -> int:
    """How many seconds of a processor a picture may take."""
    return min(MAX_CPU_S, OPENING_CPU_S + pixels // PIXELS_PER_S)


async def clean(source: Path, target: Path, thumb: Path, charge: Callable[[int], None], payer: str) -> tuple[int, int]:
    """Write the picture without metadata, and a thumbnail; returns width and height.

    `charge` is told how many pixels are to be decoded for `payer`, and may raise. Raises BadPicture, and what `charge`
    raises.
    """
    turn = _turns_of.setdefault(payer, asyncio.Lock())
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    async with turn, _turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "papo.server.web.picture", str(source), str(target), str(thumb),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(_convert(process, charge), TIMEOUT_S)
        except TimeoutError:
            raise BadPicture("it takes too long") from None
        except (msgspec.MsgspecError, ValueError):  # it has failed, or says what we do not ask
            raise BadPicture("it cannot be read") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _convert(process: asyncio.subprocess.Process, charge: Callable[[int], None]) -> tuple[int, int]:
    """Answer the process's question; returns what it says then."""
    assert process.stdin is not None
    assert process.stdout is not None
    asked = msgspec.json.decode(await process.stdout.readline(), type=_Asked)
    charge(asked.pixels)
    _allow_time(process.pid, cpu_s(asked.pixels))
    with contextlib.suppress(ConnectionError):  # it has failed: it says nothing more
        process.stdin.write(b"yes\n")
        await process.stdin.drain()
    said = msgspec.json.decode(await process.stdout.readline(), type=_Said)
    if await process.wait():
        raise BadPicture("it cannot be read")
    if not said.confined and sys.platform == "linux":
        _warn()
    return said.width, said.height


def _allow_time(pid: int, seconds: int) -> None:
    """Let a process that has said what it decodes take so much of a processor."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 -- not on Windows

        with contextlib.suppress(OSError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, MAX_CPU_S))


@cache
def _warn() -> None:
    """Once in the life of the process."""
    log.warning("this kernel or processor filters no system calls: pictures are decoded with fewer walls around them")
