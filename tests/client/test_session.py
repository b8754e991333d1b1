"""Coming in, questions and answers, batches: a session against lines."""

from __future__ import annotations

from fake_server import CAPS, CoreServer
from hypothesis import given
from hypothesis import strategies as st
from memory_server import MemoryServer

from papo.client.identity import Identity
from papo.client.session.answers import Answer
from papo.client.session.batches import MAX_LINES, MAX_OPEN
from papo.client.session.line_parts import pieces, read_line, user_name
from papo.client.state.irc_network import IrcNetwork
from papo.protocol.capabilities import WANTED


def ask(server: CoreServer, *words: str) -> list[Answer | None]:
    """A question, and the list that its answer is put into."""
    found: list[Answer | None] = []
    server.network.session.ask(words[0], *words[1:], then=found.append)
    return found


# --- capabilities


def test_it_asks_for_what_it_knows_and_comes_in() -> None:
    server = CoreServer()
    server.accept()
    assert server.received() == ["CAP LS 302", "NICK ana", "USER ana 0 * ana"]
    server.send(":s CAP * LS * :batch sasl=PLAIN unknown/cap")
    assert server.received() == []
    server.send(":s CAP * LS :labeled-response")
    assert server.received() == ["CAP REQ :batch labeled-response"]
    server.send(":s CAP * ACK :batch labeled-response ")
    assert server.received() == ["CAP END"]
    server.welcome()
    assert server.network.status == "online"
    assert server.network.session.caps == {"batch", "labeled-response"}


def test_what_is_refused_together_is_asked_for_alone() -> None:
    server = CoreServer()
    server.accept()
    server.send(":s CAP * LS :batch echo-message server-time")
    server.received()
    server.send(":s CAP * NAK :batch echo-message server-time")
    assert server.received() == ["CAP REQ batch", "CAP REQ echo-message", "CAP REQ server-time"]
    server.send(":s CAP * ACK :batch", ":s CAP * NAK :echo-message")
    assert server.received() == []
    server.send(":s CAP * ACK :server-time")
    assert server.received() == ["CAP END"]
    assert server.network.session.caps == {"batch", "server-time"}


def test_a_server_without_anything_of_use() -> None:
    server = CoreServer()
    server.accept()
    server.send(":s CAP * LS :")
    assert server.received()[-1] == "CAP END"
    server.welcome()
    assert server.network.is_online


def test_a_server_that_knows_no_capabilities() -> None:
    server = CoreServer(identity=Identity("ana", account="ana", password="x"))
    server.accept()
    server.send(":s 421 * CAP :Unknown command")
    server.welcome()
    assert server.network.is_online
    assert server.listener.refusals[0][0] == "sasl"


def test_capabilities_come_and_go() -> None:
    server = CoreServer(caps="batch cap-notify").connect()
    server.send(":s CAP ana NEW :away-notify chghost")
    assert server.received() == ["CAP REQ :away-notify chghost"]
    server.send(":s CAP ana ACK :away-notify chghost", ":s CAP ana DEL :chghost batch")
    assert server.network.session.caps == {"cap-notify", "away-notify"}
    assert server.received() == []
    server.send(":s CAP ana NEW :batch")
    server.send(":s CAP ana ACK :batch", ":s CAP ana ACK :-away-notify")
    assert server.network.session.caps == {"cap-notify", "batch"}


def test_no_line_of_the_negotiation_is_too_long() -> None:
    server = CoreServer(caps=" ".join(WANTED))
    server.accept()
    server.send(f":s CAP * LS * :{server.caps[:300].rpartition(' ')[0]}")
    server.send(f":s CAP * LS :{server.caps}")
    lines = server.received()
    assert all(len(line) <= 450 for line in lines)
    assert {name for line in lines if "REQ" in line for name in line.split(":")[1].split()} == {*WANTED} - {"sasl"}


# --- nick in use


