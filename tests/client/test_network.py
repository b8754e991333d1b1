"""Connections end and come back: rooms, gaps, nicks, and what was said meanwhile."""

from __future__ import annotations

import pytest
from wired import CAPS, Wire, message

from papo.client.identity import Identity
from papo.client.state import network as network_module
from papo.client.state import send
from papo.client.state.outbox import Outbox
from papo.protocol.irc import Line


def gap(wire: Wire, *numbers: int, name: str = "#sala") -> Line:
    """Let it in again, and answer what it asks; gives the question."""
    wire.sent()
    wire.say(f":ana!ana@h JOIN {name} * :Ana")
    asked = wire.page(name, *map(message, numbers))
    assert asked is not None
    return asked


def joins(wire: Wire) -> list[list[str]]:
    return [line.params for line in wire.questions("JOIN")]


# --- rooms


def test_rooms_are_opened_once_in() -> None:
    wire = Wire(rooms=["#sala", "bia", "#outra"])
    wire.open()
    wire.agree()
    wire.welcome()
    lines = wire.sent()
    assert [line for line in lines if line.startswith("JOIN")] == ["JOIN #sala", "JOIN #outra"]
    assert any("CHATHISTORY LATEST bia *" in line for line in lines)
    wire.join("#outra")
    wire.join("#sala")
    assert wire.watch.shown == ["#sala"], "the first one is shown, whichever comes first"
    assert [each.name for each in wire.network.conversations()] == ["#outra", "#sala", "bia"]


def test_rooms_are_joined_again_and_the_gap_is_filled() -> None:
    wire = Wire().online()
    wire.say(message(1), message(2))
    wire.reconnect()
    assert joins(wire) == [["#sala"]]
    assert not wire.room().joined
    asked = gap(wire, 3, 4)
    assert asked.params == ["AFTER", "#sala", "msgid=m2", "100"]
    wire.say(message(5))
    assert wire.texts() == ["t1", "t2", "t3", "t4", "t5"]
    assert wire.room().joined
    assert not wire.room().has_newer


def test_more_than_a_page_was_missed() -> None:
    wire = Wire().online()
    wire.say(message(1))
    wire.reconnect()
    gap(wire, *range(2, 102))
    (asked,) = wire.questions("CHATHISTORY")
    assert asked.params == ["LATEST", "#sala", "*", "100"]
    wire.say(message(203))
    wire.page("#sala", *map(message, range(103, 203)), question=asked)
    assert wire.texts() == [f"t{at}" for at in range(103, 204)], "and what came while it was on its way is kept"
    assert wire.room().has_older
    assert not wire.room().has_newer


def test_what_comes_while_the_gap_is_filled_comes_after_it() -> None:
    """All in one second: the order of the server's log, not the clock, decides."""
    wire = Wire().online()
    same = "2026-11-20T22:00:01.000Z"

    def at(number: int) -> str:
        return f"@time={same};msgid=m{number} :bia!bia@h PRIVMSG #sala :t{number}"

    wire.say(at(1))
    wire.reconnect()
    wire.sent()
    wire.say(":ana!ana@h JOIN #sala * :Ana", at(4), at(5))
    wire.page("#sala", at(2), at(3), at(4))
    assert wire.texts() == ["t1", "t2", "t3", "t4", "t5"]


def test_a_server_that_has_forgotten_where_we_were() -> None:
    wire = Wire().online()
    wire.say(message(1))
    wire.reconnect()
    wire.sent()
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    (asked,) = wire.questions("CHATHISTORY")
    wire.say(
        f"@label={asked.tags['label']} FAIL CHATHISTORY MESSAGE_ERROR AFTER #sala :Messages could not be retrieved"
    )
    asked_again = wire.page("#sala", message(7), message(8))
    assert asked_again is not None
    assert asked_again.params[:2] == ["LATEST", "#sala"]
    assert wire.texts() == ["t7", "t8"]
    assert wire.watch.told_ == []


def test_a_server_that_keeps_nothing() -> None:
    wire = Wire(caps="batch message-tags").online()
    wire.say(message(1))
    wire.reconnect()
    wire.say(":ana!ana@h JOIN #sala")
    wire.say(message(5))
    assert wire.texts() == ["t1", "t5"]
    assert wire.questions("CHATHISTORY") == []
    assert not wire.room().has_older


def test_a_quit_in_a_private_conversation_bounds_no_question() -> None:
    """The server's log of the conversation does not know it."""
    wire = Wire().online()
    wire.say(message(1, target="ana"))
    wire.page("bia")
    wire.say("@msgid=q1 :bia!bia@h QUIT :fui")
    assert wire.room("bia").lines[-1].kind == "quit"
    wire.network.lost("", 1)
    wire.open()
    wire.agree()
    wire.welcome()
    questions = wire.questions("CHATHISTORY")
    assert [line.params for line in questions] == [["AFTER", "bia", "msgid=m1", "100"]]


