"""How many bytes each account, or guest's address, may upload in a day."""

from __future__ import annotations

import asyncio

from papo.protocol.times import DAY_MS
from papo.server.delivery.ports import Files


class DailyQuota:
    """Bytes uploaded in the last 24 hours, by payer. A restart does not reset it: they are read from the files."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._loading = asyncio.Lock()
        self._used: dict[str, list[tuple[int, int]]] | None = None
        """Payer to (time in ms, bytes); None until `load`."""

    async def load(self, now_ms: int) -> None:
        """Read what was uploaded before the server started, the first time; to be awaited before `reserve`."""
        async with self._loading:
            if self._used is None:
                used: dict[str, list[tuple[int, int]]] = {}
                for file in await self._files.recent(now_ms - DAY_MS):
                    used.setdefault(file.payer, []).append((file.at_ms, file.bytes))
                self._used = used

    def reserve(self, payer: str, size: int, now_ms: int, limit: int) -> bool:
        """Count bytes against the payer's day; False, and nothing is counted, if that exceeds `limit`."""
        assert self._used is not None
        mine = self._used.setdefault(payer, [])
        mine[:] = [(at_ms, used) for at_ms, used in mine if abs(now_ms - at_ms) < DAY_MS]
        if sum(used for _, used in mine) + size > limit:
            return False
        mine.append((now_ms, size))
        return True

    def charge(self, payer: str, reserved: int, used: int, at_ms: int) -> None:
        """Replace a reservation, made at `at_ms`, by what was really used, even if it is more."""
        assert self._used is not None
        mine = self._used.setdefault(payer, [])
        if (at_ms, reserved) in mine:
            mine.remove((at_ms, reserved))
        if used:
            mine.append((at_ms, used))
