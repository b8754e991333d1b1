"""Saying, editing, deleting, reacting: what goes out, and what stands in the conversation meanwhile."""

from __future__ import annotations

import pytest
from fake_server import CAPS, TOKENS, CoreServer, message

from papo.client.state import history, send
from papo.client.state.message import BufferLine
from papo.protocol.irc import Line


def say(server: CoreServer, text: str, **how: str) -> Line:
    """Say something; the line that went out."""
    server.received()
    send.say(server.network, server.buffer(), text, **how)
    return server.requests(how.get("command", "PRIVMSG"))[0]


def state(server: CoreServer) -> list[tuple[str, str]]:
    return [(each.text, each.pending) for each in server.buffer().lines if each.is_message]


def echo(line: Line, number: int = 9) -> str:
    label = f"label={line.tags['label']};" if "label" in line.tags else ""
    nonce = line.tags.get("+papo/nonce", "")
    return f"@{label}" + message(number, line.params[1], nick="ana", tags=f"+papo/nonce={nonce}")[1:]


def waits(server: CoreServer) -> int:
    return len(server.network.outbox.of(str(server.network.address)))


def test_our_copy_takes_the_place_of_what_waited() -> None:
    server = CoreServer().connect()
    line = say(server, "oi", reply_to="m1")
    assert (line.tags["+reply"], line.tags["+draft/reply"], line.params) == ("m1", "m1", ["#sala", "oi"])
    assert state(server) == [("oi", "waiting")]
    server.send(message(1))
    assert state(server) == [("t1", ""), ("oi", "waiting")], "what waits stays last"
    server.send(echo(line))
    assert state(server) == [("t1", ""), ("oi", "")]
    assert (waits(server), server.network.in_flight) == (0, set())
    assert server.buffer().lines[-1].mine


def test_a_refusal_a_second_try_and_giving_up() -> None:
    server = CoreServer().connect()
    line = say(server, "oi")
    server.send(f"@label={line.tags['label']} :s 404 ana #sala :Cannot send to channel")
    (shown,) = [each for each in server.buffer().lines if each.nonce]
    assert (shown.pending, shown.error) == ("failed", "Cannot send to channel")
    assert server.listener.notices == [], "it stands where it happened"
    server.received()
    send.retry(server.network, server.buffer(), shown.nonce)
    assert shown.pending == "waiting"
    (again,) = server.requests("PRIVMSG")
    server.send(f"@label={again.tags['label']} FAIL BATCH MULTILINE_MAX_BYTES 4096 :Too long")
    assert shown.error == "Too long"
    server.network.lost("", 1)
    send.retry(server.network, server.buffer(), shown.nonce)
    assert shown.pending == "waiting", "it is sent when the connection is back"
    send.give_up(server.network, server.buffer(), shown.nonce)
    assert (waits(server), state(server)) == (0, [])
    send.retry(server.network, server.buffer(), "unknown")


def test_a_server_that_gives_no_copies() -> None:
    server = CoreServer(caps="batch").connect()
    line = say(server, "oi")
    assert line.tags == {}
    assert state(server) == [("oi", "waiting")]
    server.send(message(1), ":s PONG s :L1")
    assert state(server) == [("t1", ""), ("oi", "")], "it is at the place where the server took it"
    assert waits(server) == 0


def test_copies_without_our_number() -> None:
    server = CoreServer(caps="echo-message").connect()
    line = say(server, "oi")
    server.send(f":ana!a@h PRIVMSG #sala :{line.params[1]}")
    server.send(":s PONG s :L1")
    assert (state(server), waits(server)) == ([("oi", "")], 0)


def test_a_labelled_copy_whose_tags_were_denied() -> None:
    server = CoreServer().connect()
    line = say(server, "oi")
    server.send(f"@label={line.tags['label']};msgid=m5 :ana!a@h PRIVMSG #sala :oi")
    assert (state(server), waits(server)) == ([("oi", "")], 0)


def test_a_message_that_nobody_gives_a_copy_of() -> None:
    """Services answer, and do not repeat what they are told: a password must not be said again later."""
    server = CoreServer().connect()
    service = server.network.open("NickServ")
    server.received()
    send.say(server.network, service, "IDENTIFY segredo")
    (line,) = server.requests("PRIVMSG")
    server.send(f"@label={line.tags['label']} :NickServ!s@s NOTICE ana :Now identified")
    assert waits(server) == 0
    assert [(each.text, each.pending) for each in service.lines] == [("IDENTIFY segredo", ""), ("Now identified", "")]


