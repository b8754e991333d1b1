"""Saying, editing, deleting, reacting: what goes out, and what stands in the conversation meanwhile."""

from __future__ import annotations

import pytest
from wired import CAPS, TOKENS, Wire, message

from papo.client.state import history, send
from papo.client.state.message import BufferLine
from papo.protocol.irc import Line


def say(wire: Wire, text: str, **how: str) -> Line:
    """Say something; the line that went out."""
    wire.sent()
    send.say(wire.network, wire.room(), text, **how)
    return wire.questions(how.get("command", "PRIVMSG"))[0]


def state(wire: Wire) -> list[tuple[str, str]]:
    return [(each.text, each.pending) for each in wire.room().lines if each.is_message]


def echo(line: Line, number: int = 9) -> str:
    label = f"label={line.tags['label']};" if "label" in line.tags else ""
    nonce = line.tags.get("+papo/nonce", "")
    return f"@{label}" + message(number, line.params[1], nick="ana", tags=f"+papo/nonce={nonce}")[1:]


def waits(wire: Wire) -> int:
    return len(wire.network.outbox.of(str(wire.network.address)))


def test_our_copy_takes_the_place_of_what_waited() -> None:
    wire = Wire().online()
    line = say(wire, "oi", reply_to="m1")
    assert (line.tags["+reply"], line.tags["+draft/reply"], line.params) == ("m1", "m1", ["#sala", "oi"])
    assert state(wire) == [("oi", "waiting")]
    wire.say(message(1))
    assert state(wire) == [("t1", ""), ("oi", "waiting")], "what waits stays last"
    wire.say(echo(line))
    assert state(wire) == [("t1", ""), ("oi", "")]
    assert (waits(wire), wire.network.in_flight) == (0, set())
    assert wire.room().lines[-1].mine


def test_a_refusal_a_second_try_and_giving_up() -> None:
    wire = Wire().online()
    line = say(wire, "oi")
    wire.say(f"@label={line.tags['label']} :s 404 ana #sala :Cannot send to channel")
    (entry,) = [each for each in wire.room().lines if each.nonce]
    assert (entry.pending, entry.error) == ("failed", "Cannot send to channel")
    assert wire.watch.told_ == [], "it stands where it happened"
    wire.sent()
    send.retry(wire.network, wire.room(), entry.nonce)
    assert entry.pending == "waiting"
    (again,) = wire.questions("PRIVMSG")
    wire.say(f"@label={again.tags['label']} FAIL BATCH MULTILINE_MAX_BYTES 4096 :Too long")
    assert entry.error == "Too long"
    wire.network.lost("", 1)
    send.retry(wire.network, wire.room(), entry.nonce)
    assert entry.pending == "waiting", "it is sent when the connection is back"
    send.give_up(wire.network, wire.room(), entry.nonce)
    assert (waits(wire), state(wire)) == (0, [])
    send.retry(wire.network, wire.room(), "unknown")


def test_a_server_that_gives_no_copies() -> None:
    wire = Wire(caps="batch").online()
    line = say(wire, "oi")
    assert line.tags == {}
    assert state(wire) == [("oi", "waiting")]
    wire.say(message(1), ":s PONG s :L1")
    assert state(wire) == [("t1", ""), ("oi", "")], "it is at the place where the server took it"
    assert waits(wire) == 0


def test_copies_without_our_number() -> None:
    wire = Wire(caps="echo-message").online()
    line = say(wire, "oi")
    wire.say(f":ana!a@h PRIVMSG #sala :{line.params[1]}")
    wire.say(":s PONG s :L1")
    assert (state(wire), waits(wire)) == ([("oi", "")], 0)


def test_a_labelled_copy_whose_tags_were_denied() -> None:
    wire = Wire().online()
    line = say(wire, "oi")
    wire.say(f"@label={line.tags['label']};msgid=m5 :ana!a@h PRIVMSG #sala :oi")
    assert (state(wire), waits(wire)) == ([("oi", "")], 0)


def test_a_message_that_nobody_gives_a_copy_of() -> None:
    """Services answer, and do not repeat what they are told: a password must not be said again later."""
    wire = Wire().online()
    service = wire.network.open("NickServ")
    wire.sent()
    send.say(wire.network, service, "IDENTIFY segredo")
    (line,) = wire.questions("PRIVMSG")
    wire.say(f"@label={line.tags['label']} :NickServ!s@s NOTICE ana :Now identified")
    assert waits(wire) == 0
    assert [(each.text, each.pending) for each in service.lines] == [("IDENTIFY segredo", ""), ("Now identified", "")]


