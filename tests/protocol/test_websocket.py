"""WebSocket frames, handshake and messages, without sockets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from papo.protocol.websocket import BINARY, MAX_HEAD_BYTES, MAX_MESSAGE_BYTES, TEXT, WebSocket, frame, origin_allowed

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
"""The example of RFC 6455, section 1.3."""


def request(*extra: str, host: str = "chat.example:8080") -> bytes:
    """The upgrade request of RFC 6455, section 1.3, with further headers."""
    lines = "".join(f"{line}\r\n" for line in extra)
    return (
        f"GET /irc HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\n{KEY}{lines}\r\n"
    ).encode()


def masked(payload: bytes, opcode: int = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """A frame as clients send it."""
    return Frame(Opcode(opcode), payload, fin).serialize(mask=True)


def opened(*extra: str) -> WebSocket:
    """A connection after its handshake."""
    websocket = WebSocket()
    assert websocket.receive(request(*extra)) == []
    assert websocket.framing
    return websocket


def status(websocket: WebSocket) -> bytes:
    """The HTTP status sent."""
    return websocket.response.partition(b" ")[2].partition(b" ")[0]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_frame_is_what_another_implementation_reads(length: int, opcode: int) -> None:
    """A frame equals the library's own serialisation of the same message, at each border of the length's form."""
    payload = b"x" * length
    assert frame(payload, opcode) == Frame(Opcode(opcode), payload).serialize(mask=False)


def test_handshake_answers_the_example_of_the_specification() -> None:
    """The accept key is that of RFC 6455, section 1.3, and no extension is agreed on."""
    websocket = opened("Sec-WebSocket-Extensions: permessage-deflate")
    assert websocket.response.startswith(b"HTTP/1.1 101 ")
    assert ACCEPT in websocket.response
    assert b"Extensions" not in websocket.response


@pytest.mark.parametrize(
    ("offered", "answered", "framing"),
    [
        ("text.ircv3.net", b"text.ircv3.net", "text"),
        ("binary.ircv3.net", b"binary.ircv3.net", "binary"),
        ("binary.ircv3.net, text.ircv3.net", b"binary.ircv3.net", "binary"),
        ("text.ircv3.net, binary.ircv3.net", b"text.ircv3.net", "text"),
        ("chat, binary.ircv3.net", b"binary.ircv3.net", "binary"),
        ("chat", None, "text"),
        ("", None, "text"),
    ],
)
def test_client_gets_the_subprotocol_it_prefers(offered: str, answered: bytes | None, framing: str) -> None:
    """The client's order decides; without a common one the connection is text, and no header is sent."""
    websocket = opened(*([f"Sec-WebSocket-Protocol: {offered}"] if offered else []))
    assert websocket.framing == framing
    assert (b"Sec-WebSocket-Protocol: " + answered + b"\r\n" if answered else b"") in websocket.response
    assert (b"Sec-WebSocket-Protocol" in websocket.response) is (answered is not None)


@settings(max_examples=50)
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=200), max_size=5))
def test_stream_cut_at_every_byte_gives_the_same_messages(texts: list[str]) -> None:
    """Handshake, whole messages, messages in two fragments with a ping between, glued or byte by byte: the same."""
    stream = request()
    for n, text in enumerate(texts):
        data = text.encode()
        if n % 2:
            stream += masked(data[:3], fin=False) + masked(b"p", Opcode.PING) + masked(data[3:], Opcode.CONT)
        else:
            stream += masked(data)
    glued, cut = WebSocket(), WebSocket()
    expected = [text.encode() for text in texts]
    assert glued.receive(stream) == expected
    assert [message for byte in stream for message in cut.receive(bytes([byte]))] == expected
    pongs = Frame(Opcode.PONG, b"p").serialize(mask=False) * (len(texts) // 2)
    assert glued.to_send() == cut.to_send() == pongs


@given(st.binary(max_size=400))
def test_any_bytes_after_the_handshake_are_taken_without_raising(data: bytes) -> None:
    """Garbage ends the connection or is a message without CR and LF; it never raises."""
    websocket = opened()
    for message in websocket.receive(data):
        assert b"\r" not in message
        assert b"\n" not in message


@given(st.binary(max_size=400))
def test_any_bytes_instead_of_a_handshake_are_taken_without_raising(data: bytes) -> None:
    """Garbage before the handshake gives no message and is refused or waited for."""
    for start in (b"", b"GET / HTTP/1.1\r\n", request()[:-2]):
        websocket = WebSocket()
        assert websocket.receive(start + data) == [] or websocket.framing
        assert not websocket.response or websocket.finished or websocket.framing


def closed_with(websocket: WebSocket) -> int:
    """The code of the close frame that is all there is to send."""
    sent = websocket.to_send()
    assert websocket.finished
    assert sent[0] == 0x80 | Opcode.CLOSE
    return int.from_bytes(sent[2:4], "big")


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (masked(b"x" * (MAX_MESSAGE_BYTES + 1)), 1009),
        (masked(b"x" * MAX_MESSAGE_BYTES, fin=False) + masked(b"x", Opcode.CONT), 1009),
        (masked(b"\xff"), 1007),
        (masked(b"PRIVMSG #a :b\r\nQUIT"), 1008),
        (masked(b"PRIVMSG #a :b\nQUIT", Opcode.BINARY), 1008),
        (masked(b"PRIVMSG #a :b\rQUIT"), 1008),
        (frame(b"unmasked", TEXT), 1002),
        (masked(b"x", Opcode.CONT), 1002),
        (masked(b"x", fin=False) + masked(b"y"), 1002),
        (b"\xc1\x80mask", 1002),
        (b"\x83\x80mask", 1002),
        (b"\x89\xfe\x00\x80mask" + bytes(128), 1002),
        (masked(b"\x03\xe8", Opcode.CLOSE), 1000),
    ],
    ids=map(str, range(13)),  # masks are random, and names of tests must not be
)
def test_each_breach_closes_with_its_code(stream: bytes, code: int) -> None:
    """Too big 1009, bad UTF-8 1007, two lines 1008, framing 1002 (RFC 6455, section 7.4.1); the line before counts."""
    websocket = opened()
    assert websocket.receive(masked(b"PING 1") + stream) == [b"PING 1"]
    assert closed_with(websocket) == code
    assert websocket.receive(masked(b"QUIT")) == []


