from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from papo.server.dialects.message_splitter import MessageSplitter

LINES = st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1), max_size=8)
MESSAGE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=2, max_size=200)


@given(lines=LINES, cuts=st.lists(st.integers(0, 400), max_size=10))
def test_lines_are_messages_wherever_the_bytes_are_cut(lines: list[str], cuts: list[int]) -> None:
    """Glued newline-separated messages are split; a message in two chunks, the second ended, is at most cut in two."""
    data = "".join(line + "\n" for line in lines).encode()
    splitter = MessageSplitter(1024)

    assert splitter.feed(data) == lines if len(data) not in {1, 1024} else True
    assert not splitter.waits
    pieces = MessageSplitter(1024)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    heard = [text for a, b in itertools.pairwise(edges) if a < b for text in pieces.feed(data[a:b])]
    assert "".join(heard + pieces.flush()) == "".join(lines)


@given(text=MESSAGE)
def test_a_chunk_without_a_newline_is_a_message_when_it_ends(text: str) -> None:
    """One `send()` is one message."""
    splitter = MessageSplitter(1024)
    data = text.encode()

    heard = splitter.feed(data)

    if len(data) == 1024:
        assert splitter.waits
    else:
        assert heard == [text]
        assert not splitter.waits


@given(text=MESSAGE)
def test_a_message_byte_by_byte_is_one_message(text: str) -> None:
    """The rest is awaited while the client sends one byte at a time."""
    splitter = MessageSplitter(1024)

    heard = [part for byte in text.encode() for part in splitter.feed(bytes([byte]))]

    assert heard == []
    assert splitter.waits
    assert splitter.flush() == [text]
    assert not splitter.waits


@given(text=MESSAGE, data=st.data())
def test_a_character_cut_in_two_waits_for_its_rest(text: str, data: st.DataObject) -> None:
    """Nothing is garbled, wherever a chunk ends inside a character."""
    text += "ção"
    encoded = text.encode()
    inside = [at for at in range(1, len(encoded)) if encoded[at] & 0xC0 == 0x80]
    at = data.draw(st.sampled_from(inside))
    splitter = MessageSplitter(1024)

    heard = splitter.feed(encoded[:at])

    assert splitter.waits
    heard += splitter.feed(encoded[at:])
    assert "".join(heard + splitter.flush()) == text


def test_a_full_recv_goes_on() -> None:
    """A piece that fills the original's whole recv() is the beginning of a longer message."""
    splitter = MessageSplitter(1024)

    assert splitter.feed(b"x" * 1024) == []
    assert splitter.waits
    assert splitter.feed(b"yz") == []
    assert splitter.flush() == ["x" * 1024 + "yz"]


def test_bytes_that_are_no_utf8_do_no_harm() -> None:
    """They become U+FFFD, and the next message is whole."""
    splitter = MessageSplitter(1024)

    assert splitter.feed(b"\xff\xfeoi") == ["\ufffd\ufffdoi"]
    assert splitter.feed("olá".encode()) == ["olá"]
