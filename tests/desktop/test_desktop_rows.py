"""Rows and heights: pure logic."""

from __future__ import annotations

import random

from papo.client.state.message import BufferLine, Kind
from papo.desktop.timeline.heights import Heights
from papo.desktop.timeline.rows import Row, Rows

DAY_MS = 86_400_000
NOON_MS = 1_795_176_000_000


def entry(text: str, *, nick: str = "bia", at_ms: int = NOON_MS, kind: Kind = "say", mine: bool = False) -> BufferLine:
    """Something that was said or happened."""
    return BufferLine(kind=kind, nick=nick, text=text, at_ms=at_ms, id=text, mine=mine)


def shape(rows: list[Row]) -> list[str]:
    """Each row in a word."""
    words = []
    for row in rows:
        if row.kind == "message":
            assert row.entry is not None
            words.append(f"{row.entry.text}{'!' if row.head else ''}")
        elif row.kind == "quiet":
            words.append("+".join(each.text for each in row.entries))
        else:
            words.append(row.kind)
    return words


def shaped(entries: list[BufferLine], *, line_at_ms: int = 0, joins: bool = True, beginning: bool = False) -> list[str]:
    """The same, made at once."""
    rows = Rows()
    rows.update(entries, line_at_ms=line_at_ms, joins=joins, beginning=beginning)
    return shape(rows.rows)


def test_who_goes_on_speaking_has_no_name_again() -> None:
    """Within five minutes, the same day and nobody in between."""
    entries = [
        entry("a"), entry("b", at_ms=NOON_MS + 1), entry("c", nick="caio", at_ms=NOON_MS + 2),
        entry("d", nick="caio", at_ms=NOON_MS + 6 * 60_000), entry("e", at_ms=NOON_MS + DAY_MS),
    ]  # fmt: skip
    assert shaped(entries) == ["day", "a!", "b", "c!", "d!", "day", "e!"]


def test_the_unread_line_stands_before_the_first_of_others() -> None:
    """Our own words are read already."""
    entries = [entry("a"), entry("b", at_ms=NOON_MS + 1, mine=True), entry("c", at_ms=NOON_MS + 2)]
    assert shaped(entries, line_at_ms=NOON_MS) == ["day", "a!", "b", "line", "c!"]
    assert shaped(entries, beginning=True)[0] == "beginning"


def test_comings_and_goings_are_one_row_or_none() -> None:
    """Told together, or not at all where somebody does not want to know."""
    entries = [entry("j", kind="join"), entry("p", kind="part"), entry("a"), entry("q", kind="quit")]
    assert shaped(entries) == ["day", "j+p", "a!", "q"]
    assert shaped(entries, joins=False) == ["day", "a!"]


def test_step_by_step_is_the_same_as_at_once() -> None:
    """Whatever changes, rows that were kept in step are those that are made anew."""
    chance = random.Random(7)
    entries: list[BufferLine] = []
    rows = Rows()
    for number in range(400):
        at_ms = NOON_MS + number * 40 * 60_000
        kind: Kind = chance.choice(["say", "say", "say", "join", "quit", "topic"])
        fresh = entry(f"{number}", nick=chance.choice(["bia", "caio"]), at_ms=at_ms, kind=kind)
        match chance.randrange(6):
            case 0 if entries:
                entries.pop()
            case 1 if entries:
                entries[-1:] = [fresh]
            case 2:
                entries[:0] = [entry(f"old{number}", at_ms=NOON_MS - number * 60_000)]
            case 3 if len(entries) > 4:
                del entries[:2]
            case 4 if len(entries) > 4:
                entries.insert(-2, entry(f"in{number}", at_ms=entries[-3].at_ms))
            case _:
                entries.append(fresh)
        line_at_ms = NOON_MS + DAY_MS if number > 100 else 0
        joins = number % 90 != 0
        before = list(rows.rows)
        kept = rows.update(entries, line_at_ms=line_at_ms, joins=joins, beginning=number > 200)
        assert shape(rows.rows) == shaped(entries, line_at_ms=line_at_ms, joins=joins, beginning=number > 200), number
        assert rows.rows[:kept] == before[:kept]


def test_heights_are_sums_of_what_is_known() -> None:
    """Against a plain list."""
    chance = random.Random(3)
    heights = Heights(40)
    heights.reset(2_000)
    plain = [40] * 2_000
    for _ in range(500):
        at, height = chance.randrange(len(plain)), chance.randrange(20, 300)
        heights.set(at, height)
        plain[at] = height
    heights.resize(1_700, 1_900)
    plain = plain[:1_700] + [40] * 200
    assert len(heights) == len(plain)
    assert heights.total == sum(plain)
    for at in (0, 1, 511, 512, 513, 1_699, 1_700, 1_899):
        assert heights.top(at) == sum(plain[:at])
        assert heights.row(heights.top(at)) == (at, heights.top(at))
    assert heights.row(10**9)[0] == 1_899
    assert Heights(40).row(5) == (0, 0)
