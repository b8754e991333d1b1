"""A worker thread with an event loop, for connections, files and everything else that takes time."""

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
    """Runs coroutines in the worker thread; results come back in the thread that made the worker."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._running: set[asyncio.Task[Any]] = set()
        self._posted.connect(_call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="papo-worker", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def post(self, what: Callable[[], None]) -> None:
        """Call something in the window's thread. May be called from any thread."""
        with contextlib.suppress(RuntimeError):  # the window is closed, and the result of no interest
            self._posted.emit(what)

    def call(self, what: Callable[[], object]) -> None:
        """Call something in the worker thread; calls keep their order."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)

    def run(
        self,
        work: Coroutine[Any, Any, Value],
        then: Callable[[Value], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Callable[[], None]:
        """Run a coroutine in the worker thread. `then` gets its result, `failed` its exception.

        Returns a function that cancels it.
        """
        tasks: list[asyncio.Task[None]] = []

        async def whole() -> None:
            try:
                result = await work
            except Exception as error:  # the coroutine decides what it raises
                problem = error
                if failed is not None:
                    self.post(lambda: failed(problem))
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
        """Cancel everything, which closes connections, then end the loop and the thread."""

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