def test_a_person_chooses_another_nick() -> None:
    server = CoreServer()
    server.accept()
    server.negotiate()
    server.send(":s 433 * ana :Nickname is already in use")
    assert server.listener.refusals == [("433", "Nickname is already in use")]
    server.received()
    server.network.retry_with_nick("ana2")
    assert server.received() == ["NICK ana2"]
    server.welcome("ana2")
    assert server.network.nick == server.network.wanted_nick == "ana2"


def test_nobody_is_asked_at_a_return_however_many_nicks_are_taken() -> None:
    server = CoreServer().connect()
    server.network.lost("broken", 1)
    server.accept()
    server.negotiate()
    server.received()
    nicks = []
    for _ in range(6):
        server.send(f":s 433 * {server.network.nick} :taken")
        nicks += server.received()
    assert nicks[:3] == ["NICK ana_", "NICK ana__", "NICK ana___"]
    assert all(len(nick) == len("NICK ana1234") for nick in nicks[3:])
    assert server.listener.refusals == []


# --- questions, answers, batches


def test_an_answer_finds_its_question_by_the_label_batches_and_all() -> None:
    server = CoreServer().connect()
    before = len(server.buffer().lines)
    found = ask(server, "CHATHISTORY", "LATEST", "#sala", "*", "50")
    (question,) = server.requests("CHATHISTORY")
    label = question.tags["label"]
    server.send(
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
    server.send("BATCH -0")
    assert found[0] is not None
    assert [(each.params[1], each.tags["msgid"]) for each in found[0]] == [("um", "a"), ("dois e meio\n\ntrês", "b")]
    assert {each.tags["batch"] for each in found[0]} == {"chathistory"}
    assert len(server.buffer().lines) == before, "an answer is nobody else's business"
    empty = ask(server, "MARKREAD", "#sala")
    label = server.requests("MARKREAD")[0].tags["label"]
    server.send(f"@label={label} :s ACK")
    assert empty == [[]]


def test_without_labels_the_pong_behind_a_question_ends_its_answer() -> None:
    server = CoreServer(caps="batch").connect()
    first, second = ask(server, "WHOIS", "bia"), ask(server, "WHOIS", "caio")
    pings = [line.params[0] for line in server.requests("PING")]
    server.send(":s 311 ana bia b h * :Bia", ":caio!c@h PRIVMSG #sala :no meio", f":s PONG s {pings[0]}")
    assert first[0] is not None
    assert [line.command for line in first[0]] == ["311"]
    assert second == []
    server.send(f":s PONG s :{pings[1]}", ":s PONG s :something-else")
    assert second == [[]]
    assert server.texts() == ["no meio"]


def test_a_lost_pong_holds_nobody_up() -> None:
    server = CoreServer(caps="batch").connect()
    first, second = ask(server, "WHOIS", "bia"), ask(server, "WHOIS", "caio")
    pings = [line.params[0] for line in server.requests("PING")]
    server.send(f":s PONG s :{pings[1]}")
    assert (first, second) == ([[]], [[]])


def test_a_question_ends_with_its_connection_and_none_is_asked_after_it() -> None:
    server = CoreServer().connect()
    found = ask(server, "LIST")
    server.network.lost("broken", 1)
    assert found == [None]
    server.received()
    assert ask(server, "LIST") == [None]
    assert server.received() == []
    assert ask(CoreServer(), "LIST") == [None], "nor before the first one"


def test_batches_that_answer_nothing_are_lines_like_others() -> None:
    server = CoreServer().connect()
    server.send(
        ":s BATCH +n netsplit a b", "@batch=n :bia!b@h PRIVMSG #sala :um", "@batch=gone :bia!b@h PRIVMSG #sala :dois"
    )
    assert server.texts() == ["dois"], "what stands in a batch waits for its end"
    server.send("BATCH -n", "BATCH -n", "BATCH -never")
    assert server.texts() == ["dois", "um"]
    server.send("@msgid=x :bia!b@h BATCH +m draft/multiline #sala", "BATCH -m")
    assert server.texts() == ["dois", "um"], "a message of no lines is none"


def test_batches_without_end_are_bounded() -> None:
    server = CoreServer().connect()
    batches = server.network.session.batches
    for at in range(MAX_OPEN + 50):
        server.send(f"BATCH +b{at} x")
    assert len(batches) == MAX_OPEN
    for _ in range(MAX_LINES + 50):
        server.network.received_line("@batch=b1049 :bia!b@h PRIVMSG #sala :x")
    assert batches.lines == MAX_LINES
    server.send("BATCH -b1049")
    assert batches.lines == batches.characters == 0
    server.network.lost("", 1)
    assert len(batches) == 0


# --- what is said


def test_a_long_message_is_one_of_several_lines_each_short_enough() -> None:
    server = CoreServer().connect()
    server.network.session.say(
        "#sala", f"{'palavra ' * 100}\n\nção" + "ç" * 600, {"+papo/nonce": "n"}, lambda _answer: None
    )
    lines = server.received()
    assert lines[0].startswith("@+papo/nonce=n;label=")
    assert "BATCH +mL" in lines[0]
    assert lines[-1].startswith("BATCH -mL")
    assert all(len((":ana!ana@h " + line.partition(" ")[2]).encode()) <= 510 for line in lines[1:-1])


def test_more_than_the_server_takes_at_once_is_several_messages() -> None:
    server = CoreServer().connect()
    found: list[Answer | None] = []
    text = "\n".join(f"linha {at}" for at in range(60))
    server.network.session.say("#sala", text, {}, found.append)
    lines = [line for line in map(read_line, server.received()) if line is not None]
    openings = [line for line in lines if line.command == "BATCH" and line.params[0][0] == "+"]
    assert len(openings) == 3
    assert [line.params[1] for line in lines if line.command == "PRIVMSG"] == text.split("\n")
    for opening in openings:
        assert found == []
        server.send(f"@label={opening.tags['label']} ACK")
    assert found == [[]]


def test_without_multiline_each_part_is_a_message_and_actions_stay_actions() -> None:
    server = CoreServer(caps="batch").connect()
    server.network.session.say("#sala", f"\x01ACTION {'acena ' * 200}\x01", {}, lambda _answer: None)
    parts = [line.params[1] for line in server.requests("PRIVMSG")]
    assert len(parts) > 1
    assert all(part.startswith("\x01ACTION ") and part.endswith("\x01") for part in parts)


@given(st.text(), st.integers(-10, 400))
def test_pieces_are_the_text(text: str, room: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    parts = pieces(text, room)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= max(room, 64) for part in parts)


def test_no_line_can_hold_another() -> None:
    server = CoreServer().connect()
    session = server.network.session
    session.send("TOPIC", "#sala", "a\r\nQUIT :x\0")
    session.send("NOTICE", ":bia", "x")
    session.send("NOTICE", "", "x")
    session.send("NOTICE", "a b", "\udcff")
    session.write("PING a\nQUIT")
    assert server.received() == [
        "TOPIC #sala :a  QUIT :x ",
        "NOTICE ?bia x",
        "NOTICE ? x",
        "NOTICE a?b ?",
        "PING a QUIT",
    ]


def test_user_names() -> None:
    assert [user_name(nick) for nick in ("ana", "João[1]", "愛", "a" * 30)] == ["ana", "Joao1", "papo", "a" * 10]


def test_papos_own_server_gives_every_capability() -> None:
    papo = MemoryServer()
    papo.connect("ana")
    server = CoreServer(rooms=())
    assert isinstance(server.network, IrcNetwork)
    server.network.joins_default_room = False
    sent: list[str] = []
    server.network.opened(sent.append)
    while sent:
        papo.send("ana", sent.pop(0))
        for line in papo.received("ana"):
            server.network.received_line(line)
    assert server.network.is_online
    assert {word.partition("=")[0] for word in CAPS.split()} <= server.network.session.caps
