from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.lines import TOO_LONG, LineBuffer

CHUNKS = st.lists(st.binary(max_size=600), max_size=20)


@given(chunks=CHUNKS)
def test_lines_do_not_depend_on_where_the_bytes_are_cut(chunks: list[bytes]) -> None:
    """The same bytes give the same lines, cut anywhere."""
    whole = LineBuffer().feed(b"".join(chunks))
    pieces = LineBuffer()
    one_by_one = LineBuffer()

    assert [line for chunk in chunks for line in pieces.feed(chunk)] == whole
    data = b"".join(chunks)
    assert [line for at in range(len(data)) for line in one_by_one.feed(data[at : at + 1])] == whole


@given(chunks=CHUNKS)
def test_no_line_holds_a_line_end(chunks: list[bytes]) -> None:
    """Neither CR nor LF ever gets through, so nobody forges a line (F3)."""
    buffer = LineBuffer()

    for chunk in chunks:
        for line in buffer.feed(chunk):
            assert line
            assert b"\r" not in line
            assert b"\n" not in line


def test_a_line_of_512_bytes_passes_and_one_of_513_does_not() -> None:
    """RFC 1459 2.3: 512 bytes, CRLF included."""
    assert LineBuffer().feed(b"x" * 510 + b"\r\n") == [b"x" * 510]
    assert LineBuffer().feed(b"x" * 511 + b"\r\n") == [TOO_LONG]


def test_tags_have_room_of_their_own() -> None:
    """IRCv3 message-tags: 4096 bytes of tags beside the 512 of the rest."""
    tags = b"@" + b"t" * 4094 + b" "

    assert LineBuffer().feed(tags + b"x" * 510 + b"\r\n") == [tags + b"x" * 510]
    assert LineBuffer().feed(tags + b"x" * 511 + b"\r\n") == [TOO_LONG]
    assert LineBuffer().feed(b"@" + b"t" * 4095 + b" x\r\n") == [TOO_LONG]


def test_an_endless_line_takes_no_memory_and_counts_once() -> None:
    """A megabyte without a line end is held nowhere; the line after it is read."""
    buffer = LineBuffer()

    for _ in range(1024):
        assert buffer.feed(b"x" * 1024) == []
        assert buffer.waiting_bytes <= 5 * 1024
    assert buffer.feed(b"\r\nPING x\r\n") == [TOO_LONG, b"PING x"]
