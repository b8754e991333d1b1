"""Pictures are cleaned by a process of their own (`papo.server.web.picture`), a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

AT_ONCE = 2
TIMEOUT_S = 25.0
ENVIRONMENT = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")
_turns = asyncio.Semaphore(AT_ONCE)


class BadPicture(Exception):
    """Not a picture, or one that is too large or too slow to decode."""


async def clean(source: Path, target: Path, thumb: Path, charge: Callable[[int], None]) -> tuple[int, int]:
    """Write the picture without metadata, and a thumbnail; returns width and height.

    `charge` is told how many pixels are to be decoded, and may raise. Raises BadPicture, and what `charge` raises.
    """
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    async with _turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "papo.server.web.picture", str(source), str(target), str(thumb),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(_convert(process, charge), TIMEOUT_S)
        except TimeoutError:
            raise BadPicture("it takes too long") from None
        except (json.JSONDecodeError, KeyError):
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
    charge(json.loads(await process.stdout.readline())["pixels"])
    with contextlib.suppress(ConnectionError):  # it has failed: it says nothing more
        process.stdin.write(b"yes\n")
        await process.stdin.drain()
    said = json.loads(await process.stdout.readline())
    if await process.wait():
        raise BadPicture("it cannot be read")
    if not said["confined"] and sys.platform == "linux":
        _warn()
    return said["width"], said["height"]


@cache
def _warn() -> None:
    """Once in the life of the process."""
    log.warning("this kernel or processor filters no system calls: pictures are decoded with fewer walls around them")
