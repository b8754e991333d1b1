"""Connections from accept to close: admitted or refused, counted, swept for silence.

It knows links and `net.link.ConnectionHandler`, and no protocol.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from papo.protocol.websocket import ANY_NAME
from papo.server.net.admission import Admission
from papo.server.net.link import Link, WriteQueue
from papo.server.net.proxy_protocol import ProxyHeader
from papo.server.net.websocket import MakeHosts, MakeHttp, NullHandler, WebSocketLink

if TYPE_CHECKING:
    from papo.config import Limits
    from papo.protocol.networks import Networks
    from papo.server.net.link import ConnectionHandler

SWEEP_INTERVAL_S = 5.0
SLICE = 500
"""Connections swept before the loop runs again."""


class Listener:
    """All connections of this process."""

    def __init__(
        self, write_queue: WriteQueue, limits: Callable[[], Limits], *, trusted: Networks, max_total: int
    ) -> None:
        self.write_queue = write_queue
        self.limits = limits
        self.trusted = trusted
        """Networks of proxies; those of new connections, if it is set again."""
        self.admission = Admission(limits, exempt=lambda: self.trusted, max_total=max_total)
        self.links: dict[Link, tuple[str, bool]] = {}
        """Every admitted connection, with the address it is counted by and whether it has registered."""
        self.opening: set[Link] = set()
        """Connections to a web port that have sent no complete request yet."""
        self.unregistered = 0

    def protocol_factory(
        self,
        make_handler: Callable[[Link], ConnectionHandler],
        *,
        make_http: MakeHttp | None = None,
        origins: Callable[[], Collection[str]] = tuple,
        hosts: MakeHosts = lambda _address, _secure: ANY_NAME,
        refusal: bytes = b"",
    ) -> Callable[[], asyncio.BaseProtocol]:
        """A function that makes the protocol of each new connection.

        `make_http`: on a web port, takes over requests for pages. `origins`: gives the further origins whose pages may
        connect now. `hosts`: what a client may call the server. `refusal`: how the dialect words a reason, with `%s`.
        """

        def admit(link: Link) -> ConnectionHandler:
            self.opening.discard(link)
            reason = self.admission.admit(link.address, time.monotonic())
            if reason:
                link.handler = NullHandler()
                link.close(refusal.replace(b"%s", reason.encode()))
                return link.handler
            self.links[link] = (link.address, False)
            self.unregistered += 1
            return make_handler(link)

        def make_link() -> Link:
            limits = self.limits()
            if make_http is not None:
                return WebSocketLink(
                    self.write_queue,
                    make_handler=admit,
                    make_http=make_http,
                    on_begin=self.opening.add,
                    origins=origins(),
                    hosts=hosts,
                    trusted=self.trusted,
                    open_deadline_s=limits.registration_timeout_s,
                    limited=limits.enabled,
                    max_queue_bytes=limits.send_queue_bytes,
                    max_stuck_s=limits.send_stuck_s,
                    on_end=self._ended,
                )
            return Link(
                self.write_queue,
                max_queue_bytes=limits.send_queue_bytes,
                max_stuck_s=limits.send_stuck_s,
                make_handler=admit,
                on_end=self._ended,
            )

        def make_behind_proxy() -> asyncio.BaseProtocol:
            return ProxyHeader(make_link, self.trusted) if self.trusted else make_link()

        return make_behind_proxy if make_http is None else make_link

    def end_registration(self, link: Link) -> None:
        """The connection no longer counts as unregistered: it has registered, or is about to close."""
        found = self.links.get(link)
        if found is not None and not found[1]:
            self.links[link] = (found[0], True)
            self.unregistered -= 1
            self.admission.registered(found[0])

    def _ended(self, link: Link) -> None:
        self.opening.discard(link)
        found = self.links.pop(link, None)
        if found is not None:
            address, registered = found
            self.unregistered -= not registered
            self.admission.release(address, registered=registered)

    async def sweep_for_ever(self) -> None:
        """Close silent, stuck and unregistered connections, again and again."""
        while True:
            await asyncio.sleep(SWEEP_INTERVAL_S)
            for at, link in enumerate((*self.links, *self.opening)):
                link.sweep(time.monotonic())
                if at % SLICE == SLICE - 1:
                    await asyncio.sleep(0)
