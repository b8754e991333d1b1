"""An entry as lines: pure, so that everything about them can be said exactly."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal_screen import in_utc
from textual.theme import BUILTIN_THEMES

from papo.client.state.message import BufferLine
from papo.i18n import choose
from papo.terminal.rows import NARROW, Place, lines_of
from papo.terminal.theme import DARK, LIGHT, Look

LOOK = Look(DARK, {"background": "#111111", "foreground": "#eeeeee"})
AT_MS = 1_763_632_800_000  # 2025-11-20 10:00 UTC


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    in_utc(monkeypatch)


def shown(entry: BufferLine, place: Place | None = None, look: Look = LOOK) -> list[str]:
    """The lines as text."""
    return [strip.text.rstrip() for strip in lines_of(entry, place or Place(80), look)]


def said(text: str, **more: object) -> BufferLine:
    """A message of bia's."""
    return BufferLine(nick="bia", text=text, at_ms=AT_MS, **more)  # type: ignore[arg-type]


def test_a_message_has_time_nick_and_text() -> None:
    assert shown(said("bom dia")) == [" 10:00          bia │ bom dia"]


def test_long_texts_are_wrapped_beside_the_nick() -> None:
    lines = shown(said("word " * 30))
    assert len(lines) > 2
    assert all(line.startswith(" " * 20 + "│ word") for line in lines[1:])


def test_on_a_narrow_screen_the_nick_stands_above() -> None:
    assert shown(said("bom dia"), Place(NARROW - 1)) == [" bia 10:00", "   bom dia"]
    assert shown(said("mais"), Place(NARROW - 1, same_author=True)) == ["   mais"]


def test_the_same_author_is_not_named_again() -> None:
    assert shown(said("more"), Place(80, same_author=True, same_minute=True)) == ["                    │ more"]


def test_an_answer_quotes() -> None:
    lines = shown(said("yes", reply_to="m1"), Place(80, quoted=("ana", "is it so?")))
    assert lines == [" 10:00          bia │ ↳ ana is it so?", "                    │ yes"]
    assert "an older message" in shown(said("yes", reply_to="m1"))[0]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (said("x", edited=True), "x (edited)"),
        (said("x", redacted=True), "deleted"),
        (said("x", mine=True, pending="waiting"), "x …"),
        (said("x", mine=True, pending="failed", error="too long"), "✗ too long"),
        (said("x", reactions={"🎉": ["ana", "caio"]}), " 🎉 2"),
        (said("waves", kind="action"), "bia waves"),
        (said("x", rank="@"), "to @ x"),
        (said("why", kind="kick", detail="caio"), "bia put caio out (why)"),
        (said("", kind="nick", detail="bea"), "bia is now bea"),
        (said("", kind="mode", detail="+o caio"), "bia changed modes: +o caio"),
        (said("news", kind="topic"), "bia set the topic: news"),
        (said("", kind="topic"), "bia removed the topic"),
        (said("**bold** and `code`"), "bold and code"),
        (said("```\na = 1\n  b\n```"), " a = 1"),
        (said("> asked\nanswered"), "▏asked"),
        (said("\x02bold\x02 \x0304red\x03"), "bold red"),
    ],
)
def test_kinds(entry: BufferLine, words: str) -> None:
    assert any(words in line for line in shown(entry))


def noise(*happenings: tuple[str, str]) -> str:
    """What stands for these."""
    (line,) = shown(said("", kind="quit"), Place(80, noise=happenings, noise_count=len(happenings)))
    return line.partition(" │ ")[2]


def test_comings_and_goings_are_summed_up() -> None:
    assert noise(("join", "ana"), ("join", "caio"), ("quit", "davi")) == "ana, caio joined; davi left"
    assert noise(("quit", "ana"), ("join", "ana"), ("join", "caio")) == "caio joined"
    assert noise(("join", "ana"), ("part", "ana"), ("join", "ana")) == "ana joined"
    assert noise(("quit", "ana"), ("join", "ana")) == "ana came and went"
    assert shown(said("", kind="join"), Place(80, hidden=True)) == []


def test_days_and_what_is_new() -> None:
    lines = shown(said("x"), Place(60, new_day=True, unread_line=True))
    assert "Thursday, November 20, 2025" in lines[0]
    assert " new " in lines[1]


def test_in_portuguese() -> None:
    try:
        choose({"LANG": "pt_BR.UTF-8"})
        assert "quinta-feira, 20 de novembro de 2025" in shown(said("x"), Place(70, new_day=True))[0]
        assert "bia entrou" in shown(said("", kind="join"))[0]
    finally:
        choose({})


@given(st.text(max_size=200), st.integers(min_value=12, max_value=120))
def test_nothing_of_others_reaches_the_terminal_but_text(text: str, width: int) -> None:
    """No escape sequence, no control character, no change of direction; and every line is as wide as it should be."""
    entry = BufferLine(
        nick=text[:20] or "x", text=text, at_ms=AT_MS, reply_to="m", reactions={text[:9] or "x": ["a"]}, detail=text,
        pending="failed", error=text, rank=text[:1],
    )  # fmt: skip
    for kind in ("say", "action", "kick", "topic", "mode", "info", "error"):
        entry.kind = kind
        for strip in lines_of(entry, Place(width, quoted=(text, text), new_day=True), LOOK):
            assert strip.cell_length == width
            for char in strip.text:
                assert unicodedata.category(char) != "Cc", repr(char)
                assert char not in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("theme", [DARK, LIGHT, BUILTIN_THEMES["ansi-dark"]], ids=lambda theme: theme.name)
def test_every_theme_can_draw(theme: object) -> None:
    look = Look(theme, {"background": "#000000", "foreground": "#ffffff", "secondary": "#0000ff"})  # type: ignore[arg-type]
    assert shown(said("`code` https://example.org #room", mention=True), look=look)


def test_few_colours_are_the_terminals_own() -> None:
    look = Look(BUILTIN_THEMES["ansi-dark"], {"background": "#000000"})
    for strip in lines_of(said("`code` **x** https://example.org", mention=True), Place(80), look):
        for segment in strip:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                assert colour is None or colour.triplet is None or colour.number is not None
