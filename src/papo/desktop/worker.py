"""The thread that waits: an event loop for connections, files and whatever else takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

Value = TypeVar("Value")
STOP_S = 2.0


class Worker(QObject):
    """Runs what waits in a thread of its own; results come back in the thread that made the worker."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._running: set[asyncio.Task[Any]] = set()
        self._posted.connect(_call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="papo-waiting", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def post(self, what: Callable[[], None]) -> None:
        """Have something done in the window's thread. From any thread."""
        with contextlib.suppress(RuntimeError):  # the window is gone, and so is whoever would care
            self._posted.emit(what)

    def call(self, what: Callable[[], object]) -> None:
        """Have something done in the loop, one after the other."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)

    def run(
        self,
        work: Coroutine[Any, Any, Value],
        then: Callable[[Value], None],
        wrong: Callable[[Exception], None] | None = None,
    ) -> Callable[[], None]:
        """Run this in the loop; `then` gets the result, `wrong` what was raised. Gives how to stop it."""
        tasks: list[asyncio.Task[None]] = []

        async def whole() -> None:
            try:
                result = await work
            except Exception as error:  # the caller says what it expects
                text = error
                if wrong is not None:
                    self.post(lambda: wrong(text))
                else:
                    raise
            else:
                self.post(lambda: then(result))

        def begin() -> None:
            task = self._loop.create_task(whole())
            tasks.append(task)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        self.call(begin)
        return lambda: self.call(lambda: [task.cancel() for task in tasks])

    def stop(self) -> None:
        """End everything: connections say goodbye, then the loop and its thread end."""

        async def end() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            if others:
                await asyncio.wait(others, timeout=STOP_S)
            self._loop.stop()

        def begin() -> None:
            self._running.add(self._loop.create_task(end()))

        self.call(begin)
        self._thread.join(STOP_S + 1)


def _call(what: Callable[[], None]) -> None:
    what()
