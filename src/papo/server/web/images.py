"""Pictures are cleaned in a process of their own (`papo.server.web.picture`), with limits of number and time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

AT_ONCE = 2
TIMEOUT_S = 25.0
ENVIRONMENT = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")
_turns = asyncio.Semaphore(AT_ONCE)


class BadPicture(Exception):
    """Not a picture, or one that is too large or too slow to decode."""


async def clean(source: Path, target: Path, thumb: Path) -> tuple[int, int]:
    """Write the picture without metadata, and a thumbnail; returns width and height. Raises BadPicture."""
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    async with _turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "papo.server.web.picture", str(source), str(target), str(thumb),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        try:
            output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        except TimeoutError:
            raise BadPicture("it takes too long") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
    if process.returncode:
        raise BadPicture("it cannot be read")
    size = json.loads(output)
    return size["width"], size["height"]