def test_rooms_that_a_server_kept_for_us() -> None:
    wire = Wire().online()
    wire.say(message(1))
    wire.network.lost("", 1)
    wire.open()
    wire.agree()
    wire.sent()
    wire.say(":s 001 ana :oi", ":s 005 ana CASEMAPPING=ascii CHANTYPES=# :ok", ":ana!ana@h JOIN #sala * :Ana")
    assert wire.page("#sala", message(2)) is not None
    wire.say(":s 422 ana :x")
    assert joins(wire) == []
    assert wire.texts() == ["t1", "t2"]
    assert wire.room().joined


def test_a_room_that_does_not_let_us_in_again() -> None:
    wire = Wire().online()
    wire.reconnect()
    wire.sent()
    send.say(wire.network, wire.room(), "alguém?")
    assert wire.questions("PRIVMSG") == [], "it waits until we are in"
    wire.say(":s 474 ana #sala :Cannot join channel (+b)")
    assert not wire.room().joined
    (said,) = wire.questions("PRIVMSG")
    wire.say(f"@label={said.tags['label']} :s 404 ana #sala :Cannot send")
    assert [(each.pending, each.error) for each in wire.room().lines if each.nonce] == [("failed", "Cannot send")]


def test_keys_of_channels() -> None:
    wire = Wire(rooms=["#a", "#b"]).online(joined=["#a", "#b"])
    wire.network.join("#Chave", "segredo")
    assert wire.sent() == ["JOIN #Chave segredo"]
    wire.join("#chave")
    assert wire.watch.shown[-1] == "#chave"
    wire.say(":bia!b@h MODE #b +k nova", ":s 324 ana #a +k *")
    wire.reconnect()
    assert joins(wire) == [["#a"], ["#b", "nova"], ["#chave", "segredo"]]


def test_going_to_a_channel_where_we_are() -> None:
    wire = Wire().online()
    wire.network.join("#SALA")
    assert (wire.sent(), wire.watch.shown[-1]) == ([], "#sala")


# --- nicks


