"""Connections from accept to close: counted from the first byte, admitted or refused, swept for silence.

It knows links and `net.link.ConnectionHandler`, and no protocol.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from papo.protocol.proxy import X_FORWARDED_FOR
from papo.protocol.websocket import ANY_NAME
from papo.server.net.admission import Admission
from papo.server.net.by_network import ByNetwork
from papo.server.net.http_connections import HttpConnections
from papo.server.net.link import Link, WriteQueue
from papo.server.net.proxy_protocol import ProxyHeader
from papo.server.net.tls_handshake import TlsHandshake
from papo.server.net.websocket import MakeHosts, NullHandler, WebSocketLink

if TYPE_CHECKING:
    from OpenSSL import SSL

    from papo.config import Limits
    from papo.protocol.networks import Networks
    from papo.server.net.link import ConnectionHandler

SWEEP_INTERVAL_S = 5.0
SLICE = 500
"""Connections swept before the loop runs again."""
HASTE_S = 10.0
"""How long a connection that has said something may take to register before it makes room for another."""
FULL = "The server is full"

HttpFactory = Callable[[], asyncio.Protocol]
"""Makes what answers the requests of one connection for pages."""


class Opening(Protocol):
    """A connection that has no handler yet: its TLS handshake, PROXY header or first HTTP request is not complete."""

    def abort(self) -> None:
        """Close at once."""


class Listener:
    """All connections of this process."""

    def __init__(
        self,
        write_queue: WriteQueue,
        limits: Callable[[], Limits],
        *,
        trusted: Networks,
        header: str = X_FORWARDED_FOR,
        max_total: int,
    ) -> None:
        """`max_total`: connections that the process has descriptors for, even if the limits are off; 0: no limit."""
        self.write_queue = write_queue
        self.limits = limits
        self.trusted = trusted
        """Networks of proxies; those of new connections, if it is set again."""
        self.max_total = max_total
        self.header = header
        """Where HTTP proxies give the address of their client, as in `proxy.forwarded_client`."""
        self.admission = Admission(limits, exempt=lambda: self.trusted)
        self.links: dict[Link, tuple[str, bool]] = {}
        """Every admitted connection, with the address it is counted by and whether it has registered."""
        self.newcomers: ByNetwork[Link] = ByNetwork()
        """Those of `links` that have not registered."""
        self.openings: ByNetwork[Opening] = ByNetwork()
        self.http = HttpConnections()

    @property
    def total(self) -> int:
        """Open connections, whatever they have come to."""
        return len(self.links) + len(self.openings) + len(self.http.open)

    # --- accepting

    def protocol_factory(
        self,
        make_handler: Callable[[Link], ConnectionHandler],
        *,
        make_http: HttpFactory | None = None,
        origins: Callable[[], Collection[str]] = tuple,
        hosts: MakeHosts = lambda _address, _secure: ANY_NAME,
        refusal: bytes = b"",
    ) -> Callable[[], asyncio.BaseProtocol]:
        """A function that makes the protocol of each new connection.

        `make_http`: on a web port, answers requests for pages. `origins`: gives the further origins whose pages may
        connect now. `hosts`: what a client may call the server. `refusal`: how the dialect words a reason, with `%s`.
        """

        def admit(link: Link) -> ConnectionHandler:
            self.openings.discard(link)
            reason = self._admit(link)
            if reason:
                link.handler = NullHandler()
                link.close(refusal.replace(b"%s", reason.encode()))
                return link.handler
            return make_handler(link)

        def take_over(address: str) -> asyncio.Protocol | None:
            assert make_http is not None
            networks = self.admission.networks(address)
            if not self.http.admit(networks, limited=self.limits().enabled):
                return None
            return self.http.add(make_http(), networks)

        def make_link() -> Link:
            limits = self.limits()
            if make_http is not None:
                return WebSocketLink(
                    self.write_queue,
                    make_handler=admit,
                    make_http=take_over,
                    on_begin=lambda link: self.begin(link, link.address),
                    origins=origins(),
                    hosts=hosts,
                    trusted=self.trusted,
                    header=self.header,
                    open_deadline_s=limits.handshake_timeout_s,
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
            if not self.trusted:
                return make_link()
            return ProxyHeader(make_link, self.trusted, on_begin=self.begin, on_end=self.openings.discard)

        return make_behind_proxy if make_http is None else make_link

    def over_tls(self, context: ssl.SSLContext, factory: Callable[[], asyncio.BaseProtocol]) -> asyncio.BaseProtocol:
        """The protocol of a new connection over TLS; `factory` makes the one inside."""
        return TlsHandshake(
            context,
            factory,
            deadline_s=self.limits().handshake_timeout_s,
            on_begin=self.begin,
            on_end=self.openings.discard,
        )

    def asking_certificate(
        self, context: SSL.Context, factory: Callable[[], asyncio.BaseProtocol]
    ) -> asyncio.BaseProtocol:
        """As `over_tls`, and the client is asked for a certificate."""
        from papo.server.net.client_certificates import CertificateStream  # noqa: PLC0415 -- 100 ms that a start saves

        return CertificateStream(
            context,
            factory,
            deadline_s=self.limits().handshake_timeout_s,
            on_begin=self.begin,
            on_end=self.openings.discard,
        )

    # --- counting

    def begin(self, opening: Opening, address: str) -> None:
        """A connection has been accepted: the oldest one of its network that has come no further makes room for it."""
        networks = self.admission.networks(address)
        limits = self.limits()
        if limits.enabled:
            for network, share in networks:
                oldest = self.openings.oldest(network)
                if oldest is not None and self.openings.count(network) >= limits.opening_per_address * share:
                    self._drop(oldest)
        if self._make_room():
            self.openings.add(opening, tuple(network for network, _ in networks))
        else:
            opening.abort()

    def _admit(self, link: Link) -> str:
        """Count a connection whose handler is about to be made; returns the reason if it is refused."""
        if not self._make_room():
            return FULL
        reason = self.admission.admit(link.address, time.monotonic(), self._drop_newcomer)
        if not reason:
            self.links[link] = (link.address, False)
            self.newcomers.add(link, tuple(network for network, _ in self.admission.networks(link.address)))
        return reason

    def _make_room(self) -> bool:
        """Whether the process has a descriptor for another connection: one that is worth less is closed for it."""
        if not self.max_total or self.total < self.max_total:
            return True
        oldest = self.openings.oldest() or self.newcomers.oldest()
        if oldest is None:
            return self.http.drop_idle()
        self._drop(oldest)
        return True

    def _drop_newcomer(self, network: str) -> bool:
        """Close the oldest connection of a network that has said nothing, or else one that registers too slowly."""
        hasty_s = time.monotonic() - HASTE_S
        oldest = self.newcomers.oldest(network, lambda link: link.handler.is_silent) or self.newcomers.oldest(
            network, lambda link: link.handler.opened_at_s < hasty_s
        )
        if oldest is None:
            return False
        self._drop(oldest)
        return True

    def _drop(self, connection: Opening | Link) -> None:
        """Close a connection, and count it no more."""
        self.openings.discard(connection)
        if isinstance(connection, Link):
            self._ended(connection)
        connection.abort()

    def end_registration(self, link: Link) -> None:
        """The connection no longer counts as unregistered: it has registered, or is about to close."""
        found = self.links.get(link)
        if found is not None and not found[1]:
            self.links[link] = (found[0], True)
            self.newcomers.discard(link)
            self.admission.registered(found[0])

    def _ended(self, link: Link) -> None:
        self.openings.discard(link)
        self.newcomers.discard(link)
        found = self.links.pop(link, None)
        if found is not None:
            address, registered = found
            self.admission.release(address, registered=registered)

    async def sweep_for_ever(self) -> None:
        """Close silent, stuck and unregistered connections, again and again."""
        while True:
            await asyncio.sleep(SWEEP_INTERVAL_S)
            opening = [each for each in self.openings if isinstance(each, Link)]  # the others have timers
            for at, link in enumerate((*self.links, *opening)):
                link.sweep(time.monotonic())
                if at % SLICE == SLICE - 1:
                    await asyncio.sleep(0)