def test_line_end_at_the_end_of_a_message_is_taken_off() -> None:
    """Programs of before the specification send it; it adds no empty line."""
    assert opened().receive(masked(b"PING 1\r\n") + masked(b"PING 2\n")) == [b"PING 1", b"PING 2"]


def test_binary_messages_need_not_be_utf8() -> None:
    """In either framing: the dialect answers what it cannot read."""
    assert opened("Sec-WebSocket-Protocol: text.ircv3.net").receive(masked(b"\xe9", Opcode.BINARY)) == [b"\xe9"]


def test_endless_empty_fragments_take_no_memory() -> None:
    """A fragment without bytes leaves nothing behind."""
    websocket = opened()
    websocket.receive(masked(b"", fin=False))
    for _ in range(1000):
        websocket.receive(masked(b"", Opcode.CONT, fin=False))
    assert websocket.receive(masked(b"x", Opcode.CONT)) == [b"x"]


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CONT, Opcode.TEXT])
def test_frames_that_are_no_message_need_leave(opcode: Opcode) -> None:
    """Three are allowed here; the fourth ends the connection with 1008, and what follows it is not read."""
    allowed = iter([True, True, True])
    websocket = opened()
    if opcode is Opcode.CONT:
        websocket.receive(masked(b"x", fin=False))
    websocket.receive(
        masked(b"", opcode, fin=opcode is not Opcode.CONT) * 4 + masked(b"QUIT", Opcode.TEXT),
        lambda: next(allowed, False),
    )
    assert next(allowed, None) is None
    assert Frame(Opcode.CLOSE, b"\x03\xf0too many frames").serialize(mask=False) in websocket.to_send()
    assert websocket.finished
    assert websocket.receive(masked(b"QUIT")) == []


def test_messages_need_no_leave() -> None:
    """They are charged as lines."""
    assert opened().receive(masked(b"PING 1") * 2, lambda: False) == [b"PING 1"] * 2


def test_our_close_is_finished_by_the_peers() -> None:
    """We send one close frame, and are finished when the peer's comes."""
    websocket = opened()
    websocket.close(1001)
    websocket.close(1001)
    assert websocket.to_send() == Frame(Opcode.CLOSE, b"\x03\xe9").serialize(mask=False)
    assert not websocket.finished
    websocket.receive(masked(b"\x03\xe9", Opcode.CLOSE))
    assert websocket.to_send() == b""
    assert websocket.finished


