"""The past, page by page: both ends, jumps, and a server whose pages are late."""

from __future__ import annotations

import pytest
from wired import Wire, message

from papo.client.state import history
from papo.client.state.buffer import MAX_HIDDEN_LINES, MAX_LATE
from papo.client.state.message import BufferLine
from papo.protocol.irc import Line


def asked(wire: Wire) -> Line:
    """The question that is open."""
    return wire.questions("CHATHISTORY")[-1]


def refuse(wire: Wire, line: Line) -> None:
    wire.say(f"@label={line.tags['label']} FAIL CHATHISTORY MESSAGE_ERROR X #sala :Messages could not be retrieved")


def filled(*numbers: int) -> Wire:
    """In a room whose newest page is this one."""
    wire = Wire().online(joined=[])
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    wire.page("#sala", *map(message, numbers))
    wire.sent()
    return wire


def past(wire: Wire, *numbers: int) -> None:
    """Jump somewhere else."""
    history.jump(wire.network, wire.room(), "timestamp=2026-11-20T22:00:00.000Z", lambda _found: None)
    wire.page("#sala", *map(message, numbers))
    wire.sent()


def numbers(wire: Wire) -> list[int]:
    return [int(text[1:]) for text in wire.texts()]


def test_the_newest_page() -> None:
    assert numbers(filled(*range(50, 60))) == list(range(50, 60))
    assert not filled(*range(50, 60)).room().has_older
    assert filled(*range(50, 150)).room().has_older


def test_pages_before_until_there_are_none() -> None:
    wire = filled(*range(150, 250))
    room = wire.room()
    first = room.number_of(room.lines[0])
    history.load_older(wire.network, room)
    history.load_older(wire.network, room)
    assert room.loading == "older"
    question = wire.page("#sala", *map(message, range(50, 150)))
    assert question is not None
    assert question.params == ["BEFORE", "#sala", "msgid=m150", "100"]
    assert room.at(first).text == "t150", "numbers of rows stay as they are"
    history.load_older(wire.network, room)
    wire.page("#sala", *map(message, range(40, 50)))
    assert (numbers(wire), room.has_older, room.loading) == (list(range(40, 250)), False, "")
    history.load_older(wire.network, room)
    assert wire.sent() == []


def test_a_page_before_what_is_no_longer_here() -> None:
    wire = filled(*range(150, 250))
    room = wire.room()
    history.load_older(wire.network, room)
    question = asked(wire)
    room.clear()
    wire.say(message(300))
    wire.page("#sala", *map(message, range(50, 150)), question=question)
    assert numbers(wire) == [300]
    history.load_older(wire.network, room)
    assert asked(wire).params[2] == "msgid=m300", "what was cleared comes back by scrolling up"


def test_jumping_and_scrolling_back_to_now() -> None:
    wire = filled(*range(500, 600))
    room = wire.room()
    found: list[BufferLine | None] = []
    history.jump(wire.network, room, "msgid=m100", found.append)
    wire.say(message(600))
    wire.page("#sala", *map(message, range(50, 150)))
    assert found[0] is room.find("m100")
    assert (room.has_older, room.has_newer, room.loading) == (True, True, "")
    wire.say(message(601))
    assert numbers(wire) == list(range(50, 150)), "what is said now has its place later"
    assert room.unread > 0
    assert wire.watch.heard_[-1] == "t601"
    history.load_newer(wire.network, room)
    assert wire.page("#sala", *map(message, range(150, 250))) is not None
    assert room.has_newer
    history.load_newer(wire.network, room)
    question = asked(wire)
    wire.say(message(602), message(603))
    wire.page("#sala", *map(message, [*range(250, 320), 600, 601, 602]), question=question)
    assert numbers(wire) == [*range(50, 320), 600, 601, 602, 603], "what came while the page was on its way is not lost"
    assert not wire.room().has_newer
    wire.say(message(604))
    assert numbers(wire)[-1] == 604


