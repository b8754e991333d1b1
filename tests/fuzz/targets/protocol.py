"""What both sides read: lines, tags, frames, PROXY headers, the request of a WebSocket."""

from __future__ import annotations

from papo.protocol import irc, proxy, sasl, text, times
from papo.protocol.lines import TOO_LONG, LineBuffer
from papo.protocol.networks import Network, first_address
from papo.protocol.websocket import WebSocket, origin_allowed
from papo.server.dialects.framed import Frames

from .cuts import pieces

UPGRADE = (
    b"GET /irc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def irc_line(data: bytes) -> None:
    """A line is parsed, or it has no command; what is formatted again is parsed as the same."""
    line = irc.parse(data.decode("utf-8", "replace").replace("\r", "").replace("\n", "").replace("\0", ""))
    if line is None:
        return
    assert line.command == line.command.upper()
    assert all(param and " " not in param and param[0] != ":" for param in line.params[:-1])
    if " " in line.command or line.command[0] in ":@" or " " in line.source or (line.tags and not all(line.tags)):
        return
    if any(key[:1] == " " or ";" in key or " " in key for key in line.tags):
        return
    again = irc.format_line(line.command, line.params, source=line.source, tags=line.tags)
    found = irc.parse(again)
    assert found is not None
    assert (found.command, found.params, found.source) == (line.command, line.params, line.source), again
    assert found.tags == line.tags, again


def tag_value(data: bytes) -> None:
    """Escaping is undone by unescaping, and leaves nothing that would end a tag or a line."""
    value = data.decode("utf-8", "replace")
    escaped = irc.escape(value)
    assert irc.unescape(escaped) == value
    assert not set("; \r\n") & set(escaped)
    irc.parse_tags(value)


def lines(data: bytes) -> None:
    """The same lines however the bytes are cut, none longer than it may be, and bounded memory."""
    whole, cut = LineBuffer(512, 4096), LineBuffer(512, 4096)
    expected = whole.feed(data[4:])
    found = [line for piece in pieces(data) for line in cut.feed(piece)]
    assert found == expected
    assert cut.waiting_bytes == whole.waiting_bytes <= 4096 + 512
    assert all(line == TOO_LONG or len(line) <= 4096 + 510 for line in found)
    assert not any(b"\r" in line or b"\n" in line for line in found)


def websocket_frames(data: bytes) -> None:
    """After the handshake: the same messages however the bytes are cut; each is one line."""
    whole, cut = WebSocket(), WebSocket()
    for each in (whole, cut):
        each.receive(UPGRADE)
        assert each.framing
    expected = whole.receive(data[4:])
    found = [message for piece in pieces(data) for message in cut.receive(piece)]
    assert found == expected
    assert not any(b"\r" in message or b"\n" in message for message in found)
    assert whole.to_send() == cut.to_send()
    assert whole.finished == cut.finished


def websocket_request(data: bytes) -> None:
    """Any first bytes: a refusal, a handshake, a page's request, or more are needed; the same however they are cut."""
    whole, cut = WebSocket(), WebSocket()
    whole.receive(data[4:])
    for piece in pieces(data):
        cut.receive(piece)
    assert (whole.framing, whole.finished, whole.response) == (cut.framing, cut.finished, cut.response)
    assert bool(whole.http_request) == bool(cut.http_request)


def framed(data: bytes) -> None:
    """`framed`: the same payloads however the bytes are cut, up to the first header that is none."""
    whole, cut = Frames(), Frames()
    expected = [each if isinstance(each, str) else None for each in whole.feed(data[4:])]
    found = [each if isinstance(each, str) else None for piece in pieces(data) for each in cut.feed(piece)]
    assert found == expected


def proxy_header(data: bytes) -> None:
    """A header, or a reason, or more bytes are needed, never more than the longest header has."""
    found = proxy.read_header(data)
    if found is None:
        assert len(data) < proxy.MAX_V2_BYTES
        assert proxy.may_be_header(data)
    elif isinstance(found, proxy.Proxied):
        assert data.endswith(found.rest)
        if found.address:
            proxy.plain_address(found.address)
        assert 0 <= found.port <= 65535


def forwarded(data: bytes) -> None:
    """The headers of HTTP proxies: a client, or none; never an exception."""
    value = data.decode("latin-1")
    for header in (proxy.FORWARDED, proxy.X_FORWARDED_FOR):
        client = proxy.forwarded_client(
            peer="127.0.0.1",
            header=header,
            forwarded=[value],
            x_forwarded_for=[value],
            x_forwarded_proto=[value],
            trusted=(Network("127.0.0.0/8"),),
        )
        if client is not None and client.address:
            proxy.plain_address(client.address)


def address_words(data: bytes) -> None:
    """Networks, origins, times: a value, or ValueError."""
    word = data.decode("utf-8", "replace")
    try:
        network = Network(word)
    except ValueError:
        pass
    else:
        assert Network(str(network)) == network
        first_address(word)
    origin_allowed(word, "localhost:8080", ("https://chat.example.org",))
    at_ms = times.from_iso(word)
    if at_ms is not None and ":60" not in word:
        assert times.from_iso(times.iso_time(at_ms)) == at_ms


def plain_text(data: bytes) -> None:
    """Cut between characters, and without formatting what is left has none."""
    value = data.decode("utf-8", "replace")
    for size in (0, 1, 7, 64):
        piece = text.cut(value, size)
        assert value.startswith(piece)
        assert len(piece.encode()) <= size
    assert text.to_ascii(value).isascii()
    bare = text.without_formatting(value)
    assert text.without_formatting(bare) == bare or "\x03" in value or "\x04" in value
    text.has_colours(value)
    text.as_action(value)
    one = text.one_line(value, 40)
    assert len(one) <= 40
    assert "\n" not in one


def sasl_chunks(data: bytes) -> None:
    """No chunk is longer than 400, and the last one is shorter."""
    found = sasl.chunks(data)
    assert all(len(chunk) <= sasl.CHUNK_LENGTH for chunk in found)
    assert len(found[-1]) < sasl.CHUNK_LENGTH