def test_another_implementation_of_a_client_agrees() -> None:
    """The library's client accepts the handshake, reads our frames and finishes the closing."""
    client = ClientProtocol(parse_uri("ws://chat.example/"), subprotocols=["text.ircv3.net"])  # type: ignore[list-item] # NewType of str
    client.send_request(client.connect())
    server = WebSocket()
    server.receive(b"".join(client.data_to_send()))
    client.receive_data(server.response + frame("olá".encode(), TEXT))
    response, message = client.events_received()
    assert isinstance(response, Response)
    assert isinstance(message, Frame)
    assert bytes(message.data).decode() == "olá"
    server.close()
    client.receive_data(server.to_send())
    server.receive(b"".join(client.data_to_send()))
    server.to_send()
    assert server.finished


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "answer"),
    [
        (None, "a.example", (), True),
        ("http://a.example", "a.example", (), True),
        ("https://a.example", "a.example", (), True),
        ("http://a.example:80", "A.example", (), True),
        ("http://a.example:8080", "a.example:8080", (), True),
        ("http://[::1]:8080", "[::1]:8080", (), True),
        ("http://a.example", "a.example:8080", (), False),
        ("http://a.example:8081", "a.example:8080", (), False),
        ("http://evil.a.example", "a.example", (), False),
        ("http://a.example.evil", "a.example", (), False),
        ("null", "a.example", (), False),
        ("", "a.example", (), False),
        ("file://", "a.example", (), False),
        ("http://a.example:99999", "a.example", (), False),
        ("http://", "", (), False),
        ("https://b.example", "a.example", ("https://b.example/",), True),
        ("https://b.example", "a.example", ("https://B.example:443",), True),
        ("http://b.example", "a.example", ("https://b.example",), False),
        ("tauri://localhost", "a.example", ("tauri://localhost",), True),
        ("https://evil.example", "a.example", ("*",), True),
        ("null", "a.example", ("*",), True),
    ],
)
def test_origin(origin: str | None, host: str, allowed: tuple[str, ...], answer: bool) -> None:  # noqa: FBT001 - a table
    """Absent, our own host and port, or configured; nothing else."""
    assert origin_allowed(origin, host, allowed) is answer


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request("Origin: http://evil.example"), b"403"),
        (request("Origin: http://evil.example", "Origin: http://chat.example:8080"), b"400"),
        (request("Host: other.example"), b"400"),
        (request("Sec-WebSocket-Protocol: ,,;"), b"400"),
        (request().replace(b"Version: 13", b"Version: 8"), b"400"),
        (request().replace(b"HTTP/1.1", b"HTTP/1.0"), b"505"),
        (request().replace(KEY.encode(), b""), b"400"),
        (b"GET / HTTP/2.0\r\n", b"400"),
        (b"NICK ana\r\nUSER ana 0 * :ana\r\n", b"400"),
        (b"NICK ana\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MAX_HEAD_BYTES // 8), b"431"),
        (b"GET /" + b"a" * MAX_HEAD_BYTES, b"431"),
    ],
)
def test_http_is_answered_and_closed(data: bytes, code: bytes) -> None:
    """Everything but an allowed upgrade gets one answer with the security headers, and no message comes of it."""
    websocket = WebSocket()
    assert websocket.receive(data) == []
    assert status(websocket) == code
    assert websocket.finished
    assert not websocket.framing
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in websocket.response
    assert b"\r\nContent-Security-Policy: default-src 'none';" in websocket.response
    assert websocket.receive(masked(b"QUIT")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD /?x HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhel",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ],
)
def test_plain_requests_are_left_to_others(data: bytes) -> None:
    """They come back as they came, the beginning of a body included, and nothing is answered here."""
    websocket = WebSocket()
    assert [message for at in range(len(data)) for message in websocket.receive(data[at : at + 1])] == []
    assert data.startswith(websocket.http_request)
    assert websocket.http_request.endswith(b"\r\n\r\n")
    whole = WebSocket()
    assert whole.receive(data) == []
    assert whole.http_request == data
    assert not whole.response
    assert whole.finished


@pytest.mark.parametrize(
    "bad",
    [masked(b"\xff"), b"\x81\x02oi", masked(b"a\nb"), masked(b"\x03\xe8", Opcode.CLOSE)],
    ids=["not UTF-8", "not masked", "two lines", "closed"],
)
@pytest.mark.parametrize("together", [True, False])
def test_nothing_is_read_after_a_frame_that_failed_the_connection(bad: bytes, *, together: bool) -> None:
    """RFC 6455, section 7.1.7: a message that follows is not handled, in the same packet or a later one."""
    websocket = opened()
    messages = [masked(b"PING a"), bad, masked(b"PRIVMSG #sala :oi")]
    heard = [each for data in ([b"".join(messages)] if together else messages) for each in websocket.receive(data)]
    assert heard == [b"PING a"]


@pytest.mark.parametrize("line", [b"GET /\0 HTTP/1.1", b"GET /\nX HTTP/1.1", b"\0 HTTP/1.0"])
def test_a_request_with_controls_in_its_first_line_is_none(line: bytes) -> None:
    """However it is cut."""
    whole, cut = WebSocket(), WebSocket()
    data = line + b"\r\nHost: chat.example\r\n\r\n"
    whole.receive(data)
    for at in range(len(data)):
        cut.receive(data[at : at + 1])
    assert status(whole) == status(cut) == b"400"
