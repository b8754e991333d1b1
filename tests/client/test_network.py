"""Connections end and come back: rooms, gaps, nicks, and what was said meanwhile."""

from __future__ import annotations

import pytest
from fake_server import CAPS, CoreServer, message

from papo.client.identity import Identity
from papo.client.state import irc_network as irc_network_module
from papo.client.state import network as network_module
from papo.client.state import send
from papo.client.state.outbox import Outbox
from papo.protocol.irc import Line


def gap(server: CoreServer, *numbers: int, name: str = "#sala") -> Line:
    """Let it in again, and answer what it asks; gives the question."""
    server.received()
    server.send(f":ana!ana@h JOIN {name} * :Ana")
    asked = server.answer_history(name, *map(message, numbers))
    assert asked is not None
    return asked


def joins(server: CoreServer) -> list[list[str]]:
    return [line.params for line in server.requests("JOIN")]


# --- rooms


def test_rooms_are_opened_once_in() -> None:
    server = CoreServer(rooms=["#sala", "bia", "#outra"])
    server.accept()
    server.negotiate()
    server.welcome()
    lines = server.received()
    assert [line for line in lines if line.startswith("JOIN")] == ["JOIN #sala", "JOIN #outra"]
    assert any("CHATHISTORY LATEST bia *" in line for line in lines)
    server.join("#outra")
    server.join("#sala")
    assert server.listener.shown == ["#sala"], "the first one is shown, whichever comes first"
    assert [each.name for each in server.network.conversations()] == ["#outra", "#sala", "bia"]


def test_rooms_are_joined_again_and_the_gap_is_filled() -> None:
    server = CoreServer().connect()
    server.send(message(1), message(2))
    server.reconnect()
    assert joins(server) == [["#sala"]]
    assert not server.buffer().joined
    asked = gap(server, 3, 4)
    assert asked.params == ["AFTER", "#sala", "msgid=m2", "100"]
    server.send(message(5))
    assert server.texts() == ["t1", "t2", "t3", "t4", "t5"]
    assert server.buffer().joined
    assert not server.buffer().has_newer


def test_more_than_a_page_was_missed() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    server.reconnect()
    gap(server, *range(2, 102))
    (asked,) = server.requests("CHATHISTORY")
    assert asked.params == ["LATEST", "#sala", "*", "100"]
    server.send(message(203))
    server.answer_history("#sala", *map(message, range(103, 203)), question=asked)
    assert server.texts() == [f"t{at}" for at in range(103, 204)], "and what came while it was on its way is kept"
    assert server.buffer().has_older
    assert not server.buffer().has_newer


def test_what_comes_while_the_gap_is_filled_comes_after_it() -> None:
    """All in one second: the order of the server's log, not the clock, decides."""
    server = CoreServer().connect()
    same = "2026-11-20T22:00:01.000Z"

    def at(number: int) -> str:
        return f"@time={same};msgid=m{number} :bia!bia@h PRIVMSG #sala :t{number}"

    server.send(at(1))
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana", at(4), at(5))
    server.answer_history("#sala", at(2), at(3), at(4))
    assert server.texts() == ["t1", "t2", "t3", "t4", "t5"]


def test_a_server_that_has_forgotten_where_we_were() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    (asked,) = server.requests("CHATHISTORY")
    server.send(
        f"@label={asked.tags['label']} FAIL CHATHISTORY MESSAGE_ERROR AFTER #sala :Messages could not be retrieved"
    )
    asked_again = server.answer_history("#sala", message(7), message(8))
    assert asked_again is not None
    assert asked_again.params[:2] == ["LATEST", "#sala"]
    assert server.texts() == ["t7", "t8"]
    assert server.listener.notices == []


def test_a_server_that_keeps_nothing() -> None:
    server = CoreServer(caps="batch message-tags").connect()
    server.send(message(1))
    server.reconnect()
    server.send(":ana!ana@h JOIN #sala")
    server.send(message(5))
    assert server.texts() == ["t1", "t5"]
    assert server.requests("CHATHISTORY") == []
    assert not server.buffer().has_older


def test_a_quit_in_a_private_conversation_bounds_no_question() -> None:
    """The server's log of the conversation does not know it."""
    server = CoreServer().connect()
    server.send(message(1, target="ana"))
    server.answer_history("bia")
    server.send("@msgid=q1 :bia!bia@h QUIT :fui")
    assert server.buffer("bia").lines[-1].kind == "quit"
    server.network.lost("", 1)
    server.accept()
    server.negotiate()
    server.welcome()
    questions = server.requests("CHATHISTORY")
    assert [line.params for line in questions] == [["AFTER", "bia", "msgid=m1", "100"]]