def test_without_labels_other_refusals_are_not_ours() -> None:
    wire = Wire(caps="message-tags").online()
    say(wire, "oi")
    wire.say(":s 482 ana #outra :You're not an operator", ":s 433 ana bia :taken", "FAIL TOPIC X :x", ":s PONG s :L1")
    assert state(wire) == [("oi", "")]
    for refusal in (":s 404 ana #sala :no", ":s 401 ana #SALA :no", ":s 417 ana :Line too long", "FAIL PRIVMSG X :no"):
        wire = Wire(caps="message-tags").online()
        say(wire, "oi")
        wire.say(refusal, ":s PONG s :L1")
        assert state(wire) == [("oi", "failed")], refusal


def test_several_messages_of_one_text() -> None:
    wire = Wire(caps="batch message-tags").online()
    text = "\n".join(["linha"] * 3)
    say(wire, text)
    assert state(wire) == [(text, "waiting")]
    wire.say(":s PONG s :L1")
    assert state(wire) == [(text, "")], "one question is behind all of them"
    labelled = Wire(caps="batch message-tags labeled-response").online()
    send.say(labelled.network, labelled.room(), text)
    labels = [line.tags["label"] for line in labelled.questions("PRIVMSG")]
    labelled.say(f"@label={labels[0]} ACK", f"@label={labels[1]} ACK")
    assert state(labelled) == [(text, "waiting")]
    labelled.say(f"@label={labels[2]} ACK")
    assert state(labelled) == [(text, "")]


def test_a_text_of_several_lines() -> None:
    wire = Wire().online()
    send.say(wire.network, wire.room(), "um\ndois\n")
    opening, *inside, closing = (line for line in wire.sent() if not line.startswith("MODE"))
    assert " BATCH +mL" in opening
    assert [line.partition(" ")[2] for line in inside] == ["PRIVMSG #sala um", "PRIVMSG #sala dois"]
    assert closing.startswith("BATCH -mL")
    nonce = wire.network.outbox.of(str(wire.network.address))[0].nonce
    label = opening.partition("label=")[2].partition(" ")[0]
    wire.say(f"@label={label};msgid=m1;+papo/nonce={nonce} :ana!a@h BATCH +5 draft/multiline #sala")
    wire.say("@batch=5 :ana!a@h PRIVMSG #sala um", "@batch=5 :ana!a@h PRIVMSG #sala dois", "BATCH -5")
    assert (state(wire), waits(wire)) == ([("um\ndois", "")], 0)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("a\r\nb", "a\nb"), ("a\rQUIT", "a\nQUIT"), ("\nx\n\n", "x"), ("a\0b", "ab"), ("\udcff", "?"), (" x ", " x ")],
)
def test_what_is_pasted_is_text_and_nothing_else(typed: str, sent: str) -> None:
    wire = Wire().online()
    send.say(wire.network, wire.room(), typed)
    assert wire.network.outbox.of(str(wire.network.address))[0].text == sent
    assert not any(line.startswith("QUIT") for line in wire.sent())


def test_nothing_to_say_is_not_said() -> None:
    wire = Wire(caps="").online()
    for nothing in ("", "\n", "\r\n\r\n", "\0"):
        send.say(wire.network, wire.room(), nothing)
    assert (wire.sent(), waits(wire)) == ([], 0)


def test_actions_and_notices() -> None:
    wire = Wire().online()
    line = say(wire, "\x01ACTION acena\x01")
    entry = wire.room().lines[-1]
    assert (entry.kind, entry.text, line.params[1]) == ("action", "acena", "\x01ACTION acena\x01")
    assert say(wire, "aviso", command="NOTICE").command == "NOTICE"
    assert wire.room().lines[-1].kind == "notice"


