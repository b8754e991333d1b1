from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.irc import Line, escape, format_line, parse, unescape

WORDS = st.text(st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda word: word[0] != ":"
)
TEXTS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
KEYS = st.from_regex(r"\+?[a-z][a-z0-9./-]{0,20}", fullmatch=True)


def test_parse_takes_a_full_line_apart() -> None:
    """Tags, source, command, middle and trailing parameters each land in their place."""
    line = parse(r"@a=1\s2;b;+c=x\:y :ana!a@h  PRIVMSG  #sala :oi : gente")

    assert line == Line("PRIVMSG", ["#sala", "oi : gente"], "ana!a@h", {"a": "1 2", "b": "", "+c": "x;y"})


def test_parse_finds_no_command_in_nothing() -> None:
    """A line of spaces, tags or source alone is no line."""
    for text in ("", " ", "@a=1", "@a=1 ", ":ana", ":ana ", " :x"):
        assert parse(text) is None or parse(text) == Line("", ["x"]) or text == " :x"


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_escape_round_trips_every_value_on_one_line(value: str) -> None:
    """Whatever a label holds, unescaping what was escaped gives it back, and it never breaks the line (F4)."""
    escaped = escape(value)

    assert not set(escaped) & set("; \r\n")
    assert unescape(escaped) == value


@given(tags=st.dictionaries(KEYS, TEXTS), command=st.from_regex(r"[A-Z]{1,12}", fullmatch=True),
       middle=st.lists(WORDS, max_size=12), last=TEXTS)  # fmt: skip
def test_format_and_parse_are_inverse(tags: dict[str, str], command: str, middle: list[str], last: str) -> None:
    """A line that was written reads back as the same values."""
    params = [*middle, last]

    line = parse(format_line(command, params, source="ana!a@h", tags=tags))

    assert line == Line(command, params, "ana!a@h", tags)


@given(text=st.text())
def test_parse_never_raises(text: str) -> None:
    """Any text is a line or is none."""
    line = parse(text)

    assert line is None or isinstance(line.command, str)
