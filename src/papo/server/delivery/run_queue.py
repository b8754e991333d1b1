"""Who has more to do than fits one loop turn waits here, first come, first served, so that nobody else waits for them.

The word and the way (round robin) are those of operating systems.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

PER_TURN = 4
"""How many of those that wait go on in one loop turn."""


class RunQueue:
    """Callbacks in order, a few in each loop turn."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._waiting: deque[Callable[[], object]] = deque()

    def add(self, go_on: Callable[[], object]) -> None:
        """Call `go_on`, which never raises, in a later loop turn, after those that wait already."""
        self._waiting.append(go_on)
        if len(self._waiting) == 1:
            self._call_soon(self._run)

    async def wait(self) -> None:
        """Wait for one's turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def go_on() -> None:
            if not turn.done():  # cancelled, perhaps
                turn.set_result(None)

        self.add(go_on)
        await turn

    def __len__(self) -> int:
        return len(self._waiting)

    def _run(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(PER_TURN, len(self._waiting)))]
        if self._waiting:
            self._call_soon(self._run)
        for go_on in batch:
            go_on()
