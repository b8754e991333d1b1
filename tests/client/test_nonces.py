"""A server that recognises what is sent again (papo.chat/nonce): nothing is lost and nothing is said twice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from fake_server import CAPS, CoreServer, message

from papo.client.state import send
from papo.client.state.outbox import Outbox
from papo.protocol.irc import Line, parse

KEEPS = f"{CAPS} papo.chat/nonce=duration=86400"
NONCE = "papo.chat/nonce"


def connect(caps: str = KEEPS, outbox: Outbox | None = None) -> CoreServer:
    return CoreServer(caps=caps, outbox=outbox).connect()


def say(server: CoreServer, text: str) -> Line:
    """Say something; the line that went out."""
    server.received()
    send.say(server.network, server.buffer(), text)
    return server.requests("PRIVMSG")[0]


def again(server: CoreServer) -> list[Line]:
    """Reconnect, and rejoin; the messages that are sent before anything is known of the history."""
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    lines = server.lines[-20:]
    found = [line for line in server.requests("PRIVMSG") if line.tags]
    asks = [at for at, line in enumerate(lines) if " CHATHISTORY " in line]
    assert all(" PRIVMSG " not in line for line in lines[asks[0] :]), "the history is asked for after them"
    return found


def answer_history(server: CoreServer, *lines: str) -> None:
    """Answer the last request for history."""
    server.answer_history("#sala", *lines, question=parse(server.last("CHATHISTORY")))


def echo(line: Line, number: int) -> str:
    """The server's copy."""
    tags = f"label={line.tags['label']};{NONCE}={line.tags[NONCE]}"
    return message(number, line.params[1], nick="ana", tags=tags)


def state(server: CoreServer) -> list[tuple[str, str]]:
    return [(each.text, each.pending) for each in server.buffer().lines if each.is_message]


def waits(server: CoreServer) -> list[str]:
    return [each.text for each in server.network.outbox.of(str(server.network.address))]


def test_nobody_but_the_server_gets_the_nonce() -> None:
    server = connect()
    line = say(server, "oi")
    assert "+papo/nonce" not in line.tags
    assert len(line.tags[NONCE]) == 22
    server.send(echo(line, 1))
    assert (state(server), waits(server)) == ([("oi", "")], [])
    assert NONCE not in say(connect(CAPS), "oi").tags


def test_what_was_not_answered_is_sent_again_without_reading_history() -> None:
    server = connect()
    first, second = say(server, "um"), say(server, "dois")
    resent = again(server)
    assert [(line.params[1], line.tags[NONCE]) for line in resent] == [
        ("um", first.tags[NONCE]), ("dois", second.tags[NONCE]),
    ]  # fmt: skip
    third = say(server, "três")
    assert third.tags[NONCE] not in {first.tags[NONCE], second.tags[NONCE]}, "what is said meanwhile does not wait"
    for number, line in enumerate([*resent, third], 1):
        server.send(echo(line, number))
    answer_history(server)
    assert (state(server), waits(server)) == ([("um", ""), ("dois", ""), ("três", "")], [])


def test_a_program_that_ended_sends_it_again_when_it_starts(tmp_path: Path) -> None:
    server = connect(outbox=Outbox(tmp_path))
    line = say(server, "oi")
    server.network.outbox.close()
    later = CoreServer(caps=KEEPS, outbox=Outbox(tmp_path))
    later.accept()
    later.negotiate()
    later.welcome()
    later.send(":ana!ana@h JOIN #sala * :Ana")
    (resent,) = [each for each in later.requests("PRIVMSG") if each.tags]
    assert (resent.params[1], resent.tags[NONCE]) == ("oi", line.tags[NONCE])
    later.network.outbox.close()


def test_a_copy_of_what_was_stored_long_ago_is_in_its_place() -> None:
    server = connect()
    server.send(message(1))
    say(server, "oi")
    (resent,) = again(server)
    answer_history(server, message(2, "oi", nick="ana"), message(3), message(4))
    assert state(server) == [("t1", ""), ("oi", ""), ("t3", ""), ("t4", ""), ("oi", "waiting")]
    server.send(echo(resent, 2))
    assert state(server) == [("t1", ""), ("oi", ""), ("t3", ""), ("t4", "")]

    say(server, "depois")
    (resent,) = again(server)
    answer_history(server, message(9))
    server.send(echo(resent, 5))
    assert [text for text, _ in state(server)] == ["t1", "oi", "t3", "t4", "depois", "t9"]
    say(server, "fora")
    (resent,) = again(server)
    server.buffer().has_older = True
    answer_history(server)
    server.send(echo(resent, 0))
    assert ("fora", "") not in state(server), "it is older than what is here: scrolling up shows it"
    assert waits(server) == []


