"""Texts as runs: formatting of IRC, Markdown, and anything that somebody may write."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papo.client.state.message import mention_pattern, one_line
from papo.client.text.markup import MAX_TEXT, Run, plain, runs

ALPHABET = "ab #&*_`~>[]()!\\|<:/.-+1\n\t\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f\x1b\u202e\u2066@çé💥hwts="
TEXTS = st.one_of(st.text(max_size=200), st.text(alphabet=ALPHABET, max_size=120))
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def text_of(text: str) -> str:
    return "".join(run.text for run in runs(text))


def styled(text: str) -> list[tuple[str, str]]:
    """Runs, each with the names of what is set."""
    fields = ["bold", "italic", "underline", "strike", "mono", "block", "quote", "colour", "link"]
    return [
        (run.text, " ".join(name for name in fields if getattr(run, name) not in {False, None, ""}))
        for run in runs(text)
    ]


@given(TEXTS)
@example("\x03")
@example("\x04zz")
@example("> " * 100)
@example("```\n")
@example("[x](javascript:alert(1))")
@settings(max_examples=500, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    found = runs(text)
    for run in found:
        assert run.text
        assert not CONTROLS.search(run.text + run.link + run.language)
        assert not run.link or re.match(r"(?:https?|mailto|ircs?):|[#&]", run.link, re.IGNORECASE)
    assert not CONTROLS.search(plain(text))
    assert "\n" not in plain(text)
    assert not CONTROLS.search(one_line(text))


@given(st.text(alphabet="ab çé💥.,;()'\"=%$@/?", max_size=100))
def test_plain_text_is_what_it_is(text: str) -> None:
    assert text_of(text) == text


@given(st.text(alphabet=ALPHABET, max_size=100))
@settings(deadline=None)
def test_letters_are_never_lost(text: str) -> None:
    """Marks may vanish; what somebody wrote between them does not. What is in angles or a link's target may."""
    if any(char in text for char in "[]<\x03\x04`"):
        return
    letters = [char for char in text if char in "abç💥"]
    assert [char for char in text_of(text) if char in "abç💥"] == letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oi", [("oi", "")]),
        ("**a** b", [("a", "bold"), (" b", "")]),
        ("*a* ~~b~~ `c*`", [("a", "italic"), (" ", ""), ("b", "strike"), (" ", ""), ("c*", "mono")]),
        ("\x02a\x02b\x1dc", [("a", "bold"), ("b", ""), ("c", "italic")]),
        ("\x0304,01a\x03b\x0f", [("a", "colour"), ("b", "")]),
        (
            "\x1fa\x1eb\x11c\x0fd",
            [("a", "underline"), ("b", "underline strike"), ("c", "underline strike mono"), ("d", "")],
        ),
        ("\x04ff0000a\x04b", [("a", ""), ("b", "")]),
        ("\x0312345", [("345", "colour")]),
        ("veja #sala.", [("veja ", ""), ("#sala", "link"), (".", "")]),
        ("a#b http://x.org/#y", [("a#b ", ""), ("http://x.org/#y", "link")]),
        ("[a](https://x.org)", [("a", "link")]),
        ("[a](javascript:x)", [("[a](javascript:x)", "")]),
        ("[x.org](https://x.org/a)", [("x.org", "link")]),
        ("[https://x.org](https://y.org/a)", [("[https://x.org](https://y.org/a)", "")]),
        ("b [**www.x.org**](https://y.org) c", [("b ", ""), ("[www.x.org](https://y.org)", ""), (" c", "")]),
        ("[x.org](https://x.org@y.org)", [("[x.org](https://x.org@y.org)", "")]),
        ("[z@x.org](mailto:z@y.org)", [("[z@x.org](mailto:z@y.org)", "")]),
        ("[z@x.org](https://y.org)", [("[z@x.org](https://y.org)", "")]),
        ("[a](file:///etc)", [("[a](file:///etc)", "")]),
        ("<b>x</b>", [("<b>x</b>", "")]),
        ("2*3*4 snake_case_x", [("2", ""), ("3", "italic"), ("4 snake_case_x", "")]),
        ("> a\n\nb", [("a", "quote"), ("\n", ""), ("b", "")]),
        ("- a\n- b", [("• ", ""), ("a", ""), ("\n", ""), ("• ", ""), ("b", "")]),
        ("3. a\n4. b", [("3. ", ""), ("a", ""), ("\n", ""), ("4. ", ""), ("b", "")]),
        ("a\n```x", [("a", ""), ("\n", ""), ("```x", "")]),
        ("```py\na *b*\n  c\n```", [("a *b*\n  c", "mono block")]),
        ("a\nb", [("a\nb", "")]),
        ("**a\nb**", [("a", "bold"), ("\n", "bold"), ("b", "bold")]),
        ("# título", [("# título", "")]),
    ],
)
def test_what_it_looks_like(text: str, expected: list[tuple[str, str]]) -> None:
    assert styled(text) == expected


def test_colours_and_languages() -> None:
    assert [run.colour for run in runs("\x034a\x0399b")] == [4, 3]
    (block,) = runs("```python\nx\n```")
    assert (block.language, block.text) == ("python", "x")
    assert runs("") == ()


@pytest.mark.parametrize(
    "text", [">", "```", "```x", "[]()", ">" * 30 + "x", "- " * 30 + "x", "1. " * 30 + "x", "> - " * 20 + "x"]
)
def test_what_is_nothing_but_marks_is_shown(text: str) -> None:
    assert text_of(text) == text


def test_links_to_addresses() -> None:
    assert [run.link for run in runs("ver https://x.org/a_b, www.y.org e z@x.org") if run.link] == [
        "https://x.org/a_b", "http://www.y.org", "mailto:z@x.org",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part", ["*", "[", "`a", "_a", ">", "[](", "http://a", "://", "a@", "- ", "~~a", "\\", "#.", "![["]
)
def test_no_text_takes_long(part: str) -> None:
    """The runner's time limit is the judge: some of these took minutes in other parsers."""
    for size in (MAX_TEXT, MAX_TEXT * 20):
        assert runs((part * size)[:size])


def test_what_is_too_long_is_plain() -> None:
    text = "**a** " * MAX_TEXT
    assert runs(text) == (Run(text),)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("ana", True), ("oi Ana!", True), ("@ana: oi", True), ("banana", False), ("ana-maria", False), ("ana_", False),
        ("anã", False), ("(ana)", True), ("bia e\nana", True), ("", False), ("prova!", True),
        ("a.b", True), ("axb", False),
    ],
)  # fmt: skip
def test_what_calls_somebody(text: str, called: bool) -> None:  # noqa: FBT001 - a table's column
    assert (mention_pattern(["ana", "prova", "a.b", ""]).search(text) is not None) == called
    assert mention_pattern([]).search(text) is None


@given(st.lists(st.text(max_size=10), max_size=4), st.text(max_size=50))
def test_any_words_can_call(words: list[str], text: str) -> None:
    mention_pattern(words).search(text)