def test_the_nick_we_came_for_is_regained(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    monkeypatch.setattr(network_module, "now_ms", lambda: now[0])
    wire = Wire().online()
    wire.network.lost("", 1)
    wire.open()
    wire.agree()
    wire.say(":s 433 * ana :taken")
    wire.welcome("ana_")
    wire.sent()
    for wait_ms in (1_500, 3_000, 6_000):
        wire.network.tick()
        assert wire.questions("NICK") == []
        now[0] += wait_ms
        wire.network.tick()
        assert [line.params for line in wire.questions("NICK")] == [["ana"]]
        wire.say(":s 433 ana_ ana :taken")
    assert wire.watch.told_ == [], "nobody is told of each try"
    assert wire.network.wanted_nick == "ana"
    wire.say(":ana_!a@h NICK ana")
    now[0] += 100_000
    wire.network.tick()
    assert wire.questions("NICK") == []
    assert wire.network.nick == "ana"


def test_another_wish_ends_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    monkeypatch.setattr(network_module, "now_ms", lambda: now[0])
    wire = Wire().online()
    wire.reconnect("ana_")
    wire.network.change_nick("bia")
    wire.say(":s 433 ana_ bia :taken")
    assert wire.watch.told_ == [("error", "bia: taken")]
    now[0] += 100_000
    wire.sent()
    wire.network.tick()
    assert wire.questions("NICK") == []


# --- the end


def test_leaving_for_good() -> None:
    wire = Wire().online()
    hung_up: list[int] = []
    wire.network.disconnect = lambda: hung_up.append(1)
    wire.network.quit("tchau")
    assert wire.sent() == ["QUIT tchau"]
    assert (wire.network.status, hung_up) == ("closed", [1])
    wire.network.quit()
    wire.network.received(message(1).encode() + b"\r\n")
    assert wire.texts() == []


def test_nothing_is_left_of_a_connection() -> None:
    wire = Wire().online()
    room = wire.room()
    wire.say("@+typing=active :bia!b@h TAGMSG #sala", ":s 381 ana :operator", ":s 306 ana :away")
    wire.network.lost("why", 5)
    assert (room.typing, room.filled, room.loading) == ({}, False, "")
    assert (wire.network.status, wire.network.error, wire.network.retry_at_ms) == ("waiting", "why", 5)
    wire.open()
    assert not wire.network.operator
    assert not wire.network.away


def test_a_message_of_the_day_asked_for_changes_nothing() -> None:
    wire = Wire().online()
    wire.say(":s 375 ana :-", ":s 372 ana :- oi", ":s 376 ana :end")
    assert wire.sent() == []


# --- what was said


def echo(wire: Wire, line: Line, number: int) -> None:
    wire.say(
        f"@label={line.tags['label']};"
        + message(number, line.params[1], nick="ana", tags=f"+papo/nonce={line.tags['+papo/nonce']}")[1:]
    )


def lose_the_echo(wire: Wire) -> str:
    """Say something whose answer never comes; gives its number."""
    send.say(wire.network, wire.room(), "chegou?")
    (said,) = wire.questions("PRIVMSG")
    wire.reconnect()
    return said.tags["+papo/nonce"]


def test_what_was_stored_is_not_said_twice() -> None:
    wire = Wire().online()
    wire.say(message(1))
    nonce = lose_the_echo(wire)
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    wire.page("#sala", message(2, "chegou?", nick="ana", tags=f"+papo/nonce={nonce}"))
    assert wire.questions("PRIVMSG") == []
    assert [(each.text, each.pending) for each in wire.room().lines] == [("t1", ""), ("chegou?", "")]
    assert wire.network.outbox.of(str(wire.network.address)) == []


def test_what_waits_is_said_in_its_order() -> None:
    wire = Wire().online()
    wire.say(message(1))
    lose_the_echo(wire)
    send.say(wire.network, wire.room(), "dois")
    wire.say(":ana!ana@h JOIN #sala * :Ana")
    (asked,) = wire.questions("CHATHISTORY")
    send.say(wire.network, wire.room(), "três")
    assert wire.questions("PRIVMSG") == []
    wire.page("#sala", message(2), question=asked)
    said = wire.questions("PRIVMSG")
    assert [line.params[1] for line in said] == ["chegou?", "dois", "três"]
    for at, line in enumerate(said):
        echo(wire, line, 10 + at)
    assert wire.texts() == ["t1", "t2", "chegou?", "dois", "três"]
    send.say(wire.network, wire.room(), "quatro")
    assert len(wire.questions("PRIVMSG")) == 1


@pytest.mark.parametrize(("stored", "said"), [(True, []), (False, ["chegou?"])])
def test_a_message_behind_more_than_a_page_is_looked_for(*, stored: bool, said: list[str]) -> None:
    wire = Wire().online()
    wire.say(message(1))
    nonce = lose_the_echo(wire)
    ours = [message(2, "chegou?", nick="ana", tags=f"+papo/nonce={nonce}")] if stored else []
    wire.say(":ana!ana@h JOIN #sala * :Ana")

    def answer(*lines: str) -> list[str]:
        (asked,) = wire.questions("CHATHISTORY")
        wire.page("#sala", *lines, question=asked)
        return asked.params

    assert answer(*map(message, range(3, 103)))[0] == "AFTER"
    assert answer(*map(message, range(150, 250)))[0] == "LATEST"
    assert answer(*ours, *map(message, range(3, 103 - len(ours)))) == ["AFTER", "#sala", "msgid=m1", "100"]
    if not stored:
        assert answer(*map(message, range(103, 120)))[2] == "msgid=m102"
    assert [line.params[1] for line in wire.questions("PRIVMSG")] == said
    assert [each.text for each in wire.room().lines if each.pending] == said


def test_where_nothing_is_kept_a_person_decides() -> None:
    wire = Wire(caps="message-tags batch labeled-response").online()
    lose_the_echo(wire)
    send.say(wire.network, wire.room(), "nunca enviada")
    wire.sent()
    wire.say(":ana!ana@h JOIN #sala")
    assert [line.params[1] for line in wire.questions("PRIVMSG")] == ["nunca enviada"]
    entry = next(each for each in wire.room().lines if each.text == "chegou?")
    assert entry.pending == "failed"
    send.retry(wire.network, wire.room(), entry.nonce)
    assert [line.params[1] for line in wire.questions("PRIVMSG")] == ["chegou?"]


def test_what_a_program_left_finds_its_conversation() -> None:
    outbox = Outbox()
    outbox.add("irc://localhost:6667", "bia", "de ontem", reply_to="", command="PRIVMSG", after="")
    wire = Wire(outbox=outbox).online()
    assert "bia" in wire.network.buffers
    question = wire.network.session._waiting
    (label,) = question
    wire.say(f"@label={label} :s BATCH +p chathistory bia", "BATCH -p")
    assert [line.params for line in wire.questions("PRIVMSG")] == [["bia", "de ontem"]]


def test_two_servers_share_no_outbox() -> None:
    outbox = Outbox()
    outbox.add("irc://elsewhere:6667", "#sala", "lá", reply_to="", command="PRIVMSG", after="")
    wire = Wire(outbox=outbox).online()
    assert [each for each in wire.room().lines if each.pending] == []


def test_the_account_is_used_at_each_connection() -> None:
    wire = Wire(caps=f"{CAPS} sasl=PLAIN", identity=Identity("ana", account="ana", password="x"))
    for _ in range(2):
        wire.open()
        wire.agree()
        assert "AUTHENTICATE PLAIN" in wire.sent()
        wire.network.lost("", 1)
