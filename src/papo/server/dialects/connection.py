"""What the connections of all dialects share: one request after the other, within the rate limit."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from typing import TYPE_CHECKING, Any

from papo.server import costs
from papo.server.actions import lifecycle
from papo.server.delivery.batch import Request
from papo.server.delivery.outlet import Format, Outlet
from papo.server.delivery.session import Session
from papo.server.rate_limit import Rate, TokenBucket

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.events import Killed

log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive until they are done: asyncio itself holds them weakly."""


class Connection(Session):
    """A session whose client sends requests, a `net.link.ConnectionHandler`; subclasses add `receive` and `handle`."""

    __slots__ = (
        "_backlog",
        "_budget",
        "_ended",
        "_running",
        "_timer",
        "active_at_s",
        "answered_bytes",
        "answered_rows",
        "chat",
        "opened_at_s",
        "received_at_s",
    )

    def __init__(self, chat: Chat, link: Outlet, format: Format) -> None:  # noqa: A002 -- the field's own word
        super().__init__(link, format)
        self.chat = chat
        self.opened_at_s = self.received_at_s = self.active_at_s = chat.monotonic_s()
        self._budget = TokenBucket(self._rate, self.opened_at_s)
        self.answered_bytes = self.answered_rows = 0
        """What it has been answered, and what the answers looked at, since it was last charged."""
        self._backlog: list[Any] = []
        self._running = 0
        """Asynchronous requests that have not finished."""
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    def receive(self, data: bytes) -> None:
        """Read bytes, cut anywhere. Never raises."""
        raise NotImplementedError

    @property
    def is_silent(self) -> bool:
        """Whether nothing was received yet."""
        return self.received_at_s == self.opened_at_s

    # --- one request after the other

    @property
    def is_running(self) -> bool:
        """Whether an asynchronous request has not finished; the requests after it wait."""
        return bool(self._running)

    @property
    def backlog(self) -> int:
        """Requests that wait for the rate limit or for an asynchronous request."""
        return len(self._backlog)

    def handle(self, request: Any) -> None:
        """Handle one request. Never raises."""
        raise NotImplementedError

    def cost(self, request: Any) -> float:  # noqa: ARG002 -- dialects differ
        """What the request takes from the bucket; the usual message costs 1."""
        return 1.0

    def handle_all(self, requests: list[Any]) -> None:
        """Handle requests in order. Those above the rate, or after one that is still running, wait."""
        if self._ended:
            return  # the link may close later than the session ends, behind a commit
        if self._backlog or self._running:
            self._backlog.extend(requests)
            return
        limited = self.chat.config.limits.enabled
        spent = 0.0
        for at, request in enumerate(requests):
            if limited:
                spent += self._charge_answers()
                if spent >= costs.TURN:
                    self._backlog = requests[at:]
                    self.link.pause_reading()
                    self.chat.run_queue.add(self.resume)
                    return
                cost = self.cost(request)
                wait_s = self._budget.spend(self._rate, self.chat.monotonic_s(), cost)
                if wait_s:
                    self._backlog = requests[at:]
                    self.link.pause_reading()
                    self._timer = asyncio.get_running_loop().call_later(wait_s, self.resume)
                    return
                spent += cost
            self.handle(request)
            if self._must_stop():
                self._backlog = requests[at + 1 :]
                return

    def _charge_answers(self) -> float:
        """Charge what was answered since the last time; returns how much."""
        if not self.answered_bytes and not self.answered_rows:
            return 0.0
        cost = self.answered_bytes / costs.ANSWER_BYTES + self.answered_rows / costs.ROWS
        self.answered_bytes = self.answered_rows = 0
        cost = min(cost, costs.DEAREST_ANSWER)
        self._budget.charge(cost)
        return cost

    def _must_stop(self) -> bool:
        """Whether the next request has to wait, or will never be handled."""
        return bool(self._running) or self._ended

    @property
    def _rate(self) -> Rate:
        limits = self.chat.config.limits
        return Rate(limits.messages_per_s, limits.message_burst)

    def resume(self) -> None:
        """Handle the backlog, as far as the rate allows."""
        self._timer = None
        if self._must_stop():
            return
        backlog, self._backlog = self._backlog, []
        self.handle_all(backlog)
        if not self._backlog and not self._running:
            self.link.resume_reading()

    # --- long and asynchronous requests

    def in_turns(self, steps: Iterator[None], size: int) -> Coroutine[Any, Any, None] | None:
        """Run `size` steps now, and the rest, if there is one, as the coroutine that is returned: so many each turn.

        Between two turns the world may change: `steps` iterates over a copy, and looks again.
        """
        done = sum(1 for _ in itertools.islice(steps, size))
        return self._in_turns(steps, size) if done == size else None

    async def _in_turns(self, steps: Iterator[None], size: int) -> None:
        done = size
        while done == size:
            await self.chat.run_queue.wait()
            if self._ended:
                return
            done = sum(1 for _ in itertools.islice(steps, size))

    def run_async(self, work: Coroutine[Any, Any, None], command: str = "*", target: str = "") -> None:
        """Run `work` for `command`; requests that arrive before it is done wait.

        What it does between two of its `await`s is stored whole or not at all.
        """
        self._running += 1
        self.link.pause_reading()
        request = Request(self, command, target, self.context)
        task = asyncio.get_running_loop().create_task(self._run_to_end(self._in_steps(work, request)))
        _running.add(task)
        task.add_done_callback(_running.discard)

    @types.coroutine
    def _in_steps(self, work: Coroutine[Any, Any, None], request: Request) -> Generator[Any, Any, None]:
        """Await `work`; each of its steps is a request of its own to the journal."""
        resume: Callable[[], object] = functools.partial(work.send, None)
        while True:
            with self.chat.journal.request(request):
                try:
                    awaited = resume()
                except StopIteration:
                    return
            try:
                yield awaited
                resume = functools.partial(work.send, None)
            except BaseException as error:  # noqa: BLE001 -- cancelled, perhaps: the work decides
                resume = functools.partial(work.throw, error)

    async def _run_to_end(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            # One bad request must not take the connection, let alone the server, down.
            log.exception("a request failed")
        finally:
            self._running -= 1
            self.resume()

    def continue_with(self, answer: bool | Awaitable[bool], then: Callable[[bool], None]) -> None:  # noqa: FBT001
        """Call `then` with the nick registry's answer: now if it is known, else when it arrives."""
        if isinstance(answer, bool):
            then(answer)
        else:
            self.run_async(_continue(answer, then))

    # --- out

    def reply(self, data: bytes) -> None:
        """Answer this connection alone, in turn with everything that is delivered to it."""
        self.answered_bytes += len(data)
        self.chat.journal.defer(self.link.write, data)

    def close(self, last: bytes = b"") -> None:
        """End the connection, after everything that is queued for it."""
        self.chat.journal.keep(self.link.close, last)

    # --- the end

    def lost(self, reason: str) -> None:
        """The link is closed; `reason` is "" if the client closed it cleanly."""
        self.end(reason or "Connection closed", dropped=bool(reason))

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """The user quits; does nothing the second time."""
        if self._ended:
            return
        self._stop()
        if self.user is not None:
            lifecycle.disconnect(self.chat, self, reason, dropped=dropped, device=self.device)
        else:
            self.chat.on_registration_end(self)

    def times_s(self, now_s: float) -> tuple[float, float]:
        """When it was opened, and when its client did more than to say that it is there."""
        del now_s
        return self.opened_at_s, self.active_at_s

    @property
    def ended(self) -> bool:
        """Whether the user has quit, or the server stops. The link may close later, behind a commit."""
        return self._ended

    def _stop(self) -> None:
        self._ended = True
        self._backlog.clear()
        if self._timer is not None:
            self._timer.cancel()

    def killed(self, event: Killed) -> None:
        """A server operator disconnects the user."""
        self.end(f"Killed ({event.source.partition('!')[0]} ({event.reason}))")
        self.close()

    def shutdown_message(self, *, failed: bool) -> bytes:  # noqa: ARG002 -- dialects differ
        """What the client is sent last when the server stops; `failed`: because its disk has failed."""
        return b""

    def shut_down(self, *, failed: bool) -> None:
        """The server stops: close the connection, and tell nobody that the user quit."""
        self._stop()
        self.link.close(self.shutdown_message(failed=failed))

    def sweep(self, now_s: float) -> None:
        """Close the connection if the user has not registered in time."""
        if self.user is None and now_s - self.opened_at_s > self.chat.config.limits.registration_timeout_s:
            self.close()


async def _continue(answer: Awaitable[bool], then: Callable[[bool], None]) -> None:
    then(await answer)
