"""The past, page by page: both ends, jumps, and a server whose pages are late."""

from __future__ import annotations

import pytest
from fake_server import CoreServer, message

from papo.client.state import history, search
from papo.client.state.buffer import MAX_HIDDEN_LINES, MAX_LATE
from papo.client.state.message import BufferLine
from papo.protocol.irc import Line


def asked(server: CoreServer) -> Line:
    """The question that is open."""
    return server.requests("CHATHISTORY")[-1]


def refuse(server: CoreServer, line: Line) -> None:
    server.send(f"@label={line.tags['label']} FAIL CHATHISTORY MESSAGE_ERROR X #sala :Messages could not be retrieved")


def filled(*numbers: int) -> CoreServer:
    """In a room whose newest page is this one."""
    server = CoreServer().connect(joined=[])
    server.send(":ana!ana@h JOIN #sala * :Ana")
    server.answer_history("#sala", *map(message, numbers))
    server.received()
    return server


def answer_page(server: CoreServer, *numbers: int) -> None:
    """Jump somewhere else."""
    history.jump(server.network, server.buffer(), "timestamp=2026-11-20T22:00:00.000Z", lambda _found: None)
    server.answer_history("#sala", *map(message, numbers))
    server.received()


def numbers(server: CoreServer) -> list[int]:
    return [int(text[1:]) for text in server.texts()]


def test_the_newest_page() -> None:
    assert numbers(filled(*range(50, 60))) == list(range(50, 60))
    assert not filled(*range(50, 60)).buffer().has_older
    assert filled(*range(50, 150)).buffer().has_older


def test_pages_before_until_there_are_none() -> None:
    server = filled(*range(150, 250))
    room = server.buffer()
    first = room.number_of(room.lines[0])
    history.load_older(server.network, room)
    history.load_older(server.network, room)
    assert room.loading == "older"
    question = server.answer_history("#sala", *map(message, range(50, 150)))
    assert question is not None
    assert question.params == ["BEFORE", "#sala", "msgid=m150", "100"]
    assert room.at(first).text == "t150", "numbers of rows stay as they are"
    history.load_older(server.network, room)
    server.answer_history("#sala", *map(message, range(40, 50)))
    assert (numbers(server), room.has_older, room.loading) == (list(range(40, 250)), False, "")
    history.load_older(server.network, room)
    assert server.received() == []


def test_a_page_before_what_is_no_longer_here() -> None:
    server = filled(*range(150, 250))
    room = server.buffer()
    history.load_older(server.network, room)
    question = asked(server)
    room.clear()
    server.send(message(300))
    server.answer_history("#sala", *map(message, range(50, 150)), question=question)
    assert numbers(server) == [300]
    history.load_older(server.network, room)
    assert asked(server).params[2] == "msgid=m300", "what was cleared comes back by scrolling up"


def test_jumping_and_scrolling_back_to_now() -> None:
    server = filled(*range(500, 600))
    room = server.buffer()
    found: list[BufferLine | None] = []
    history.jump(server.network, room, "msgid=m100", found.append)
    server.send(message(600))
    server.answer_history("#sala", *map(message, range(50, 150)))
    assert found[0] is room.find("m100")
    assert (room.has_older, room.has_newer, room.loading) == (True, True, "")
    server.send(message(601))
    assert numbers(server) == list(range(50, 150)), "what is said now has its place later"
    assert room.unread > 0
    assert server.listener.messages[-1] == "t601"
    history.load_newer(server.network, room)
    assert server.answer_history("#sala", *map(message, range(150, 250))) is not None
    assert room.has_newer
    history.load_newer(server.network, room)
    question = asked(server)
    server.send(message(602), message(603))
    server.answer_history("#sala", *map(message, [*range(250, 320), 600, 601, 602]), question=question)
    assert numbers(server) == [*range(50, 320), 600, 601, 602, 603], (
        "what came while the page was on its way is not lost"
    )
    assert not server.buffer().has_newer
    server.send(message(604))
    assert numbers(server)[-1] == 604