def test_without_labels_other_refusals_are_not_ours() -> None:
    server = CoreServer(caps="message-tags").connect()
    say(server, "oi")
    server.send(
        ":s 482 ana #outra :You're not an operator", ":s 433 ana bia :taken", "FAIL TOPIC X :x", ":s PONG s :L1"
    )
    assert state(server) == [("oi", "")]
    for refusal in (":s 404 ana #sala :no", ":s 401 ana #SALA :no", ":s 417 ana :Line too long", "FAIL PRIVMSG X :no"):
        server = CoreServer(caps="message-tags").connect()
        say(server, "oi")
        server.send(refusal, ":s PONG s :L1")
        assert state(server) == [("oi", "failed")], refusal


def test_several_messages_of_one_text() -> None:
    server = CoreServer(caps="batch message-tags").connect()
    text = "\n".join(["linha"] * 3)
    say(server, text)
    assert state(server) == [(text, "waiting")]
    server.send(":s PONG s :L1")
    assert state(server) == [(text, "")], "one question is behind all of them"
    labelled = CoreServer(caps="batch message-tags labeled-response").connect()
    send.say(labelled.network, labelled.buffer(), text)
    labels = [line.tags["label"] for line in labelled.requests("PRIVMSG")]
    labelled.send(f"@label={labels[0]} ACK", f"@label={labels[1]} ACK")
    assert state(labelled) == [(text, "waiting")]
    labelled.send(f"@label={labels[2]} ACK")
    assert state(labelled) == [(text, "")]


def test_a_text_of_several_lines() -> None:
    server = CoreServer().connect()
    send.say(server.network, server.buffer(), "um\ndois\n")
    opening, *inside, closing = (line for line in server.received() if not line.startswith("MODE"))
    assert " BATCH +mL" in opening
    assert [line.partition(" ")[2] for line in inside] == ["PRIVMSG #sala um", "PRIVMSG #sala dois"]
    assert closing.startswith("BATCH -mL")
    nonce = server.network.outbox.of(str(server.network.address))[0].nonce
    label = opening.partition("label=")[2].partition(" ")[0]
    server.send(f"@label={label};msgid=m1;+papo/nonce={nonce} :ana!a@h BATCH +5 draft/multiline #sala")
    server.send("@batch=5 :ana!a@h PRIVMSG #sala um", "@batch=5 :ana!a@h PRIVMSG #sala dois", "BATCH -5")
    assert (state(server), waits(server)) == ([("um\ndois", "")], 0)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("a\r\nb", "a\nb"), ("a\rQUIT", "a\nQUIT"), ("\nx\n\n", "x"), ("a\0b", "ab"), ("\udcff", "?"), (" x ", " x ")],
)
def test_what_is_pasted_is_text_and_nothing_else(typed: str, sent: str) -> None:
    server = CoreServer().connect()
    send.say(server.network, server.buffer(), typed)
    assert server.network.outbox.of(str(server.network.address))[0].text == sent
    assert not any(line.startswith("QUIT") for line in server.received())


def test_nothing_to_say_is_not_said() -> None:
    server = CoreServer(caps="").connect()
    for nothing in ("", "\n", "\r\n\r\n", "\0"):
        send.say(server.network, server.buffer(), nothing)
    assert (server.received(), waits(server)) == ([], 0)


def test_actions_and_notices() -> None:
    server = CoreServer().connect()
    line = say(server, "\x01ACTION acena\x01")
    shown = server.buffer().lines[-1]
    assert (shown.kind, shown.text, line.params[1]) == ("action", "acena", "\x01ACTION acena\x01")
    assert say(server, "aviso", command="NOTICE").command == "NOTICE"
    assert server.buffer().lines[-1].kind == "notice"


