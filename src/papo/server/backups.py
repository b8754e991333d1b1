"""The backups of a running server: what `papo backup` is given, and those that are made on a schedule.

Hashing, compressing and writing is done by `papo backup`, in a process of its own: the server only fills a folder with
links and with a copy of the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from papo.server.backup import rotation, stage

if TYPE_CHECKING:
    from papo.config import Loaded
    from papo.server.assembly import Ports

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""How often it is asked whether a backup is due."""
END_S = 2.0
"""How long a backup has to end when the server stops."""
RETRY_S = 3600.0
"""When one that failed is tried again, at the latest."""


class Backups:
    """The backups of one data folder."""

    def __init__(
        self, folder: Path, ports: Ports, loaded: Callable[[], Loaded], *, clock_s: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self._ports = ports
        self._loaded = loaded
        self._clock_s = clock_s
        self._lock = asyncio.Lock()
        """One at a time; others wait."""
        self._mark = rotation.mark(ports.secrets.key("backup"))
        self._retry_s = 0.0
        """No attempt before this, by the monotonic clock."""
        self._newest_s: float | None = None
        """When the newest that the schedule has made was begun; None if there is none."""

    # --- what `papo backup` is given

    @contextlib.asynccontextmanager
    async def staged(self) -> AsyncIterator[object]:
        """A folder with everything, as it was at one moment: `stage.Staged`, or why there is none."""
        async with self._lock:
            try:
                await asyncio.to_thread(stage.discard, self.folder)
                yield await self._fill()
            finally:
                with contextlib.suppress(OSError):  # the next one, or the next start, tries again
                    await asyncio.to_thread(stage.discard, self.folder)

    async def _fill(self) -> object:
        ports = self._ports
        try:
            return await stage.fill(
                self.folder / stage.FOLDER, self.folder, self._loaded(), (ports.store, ports.files, ports.secrets)
            )
        except OSError as error:
            log.error("a backup failed: %s", error)  # noqa: TRY400 -- the sentence says it all
            return {"refused": error.strerror or str(error)}

    # --- those on a schedule

    def age_s(self) -> float | None:
        """Of the newest one that the schedule has made, infinite if there is none; None if it makes none."""
        if not self._loaded().config.backup.every:
            return None
        return math.inf if self._newest_s is None else self._clock_s() - self._newest_s

    async def run_for_ever(self) -> None:
        """Make a backup whenever one is due."""
        async with self._lock:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(stage.discard, self.folder)  # of a server that was killed
        while True:
            every_s = rotation.interval_s(self._loaded().config.backup.every)
            if every_s:
                await self.make_if_due(every_s)
            await asyncio.sleep(min(LOOK_S, every_s or LOOK_S))

    async def make_if_due(self, every_s: float) -> None:
        """Make one if the newest is so old, and delete the oldest then."""
        settings = self._loaded().config.backup
        folder = rotation.folder_of(settings, self.folder)
        now_s = self._clock_s()
        try:
            self._newest_s = await asyncio.to_thread(rotation.newest_s, folder, self._mark, now_s)
            is_due = self._newest_s is None or now_s - self._newest_s >= every_s
            if not is_due or time.monotonic() < self._retry_s:
                return
            await self._make(folder, now_s)
            self._newest_s = now_s
            for path in await asyncio.to_thread(rotation.delete_old, folder, self._mark, settings.keep, now_s):
                log.info("an old backup is deleted: %s", path)
        except OSError as error:
            self._retry_s = time.monotonic() + min(every_s, RETRY_S)
            reason = f"{error.filename}: {error.strerror}" if error.filename else error
            log.error("the backup of this server failed: %s", reason)  # noqa: TRY400 -- as above

    async def _make(self, folder: Path, now_s: float) -> None:
        """Raises OSError with a sentence."""
        loaded = self._loaded()
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        encrypted = bool(loaded.config.backup.passphrase_file)
        path = folder / rotation.name_of(loaded.config.server.name, self._mark, now_s, encrypted=encrypted)
        where = ["--config", str(loaded.path)] if loaded.path is not None else []
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "papo", "backup", "--data", str(self.folder), *where, str(path),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
        )  # fmt: skip
        try:
            _nothing, said = await process.communicate()
        except BaseException:
            await _end(process)
            raise
        if process.returncode:
            lines = said.decode(errors="replace").strip().splitlines() or [f"exit code {process.returncode}"]
            raise OSError(lines[-1].removeprefix("papo: "))
        log.info("a backup is made: %s", path)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Tell a backup to end, which deletes what it has written; one that checks a large database does not listen."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()  # the next one deletes the rest
            await process.wait()