def test_back_to_now_at_once() -> None:
    server = filled(*range(500, 600))
    answer_page(server, *range(50, 150))
    history.to_present(server.network, server.buffer())
    question = asked(server)
    assert question.params == ["LATEST", "#sala", "*", "100"]
    server.send(message(601), message(602))
    server.answer_history("#sala", *map(message, range(502, 602)), question=question)
    assert numbers(server) == list(range(502, 603))
    assert not server.buffer().has_newer
    history.to_present(server.network, server.buffer())
    assert server.received() == []


def test_more_came_than_can_be_kept_while_a_page_is_on_its_way() -> None:
    server = filled(*range(500, 600))
    answer_page(server, *range(50, 60))
    history.load_newer(server.network, server.buffer())
    question = asked(server)
    server.send(*(message(at) for at in range(600, 600 + MAX_LATE + 10)))
    server.answer_history("#sala", *map(message, range(60, 70)), question=question)
    assert server.buffer().has_newer, "the next page brings it"
    assert numbers(server) == list(range(50, 70))


def test_a_jump_to_a_moment_and_to_nothing() -> None:
    server = filled(500)
    found: list[BufferLine | None] = []
    history.jump(server.network, server.buffer(), "msgid=m500", found.append)
    assert server.received() == [], "it is here"
    history.jump(server.network, server.buffer(), "timestamp=2026-11-20T22:00:52.000Z", found.append)
    server.answer_history("#sala", message(50), message(51), message(53))
    history.jump(server.network, server.buffer(), "msgid=gone", found.append)
    refuse(server, asked(server))
    assert [each and each.text for each in found] == ["t500", "t53", None]
    assert numbers(server) == [50, 51, 53]
    assert server.listener.notices == []


def test_a_refused_page_changes_nothing() -> None:
    server = filled(*range(500, 600))
    answer_page(server, *range(50, 150))
    room = server.buffer()
    for load in (history.load_newer, history.to_present, history.load_older):
        load(server.network, room)
        refuse(server, asked(server))
        assert (numbers(server), room.has_newer, room.loading) == (list(range(50, 150)), True, "")
    assert not room.has_older, "or it would be asked for again and again"


def test_a_reconnect_while_looking_at_the_past() -> None:
    server = filled(*range(500, 600))
    answer_page(server, *range(50, 150))
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    question = asked(server)
    server.send(message(701))
    server.answer_history("#sala", *map(message, range(601, 701)), question=question)
    assert numbers(server) == list(range(601, 702))
    assert not server.buffer().has_newer


def test_what_changed_messages_is_in_the_pages_too() -> None:
    server = filled()
    server.send(message(1), message(2), message(3))
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    server.answer_history(
        "#sala", ":bia!bia@h REDACT #sala m1", ":bia!bia@h EDIT #sala m2 :outro", message(4), message(5), message(6),
        "@+draft/react=👍;+reply=m3 :bia!bia@h TAGMSG #sala", ":bia!bia@h REDACT #sala m5",
        ":bia!bia@h EDIT #sala m6 :novo", "@msgid=j1 :caio!c@h JOIN #sala", "@msgid=k :bia!b@h MODE #sala +o caio",
    )  # fmt: skip
    room = server.buffer()
    assert [(each.text, each.redacted, each.edited) for each in room.lines if each.is_message] == [
        ("", True, False), ("outro", False, True), ("t3", False, False), ("t4", False, False), ("novo", False, True),
    ]  # fmt: skip
    assert [each.kind for each in room.lines][-2:] == ["join", "mode"]
    assert room.lines[2].reactions == {"👍": ["bia"]}


def test_a_message_deleted_while_its_page_was_on_its_way() -> None:
    server = filled(*range(150, 250))
    history.load_older(server.network, server.buffer())
    question = asked(server)
    server.send(":bia!bia@h REDACT #sala m149")
    server.answer_history("#sala", message(148), message(149), question=question)
    assert server.texts()[:3] == ["t148", "", "t150"]


