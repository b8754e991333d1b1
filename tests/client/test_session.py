"""Coming in, questions and answers, batches: a session against lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from wired import CAPS, Wire

from helpers import Talk
from papo.client.identity import Identity
from papo.client.session.batches import MAX_LINES, MAX_OPEN
from papo.client.session.line_parts import pieces, read_line, user_name
from papo.client.session.registration import WANTED
from papo.client.session.session import Answer


def ask(wire: Wire, *words: str) -> list[Answer | None]:
    """A question, and the list that its answer is put into."""
    found: list[Answer | None] = []
    wire.network.session.ask(words[0], *words[1:], then=found.append)
    return found


# --- capabilities


def test_it_asks_for_what_it_knows_and_comes_in() -> None:
    wire = Wire()
    wire.open()
    assert wire.sent() == ["CAP LS 302", "NICK ana", "USER ana 0 * ana"]
    wire.say(":s CAP * LS * :batch sasl=PLAIN unknown/cap")
    assert wire.sent() == []
    wire.say(":s CAP * LS :labeled-response")
    assert wire.sent() == ["CAP REQ :batch labeled-response"]
    wire.say(":s CAP * ACK :batch labeled-response ")
    assert wire.sent() == ["CAP END"]
    wire.welcome()
    assert wire.network.status == "online"
    assert wire.network.session.caps == {"batch", "labeled-response"}


def test_what_is_refused_together_is_asked_for_alone() -> None:
    wire = Wire()
    wire.open()
    wire.say(":s CAP * LS :batch echo-message server-time")
    wire.sent()
    wire.say(":s CAP * NAK :batch echo-message server-time")
    assert wire.sent() == ["CAP REQ batch", "CAP REQ echo-message", "CAP REQ server-time"]
    wire.say(":s CAP * ACK :batch", ":s CAP * NAK :echo-message")
    assert wire.sent() == []
    wire.say(":s CAP * ACK :server-time")
    assert wire.sent() == ["CAP END"]
    assert wire.network.session.caps == {"batch", "server-time"}


def test_a_server_without_anything_of_use() -> None:
    wire = Wire()
    wire.open()
    wire.say(":s CAP * LS :")
    assert wire.sent()[-1] == "CAP END"
    wire.welcome()
    assert wire.network.is_online


def test_a_server_that_knows_no_capabilities() -> None:
    wire = Wire(identity=Identity("ana", account="ana", password="x"))
    wire.open()
    wire.say(":s 421 * CAP :Unknown command")
    wire.welcome()
    assert wire.network.is_online
    assert wire.watch.refusals[0][0] == "sasl"


def test_capabilities_come_and_go() -> None:
    wire = Wire(caps="batch cap-notify").online()
    wire.say(":s CAP ana NEW :away-notify chghost")
    assert wire.sent() == ["CAP REQ :away-notify chghost"]
    wire.say(":s CAP ana ACK :away-notify chghost", ":s CAP ana DEL :chghost batch")
    assert wire.network.session.caps == {"cap-notify", "away-notify"}
    assert wire.sent() == []
    wire.say(":s CAP ana NEW :batch")
    wire.say(":s CAP ana ACK :batch", ":s CAP ana ACK :-away-notify")
    assert wire.network.session.caps == {"cap-notify", "batch"}


def test_no_line_of_the_negotiation_is_too_long() -> None:
    wire = Wire(caps=" ".join(WANTED))
    wire.open()
    wire.say(f":s CAP * LS * :{wire.caps[:300].rpartition(' ')[0]}")
    wire.say(f":s CAP * LS :{wire.caps}")
    lines = wire.sent()
    assert all(len(line) <= 450 for line in lines)
    assert {name for line in lines if "REQ" in line for name in line.split(":")[1].split()} == {*WANTED} - {"sasl"}


# --- nick in use


def test_a_person_chooses_another_nick() -> None:
    wire = Wire()
    wire.open()
    wire.agree()
    wire.say(":s 433 * ana :Nickname is already in use")
    assert wire.watch.refusals == [("433", "Nickname is already in use")]
    wire.sent()
    wire.network.retry_with_nick("ana2")
    assert wire.sent() == ["NICK ana2"]
    wire.welcome("ana2")
    assert wire.network.nick == wire.network.wanted_nick == "ana2"


def test_nobody_is_asked_at_a_return_however_many_nicks_are_taken() -> None:
    wire = Wire().online()
    wire.network.lost("broken", 1)
    wire.open()
    wire.agree()
    wire.sent()
    nicks = []
    for _ in range(6):
        wire.say(f":s 433 * {wire.network.nick} :taken")
        nicks += wire.sent()
    assert nicks[:3] == ["NICK ana_", "NICK ana__", "NICK ana___"]
    assert all(len(nick) == len("NICK ana1234") for nick in nicks[3:])
    assert wire.watch.refusals == []


# --- questions, answers, batches


def test_an_answer_finds_its_question_by_the_label_batches_and_all() -> None:
    wire = Wire().online()
    before = len(wire.room().lines)
    found = ask(wire, "CHATHISTORY", "LATEST", "#sala", "*", "50")
    (question,) = wire.questions("CHATHISTORY")
    label = question.tags["label"]
    wire.say(
        f"@label={label} :s BATCH +0 labeled-response",
        "@batch=0 :s BATCH +1 chathistory #sala",
        "@batch=1;msgid=a :bia!b@h PRIVMSG #sala :um",
        "@batch=1;msgid=b :s BATCH +2 draft/multiline #sala",
        "@batch=2 :bia!b@h PRIVMSG #sala :dois",
        "@batch=2;draft/multiline-concat :bia!b@h PRIVMSG #sala : e meio",
        "@batch=2 :bia!b@h PRIVMSG #sala :",
        "@batch=2 :bia!b@h PRIVMSG #sala :três",
        "BATCH -2",
        "BATCH -1",
    )
    assert found == []
    wire.say("BATCH -0")
    assert found[0] is not None
    assert [(each.params[1], each.tags["msgid"]) for each in found[0]] == [("um", "a"), ("dois e meio\n\ntrês", "b")]
    assert {each.tags["batch"] for each in found[0]} == {"chathistory"}
    assert len(wire.room().lines) == before, "an answer is nobody else's business"
    empty = ask(wire, "MARKREAD", "#sala")
    label = wire.questions("MARKREAD")[0].tags["label"]
    wire.say(f"@label={label} :s ACK")
    assert empty == [[]]


def test_without_labels_the_pong_behind_a_question_ends_its_answer() -> None:
    wire = Wire(caps="batch").online()
    first, second = ask(wire, "WHOIS", "bia"), ask(wire, "WHOIS", "caio")
    pings = [line.params[0] for line in wire.questions("PING")]
    wire.say(":s 311 ana bia b h * :Bia", ":caio!c@h PRIVMSG #sala :no meio", f":s PONG s {pings[0]}")
    assert first[0] is not None
    assert [line.command for line in first[0]] == ["311"]
    assert second == []
    wire.say(f":s PONG s :{pings[1]}", ":s PONG s :something-else")
    assert second == [[]]
    assert wire.texts() == ["no meio"]


def test_a_lost_pong_holds_nobody_up() -> None:
    wire = Wire(caps="batch").online()
    first, second = ask(wire, "WHOIS", "bia"), ask(wire, "WHOIS", "caio")
    pings = [line.params[0] for line in wire.questions("PING")]
    wire.say(f":s PONG s :{pings[1]}")
    assert (first, second) == ([[]], [[]])


def test_a_question_ends_with_its_connection_and_none_is_asked_after_it() -> None:
    wire = Wire().online()
    found = ask(wire, "LIST")
    wire.network.lost("broken", 1)
    assert found == [None]
    wire.sent()
    assert ask(wire, "LIST") == [None]
    assert wire.sent() == []
    assert ask(Wire(), "LIST") == [None], "nor before the first one"


def test_batches_that_answer_nothing_are_lines_like_others() -> None:
    wire = Wire().online()
    wire.say(
        ":s BATCH +n netsplit a b", "@batch=n :bia!b@h PRIVMSG #sala :um", "@batch=gone :bia!b@h PRIVMSG #sala :dois"
    )
    assert wire.texts() == ["dois"], "what stands in a batch waits for its end"
    wire.say("BATCH -n", "BATCH -n", "BATCH -never")
    assert wire.texts() == ["dois", "um"]
    wire.say("@msgid=x :bia!b@h BATCH +m draft/multiline #sala", "BATCH -m")
    assert wire.texts() == ["dois", "um"], "a message of no lines is none"


def test_batches_without_end_are_bounded() -> None:
    wire = Wire().online()
    batches = wire.network.session._batches
    for at in range(MAX_OPEN + 50):
        wire.say(f"BATCH +b{at} x")
    assert len(batches) == MAX_OPEN
    for _ in range(MAX_LINES + 50):
        wire.network.received_line("@batch=b1049 :bia!b@h PRIVMSG #sala :x")
    assert batches._lines == MAX_LINES
    wire.say("BATCH -b1049")
    assert batches._lines == batches._characters == 0
    wire.network.lost("", 1)
    assert len(batches) == 0


# --- what is said


def test_a_long_message_is_one_of_several_lines_each_short_enough() -> None:
    wire = Wire().online()
    wire.network.session.say(
        "#sala", f"{'palavra ' * 100}\n\nção" + "ç" * 600, {"+papo/nonce": "n"}, lambda _answer: None
    )
    lines = wire.sent()
    assert lines[0].startswith("@+papo/nonce=n;label=")
    assert "BATCH +mL" in lines[0]
    assert lines[-1].startswith("BATCH -mL")
    assert all(len((":ana!ana@h " + line.partition(" ")[2]).encode()) <= 510 for line in lines[1:-1])


def test_more_than_the_server_takes_at_once_is_several_messages() -> None:
    wire = Wire().online()
    found: list[Answer | None] = []
    text = "\n".join(f"linha {at}" for at in range(60))
    wire.network.session.say("#sala", text, {}, found.append)
    lines = [line for line in map(read_line, wire.sent()) if line is not None]
    openings = [line for line in lines if line.command == "BATCH" and line.params[0][0] == "+"]
    assert len(openings) == 3
    assert [line.params[1] for line in lines if line.command == "PRIVMSG"] == text.split("\n")
    for opening in openings:
        assert found == []
        wire.say(f"@label={opening.tags['label']} ACK")
    assert found == [[]]


def test_without_multiline_each_part_is_a_message_and_actions_stay_actions() -> None:
    wire = Wire(caps="batch").online()
    wire.network.session.say("#sala", f"\x01ACTION {'acena ' * 200}\x01", {}, lambda _answer: None)
    parts = [line.params[1] for line in wire.questions("PRIVMSG")]
    assert len(parts) > 1
    assert all(part.startswith("\x01ACTION ") and part.endswith("\x01") for part in parts)


@given(st.text(), st.integers(-10, 400))
def test_pieces_are_the_text(text: str, room: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    parts = pieces(text, room)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= max(room, 64) for part in parts)


def test_no_line_can_hold_another() -> None:
    wire = Wire().online()
    session = wire.network.session
    session.send("TOPIC", "#sala", "a\r\nQUIT :x\0")
    session.send("NOTICE", ":bia", "x")
    session.send("NOTICE", "", "x")
    session.send("NOTICE", "a b", "\udcff")
    session.write("PING a\nQUIT")
    assert wire.sent() == ["TOPIC #sala :a  QUIT :x ", "NOTICE ?bia x", "NOTICE ? x", "NOTICE a?b ?", "PING a QUIT"]


def test_user_names() -> None:
    assert [user_name(nick) for nick in ("ana", "João[1]", "愛", "a" * 30)] == ["ana", "Joao1", "papo", "a" * 10]


def test_papos_own_server_gives_every_capability() -> None:
    talk = Talk()
    talk.connect("ana")
    wire = Wire(rooms=())
    wire.network.finds_room = False
    sent: list[str] = []
    wire.network.opened(sent.append)
    while sent:
        talk.say("ana", sent.pop(0))
        for line in talk.heard("ana"):
            wire.network.received_line(line)
    assert wire.network.is_online
    assert {word.partition("=")[0] for word in CAPS.split()} <= wire.network.session.caps