def test_back_to_now_at_once() -> None:
    wire = filled(*range(500, 600))
    past(wire, *range(50, 150))
    history.to_present(wire.network, wire.room())
    question = asked(wire)
    assert question.params == ["LATEST", "#sala", "*", "100"]
    wire.say(message(601), message(602))
    wire.page("#sala", *map(message, range(502, 602)), question=question)
    assert numbers(wire) == list(range(502, 603))
    assert not wire.room().has_newer
    history.to_present(wire.network, wire.room())
    assert wire.sent() == []


def test_more_came_than_can_be_kept_while_a_page_is_on_its_way() -> None:
    wire = filled(*range(500, 600))
    past(wire, *range(50, 60))
    history.load_newer(wire.network, wire.room())
    question = asked(wire)
    wire.say(*(message(at) for at in range(600, 600 + MAX_LATE + 10)))
    wire.page("#sala", *map(message, range(60, 70)), question=question)
    assert wire.room().has_newer, "the next page brings it"
    assert numbers(wire) == list(range(50, 70))


def test_a_jump_to_a_moment_and_to_nothing() -> None:
    wire = filled(500)
    found: list[BufferLine | None] = []
    history.jump(wire.network, wire.room(), "msgid=m500", found.append)
    assert wire.sent() == [], "it is here"
    history.jump(wire.network, wire.room(), "timestamp=2026-11-20T22:00:52.000Z", found.append)
    wire.page("#sala", message(50), message(51), message(53))
    history.jump(wire.network, wire.room(), "msgid=gone", found.append)
    refuse(wire, asked(wire))
    assert [each and each.text for each in found] == ["t500", "t53", None]
    assert numbers(wire) == [50, 51, 53]
    assert wire.watch.told_ == []


def test_a_refused_page_changes_nothing() -> None:
    wire = filled(*range(500, 600))
    past(wire, *range(50, 150))
    room = wire.room()
    for load in (history.load_newer, history.to_present, history.load_older):
        load(wire.network, room)
        refuse(wire, asked(wire))
        assert (numbers(wire), room.has_newer, room.loading) == (list(range(50, 150)), True, "")
    assert not room.has_older, "or it would be asked for again and again"


def test_a_reconnect_while_looking_at_the_past() -> None:
    wire = filled(*range(500, 600))
    past(wire, *range(50, 150))
    wire.reconnect()
    wire.sent()
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    question = asked(wire)
    wire.say(message(701))
    wire.page("#sala", *map(message, range(601, 701)), question=question)
    assert numbers(wire) == list(range(601, 702))
    assert not wire.room().has_newer


def test_what_changed_messages_is_in_the_pages_too() -> None:
    wire = filled()
    wire.say(message(1), message(2), message(3))
    wire.reconnect()
    wire.sent()
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    wire.page(
        "#sala", ":bia!bia@h REDACT #sala m1", ":bia!bia@h EDIT #sala m2 :outro", message(4), message(5), message(6),
        "@+draft/react=👍;+reply=m3 :bia!bia@h TAGMSG #sala", ":bia!bia@h REDACT #sala m5",
        ":bia!bia@h EDIT #sala m6 :novo", "@msgid=j1 :caio!c@h JOIN #sala", "@msgid=k :bia!b@h MODE #sala +o caio",
    )  # fmt: skip
    room = wire.room()
    assert [(each.text, each.redacted, each.edited) for each in room.lines if each.is_message] == [
        ("", True, False), ("outro", False, True), ("t3", False, False), ("t4", False, False), ("novo", False, True),
    ]  # fmt: skip
    assert [each.kind for each in room.lines][-2:] == ["join", "mode"]
    assert room.lines[2].reactions == {"👍": ["bia"]}


def test_a_message_deleted_while_its_page_was_on_its_way() -> None:
    wire = filled(*range(150, 250))
    history.load_older(wire.network, wire.room())
    question = asked(wire)
    wire.say(":bia!bia@h REDACT #sala m149")
    wire.page("#sala", message(148), message(149), question=question)
    assert wire.texts()[:3] == ["t148", "", "t150"]