def test_notes_of_our_own_stay_in_their_place() -> None:
    server = CoreServer().connect(joined=[])
    room = server.network.open("#sala")
    room.append(BufferLine(kind="info", text="antes", at_ms=1), visible=True)
    server.send(":ana!ana@h JOIN #sala * :Ana")
    question = asked(server)
    room.append(BufferLine(kind="info", text="agora", at_ms=2_000_000_000_000), visible=True)
    server.answer_history("#sala", message(1), message(2), question=question)
    assert [each.text for each in room.lines] == ["antes", "t1", "t2", "agora"]


def test_the_smallest_limit_counts() -> None:
    server = CoreServer(tokens="CHATHISTORY=50 draft/CHATHISTORY=20").connect(joined=[])
    server.send(":ana!ana@h JOIN #sala * :Ana")
    assert asked(server).params[-1] == "20"


def test_a_room_that_nobody_looks_at_keeps_the_newest() -> None:
    server = filled()
    server.network.received(
        b"".join(f"{message(at)}\r\n".encode() for at in range(MAX_HIDDEN_LINES + MAX_HIDDEN_LINES // 8 + 1))
    )
    room = server.buffer()
    assert (len(room.lines), room.lines[0].id, room.has_older) == (
        MAX_HIDDEN_LINES,
        f"m{MAX_HIDDEN_LINES // 8 + 1}",
        True,
    )
    assert room.find("m0") is None
    assert room.at(room.end - 1) is room.lines[-1]


def test_marking_as_read() -> None:
    server = filled(1, 2)
    room = server.buffer()
    server.send(message(3))
    assert (room.unread, room.mentions) == (3, 0)
    history.mark_read(server.network, room)
    history.mark_read(server.network, room)
    assert server.received() == ["MARKREAD #sala timestamp=2026-11-20T22:00:03.000Z"]
    assert room.unread == 0
    server.send(message(3), message(2), message(4))
    assert room.unread == 1
    answer_page(server, 1)
    history.mark_read(server.network, room)
    assert server.received() == [], "a user who views older messages has not read the new ones"
    history.mark_read(server.network, server.network.server)
    assert server.received() == []


def test_search() -> None:
    server = filled()
    found: list[tuple[list[tuple[str, BufferLine]] | None, str]] = []
    assert search.can_search(server.network)
    search.search(
        server.network, {"in": "#sala", "text": "a b;c", "from": ""}, lambda rows, why: found.append((rows, why))
    )
    (question,) = server.requests("SEARCH")
    assert question.params == [r"in=#sala;text=a\sb\:c;limit=50"]
    label = question.tags["label"]
    server.send(f"@label={label} BATCH +9 draft/search", message(1).replace("@", "@batch=9;"))
    server.send(message(2, target="ana").replace("@", "@batch=9;"), "BATCH -9")
    ((rows, why),) = found
    assert [(where, line.text) for where, line in rows or ()] == [("bia", "t2"), ("#sala", "t1")]
    assert why == ""
    assert server.texts() == []
    search.search(server.network, {"text": "x"}, lambda rows, why: found.append((rows, why)))
    label = server.requests("SEARCH")[0].tags["label"]
    server.send(f"@label={label} FAIL SEARCH NO :não")
    server.network.lost("", 1)
    search.search(server.network, {"text": "x"}, lambda rows, why: found.append((rows, why)))
    assert found[1:] == [(None, "não"), (None, "")]


@pytest.mark.parametrize("caps", ["batch", "batch labeled-response message-tags"])
def test_a_server_without_a_past(caps: str) -> None:
    server = CoreServer(caps=caps).connect()
    server.send(message(1))
    room = server.buffer()
    for load in (history.load_older, history.load_newer, history.to_present):
        load(server.network, room)
    found: list[BufferLine | None] = []
    history.jump(server.network, room, "msgid=x", found.append)
    assert (server.requests("CHATHISTORY"), found) == ([], [None])
