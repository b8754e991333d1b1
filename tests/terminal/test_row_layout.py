"""Rows as lines of a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal_screen import in_utc
from textual.theme import BUILTIN_THEMES

from papo.client.state.message import BufferLine
from papo.i18n import choose
from papo.terminal.row_layout import NARROW, Context, lines_of
from papo.terminal.theme import DARK, LIGHT, TextStyles
from papo.ui.rows import Row

STYLES = TextStyles(DARK, {"background": "#111111", "foreground": "#eeeeee"})
AT_MS = 1_763_632_800_000  # 2025-11-20 10:00 UTC


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    in_utc(monkeypatch)


def shown(row: Row, context: Context | None = None, styles: TextStyles = STYLES) -> list[str]:
    """The lines of a row as text."""
    return [strip.text.rstrip() for strip in lines_of(row, context or Context(80), styles)]


def said(text: str, *, names_author: bool = True, **more: object) -> Row:
    """A row with a message of bia's."""
    line = BufferLine(nick="bia", text=text, at_ms=AT_MS, **more)  # type: ignore[arg-type]
    return Row("line", line, AT_MS, names_author)


def test_a_message_has_time_nick_and_text() -> None:
    assert shown(said("bom dia")) == [" 10:00          bia │ bom dia"]


def test_long_texts_are_wrapped_beside_the_nick() -> None:
    lines = shown(said("word " * 30))
    assert len(lines) > 2
    assert all(line.startswith(" " * 20 + "│ word") for line in lines[1:])


def test_on_a_narrow_screen_the_nick_stands_above() -> None:
    assert shown(said("bom dia"), Context(NARROW - 1)) == [" bia 10:00", "   bom dia"]
    assert shown(said("mais", names_author=False), Context(NARROW - 1)) == ["   mais"]


def test_the_same_author_is_not_named_again() -> None:
    assert shown(said("more", names_author=False), Context(80, same_minute=True)) == ["                    │ more"]


def test_an_answer_quotes() -> None:
    lines = shown(said("yes", reply_to="m1"), Context(80, quoted=("ana", "is it so?")))
    assert lines == [" 10:00          bia │ ↳ ana is it so?", "                    │ yes"]
    assert "an older message" in shown(said("yes", reply_to="m1"))[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (said("x", edited=True), "x (edited)"),
        (said("x", redacted=True), "deleted"),
        (said("x", mine=True, pending="waiting"), "x …"),
        (said("x", mine=True, pending="failed", error="too long"), "✗ too long"),
        (said("x", reactions={"🎉": ["ana", "caio"]}), " 🎉 2"),
        (said("waves", kind="action"), "bia waves"),
        (said("x", statusmsg="@"), "to @ x"),
        (said("why", kind="kick", detail="caio"), "bia kicked caio (why)"),
        (said("", kind="nick", detail="bea"), "bia is now bea"),
        (said("", kind="mode", detail="+o caio"), "bia set +o caio"),
        (said("news", kind="topic"), "bia set the topic: news"),
        (said("", kind="topic"), "bia removed the topic"),
        (said("**bold** and `code`"), "bold and code"),
        (said("```\na = 1\n  b\n```"), " a = 1"),
        (said("> asked\nanswered"), "▏asked"),
        (said("\x02bold\x02 \x0304red\x03"), "bold red"),
    ],
)
def test_kinds(row: Row, words: str) -> None:
    assert any(words in line for line in shown(row))


def test_joins_and_leaves_are_one_line() -> None:
    joined = BufferLine(kind="join", nick="eva", at_ms=AT_MS)
    left = BufferLine(kind="quit", nick="bia", at_ms=AT_MS + 60_000)
    assert shown(Row("events", joined, AT_MS, group=[joined, left])) == [" 10:01            ← │ eva joined; bia left"]


def test_headings() -> None:
    assert shown(Row("day", None, AT_MS), Context(60)) == [
        "──────────────── Thursday, November 20, 2025 ────────────────"[1:]
    ]
    assert " New messages " in shown(Row("unread", None, AT_MS))[0]
    assert shown(Row("beginning")) == []


def test_in_portuguese() -> None:
    try:
        choose({"LANG": "pt_BR.UTF-8"})
        assert "quinta-feira, 20 de novembro de 2025" in shown(Row("day", None, AT_MS))[0]
        assert "bia entrou" in shown(said("", kind="join"))[0]
    finally:
        choose({})


@given(st.text(max_size=200), st.integers(min_value=12, max_value=120))
def test_nothing_of_others_reaches_the_terminal_but_text(text: str, width: int) -> None:
    """No escape sequence, no control character, no change of direction; and every line is as wide as it should be."""
    line = BufferLine(
        nick=text[:20] or "x", text=text, at_ms=AT_MS, reply_to="m", reactions={text[:9] or "x": ["a"]}, detail=text,
        pending="failed", error=text, statusmsg=text[:1],
    )  # fmt: skip
    for kind in ("say", "action", "kick", "topic", "mode", "info", "error"):
        line.kind = kind
        for strip in lines_of(Row("line", line, AT_MS, True), Context(width, quoted=(text, text)), STYLES):
            assert strip.cell_length == width
            for char in strip.text:
                assert unicodedata.category(char) != "Cc", repr(char)
                assert char not in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("theme", [DARK, LIGHT, BUILTIN_THEMES["ansi-dark"]], ids=lambda theme: theme.name)
def test_every_theme_can_draw(theme: object) -> None:
    styles = TextStyles(theme, {"background": "#000000", "foreground": "#ffffff", "secondary": "#0000ff"})  # type: ignore[arg-type]
    assert shown(said("`code` https://example.org #room", mention=True), styles=styles)


def test_few_colours_are_the_terminals_own() -> None:
    styles = TextStyles(BUILTIN_THEMES["ansi-dark"], {"background": "#000000"})
    for strip in lines_of(said("`code` **x** https://example.org", mention=True), Context(80), styles):
        for segment in strip:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                assert colour is None or colour.triplet is None or colour.number is not None
