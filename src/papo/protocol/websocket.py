"""WebSocket as bytes: frames out, handshake and messages in (RFC 6455; IRCv3 "WebSocket support").

It knows no socket and no IRC: a message is one line without its end. Masking, fragments, pings and closing are done by
`websockets.server.ServerProtocol`.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

from websockets import frames
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from papo.protocol.hosts import Hosts
from papo.protocol.http_status import refusal

apply_mask = frames.apply_mask  # type: ignore[attr-defined]  # in C where the wheel has it, else in Python

TEXT = 1
BINARY = 2

FRAMINGS = {"text.ircv3.net": "text", "binary.ircv3.net": "binary"}
"""Subprotocol to framing (IRCv3 "WebSocket support", "WebSocket features and encoding")."""

MAX_MESSAGE_BYTES = 16 * 1024
"""A line has at most 8191 bytes of tags and 512 of the rest. Lines longer than that are answered with 417."""
MAX_HEAD_BYTES = 16 * 1024
"""Of the request line and headers. Browsers send less than 2 KiB, or more with cookies of a shared host name."""

_WHOLE_TEXT = 0x81
"""First byte of a text message in one frame."""
_MEDIUM_MASKED = 0x80 | 126
_MAX_HEADER_BYTES = 14
_SHORT = 126
"""Shorter payloads have a header of two bytes (RFC 6455, section 5.2)."""
_SHORT_HEADERS = {opcode: tuple(bytes((0x80 | opcode, n)) for n in range(_SHORT)) for opcode in (TEXT, BINARY)}
_MEDIUM = struct.Struct("!BBH")
_LONG = struct.Struct("!BBQ")

_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)  # the library logs two lines for each connection


ANY_NAME = Hosts(frozenset(), allow_all=True)


def _always() -> bool:
    return True


def frame(payload: bytes, opcode: int) -> bytes:
    """One whole message as one unmasked server frame; `opcode` is TEXT (the payload is UTF-8) or BINARY.

    Hot path: once per delivered message and framing.
    """
    length = len(payload)
    if length < _SHORT:
        return _SHORT_HEADERS[opcode][length] + payload
    if length < 1 << 16:
        return _MEDIUM.pack(0x80 | opcode, 126, length) + payload
    return _LONG.pack(0x80 | opcode, 127, length) + payload


def origin_allowed(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """Whether a page of this origin may connect (RFC 6455, section 10.2).

    `origin` is None if it was not sent: then the client is no browser, which a page could abuse. `host` is the Host
    header. `allowed` holds further origins, such as `https://chat.example`; `*` allows all.
    """
    if origin is None or "*" in allowed:
        return True
    wanted = _normal_origin(origin)
    if any(wanted == _normal_origin(other) for other in allowed):
        return True
    scheme, _, authority = wanted.partition("://")
    return scheme in {"http", "https"} and bool(authority) and wanted == _normal_origin(f"{scheme}://{host}")


def _normal_origin(origin: str) -> str:
    """In lower case, with the port even if it is the scheme's own, without a path."""
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.hostname or parts.username is not None:
        return origin.lower()
    return f"{parts.scheme}://{parts.hostname}:{port}"


