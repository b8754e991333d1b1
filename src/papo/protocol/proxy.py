"""The client behind a proxy: the PROXY header, and the forwarding headers of HTTP.

Pure functions on bytes and strings. They trust the networks they are given.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import msgspec

from papo.protocol.networks import Networks

V1_START = b"PROXY "
V2_START = b"\r\n\r\n\x00\r\nQUIT\n"

MAX_V1_BYTES = 107
"""The longest version 1 line, CRLF included (PROXY protocol, section 2.1)."""
MAX_V2_BYTES = 4096
"""The longest version 2 header accepted. Section 2.2 demands at least 536 bytes; names of certificates need more."""

_V2_PREFIX = struct.Struct("!12sBBH")
_TLV = struct.Struct("!BH")
_PP2_TYPE_SSL = 0x20
_PP2_CLIENT_SSL = 0x01
_SSL_FIXED_BYTES = 5
"""Bytes of PP2_TYPE_SSL before its own TLVs: one of flags, four of the verification's result."""
_FAMILIES = {0: 0, 1: 12, 2: 36, 3: 216}
"""Address family (unspecified, IPv4, IPv6, unix) to the bytes of its address block."""
_MAX_TRANSPORT = 2
_MAX_PORT = 65535


class Proxied(msgspec.Struct, frozen=True):
    """A parsed PROXY header."""

    address: str
    """The client's IP address; "" if the header has none (LOCAL, UNKNOWN), which means the socket's own."""
    port: int
    secure: bool
    """Whether the client connected over TLS (PP2_TYPE_SSL of version 2)."""
    rest: bytes
    """The bytes after the header."""


class Malformed(msgspec.Struct, frozen=True):
    """No valid PROXY header: none of it may be trusted."""

    reason: str