def test_saying_while_looking_at_the_past() -> None:
    server = CoreServer().connect()
    server.send(message(50))
    room = server.buffer()
    history.jump(server.network, room, "msgid=m10", lambda _found: None)
    server.answer_history("#sala", message(9), message(10))
    line = say(server, "do passado")
    server.send(echo(line, 51))
    assert (server.texts(), waits(server), room.has_newer) == (["t9", "t10"], 0, True)
    line = say(server, "proibido")
    server.send(f"@label={line.tags['label']} :s 404 ana #sala :no")
    history.to_present(server.network, room)
    server.answer_history("#sala", message(50), message(51, "do passado", nick="ana"))
    assert state(server) == [("t50", ""), ("do passado", ""), ("proibido", "failed")], (
        "a failure is seen at the latest now"
    )


def test_what_can_be_done_to_a_message() -> None:
    server = CoreServer().connect()
    server.send(message(1), message(2, nick="ana"), ":bia!b@h JOIN #sala * :x")
    theirs, mine, join = server.buffer().lines
    network, room = server.network, server.buffer()
    assert [send.can_react(network, each) for each in (theirs, mine, join)] == [True, True, False]
    assert [send.can_edit(network, each) for each in (theirs, mine, join)] == [False, True, False]
    assert [send.can_delete(network, room, each) for each in (theirs, mine, join)] == [False, True, False]
    server.send(":x!x@h MODE #sala +o ana")
    assert send.can_delete(network, room, theirs)
    assert not any(
        (
            send.can_react(network, BufferLine()),
            send.can_edit(network, BufferLine()),
            send.can_delete(network, room, BufferLine()),
        )
    )
    plain = CoreServer(caps="echo-message", tokens=TOKENS).connect()
    assert not any((send.can_react(plain.network, mine), send.can_edit(plain.network, mine)))
    assert not send.can_delete(plain.network, plain.buffer(), mine)


def test_edits_and_deletions_and_why_not() -> None:
    server = CoreServer().connect()
    server.send(message(1, nick="ana"))
    (mine,) = server.buffer().lines
    why: list[str] = []
    server.received()
    send.edit(server.network, server.buffer(), mine, "novo\r\nQUIT", why.append)
    send.delete(server.network, server.buffer(), mine, why.append)
    edit, delete = server.received()
    assert edit.endswith(" EDIT #sala m1 :novo  QUIT"), "an edited message is one line"
    assert delete.endswith(" REDACT #sala m1")
    server.send(f"{edit.split()[0]} :ana!a@h EDIT #sala m1 :novo", f"{delete.split()[0]} FAIL REDACT NO x :proibido")
    assert (why, mine.text, mine.edited) == (["", "proibido"], "novo", True)
    send.edit(server.network, server.buffer(), mine, "x", why.append)
    server.network.lost("", 1)
    send.edit(server.network, server.buffer(), mine, "x", why.append)
    assert all(why[2:])
    assert len(why) == 4


def test_reacting_and_taking_it_back() -> None:
    server = CoreServer().connect()
    server.send(message(1))
    (shown,) = server.buffer().lines
    server.received()
    send.react(server.network, server.buffer(), shown, "👍")
    assert server.received() == ["@+draft/react=👍;+draft/reply=m1;+reply=m1 TAGMSG #sala"]
    server.send("@+draft/react=👍;+reply=m1 :ANA!a@h TAGMSG #sala")
    send.react(server.network, server.buffer(), shown, "👍")
    assert "+draft/unreact" in server.received()[0]
    silent = CoreServer(caps=CAPS.replace("echo-message", "")).connect()
    silent.send(message(1))
    send.react(silent.network, silent.buffer(), silent.buffer().lines[0], "👍")
    assert silent.buffer().lines[0].reactions == {"👍": ["ana"]}
    silent.network.lost("", 1)
    silent.received()
    send.react(silent.network, silent.buffer(), silent.buffer().lines[0], "🎉")
    assert silent.received() == []


def test_showing_that_we_type(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    monkeypatch.setattr(send, "now_ms", lambda: now[0])
    server = CoreServer().connect()
    room = server.buffer()
    for _ in range(3):
        send.typing(server.network, room, empty=False)
    assert server.received() == ["@+typing=active TAGMSG #sala"]
    now[0] += send.TYPING_EVERY_MS + 1
    send.typing(server.network, room, empty=False)
    send.typing(server.network, room, empty=True)
    send.typing(server.network, room, empty=True)
    assert server.received() == ["@+typing=active TAGMSG #sala", "@+typing=done TAGMSG #sala"]
    send.typing(server.network, server.network.server, empty=False)
    assert server.received() == []
