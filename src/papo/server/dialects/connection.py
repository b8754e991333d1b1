"""What all dialects' connections share: one request after the other, none faster than allowed, none while one waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from papo.server.actions import people
from papo.server.delivery.session import Format, Outlet, Session
from papo.server.rate_limit import Rate, TokenBucket

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.events import Killed

log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive until they are done: asyncio itself holds them weakly."""


class Connection(Session):
    """A session that is spoken to in requests. Implements `net.link.Dialect`; subclasses add `receive` and `handle`."""

    __slots__ = ("_backlog", "_budget", "_ended", "_timer", "_waiting", "heard_s", "opened_s")

    def __init__(self, chat: Chat, link: Outlet, format: Format) -> None:  # noqa: A002 -- the field's own word
        super().__init__(chat, link, format)
        self.opened_s = self.heard_s = chat.monotonic_s()
        self._budget = TokenBucket(self._rate, self.opened_s)
        self._backlog: list[Any] = []
        self._waiting = 0
        """Requests that are being waited for."""
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    device = ""
    """What the person calls this program, where they have several."""

    def receive(self, data: bytes) -> None:
        """Take bytes as they came, cut anywhere. Never raises."""
        raise NotImplementedError

    # --- one request after the other

    def handle(self, request: Any) -> None:
        """Do what one request asks. Never raises."""
        raise NotImplementedError

    def cost(self, request: Any) -> float:  # noqa: ARG002 -- dialects differ
        """What the request takes out of the budget of messages."""
        return 1.0

    def take(self, requests: list[Any]) -> None:
        """Handle requests in order; those over the budget, or behind one that waits, a little later."""
        if self._ended:
            return  # the end may wait behind a commit, and who has left says no more
        if self._backlog or self._waiting:
            self._backlog.extend(requests)
            return
        limited = self.chat.config.limits.enabled
        rate = self._rate
        for at, request in enumerate(requests):
            if limited:
                wait_s = self._budget.spend(rate, self.chat.monotonic_s(), self.cost(request))
                if wait_s:
                    self._backlog = requests[at:]
                    self._pause(wait_s)
                    return
            self.handle(request)
            if self._stands_still():
                self._backlog = requests[at + 1 :]
                return

    def _stands_still(self) -> bool:
        """Whether no further request is to be handled now: one is waiting, or the person has left."""
        return bool(self._waiting) or self._ended

    @property
    def _rate(self) -> Rate:
        limits = self.chat.config.limits
        return Rate(limits.messages_per_s, limits.message_burst)

    def _pause(self, wait_s: float) -> None:
        self.link.pause_reading()
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        if self._ended or self._waiting:
            return
        backlog, self._backlog = self._backlog, []
        self.take(backlog)
        if not self._backlog and not self._waiting:
            self.link.resume_reading()

    # --- requests that wait

    def hold(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`; requests that come meanwhile are handled when it is done."""
        self._waiting += 1
        self.link.pause_reading()
        task = asyncio.get_running_loop().create_task(self._finish(work))
        _running.add(task)
        task.add_done_callback(_running.discard)

    async def _finish(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            # One bad request must not take the connection, let alone the server, down.
            log.exception("a request failed")
        finally:
            self._waiting -= 1
            self._go_on()

    def settle(self, answer: bool | Awaitable[bool], then: Callable[[bool], None]) -> None:  # noqa: FBT001
        """Go on with a claim's answer: at once where it is known, else when it comes."""
        if isinstance(answer, bool):
            then(answer)
        else:
            self.hold(_settle(answer, then))

    # --- the end

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.end(reason or "Connection closed", dropped=bool(reason))

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """The person leaves; does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._backlog.clear()
        if self.user is not None:
            people.leave(self.chat, self, reason, dropped=dropped, device=self.device)

    def expel(self, event: Killed) -> None:
        """An operator of the server ends this session."""
        self.end(f"Killed ({event.source.partition('!')[0]} ({event.reason}))")
        self.close()

    def farewell(self) -> bytes:
        """The dialect's last words when the server stops."""
        return b""

    def drain(self) -> None:
        """The server stops: no more requests, nobody is told that this person left, the last words, the end."""
        self._ended = True
        self._backlog.clear()
        if self._timer is not None:
            self._timer.cancel()
        self.link.close(self.farewell())

    def sweep(self, now_s: float) -> None:
        """Look for silence; only those who have not said who they are are asked to leave."""
        if self.user is None and now_s - self.opened_s > self.chat.config.limits.registration_timeout_s:
            self.close()


async def _settle(answer: Awaitable[bool], then: Callable[[bool], None]) -> None:
    then(await answer)
