"""The table of floods: what each connection of an attacker sends, again and again."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass

REGISTER = b"NICK f%d\r\nUSER f 0 * :f\r\n"
REGISTER_CAPS = (
    b"CAP REQ :batch labeled-response message-tags draft/multiline draft/chathistory\r\n" + REGISTER + b"CAP END\r\n"
)
WELCOME = b" 422 "
IN_ROOM = REGISTER + b"JOIN #large\r\n"
CAPS_IN_ROOM = REGISTER_CAPS + b"JOIN #large\r\n"
END_OF_NAMES = b" 366 "
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: flood.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)
UPGRADED = b"\r\n\r\n"
BLOCK_BYTES = 1 << 16
MAX_CONNECTIONS, MAX_UNREGISTERED, HTTP_CONNECTIONS = 16, 5, 64


@dataclass(frozen=True)
class Flood:
    """One row. `%d` in what is sent is the number of the connection."""

    name: str
    unit: bytes = b""
    """Repeated to some 64 KiB."""
    scheme: str = "irc"
    prelude: bytes = REGISTER
    ready: bytes = WELCOME
    """What the server says when the prelude is done; b"" for nothing."""
    connections: int = MAX_CONNECTIONS

    @property
    def payload(self) -> bytes:
        """What is sent again and again."""
        return self.unit * max(1, BLOCK_BYTES // max(1, len(self.unit)))


def frame(first: int, payload: bytes = b"") -> bytes:
    """A masked frame whose mask is zero."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
    return bytes((first,)) + length + bytes(4) + payload


def _irc(name: str, line: bytes, prelude: bytes = REGISTER, ready: bytes = WELCOME) -> Flood:
    return Flood(name, line + b"\r\n", prelude=prelude, ready=ready)


def _room(name: str, line: bytes) -> Flood:
    return _irc(name, line, IN_ROOM, END_OF_NAMES)


def _caps(name: str, line: bytes) -> Flood:
    return _irc(name, line, CAPS_IN_ROOM, END_OF_NAMES)


def _silent(name: str, unit: bytes) -> Flood:
    return Flood(name, unit, prelude=b"", ready=b"", connections=MAX_UNREGISTERED)


def _ws(name: str, unit: bytes, first: bytes = b"") -> Flood:
    return Flood(name, unit, "http", UPGRADE + first, UPGRADED, MAX_UNREGISTERED)


def _http(name: str, unit: bytes, prelude: bytes = b"") -> Flood:
    return Flood(name, unit, "http", prelude, b"", HTTP_CONNECTIONS)