def test_saying_while_looking_at_the_past() -> None:
    wire = Wire().online()
    wire.say(message(50))
    room = wire.room()
    history.jump(wire.network, room, "msgid=m10", lambda _found: None)
    wire.page("#sala", message(9), message(10))
    line = say(wire, "do passado")
    wire.say(echo(line, 51))
    assert (wire.texts(), waits(wire), room.has_newer) == (["t9", "t10"], 0, True)
    line = say(wire, "proibido")
    wire.say(f"@label={line.tags['label']} :s 404 ana #sala :no")
    history.to_present(wire.network, room)
    wire.page("#sala", message(50), message(51, "do passado", nick="ana"))
    assert state(wire) == [("t50", ""), ("do passado", ""), ("proibido", "failed")], (
        "a failure is seen at the latest now"
    )


def test_what_can_be_done_to_a_message() -> None:
    wire = Wire().online()
    wire.say(message(1), message(2, nick="ana"), ":bia!b@h JOIN #sala * :x")
    theirs, mine, join = wire.room().lines
    network, room = wire.network, wire.room()
    assert [send.can_react(network, each) for each in (theirs, mine, join)] == [True, True, False]
    assert [send.can_edit(network, each) for each in (theirs, mine, join)] == [False, True, False]
    assert [send.can_delete(network, room, each) for each in (theirs, mine, join)] == [False, True, False]
    wire.say(":x!x@h MODE #sala +o ana")
    assert send.can_delete(network, room, theirs)
    assert not any(
        (
            send.can_react(network, BufferLine()),
            send.can_edit(network, BufferLine()),
            send.can_delete(network, room, BufferLine()),
        )
    )
    plain = Wire(caps="echo-message", tokens=TOKENS).online()
    assert not any((send.can_react(plain.network, mine), send.can_edit(plain.network, mine)))
    assert not send.can_delete(plain.network, plain.room(), mine)


def test_edits_and_deletions_and_why_not() -> None:
    wire = Wire().online()
    wire.say(message(1, nick="ana"))
    (mine,) = wire.room().lines
    why: list[str] = []
    wire.sent()
    send.edit(wire.network, wire.room(), mine, "novo\r\nQUIT", why.append)
    send.delete(wire.network, wire.room(), mine, why.append)
    edit, delete = wire.sent()
    assert edit.endswith(" EDIT #sala m1 :novo  QUIT"), "an edited message is one line"
    assert delete.endswith(" REDACT #sala m1")
    wire.say(f"{edit.split()[0]} :ana!a@h EDIT #sala m1 :novo", f"{delete.split()[0]} FAIL REDACT NO x :proibido")
    assert (why, mine.text, mine.edited) == (["", "proibido"], "novo", True)
    send.edit(wire.network, wire.room(), mine, "x", why.append)
    wire.network.lost("", 1)
    send.edit(wire.network, wire.room(), mine, "x", why.append)
    assert all(why[2:])
    assert len(why) == 4


def test_reacting_and_taking_it_back() -> None:
    wire = Wire().online()
    wire.say(message(1))
    (entry,) = wire.room().lines
    wire.sent()
    send.react(wire.network, wire.room(), entry, "👍")
    assert wire.sent() == ["@+draft/react=👍;+draft/reply=m1;+reply=m1 TAGMSG #sala"]
    wire.say("@+draft/react=👍;+reply=m1 :ANA!a@h TAGMSG #sala")
    send.react(wire.network, wire.room(), entry, "👍")
    assert "+draft/unreact" in wire.sent()[0]
    silent = Wire(caps=CAPS.replace("echo-message", "")).online()
    silent.say(message(1))
    send.react(silent.network, silent.room(), silent.room().lines[0], "👍")
    assert silent.room().lines[0].reactions == {"👍": ["ana"]}
    silent.network.lost("", 1)
    silent.sent()
    send.react(silent.network, silent.room(), silent.room().lines[0], "🎉")
    assert silent.sent() == []


def test_showing_that_we_type(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    monkeypatch.setattr(send, "now_ms", lambda: now[0])
    wire = Wire().online()
    room = wire.room()
    for _ in range(3):
        send.typing(wire.network, room, empty=False)
    assert wire.sent() == ["@+typing=active TAGMSG #sala"]
    now[0] += send.TYPING_EVERY_MS + 1
    send.typing(wire.network, room, empty=False)
    send.typing(wire.network, room, empty=True)
    send.typing(wire.network, room, empty=True)
    assert wire.sent() == ["@+typing=active TAGMSG #sala", "@+typing=done TAGMSG #sala"]
    send.typing(wire.network, wire.network.server, empty=False)
    assert wire.sent() == []