def test_each_part_of_a_long_text_is_sent_again_alone(tmp_path: Path) -> None:
    """As the parts were cut the first time: the new connection has another nick, and other places to cut."""
    server = connect(outbox=Outbox(tmp_path))
    text = "\n".join(f"linha {at}" for at in range(60))
    server.received()
    send.say(server.network, server.buffer(), text)
    opened = [line for line in server.requests("BATCH") if line.params[0][0] == "+"]
    nonces = [line.tags[NONCE] for line in opened]
    assert len(opened) == len(set(nonces)) == 3
    parts = waits(server)
    assert "\n".join(parts) == text
    assert state(server) == [(part, "waiting") for part in parts]
    server.send(
        f"@label={opened[0].tags['label']};{NONCE}={nonces[0]};msgid=m1 :ana!a@h BATCH +x draft/multiline #sala",
        *(f"@batch=x :ana!a@h PRIVMSG #sala :{line}" for line in parts[0].split("\n")),
        ":ana!a@h BATCH -x",
    )
    assert waits(server) == parts[1:]
    server.network.outbox.close()

    later = CoreServer(caps=KEEPS, outbox=Outbox(tmp_path))
    later.network.wanted_nick = "ana-com-um-nome-bem-mais-comprido"
    later.accept()
    later.negotiate()
    later.welcome("ana-com-um-nome-bem-mais-comprido")
    later.send(":ana-com-um-nome-bem-mais-comprido!ana@h JOIN #sala * :Ana")
    sent = later.received()
    assert [line.partition(f"{NONCE}=")[2].partition(";")[0] for line in sent if " BATCH +" in line] == nonces[1:]
    assert "\n".join(line.partition(" :")[2] for line in sent if "batch=" in line and "linha 0" not in line)
    assert waits(later) == parts[1:]
    later.network.outbox.close()


def test_a_program_that_ends_while_it_cuts_sends_the_whole(tmp_path: Path) -> None:
    """Nothing was sent before all parts were on disk and the whole was gone."""
    outbox = Outbox(tmp_path)
    item = outbox.add("irc://localhost:6667", "#sala", "um\ndois", reply_to="", command="PRIVMSG", after="")
    whole = (tmp_path / "0" / f"{item.nonce}.json").read_bytes()
    parts = outbox.cut(item, ["um", "dois"])
    assert [each.text for each in outbox.of(item.network)] == ["um", "dois"]
    (tmp_path / "0" / f"{item.nonce}.json").write_bytes(whole)
    (tmp_path / "0" / f"{parts[1].nonce}.json").unlink()
    outbox.close()
    heir = Outbox(tmp_path)
    assert [(each.nonce, each.text) for each in heir.of(item.network)] == [(item.nonce, "um\ndois")]
    assert sorted(each.name for each in (tmp_path / "0").glob("*.json")) == [f"{item.nonce}.json"]
    assert [each.text for each in heir.cut(item, [str(at) for at in range(12)])] == [str(at) for at in range(12)]
    heir.close()
    last = Outbox(tmp_path)
    assert [each.text for each in last.of(item.network)] == [str(at) for at in range(12)], "in the order of their cut"
    last.close()


def test_an_outcome_that_is_unknown_waits_for_the_next_connection() -> None:
    server = connect()
    line = say(server, "oi")
    server.send(f"@label={line.tags['label']} :s FAIL PRIVMSG OUTCOME_UNKNOWN #sala :Nobody knows")
    assert state(server) == [("oi", "waiting")]
    assert ("error", "Nobody knows") in server.listener.notices
    (resent,) = again(server)
    assert resent.tags[NONCE] == line.tags[NONCE]


def test_a_nonce_of_something_else_is_replaced_before_the_user_tries_again() -> None:
    server = connect()
    line = say(server, "oi")
    server.send(f"@label={line.tags['label']} :s FAIL PRIVMSG NONCE_REUSED #sala :Another message")
    (shown,) = [each for each in server.buffer().lines if each.nonce]
    assert (shown.pending, shown.error) == ("failed", "Another message")
    server.received()
    send.retry(server.network, server.buffer(), shown.nonce)
    (second,) = server.requests("PRIVMSG")
    assert second.tags[NONCE] != line.tags[NONCE]
    server.send(echo(second, 1))
    assert (state(server), waits(server)) == ([("oi", "")], [])