def test_rooms_that_a_server_kept_for_us() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    server.network.lost("", 1)
    server.accept()
    server.negotiate()
    server.received()
    server.send(":s 001 ana :oi", ":s 005 ana CASEMAPPING=ascii CHANTYPES=# :ok", ":ana!ana@h JOIN #sala * :Ana")
    assert server.answer_history("#sala", message(2)) is not None
    server.send(":s 422 ana :x")
    assert joins(server) == []
    assert server.texts() == ["t1", "t2"]
    assert server.buffer().joined


def test_a_room_that_does_not_let_us_in_again() -> None:
    server = CoreServer().connect()
    server.reconnect()
    server.received()
    send.say(server.network, server.buffer(), "alguém?")
    assert server.requests("PRIVMSG") == [], "it waits until we are in"
    server.send(":s 474 ana #sala :Cannot join channel (+b)")
    assert not server.buffer().joined
    (said,) = server.requests("PRIVMSG")
    server.send(f"@label={said.tags['label']} :s 404 ana #sala :Cannot send")
    assert [(each.pending, each.error) for each in server.buffer().lines if each.nonce] == [("failed", "Cannot send")]


def test_keys_of_channels() -> None:
    server = CoreServer(rooms=["#a", "#b"]).connect(joined=["#a", "#b"])
    server.network.join("#Chave", "segredo")
    assert server.received() == ["JOIN #Chave segredo"]
    server.join("#chave")
    assert server.listener.shown[-1] == "#chave"
    server.send(":bia!b@h MODE #b +k nova", ":s 324 ana #a +k *")
    server.reconnect()
    assert joins(server) == [["#a"], ["#b", "nova"], ["#chave", "segredo"]]


def test_going_to_a_channel_where_we_are() -> None:
    server = CoreServer().connect()
    server.network.join("#SALA")
    assert (server.received(), server.listener.shown[-1]) == ([], "#sala")


# --- nicks