class WebSocket:
    """The server's end of one connection, from the HTTP request to the close frame.

    Send `response` first; after each later call of `receive` or `close`, send what `to_send()` returns, then check
    `finished`.
    """

    __slots__ = (
        "_allow", "_fragmented", "_head", "_max_bytes", "_message", "_origins", "_protocol", "_rest", "_text",
        "finished", "framing", "headers", "hosts", "http_request", "response",
    )  # fmt: skip

    def __init__(self, origins: Collection[str] = (), *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.framing = ""
        """"" before the handshake; then `text` or `binary`."""
        self.finished = False
        """True when nothing more will be read: close the connection as soon as everything is sent."""
        self.response = b""
        """The HTTP response, b"" before it is known; the first bytes to send."""
        self.http_request = b""
        """All that was received, if it is HTTP without an upgrade. This object then does nothing more."""
        self.headers: Headers | None = None
        """Of the upgrade request; None before the handshake."""
        self.hosts = ANY_NAME
        """What the client may call the server."""
        self._allow = _always
        self._origins = origins
        self._head: bytearray | None = bytearray()
        self._message = bytearray()
        self._rest = b""
        """The beginning of an incomplete frame."""
        self._text = False
        self._fragmented = False
        """True between the fragments of a message."""
        self._max_bytes = max_message_bytes
        self._protocol = ServerProtocol(max_size=max_message_bytes, select_subprotocol=_select_subprotocol, logger=_log)

    def receive(self, data: bytes, allow: Callable[[], bool] | None = None) -> list[bytes]:
        """Read bytes; return the complete messages in order, each one line without CR or LF.

        `allow` is called for each frame that completes no message (pings, fragments, empty ones); the connection
        fails with close code 1008 when it returns False. Never raises: other errors have their close code too.
        """
        if self.finished:
            return []
        if self._head is not None:
            self._head += data
            head, end, rest = self._head.partition(b"\r\n\r\n")
            if not end and len(head) <= MAX_HEAD_BYTES and _may_be_http(head):
                return []
            self._head = None
            self._read_request(bytes(head + end), bytes(rest))
            data = bytes(rest) if self.framing else b""
        messages: list[bytes] = []
        if data and self._protocol.state is not State.OPEN:  # only the other side's close frame is waited for
            self._protocol.receive_data(self._rest + data)
            self._protocol.events_received()
            self._rest = b""
        elif data:
            self._allow = allow or _always
            self._read_frames(self._rest + data if self._rest else data, messages)
            self._allow = _always  # no reference back to the owner between calls
        return messages

    def _read_frames(self, data: bytes, messages: list[bytes]) -> None:
        """Split bytes into frames. Hot path: what browsers send, one text frame a message, is read here."""
        at = 0
        end = len(data)
        self._rest = b""
        while at < end:
            size = _frame_size(data, at)
            if size is None or (at + size > end and size <= self._max_bytes + _MAX_HEADER_BYTES):
                self._rest = data[at:]  # a frame that is too long is refused by the library when it has its head
                return
            start = at + (6 if data[at + 1] < _MEDIUM_MASKED else 8)
            if (
                data[at] == _WHOLE_TEXT
                and 0x80 <= data[at + 1] <= _MEDIUM_MASKED
                and not self._fragmented
                and at + size - start <= self._max_bytes
            ):
                message = apply_mask(data[start : at + size], data[start - 4 : start])
                if not self._add_message(message, messages):
                    return
            elif not self._read_by_library(data[at : at + size], messages):
                return
            at += size

    def _read_by_library(self, data: bytes, messages: list[bytes]) -> bool:
        """Let the library read a frame, or the head of one that is too long; False if that fails the connection."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and not self._add_frame(event, messages):
                return False
        return self._protocol.state is State.OPEN

    def to_send(self) -> bytes:
        """Frames to send, in order: pongs, and at the end the close frame."""
        writes = self._protocol.data_to_send()
        if SEND_EOF in writes:
            self.finished = True
        return b"".join(writes)

    def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Begin the closing handshake; does nothing if the connection is not open."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)

    # --- the handshake

    def _read_request(self, head: bytes, rest: bytes) -> None:
        if len(head) > MAX_HEAD_BYTES:
            self._answer(refusal(431))
            return
        if not _may_be_http(head):
            self._answer(refusal(400))
            return
        if not _asks_for_websocket(head):
            self.http_request = head + rest
            self.finished = True
            return
        self._protocol.receive_data(head)
        events = self._protocol.events_received()
        if not events or not isinstance(events[0], Request):
            self._answer(refusal(400))
            return
        request = events[0]
        origins, hosts = request.headers.get_all("Origin"), request.headers.get_all("Host")
        if len(hosts) != 1 or len(origins) > 1:
            self._answer(refusal(400))
            return
        host = self.hosts.asked_for(hosts, request.headers.get_all("X-Forwarded-Host"))
        if host is None:
            self._answer(refusal(421, text=self.hosts.refusal))
            return
        if not origin_allowed(origins[0] if origins else None, host, self._origins):
            self._answer(refusal(403))
            return
        response = self._protocol.accept(request)
        if response.status_code != 101:
            extra = tuple(f"{name}: {response.headers[name]}" for name in ("Upgrade",) if name in response.headers)
            if response.status_code == 400:
                extra = ("Sec-WebSocket-Version: 13",)  # RFC 6455, section 4.4
            self._answer(refusal(response.status_code, extra))
            return
        self._protocol.send_response(response)
        self.response = b"".join(self._protocol.data_to_send())
        self.headers = request.headers
        # Without a subprotocol it is text, which clients older than the specification expect.
        self.framing = FRAMINGS.get(self._protocol.subprotocol or "", "text")

    def _answer(self, response: bytes) -> None:
        self.response = response
        self.finished = True

    # --- messages

    def _add_frame(self, event: Frame, messages: list[bytes]) -> bool:
        """Add the message that the frame completes; False if the connection has just been failed."""
        if event.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._text = event.opcode is Opcode.TEXT
        elif event.opcode is not Opcode.CONT:
            return self._may_go_on()
        self._message += event.data
        self._fragmented = not event.fin
        if not event.fin:
            return self._may_go_on()
        message = bytes(self._message)
        self._message.clear()
        return self._add_message(message, messages, text=self._text)

    def _add_message(self, message: bytes, messages: list[bytes], *, text: bool = True) -> bool:
        """Add a message; False if the connection has just been failed."""
        if message[-1:] in {b"\r", b"\n"}:
            message = message.rstrip(b"\r\n")  # MUST NOT be there, but older clients send it
        if text and not message.isascii():
            try:
                message.decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "text is not UTF-8")
                return False
        # "Each message MUST consist of a single IRC line". It is not split: text that a user pastes into a careless
        # client would become commands.
        if b"\n" in message or b"\r" in message:
            self._fail(CloseCode.POLICY_VIOLATION, "one message is one line")
            return False
        messages.append(message)
        return bool(message) or self._may_go_on()

    def _may_go_on(self) -> bool:
        """Charge a frame that is no message; False if the connection has just been failed."""
        if self._allow():
            return True
        self._fail(CloseCode.POLICY_VIOLATION, "too many frames")
        return False

    def _fail(self, code: CloseCode, reason: str) -> None:
        if not self._protocol.eof_sent:
            self._protocol.fail(code, reason)


def _frame_size(data: bytes, at: int) -> int | None:
    """Bytes of the frame that begins at `at`, its head included; None if there are too few to tell."""
    if at + 2 > len(data):
        return None
    length = data[at + 1] & 0x7F
    head = 6 if data[at + 1] & 0x80 else 2
    if length == 126:
        if at + 4 > len(data):
            return None
        length = data[at + 2] << 8 | data[at + 3]
        head += 2
    elif length == 127:
        if at + 10 > len(data):
            return None
        length = int.from_bytes(data[at + 2 : at + 10], "big")
        head += 8
    return head + length


def _may_be_http(head: bytes | bytearray) -> bool:
    """Whether the first line is an HTTP/1 request line, or may become one."""
    line, end, _ = head.partition(b"\r\n")
    if b"\n" in line or b"\0" in line:
        return False
    return not end or line.endswith((b" HTTP/1.1", b" HTTP/1.0"))


def _asks_for_websocket(head: bytes) -> bool:
    """Whether an Upgrade header of the request names WebSocket (RFC 6455, section 4.1)."""
    fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return head.startswith(b"GET ") and any(
        name.strip().lower() == b"upgrade" and b"websocket" in value.lower() for name, _, value in fields
    )


def _select_subprotocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The first that we speak, in the client's order; None for none."""
    return next((name for name in offered if name in FRAMINGS), None)
