from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.text import as_action, cut, has_colours, is_ctcp, to_ascii, without_formatting

ANY = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=ANY, size=st.integers(0, 100))
def test_cut_keeps_whole_characters_within_the_size(text: str, size: int) -> None:
    """A cut text is a beginning of the whole, never longer than asked, never half a character."""
    short = cut(text, size)

    assert text.startswith(short)
    assert len(short.encode()) <= max(size, 0)
    assert len(short) == len(text) or len(text[: len(short) + 1].encode()) > size


@given(text=ANY)
def test_to_ascii_gives_ascii_and_never_drops_a_text(text: str) -> None:
    """The nick-ascii dialect's clients die of anything else (dialects.md)."""
    plain = to_ascii(text)

    assert plain.isascii()


def test_to_ascii_transliterates() -> None:
    """Letters lose their marks, punctuation finds its plain form."""
    assert to_ascii("ação João — “oi”… ß Łódź ½ 😀") == 'acao Joao - "oi"... ss Lodz 1?2 ?'


def test_without_formatting_takes_colours_and_controls_out() -> None:
    """MIRC colours with their digits, styles, and other control characters but tab."""
    text = "\x02a\x02 \x0304,12b\x03 \x1dc\x1d\x1b[31md\te"

    assert has_colours(text)
    assert without_formatting(text) == "a b c[31md\te"


def test_actions_and_ctcp_are_told_apart() -> None:
    """`/me` is the one CTCP that people read."""
    assert as_action("\x01ACTION acena\x01") == "acena"
    assert as_action("\x01VERSION\x01") is None
    assert is_ctcp("\x01VERSION\x01")
    assert not is_ctcp("VERSION")
