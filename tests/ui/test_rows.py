"""Grouping lines into rows."""

from __future__ import annotations

import random

from papo.client.state.message import BufferLine, Kind
from papo.protocol.times import DAY_MS
from papo.ui.rows import Row, Rows

NOON_MS = 1_795_176_000_000


def line(text: str, *, nick: str = "bia", at_ms: int = NOON_MS, kind: Kind = "say", mine: bool = False) -> BufferLine:
    """A line with its text as msgid."""
    return BufferLine(kind=kind, nick=nick, text=text, at_ms=at_ms, id=text, mine=mine)


def described(rows: list[Row]) -> list[str]:
    """Each row in a word: the text of a message, with `!` if it names its author."""
    words = []
    for row in rows:
        if row.kind == "line":
            assert row.line is not None
            words.append(f"{row.line.text}{'!' if row.names_author else ''}")
        elif row.kind == "events":
            words.append("+".join(each.text for each in row.lines))
        else:
            words.append(row.kind)
    return words


def grouped(
    lines: list[BufferLine], *, read_at_ms: int = 0, shows_events: bool = True, beginning: bool = False
) -> list[str]:
    """The rows of these lines."""
    rows = Rows()
    rows.update(lines, read_at_ms=read_at_ms, shows_events=shows_events, beginning=beginning)
    return described(rows.all)


def test_an_author_is_named_once_a_turn() -> None:
    """A turn lasts for five minutes, within a day, and until somebody else writes."""
    lines = [
        line("a"), line("b", at_ms=NOON_MS + 1), line("c", nick="caio", at_ms=NOON_MS + 2),
        line("d", nick="caio", at_ms=NOON_MS + 6 * 60_000), line("e", at_ms=NOON_MS + DAY_MS),
    ]  # fmt: skip
    assert grouped(lines) == ["day", "a!", "b", "c!", "d!", "day", "e!"]


def test_actions_notices_and_replies_name_their_author() -> None:
    """They look different from the messages around them."""
    action, notice, reply = line("b", kind="action"), line("c", kind="notice"), line("d")
    reply.reply_to = "a"
    assert grouped([line("a"), action, notice, reply]) == ["day", "a!", "b!", "c!", "d!"]


def test_the_unread_line_is_above_the_first_message_of_others() -> None:
    """The user has read what they wrote themselves; joins are not read."""
    lines = [
        line("a"), line("b", at_ms=NOON_MS + 1, mine=True), line("j", kind="join", at_ms=NOON_MS + 2),
        line("c", at_ms=NOON_MS + 3),
    ]  # fmt: skip
    assert grouped(lines, read_at_ms=NOON_MS) == ["day", "a!", "b", "j", "unread", "c!"]
    assert grouped(lines, read_at_ms=NOON_MS + 3) == ["day", "a!", "b", "j", "c!"]
    assert grouped(lines, beginning=True)[0] == "beginning"


def test_what_a_clock_that_was_ahead_has_left_before_the_last_read_message_is_read() -> None:
    """The unread line is below it, and the day it claims to be has its own line."""
    lines = [line("a"), line("x", at_ms=NOON_MS + 365 * 86_400_000), line("b", at_ms=NOON_MS + 1)]
    lines.append(line("c", at_ms=NOON_MS + 2))
    assert grouped(lines, read_at_ms=NOON_MS + 1) == ["day", "a!", "day", "x!", "day", "b!", "unread", "c!"]


def test_joins_and_leaves_are_one_row() -> None:
    """Nicks and modes too; or none, if the user does not want to see them."""
    lines = [line("j", kind="join"), line("n", kind="nick"), line("a"), line("q", kind="quit"), line("t", kind="topic")]
    assert grouped(lines) == ["day", "j+n", "a!", "q", "t!"]
    assert grouped(lines, shows_events=False) == ["day", "a!", "t!"]


def test_a_day_begins_with_its_first_visible_line() -> None:
    """Also if the first line of the day is a join that is not shown."""
    lines = [line("a"), line("j", kind="join", at_ms=NOON_MS + DAY_MS), line("b", at_ms=NOON_MS + DAY_MS + 1)]
    assert grouped(lines, shows_events=False) == ["day", "a!", "day", "b!"]


def test_a_line_is_found_in_its_row() -> None:
    """Alone or in a group."""
    lines = [line("a"), line("j", kind="join"), line("q", kind="quit")]
    rows = Rows()
    rows.update(lines, read_at_ms=0, shows_events=True, beginning=False)
    assert [rows.find(each) for each in lines] == [1, 2, 2]
    assert rows.find(line("x")) == -1


def test_rows_in_step_are_the_rows_made_at_once() -> None:
    """Whatever changes; and the rows that are said to be kept are the same objects."""
    chance = random.Random(7)
    lines: list[BufferLine] = []
    rows = Rows()
    for number in range(400):
        kind: Kind = chance.choice(["say", "say", "say", "join", "quit", "topic"])
        fresh = line(f"{number}", nick=chance.choice(["bia", "caio"]), at_ms=NOON_MS + number * 40 * 60_000, kind=kind)
        match chance.randrange(6):
            case 0 if lines:
                lines.pop()
            case 1 if lines:
                lines[-1:] = [fresh]
            case 2:
                lines[:0] = [line(f"old{number}", at_ms=NOON_MS - number * 60_000)]
            case 3 if len(lines) > 4:
                del lines[:2]
            case 4 if len(lines) > 4:
                lines.insert(-2, line(f"in{number}", at_ms=lines[-3].at_ms))
            case _:
                lines.append(fresh)
        read_at_ms = NOON_MS + DAY_MS if number > 100 else 0
        shows_events, beginning = number % 90 != 0, number > 200
        before = list(rows.all)
        kept = rows.update(lines, read_at_ms=read_at_ms, shows_events=shows_events, beginning=beginning)
        expected = grouped(lines, read_at_ms=read_at_ms, shows_events=shows_events, beginning=beginning)
        assert described(rows.all) == expected, number
        assert all(row is old for row, old in zip(rows.all[:kept], before, strict=False)), number