def _get(path: bytes, more: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: flood.test\r\n" + more + b"\r\n"


WS_REGISTER = UPGRADE + frame(0x81, b"NICK w%d") + frame(0x81, b"USER w 0 * :w")
_MONITOR = REGISTER + b"".join(
    b"MONITOR + " + b",".join(b"member" + str(n).encode() for n in range(at, at + 25)) + b"\r\n"
    for at in (0, 25, 50, 75)
)

FLOODS = (
    _irc("empty lines", b""),
    _silent("empty lines, unregistered", b"\r\n"),
    _irc("spaces", b"  "),
    _silent("no newline, unregistered", b"x" * 4096),
    _irc("no newline", b"x" * 4094),
    _irc("short unknown commands", b"X"),
    _irc("unknown commands", b"XYZZY plugh"),
    _irc("PONG", b"PONG"),
    _irc("PING", b"PING x"),
    _irc("invalid UTF-8", b"PRIVMSG #a :\xff\xfe"),
    _irc("long tags", b"@" + b"+a=b;" * 800 + b" PING x"),
    _irc("tags of a TAGMSG", b"@+typing=active TAGMSG #large"),
    _room("TAGMSG in the room", b"@+typing=active TAGMSG #large"),
    _room("MODE +b", b"MODE #large b"),
    _room("MODE +bbbbbb...", b"MODE #large " + b"+b" * 240),
    _room("NAMES", b"NAMES #large,#large,#large,#large"),
    _irc("WHO *", b"WHO *"),
    _room("WHO #large", b"WHO #large"),
    _room("WHOX #large", b"WHO #large %tcuihsnfdlaor,1"),
    _irc("WHO mask", b"WHO *a*b*c*d*e*f*"),
    _irc("LIST", b"LIST"),
    _irc("LIST conditions", b"LIST " + b",".join([b"!*x*y*z*"] * 50)),
    _irc("WHOIS", b"WHOIS member1"),
    _irc("WHOWAS", b"WHOWAS f1"),
    _irc("USERHOST", b"USERHOST" + b" member1" * 14),
    _irc("ISON", b"ISON" + b" member1" * 60),
    _irc("MONITOR S", b"MONITOR S", _MONITOR),
    _irc("MONITOR L", b"MONITOR L", _MONITOR),
    _irc("MONITOR + and C", b"MONITOR + member1,member2,member3\r\nMONITOR C"),
    _caps("METADATA LIST", b"METADATA member1 LIST"),
    _caps("METADATA SYNC", b"METADATA * SUB avatar bot color display-name\r\nMETADATA #large SYNC"),
    _caps("CHATHISTORY", b"CHATHISTORY LATEST #large * 100"),
    _caps(
        "CHATHISTORY TARGETS",
        b"CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z 100",
    ),
    _room("SEARCH", b"SEARCH in=#large;text=a"),
    _irc("AWAY", b"AWAY :x\r\nAWAY"),
    _room("AWAY in the room", b"AWAY :x\r\nAWAY"),
    _room("NICK", b"NICK a%d\r\nNICK b%d"),
    _irc("JOIN and PART", b"JOIN #large\r\nPART #large"),
    _irc("JOIN many", b"JOIN " + b",".join(b"#j" + str(n).encode() for n in range(60))),
    _irc("PART many", b"PART " + b",".join(b"#j" + str(n).encode() for n in range(60))),
    _irc("SETNAME", b"SETNAME :x\r\nSETNAME :y"),
    _silent("CAP LS, unregistered", b"CAP LS 302\r\n"),
    _irc("CAP LS", b"CAP LS 302"),
    _irc("CAP REQ", b"CAP REQ :batch\r\nCAP REQ :-batch"),
    _silent("AUTHENTICATE, unregistered", b"AUTHENTICATE PLAIN\r\nAUTHENTICATE AAAA\r\n"),
    _irc("AUTHENTICATE", b"AUTHENTICATE PLAIN\r\nAUTHENTICATE AAAA"),
    _caps("BATCH opened", b"BATCH +%d draft/multiline #large"),
    _caps("BATCH lines", b"BATCH +q draft/multiline #large\r\n" + b"@batch=q PRIVMSG #large :x\r\n" * 99 + b"BATCH -q"),
    _caps("labels", b"@label=x PING y"),
    _room("PRIVMSG", b"PRIVMSG #large :x"),
    _irc("HELP", b"HELP"),
    _irc("INFO, MOTD, LUSERS", b"INFO\r\nMOTD\r\nLUSERS\r\nVERSION\r\nADMIN\r\nISUPPORT"),
    _irc("NickServ HELP", b"NS HELP"),
    _ws("ws ping", frame(0x89)),
    _ws("ws pong", frame(0x8A)),
    _ws("ws continuation, empty", frame(0x00), frame(0x01)),
    _ws("ws continuation of 1 byte", frame(0x00, b"x"), frame(0x01)),
    _ws("ws empty messages", frame(0x81)),
    _ws("ws empty messages, two frames", frame(0x01) + frame(0x80)),
    _ws("ws half a frame", frame(0x81, b"x" * 16000)[:12000]),
    _ws("ws close frames", frame(0x88, b"\x03\xe8")),
    _ws("ws unmasked", b"\x81\x00"),
    Flood("ws messages", frame(0x81, b"X"), "http", WS_REGISTER, WELCOME),
    Flood("ws messages of a space", frame(0x81, b" "), "http", WS_REGISTER, WELCOME),
    Flood("ws ping, registered", frame(0x89), "http", WS_REGISTER, WELCOME),
    _ws("ws upgrades", UPGRADE),
    Flood("ws upgrades again and again", b"", "http", UPGRADE + frame(0x88), UPGRADED, MAX_CONNECTIONS),
    Flood("framed, long", b"2000".ljust(64) + b"x" * 2000, "framed", b"", b"", MAX_UNREGISTERED),
    Flood("framed, longest", b"65536".ljust(64) + b"x y " * 16384, "framed", b"", b"", MAX_UNREGISTERED),
    Flood("framed, empty", b"0".ljust(64), "framed", b"", b"", MAX_UNREGISTERED),
    Flood("framed, names", b"4".ljust(64) + b"a: x" + b"4".ljust(64) + b"b: x", "framed", b"", b"", MAX_UNREGISTERED),
    Flood("relay, lines", b"x\n", "relay", b"", b"", MAX_UNREGISTERED),
    Flood("relay, empty lines", b"\n", "relay", b"", b"", MAX_UNREGISTERED),
    Flood("relay, no newline", b"x" * 1000, "relay", b"", b"", MAX_UNREGISTERED),
    _http("GET /", _get(b"/")),
    _http("GET of nothing", _get(b"/nothing")),
    _http("GET of a module", _get(b"/app.js")),
    _http("GET /health", _get(b"/health")),
    _http("GET ranges", _get(b"/", b"Range: bytes=" + b"0-1," * 300 + b"0-1\r\n")),
    _http("big headers", _get(b"/", b"X-A: " + b"a" * 7000 + b"\r\n")),
    _http("endless header", b"X-A: aaaaaaaa\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"),
    _http("OPTIONS /f", _get(b"/f", method=b"OPTIONS")),
    _http("refused uploads", _get(b"/f", b"Content-Length: 10\r\n", b"POST") + b"0123456789"),
    _http("slow bodies", b"x", _get(b"/f", b"Content-Length: 100000000\r\n", b"POST")),
    _http("chunked bodies", b"1\r\nx\r\n", _get(b"/f", b"Transfer-Encoding: chunked\r\n", b"POST")),
    _http("GET preview", _get(b"/preview?url=http://198.51.100.1/")),
    _http("GET invitation", _get(b"/i/nothing")),
    _http("bad requests", b"\x16\x03\x01\x00\x00" * 3 + b"\r\n\r\n"),
    Flood("TLS handshakes", b"QUIT\r\n", "ircs", b"", b"", MAX_CONNECTIONS),
    Flood("ircs, empty lines", b"\r\n", "ircs", REGISTER, WELCOME, MAX_CONNECTIONS),
    Flood("ircs, PONG", b"PONG\r\n", "ircs", REGISTER, WELCOME, MAX_CONNECTIONS),
)