class Client(msgspec.Struct, frozen=True):
    """The client that connects to the outermost trusted HTTP proxy."""

    address: str
    secure: bool


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """The address without its zone, as IPv4 if it is IPv4 mapped to IPv6. Raises ValueError."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_trusted(address: str, networks: Networks) -> bool:
    """Whether the address is in one of the networks; False for "" and for what is no address."""
    try:
        ip = plain_address(address)
    except ValueError:
        return False
    return any(ip in network for network in networks)


# --- the PROXY header (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt)


def may_be_header(data: bytes) -> bool:
    """Whether these first bytes can become a PROXY header of either version."""
    return any(data.startswith(start) or start.startswith(data) for start in (V1_START, V2_START))


def read_header(data: bytes) -> Proxied | Malformed | None:
    """Parse the header at the beginning of what has been received; None if more bytes are needed.

    Never needs more than MAX_V2_BYTES. Never raises.
    """
    if data.startswith(V2_START):
        return _read_v2(data)
    if data.startswith(V1_START):
        return _read_v1(data)
    return None if may_be_header(data) else Malformed("the bytes are no PROXY header")


def _read_v1(data: bytes) -> Proxied | Malformed | None:
    line, end, rest = data.partition(b"\r\n")
    if len(line) > MAX_V1_BYTES - 2:
        return Malformed("the PROXY line is too long")
    if not end:
        return None
    try:
        words = line.decode("ascii").split(" ")
    except UnicodeDecodeError:
        return Malformed("the PROXY line is not ASCII")
    if words[1] == "UNKNOWN":
        return Proxied("", 0, secure=False, rest=rest)
    if len(words) != 6:
        return Malformed("the PROXY line has not six words")
    kind: type[IPv4Address | IPv6Address]
    if words[1] == "TCP4":
        kind = IPv4Address
    elif words[1] == "TCP6":
        kind = IPv6Address
    else:
        return Malformed("the PROXY line names an unknown protocol")
    try:
        addresses = [kind(word) for word in words[2:4]]
        ports = [_port(word) for word in words[4:6]]
    except ValueError:
        return Malformed("the PROXY line has a bad address or port")
    if any("%" in word for word in words[2:4]):
        return Malformed("the PROXY line has an address with a zone")
    return Proxied(str(plain_address(str(addresses[0]))), ports[0], secure=False, rest=rest)


def _port(word: str) -> int:
    if not (word.isascii() and word.isdigit()) or (word[0] == "0" and word != "0") or int(word) > _MAX_PORT:
        raise ValueError(word)
    return int(word)


def _read_v2(data: bytes) -> Proxied | Malformed | None:
    if len(data) < _V2_PREFIX.size:
        return None
    _, version_command, family_transport, length = _V2_PREFIX.unpack_from(data)
    version, command = version_command >> 4, version_command & 0x0F
    family, transport = family_transport >> 4, family_transport & 0x0F
    end = _V2_PREFIX.size + length
    if version != 2 or command > 1 or end > MAX_V2_BYTES:
        return Malformed("the PROXY header has an unknown version or command, or is too long")
    if len(data) < end:
        return None
    block, rest = data[_V2_PREFIX.size : end], data[end:]
    if command == 0:  # LOCAL: the proxy's own health check; the whole block is ignored (section 2.2)
        return Proxied("", 0, secure=False, rest=rest)
    if family not in _FAMILIES or transport > _MAX_TRANSPORT:
        return Malformed("the PROXY header has an unknown address family or transport")
    if len(block) < _FAMILIES[family]:
        return Malformed("the PROXY header is too short for its addresses")
    secure = _came_over_tls(block[_FAMILIES[family] :]) if family else False
    if secure is None:
        return Malformed("the PROXY header has a broken TLV")
    if transport == 0 or family in {0, 3}:
        return Proxied("", 0, secure=secure, rest=rest)
    if family == 1:
        return Proxied(str(IPv4Address(block[:4])), int.from_bytes(block[8:10], "big"), secure=secure, rest=rest)
    address = plain_address(str(IPv6Address(block[:16])))
    return Proxied(str(address), int.from_bytes(block[32:34], "big"), secure=secure, rest=rest)


def _came_over_tls(tlvs: bytes) -> bool | None:
    """None if a TLV is longer than the header."""
    secure = False
    at = 0
    while at < len(tlvs):
        if len(tlvs) - at < _TLV.size:
            return None
        kind, length = _TLV.unpack_from(tlvs, at)
        value = tlvs[at + _TLV.size : at + _TLV.size + length]
        if len(value) < length:
            return None
        if kind == _PP2_TYPE_SSL:
            if length < _SSL_FIXED_BYTES:
                return None
            secure = bool(value[0] & _PP2_CLIENT_SSL)
        at += _TLV.size + length
    return secure


# --- HTTP (RFC 7239, and the older X-Forwarded-* that most proxies send)

FORWARDED = "forwarded"
X_FORWARDED_FOR = "x-forwarded-for"


def forwarded_client(
    *,
    peer: str,
    header: str,
    forwarded: Sequence[str],
    x_forwarded_for: Sequence[str],
    x_forwarded_proto: Sequence[str],
    trusted: Networks,
) -> Client | None:
    """The client behind trusted proxies; None if the peer is not trusted, or sends no such header.

    `header`: which one the proxies write, FORWARDED or X_FORWARDED_FOR; the other one they pass on as the client has
    sent it, so it is not read. Each sequence holds the values of the header of that name, as received. Hops are read
    from the nearest one: the first address that is not a trusted proxy's is the client, and what is left of it is the
    client's own claim.
    """
    if not is_trusted(peer, trusted):
        return None
    hops: list[tuple[str, str]]
    if header == FORWARDED and forwarded:
        hops = [_forwarded_element(element) for element in ",".join(forwarded).split(",")]
    elif header == X_FORWARDED_FOR and x_forwarded_for:
        protos = [word.strip() for word in ",".join(x_forwarded_proto).split(",")]
        hops = [(_node(word), protos[-1]) for word in ",".join(x_forwarded_for).split(",")]
    else:
        return None
    found: Client | None = None
    for address, proto in reversed(hops):
        if not address:  # "unknown", hidden or broken: nothing further away can be believed
            break
        found = Client(address, proto.lower() in {"https", "wss"})
        if not is_trusted(address, trusted):
            break
    return found


def _forwarded_element(element: str) -> tuple[str, str]:
    address = proto = ""
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "for":
            address = _node(value)
        elif name.strip().lower() == "proto":
            proto = value
    return address, proto


def _node(text: str) -> str:
    """The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; else ""."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(plain_address(text))
    except ValueError:
        return ""