def test_a_message_that_was_deleted_since_goes() -> None:
    server = connect()
    line = say(server, "oi")
    server.send(f"@label={line.tags['label']} :s NOTE PRIVMSG MESSAGE_DELETED #sala :Sent, and deleted since")
    assert (state(server), waits(server)) == ([], [])
    assert [each.text for each in server.buffer().lines] == ["Sent, and deleted since"]


def test_after_a_day_and_without_the_capability_the_user_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for late_ms, caps in ((86_400_000, KEEPS), (-86_400_000, KEEPS), (0, CAPS)):
        server = connect()
        say(server, "oi")
        (item,) = server.network.outbox.of(str(server.network.address))
        item.sent_at_ms -= late_ms
        server.caps = caps
        server.reconnect()
        server.join()
        assert state(server) == [("oi", "failed")], (late_ms, caps)
        assert "CHATHISTORY AFTER" not in " ".join(server.lines), "its nonce is in no history"
        server.received()
        send.retry(server.network, server.buffer(), item.nonce)
        assert len(server.requests("PRIVMSG")) == 1


def test_what_an_older_version_has_sent_is_looked_for_in_the_history() -> None:
    """Its nonce was for everybody, and this server has not kept it."""
    server = connect(CAPS)
    server.send(message(1))
    line = say(server, "oi")
    server.caps = KEEPS
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    assert not [each for each in server.lines if " PRIVMSG " in each]
    stored = message(2, "oi", nick="ana", tags=f"+papo/nonce={line.tags['+papo/nonce']}")
    answer_history(server, stored)
    assert (state(server), waits(server)) == ([("t1", ""), ("oi", "")], [])


def test_commands_to_services_are_not_sent_again() -> None:
    """They are not stored, so nobody can recognise them: as before, the user decides."""
    server = connect()
    service = server.network.open("NickServ")
    server.received()
    send.say(server.network, service, "IDENTIFY segredo")
    (line,) = server.requests("PRIVMSG")
    assert NONCE not in line.tags
    server.reconnect()
    assert not [each for each in server.lines if "segredo" in each]


def test_a_reaction_survives_the_connection() -> None:
    server = connect()
    server.send(message(1))
    server.received()
    send.react(server.network, server.buffer(), server.buffer().lines[0], "👍")
    (line,) = server.requests("TAGMSG")
    assert (line.tags["+draft/react"], line.tags["+reply"]) == ("👍", "m1")
    server.reconnect()
    server.received()
    server.send(":ana!ana@h JOIN #sala * :Ana")
    (resent,) = server.requests("TAGMSG")
    assert {**resent.tags, "label": ""} == {**line.tags, "label": ""}
    answer = f"@label={resent.tags['label']};+draft/react=👍;+reply=m1;msgid=m2 :ana!a@h TAGMSG #sala"
    server.send(answer)
    assert server.buffer().lines[0].reactions == {"👍": ["ana"]}
    assert waits(server) == []

    send.react(server.network, server.buffer(), server.buffer().lines[0], "👎")
    server.send(f"@label={server.label_of('TAGMSG')} :s 404 ana #sala :Cannot send to channel")
    assert waits(server) == []
    assert ("error", "Cannot send to channel") in server.listener.notices


def test_an_outbox_of_before_opens_and_one_of_now_opens_before(tmp_path: Path) -> None:
    """A file without the new fields, and a new one for the version before: fields it does not know are skipped."""
    outbox = Outbox(tmp_path)
    item = outbox.add("irc://x", "#sala", "oi", reply_to="", command="PRIVMSG", after="")
    outbox.change(item, tried=True)
    outbox.close()
    (file,) = (tmp_path / "0").glob("*.json")
    fields = msgspec.json.decode(file.read_bytes())
    for name in ("sent_at_ms", "reaction"):
        fields.pop(name, None)
    file.write_bytes(msgspec.json.encode(fields))
    heir = Outbox(tmp_path)
    assert [(each.text, each.tried, each.sent_at_ms) for each in heir.of("irc://x")] == [("oi", True, 0)]
    heir.close()
