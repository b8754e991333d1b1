"""The PROXY header and the forwarding headers, as bytes and strings."""

from __future__ import annotations

import struct
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.proxy import (
    FORWARDED,
    MAX_V1_BYTES,
    MAX_V2_BYTES,
    V2_START,
    X_FORWARDED_FOR,
    Client,
    Malformed,
    Proxied,
    forwarded_client,
    may_be_header,
    read_header,
)

REST = b"NICK ana\r\n"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8:f::/48"))


def v2(block: bytes, *, command: int = 0x21, family: int = 0x11) -> bytes:
    """A version 2 header around its block."""
    return V2_START + struct.pack("!BBH", command, family, len(block)) + block


def addresses(source: str, port: int) -> bytes:
    """The address block of TCP over IPv4 or IPv6."""
    packed = ip_address(source).packed
    return packed + packed + struct.pack("!HH", port, 6667)


def tlv(kind: int, value: bytes) -> bytes:
    """One type-length-value."""
    return struct.pack("!BH", kind, len(value)) + value


def header_v1(source: str, port: int) -> bytes:
    """A version 1 line."""
    kind = "TCP4" if ip_address(source).version == 4 else "TCP6"
    return f"PROXY {kind} {source} {source} {port} 6667\r\n".encode()


HEADERS = st.builds(
    lambda source, port, version, secure: (
        header_v1(source, port)
        if version == 1
        else v2(
            addresses(source, port) + tlv(0x20, bytes([1 if secure else 0]) + bytes(4)) + tlv(0x04, b"ab"),
            family=0x11 if ip_address(source).version == 4 else 0x21,
        ),
        Proxied(
            str(getattr(ip_address(source), "ipv4_mapped", None) or ip_address(source)),
            port,
            version == 2 and secure,
            b"",
        ),
    ),
    st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str),
    st.integers(0, 65535),
    st.sampled_from([1, 2]),
    st.booleans(),
)


@given(HEADERS)
def test_header_cut_at_every_byte_is_read_only_when_whole(case: tuple[bytes, Proxied]) -> None:
    """Every proper prefix asks for more; the whole gives the client and hands back what follows."""
    data, expected = case
    for cut in range(len(data)):
        assert read_header(data[:cut]) is None
        assert may_be_header(data[:cut])
    assert read_header(data) == expected
    assert read_header(data + REST) == Proxied(expected.address, expected.port, expected.secure, REST)


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_without_raising(tail: bytes) -> None:
    """Garbage behind either start is more, malformed or a header, never an exception."""
    for start in (b"", b"PROXY ", b"PROXY TCP4 ", V2_START, V2_START + b"\x21\x11\x00\x20"):
        assert isinstance(read_header(start + tail), Proxied | Malformed | None)


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4  1 2\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n\r\n",
        b"PROXY TCP4 \xff 1.2.3.4 1 2\r\n",
        b"PROXY " + b"x" * MAX_V1_BYTES,
        b"GET / HTTP/1.1\r\n",
        v2(addresses("1.2.3.4", 1), command=0x11),
        v2(addresses("1.2.3.4", 1), command=0x22),
        v2(addresses("1.2.3.4", 1), family=0x41),
        v2(addresses("1.2.3.4", 1), family=0x13),
        v2(addresses("1.2.3.4", 1)[:-1]),
        v2(addresses("1.2.3.4", 1) + b"\x20\x00\x09\x01"),
        v2(addresses("1.2.3.4", 1) + b"\x20\x00"),
        v2(addresses("1.2.3.4", 1) + tlv(0x20, b"\x01")),
        V2_START + b"\x21\x11" + struct.pack("!H", MAX_V2_BYTES),
    ],
)
def test_broken_header_is_malformed(line: bytes) -> None:
    """What the specification does not allow is refused as soon as it is seen."""
    assert isinstance(read_header(line), Malformed)


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n",
        v2(b"", command=0x20, family=0x00),
        v2(b"\xff" * 30, command=0x20, family=0x77),
        v2(b"", family=0x00),
        v2(bytes(216), family=0x31),
    ],
)
def test_local_and_unknown_keep_the_sockets_address(header: bytes) -> None:
    """LOCAL, UNKNOWN, unspecified and unix name no IP address: the address is empty."""
    assert read_header(header + REST) == Proxied("", 0, secure=False, rest=REST)


@pytest.mark.parametrize(
    ("header", "forwarded", "for_", "proto", "client"),
    [
        (X_FORWARDED_FOR, [], ["203.0.113.9"], ["https"], Client("203.0.113.9", secure=True)),
        (X_FORWARDED_FOR, [], ["1.1.1.1, 203.0.113.9, 10.0.0.7"], [], Client("203.0.113.9", secure=False)),
        (X_FORWARDED_FOR, [], ["1.1.1.1", "203.0.113.9"], ["http"], Client("203.0.113.9", secure=False)),
        (X_FORWARDED_FOR, [], ["10.0.0.8, 10.0.0.7"], [], Client("10.0.0.8", secure=False)),
        (X_FORWARDED_FOR, [], ["1.1.1.1, unknown"], [], None),
        (X_FORWARDED_FOR, [], ["203.0.113.9:5000"], [], Client("203.0.113.9", secure=False)),
        (FORWARDED, ['for="[2001:db8::5]:99";proto=https'], ["6.6.6.6"], [], Client("2001:db8::5", secure=True)),
        (
            FORWARDED,
            ["for=1.1.1.1;proto=https, For=203.0.113.9 ; Proto=http"],
            [],
            [],
            Client("203.0.113.9", secure=False),
        ),
        (FORWARDED, ["for=_hidden"], [], [], None),
        (FORWARDED, [], ["6.6.6.6"], ["https"], None),
        (X_FORWARDED_FOR, ["for=6.6.6.6;proto=https"], [], [], None),
        (X_FORWARDED_FOR, ["for=6.6.6.6;proto=https"], ["203.0.113.9"], ["http"], Client("203.0.113.9", secure=False)),
        (X_FORWARDED_FOR, [], [], ["https"], None),
    ],
)
def test_trusted_proxys_word_is_taken_from_the_nearest_hop(
    header: str, forwarded: list[str], for_: list[str], proto: list[str], client: Client | None
) -> None:
    """The nearest address that is no trusted proxy is the client; its own claims before it do not count."""
    answer = forwarded_client(
        peer="10.0.0.1",
        header=header,
        forwarded=forwarded,
        x_forwarded_for=for_,
        x_forwarded_proto=proto,
        trusted=TRUSTED,
    )
    assert answer == client


@pytest.mark.parametrize("peer", ["203.0.113.1", "", "not an address"])
def test_other_peers_forwarding_headers_are_ignored(peer: str) -> None:
    """Only a trusted network may speak for somebody else."""
    answer = forwarded_client(
        peer=peer,
        header=X_FORWARDED_FOR,
        forwarded=["for=1.1.1.1"],
        x_forwarded_for=["1.1.1.1"],
        x_forwarded_proto=[],
        trusted=TRUSTED,
    )
    assert answer is None