def test_the_nick_we_came_for_is_regained(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    for module in (network_module, irc_network_module):
        monkeypatch.setattr(module, "now_ms", lambda: now[0])
    server = CoreServer().connect()
    server.network.lost("", 1)
    server.accept()
    server.negotiate()
    server.send(":s 433 * ana :taken")
    server.welcome("ana_")
    server.received()
    for wait_ms in (1_500, 3_000, 6_000):
        server.network.tick()
        assert server.requests("NICK") == []
        now[0] += wait_ms
        server.network.tick()
        assert [line.params for line in server.requests("NICK")] == [["ana"]]
        server.send(":s 433 ana_ ana :taken")
    assert server.listener.notices == [], "nobody is told of each try"
    assert server.network.wanted_nick == "ana"
    server.send(":ana_!a@h NICK ana")
    now[0] += 100_000
    server.network.tick()
    assert server.requests("NICK") == []
    assert server.network.nick == "ana"


def test_another_wish_ends_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    for module in (network_module, irc_network_module):
        monkeypatch.setattr(module, "now_ms", lambda: now[0])
    server = CoreServer().connect()
    server.reconnect("ana_")
    server.network.change_nick("bia")
    server.send(":s 433 ana_ bia :taken")
    assert server.listener.notices == [("error", "bia: taken")]
    now[0] += 100_000
    server.received()
    server.network.tick()
    assert server.requests("NICK") == []


# --- the end


def test_leaving_for_good() -> None:
    server = CoreServer().connect()
    hung_up: list[int] = []
    server.network.disconnect = lambda: hung_up.append(1)
    server.network.quit("tchau")
    assert server.received() == ["QUIT tchau"]
    assert (server.network.status, hung_up) == ("closed", [1])
    server.network.quit()
    server.network.received(message(1).encode() + b"\r\n")
    assert server.texts() == []


def test_nothing_is_left_of_a_connection() -> None:
    server = CoreServer().connect()
    room = server.buffer()
    server.send("@+typing=active :bia!b@h TAGMSG #sala", ":s 381 ana :operator", ":s 306 ana :away")
    server.network.lost("why", 5)
    assert (room.typing, room.history_requested, room.loading) == ({}, False, "")
    assert (server.network.status, server.network.error, server.network.retry_at_ms) == ("waiting", "why", 5)
    server.accept()
    assert not server.network.operator
    assert not server.network.away


def test_a_message_of_the_day_asked_for_changes_nothing() -> None:
    server = CoreServer().connect()
    server.send(":s 375 ana :-", ":s 372 ana :- oi", ":s 376 ana :end")
    assert server.received() == []


# --- what was said


def echo(server: CoreServer, line: Line, number: int) -> None:
    server.send(
        f"@label={line.tags['label']};"
        + message(number, line.params[1], nick="ana", tags=f"+papo/nonce={line.tags['+papo/nonce']}")[1:]
    )


def lose_the_echo(server: CoreServer) -> str:
    """Say something whose answer never comes; gives its number."""
    send.say(server.network, server.buffer(), "chegou?")
    (said,) = server.requests("PRIVMSG")
    server.reconnect()
    return said.tags["+papo/nonce"]


def test_what_was_stored_is_not_said_twice() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    nonce = lose_the_echo(server)
    server.send(":ana!ana@h JOIN #sala * :Ana")
    server.answer_history("#sala", message(2, "chegou?", nick="ana", tags=f"+papo/nonce={nonce}"))
    assert server.requests("PRIVMSG") == []
    assert [(each.text, each.pending) for each in server.buffer().lines] == [("t1", ""), ("chegou?", "")]
    assert server.network.outbox.of(str(server.network.address)) == []


def test_what_waits_is_said_in_its_order() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    lose_the_echo(server)
    send.say(server.network, server.buffer(), "dois")
    server.send(":ana!ana@h JOIN #sala * :Ana")
    (asked,) = server.requests("CHATHISTORY")
    send.say(server.network, server.buffer(), "três")
    assert server.requests("PRIVMSG") == []
    server.answer_history("#sala", message(2), question=asked)
    said = server.requests("PRIVMSG")
    assert [line.params[1] for line in said] == ["chegou?", "dois", "três"]
    for at, line in enumerate(said):
        echo(server, line, 10 + at)
    assert server.texts() == ["t1", "t2", "chegou?", "dois", "três"]
    send.say(server.network, server.buffer(), "quatro")
    assert len(server.requests("PRIVMSG")) == 1


@pytest.mark.parametrize(("stored", "said"), [(True, []), (False, ["chegou?"])])
def test_a_message_behind_more_than_a_page_is_looked_for(*, stored: bool, said: list[str]) -> None:
    server = CoreServer().connect()
    server.send(message(1))
    nonce = lose_the_echo(server)
    ours = [message(2, "chegou?", nick="ana", tags=f"+papo/nonce={nonce}")] if stored else []
    server.send(":ana!ana@h JOIN #sala * :Ana")

    def answer(*lines: str) -> list[str]:
        (asked,) = server.requests("CHATHISTORY")
        server.answer_history("#sala", *lines, question=asked)
        return asked.params

    assert answer(*map(message, range(3, 103)))[0] == "AFTER"
    assert answer(*map(message, range(150, 250)))[0] == "LATEST"
    assert answer(*ours, *map(message, range(3, 103 - len(ours)))) == ["AFTER", "#sala", "msgid=m1", "100"]
    if not stored:
        assert answer(*map(message, range(103, 120)))[2] == "msgid=m102"
    assert [line.params[1] for line in server.requests("PRIVMSG")] == said
    assert [each.text for each in server.buffer().lines if each.pending] == said


def test_where_nothing_is_kept_a_person_decides() -> None:
    server = CoreServer(caps="message-tags batch labeled-response").connect()
    lose_the_echo(server)
    send.say(server.network, server.buffer(), "nunca enviada")
    server.received()
    server.send(":ana!ana@h JOIN #sala")
    assert [line.params[1] for line in server.requests("PRIVMSG")] == ["nunca enviada"]
    line = next(each for each in server.buffer().lines if each.text == "chegou?")
    assert line.pending == "failed"
    send.retry(server.network, server.buffer(), line.nonce)
    assert [line.params[1] for line in server.requests("PRIVMSG")] == ["chegou?"]


def test_what_a_program_left_finds_its_conversation() -> None:
    outbox = Outbox()
    outbox.add("irc://localhost:6667", "bia", "de ontem", reply_to="", command="PRIVMSG", after="")
    server = CoreServer(outbox=outbox)
    server.accept()
    server.negotiate()
    server.welcome()
    assert "bia" in server.network.buffers
    server.answer_history("bia")
    assert [line.params for line in server.requests("PRIVMSG")] == [["bia", "de ontem"]]


def test_two_servers_share_no_outbox() -> None:
    outbox = Outbox()
    outbox.add("irc://elsewhere:6667", "#sala", "lá", reply_to="", command="PRIVMSG", after="")
    server = CoreServer(outbox=outbox).connect()
    assert [each for each in server.buffer().lines if each.pending] == []


def test_the_account_is_used_at_each_connection() -> None:
    server = CoreServer(caps=f"{CAPS} sasl=PLAIN", identity=Identity("ana", account="ana", password="x"))
    for _ in range(2):
        server.accept()
        server.negotiate()
        assert "AUTHENTICATE PLAIN" in server.received()
        server.network.lost("", 1)


def test_a_channel_is_joined_although_the_first_connection_ended_before_the_answer() -> None:
    server = CoreServer(rooms=("#sala", "#fechada")).connect(joined=())
    server.send(":s 473 ana #fechada :Cannot join channel (+i)")
    for _ in range(2):
        server.reconnect()
        assert [line.params for line in server.requests("JOIN")] == [["#sala"]], "not the one that was refused"
    server.join("#sala")
    assert server.buffer("#sala").joined