def test_notes_of_our_own_stay_in_their_place() -> None:
    wire = Wire().online(joined=[])
    room = wire.network.open("#sala")
    room.append(BufferLine(kind="info", text="antes", at_ms=1), visible=True)
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    question = asked(wire)
    room.append(BufferLine(kind="info", text="agora", at_ms=2_000_000_000_000), visible=True)
    wire.page("#sala", message(1), message(2), question=question)
    assert [each.text for each in room.lines] == ["antes", "t1", "t2", "agora"]


def test_the_smallest_limit_counts() -> None:
    wire = Wire(tokens="CHATHISTORY=50 draft/CHATHISTORY=20").online(joined=[])
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    assert asked(wire).params[-1] == "20"


def test_a_room_that_nobody_looks_at_keeps_the_newest() -> None:
    wire = filled()
    wire.network.received(
        b"".join(f"{message(at)}\r\n".encode() for at in range(MAX_HIDDEN_LINES + MAX_HIDDEN_LINES // 8 + 1))
    )
    room = wire.room()
    assert (len(room.lines), room.lines[0].id, room.has_older) == (
        MAX_HIDDEN_LINES,
        f"m{MAX_HIDDEN_LINES // 8 + 1}",
        True,
    )
    assert room.find("m0") is None
    assert room.at(room.end - 1) is room.lines[-1]


def test_marking_as_read() -> None:
    wire = filled(1, 2)
    room = wire.room()
    wire.say(message(3))
    assert (room.unread, room.mentions) == (3, 0)
    history.mark_read(wire.network, room)
    history.mark_read(wire.network, room)
    assert wire.sent() == ["MARKREAD #sala timestamp=2026-11-20T22:00:03.000Z"]
    assert room.unread == 0
    wire.say(message(3), message(2), message(4))
    assert room.unread == 1
    past(wire, 1)
    history.mark_read(wire.network, room)
    assert wire.sent() == [], "who reads the past has not read what is new"
    history.mark_read(wire.network, wire.network.server)
    assert wire.sent() == []


def test_search() -> None:
    wire = filled()
    found: list[tuple[list[tuple[str, BufferLine]] | None, str]] = []
    assert history.can_search(wire.network)
    history.search(
        wire.network, {"in": "#sala", "text": "a b;c", "from": ""}, lambda rows, why: found.append((rows, why))
    )
    (question,) = wire.questions("SEARCH")
    assert question.params == [r"in=#sala;text=a\sb\:c;limit=50"]
    label = question.tags["label"]
    wire.say(f"@label={label} BATCH +9 draft/search", message(1).replace("@", "@batch=9;"))
    wire.say(message(2, target="ana").replace("@", "@batch=9;"), "BATCH -9")
    ((rows, why),) = found
    assert [(where, entry.text) for where, entry in rows or ()] == [("bia", "t2"), ("#sala", "t1")]
    assert why == ""
    assert wire.texts() == []
    history.search(wire.network, {"text": "x"}, lambda rows, why: found.append((rows, why)))
    label = wire.questions("SEARCH")[0].tags["label"]
    wire.say(f"@label={label} FAIL SEARCH NO :não")
    wire.network.lost("", 1)
    history.search(wire.network, {"text": "x"}, lambda rows, why: found.append((rows, why)))
    assert found[1:] == [(None, "não"), (None, "")]


@pytest.mark.parametrize("caps", ["batch", "batch labeled-response message-tags"])
def test_a_server_without_a_past(caps: str) -> None:
    wire = Wire(caps=caps).online()
    wire.say(message(1))
    room = wire.room()
    for load in (history.load_older, history.load_newer, history.to_present):
        load(wire.network, room)
    found: list[BufferLine | None] = []
    history.jump(wire.network, room, "msgid=x", found.append)
    assert (wire.questions("CHATHISTORY"), found) == ([], [None])
