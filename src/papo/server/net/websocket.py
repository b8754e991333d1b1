"""A link over WebSocket: the handshake, then one message a line.

Like every link it knows no user and no channel. What it sends was framed by the dialect's Format.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from papo.protocol.hosts import Hosts
from papo.protocol.http_status import refusal
from papo.protocol.networks import Networks
from papo.protocol.proxy import X_FORWARDED_FOR, forwarded_client
from papo.protocol.websocket import ANY_NAME, WebSocket
from papo.server import costs
from papo.server.net.link import ConnectionHandler, Link, WriteQueue
from papo.server.rate_limit import TokenBucket

MakeHttp = Callable[[str], asyncio.Protocol | None]
"""The protocol that takes over a connection from this address; None if there are too many."""
MakeHosts = Callable[[str, bool], Hosts]
"""What a client at this address, over TLS or not, may call the server."""
GOING_AWAY, SERVICE_RESTART = 1001, 1012
"""Status codes of a server that stops, and of one that is started again (RFC 6455, section 7.4.1; IANA's registry)."""
CLOSE_WAIT_S = 2.0
"""How long the peer has to answer our close frame (RFC 6455, section 7.1.1: "reasonable time")."""


class NullHandler:
    """The handler of a link that has none: before the handshake, or because it was refused."""

    is_silent = True
    opened_at_s = 0.0

    def receive(self, data: bytes) -> None:
        """Ignore it."""

    def lost(self, reason: str) -> None:
        """Do nothing."""

    def sweep(self, now_s: float) -> None:
        """Do nothing: `WebSocketLink.sweep` watches the handshake."""


class WebSocketLink(Link):
    """A WebSocket connection. `framing` is "" before the handshake, then `text` or `binary`."""

    __slots__ = (
        "_begun_at_s",
        "_frames",
        "_header",
        "_hosts",
        "_limited",
        "_make_http",
        "_on_begin",
        "_open_deadline_s",
        "_trusted",
        "close_code",
        "framing",
        "websocket",
    )

    def __init__(
        self,
        write_queue: WriteQueue,
        *,
        make_handler: Callable[[Link], ConnectionHandler],
        make_http: MakeHttp | None = None,
        on_begin: Callable[[Link], None] = lambda _: None,
        origins: Collection[str] = (),
        hosts: MakeHosts = lambda _address, _secure: ANY_NAME,
        trusted: Networks = (),
        header: str = X_FORWARDED_FOR,
        open_deadline_s: float = 30.0,
        limited: bool = True,
        max_queue_bytes: int,
        max_stuck_s: float,
        on_end: Callable[[Link], None] | None = None,
    ) -> None:
        """Prepare.

        Args:
            write_queue: As for every link.
            make_handler: Called once, after the handshake, when address, secure and framing are final. What it writes
                is sent after the handshake's response; it may close the link.
            make_http: Takes over a connection that requests a page; None refuses all of them.
            on_begin: Called when the connection is made; over TLS, after the TLS handshake.
            origins: Further origins whose pages may connect (`papo.protocol.websocket.origin_allowed`).
            hosts: What a client at an address may call the server.
            trusted: Networks of HTTP proxies whose word about their clients is taken.
            header: Where they give it, as in `forwarded_client`.
            open_deadline_s: How long the handshake may take; checked by `sweep`.
            limited: Whether frames that are not messages are limited (`costs.FRAMES`).
            max_queue_bytes: As for every link.
            max_stuck_s: As for every link.
            on_end: As for every link; also called if the handshake never finishes.
        """
        super().__init__(
            write_queue,
            max_queue_bytes=max_queue_bytes,
            max_stuck_s=max_stuck_s,
            make_handler=make_handler,
            on_end=on_end,
        )
        self.framing = ""
        self.websocket = WebSocket(origins)
        self.handler = NullHandler()
        self.close_code = 1000
        """Status code that `close` sends: 1000 normal, 1008 policy, and those of a server that stops."""
        self._hosts = hosts
        self._make_http = make_http
        self._on_begin = on_begin
        self._trusted = trusted
        self._header = header
        self._open_deadline_s = open_deadline_s
        self._begun_at_s = time.monotonic()
        self._frames: TokenBucket | None = None
        """None until the first frame that is not a message: most connections never send one."""
        self._limited = limited

    def sweep(self, now_s: float) -> None:
        """Drop the connection if its handshake takes too long (`now_s` is `time.monotonic()`)."""
        if not self.framing and not self.is_closing and now_s - self._begun_at_s > self._open_deadline_s:
            self.abort()
        super().sweep(now_s)

    @property
    def origin(self) -> str:
        """Of the web page that has connected: it was checked in the handshake."""
        headers = self.websocket.headers
        return "" if headers is None else headers.get("Origin", "")

    def begin(self) -> None:
        """Wait for the handshake: the handler is made after it."""
        self.websocket.hosts = self._hosts(self.address, self.secure)
        self._on_begin(self)

    def close(self, last: bytes = b"") -> None:
        """Write what is queued, `last` (frames) and a close frame; the peer's close frame or `CLOSE_WAIT_S` ends it."""
        if self.is_closing:
            return
        self.websocket.close(self.close_code)
        last += self.websocket.to_send()
        if not self.framing or self.websocket.finished or self.stuck_since_s:
            super().close(last)
            return
        self.is_closing = True
        out, self.out = self.out, []
        out.append(last)
        self.transport.write(b"".join(out))
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self._hang_up)

    def take(self, data: bytes) -> None:
        """Hand each message to the handler as one line."""
        if self.held:
            self.flush_held()
        websocket = self.websocket
        messages = websocket.receive(data, self._allow_frame)
        if websocket.http_request and not self.is_closing:
            self._hand_over(websocket.http_request)
            return
        if not self.framing and websocket.response and not self.is_closing:
            self.write(websocket.response)
            if websocket.framing:
                self._open()
        for message in messages:
            if self.is_closing:
                break
            self.handler.receive(message + b"\r\n")
        # After the messages: a close frame follows the answers to what came before it.
        answer = websocket.to_send()
        if self.is_closing:
            if websocket.finished:  # the peer has answered our close frame
                self._hang_up()
            return
        if answer:
            self.write(answer)
        if websocket.finished:
            super().close()

    def _allow_frame(self) -> bool:
        if not self._limited:
            return True
        now_s = time.monotonic()
        if self._frames is None:
            self._frames = TokenBucket(costs.FRAMES, now_s)
        return not self._frames.spend(costs.FRAMES, now_s, costs.FRAME)

    def _hand_over(self, request: bytes) -> None:
        """Hand the connection over to the HTTP library for good."""
        if self._make_http is None:
            super().close(refusal(426, ("Upgrade: websocket",)))
            return
        http = self._make_http(self.address)
        if http is None:
            super().close(refusal(503, ("Retry-After: 5",)))
            return
        rest, self._unread = self._unread, b""
        self.release_transport()
        self.transport.set_protocol(http)
        http.connection_made(self.transport)
        http.data_received(request + rest)
        if rest:
            self.transport.resume_reading()

    def _open(self) -> None:
        self.framing = self.websocket.framing
        headers = self.websocket.headers
        if headers is not None and self._trusted:
            client = forwarded_client(
                peer=self.address,
                header=self._header,
                forwarded=headers.get_all("Forwarded"),
                x_forwarded_for=headers.get_all("X-Forwarded-For"),
                x_forwarded_proto=headers.get_all("X-Forwarded-Proto"),
                trusted=self._trusted,
            )
            if client is not None:
                self.address, self.port = client.address, 0
                self.fingerprints = ()  # the proxy's own: no certificate of its user
                self.secure = self.secure or client.secure
        super().begin()
