"""The table of capabilities: the page made of it, what CAP LS shows, and rows that depend on the configuration."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec
import pytest
from memory_server import MemoryServer, make_config

from papo.config import Tls
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.format import irc_format
from papo.server.world.events import Joined, MessageSent, NodeBack, NodeLost, UserQuit

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_made_of_the_table() -> None:
    """`python docs/make_capabilities.py` brings it up to date."""
    spec = importlib.util.spec_from_file_location("make_capabilities", ROOT / "docs" / "make_capabilities.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8") == module.text()


@pytest.mark.parametrize("cap", caps.CAPS, ids=lambda cap: cap.name)
def test_every_capability_can_be_requested_and_removed(cap: caps.Cap) -> None:
    """Except those that are only listed."""
    server = MemoryServer()
    server.connect("ana")
    answer = server.ask("ana", f"CAP REQ {cap.name}")[0]
    if cap.name in caps.NEVER_ASKED:
        assert " NAK " in answer
        return
    assert " ACK " in answer
    assert " ACK " in server.ask("ana", f"CAP REQ -{cap.name}")[0]
    assert server.clients["ana"].bits == 0


def test_sts_is_listed_if_it_is_configured() -> None:
    """With the TLS port; not to clients of CAP 301, and it cannot be requested."""
    server = MemoryServer(msgspec.structs.replace(make_config(), tls=Tls(sts_days=30)))
    server.chat.tls_port = 6697
    server.connect("ana")
    assert "sts=port=6697,duration=2592000" in " ".join(server.ask("ana", "CAP LS 302"))
    server.connect("old")
    assert "sts" not in " ".join(server.ask("old", "CAP LS"))


def test_a_node_that_is_lost_is_one_batch_of_quits() -> None:
    """IRCv3 netsplit and netjoin: users get those who were in their channels."""
    server = MemoryServer()
    server.register("ana", "#sala", caps="batch")
    server.register("bia", "#outra")
    chat = server.chat

    def stamp(nick: str) -> dict[str, object]:
        return {"uid": nick, "source": f"{nick}!u@h", "at_ms": chat.now_ms(), "msgid": chat.ids.msgid(chat.now_ms())}

    gone = tuple(
        UserQuit(**stamp(nick), reason="a.b c.d", channels=channels, history_scopes=(0,) * len(channels))  # type: ignore[arg-type]
        for nick, channels in (("x", ("#sala",)), ("y", ("#sala", "#outra")), ("z", ("#outra",)))
    )
    chat.emit(NodeLost(**chat.server_stamp(), nodes=("a.b", "c.d"), departed=gone))
    server.run_deferred()
    first, *quits, last = server.received("ana")
    reference = first.split()[2][1:]
    assert first == f":papo.test BATCH +{reference} netsplit a.b c.d"
    assert quits == [f"@batch={reference} :{nick}!u@h QUIT :a.b c.d" for nick in "xy"]
    assert last == f":papo.test BATCH -{reference}"
    assert server.received("bia") == [f":{nick}!u@h QUIT :a.b c.d" for nick in "yz"]
    back = tuple(Joined(**stamp(nick), channel="#sala", name="#sala", realname=nick) for nick in "xy")  # type: ignore[arg-type]
    chat.emit(NodeBack(**chat.server_stamp(), nodes=("a.b", "c.d"), joined=back))
    server.run_deferred()
    heard = server.received("ana")
    assert " netjoin a.b c.d" in heard[0]
    assert [line.split(" ", 1)[1] for line in heard[1:3]] == [f":{nick}!u@h JOIN #sala" for nick in "xy"]


def said(**more: object) -> MessageSent:
    """A message."""
    values: dict[str, object] = {
        "uid": "u", "source": "ana!a@h", "at_ms": 0, "msgid": "m", "verb": "PRIVMSG", "target": "#s", "channel": "#s",
        "conversation": "#s", "text": "oi", **more,
    }  # fmt: skip
    return MessageSent(**values)  # type: ignore[arg-type]


def test_operators_are_marked_for_those_who_ask() -> None:
    """IRCv3 oper-tag, with the name escaped."""
    form = irc_format(caps.OPER_TAG, "")
    assert form.lines(said(oper="chefe")) == ["@draft/oper=chefe :ana!a@h PRIVMSG #s :oi"]
    assert form.lines(said(oper="a;b c")) == [r"@draft/oper=a\:b\sc :ana!a@h PRIVMSG #s :oi"]
    assert form.lines(said()) == [":ana!a@h PRIVMSG #s :oi"]
    assert irc_format(caps.SERVER_TIME, "").lines(said(oper="chefe"))[0].startswith("@time=")


@pytest.mark.parametrize("framing", ["", "text", "binary"])
def test_several_lines_are_several_frames(framing: str) -> None:
    """Each line of a batch is a message of its own on a WebSocket, and a line on a stream."""
    event = said(lines=((False, "um"), (False, ""), (True, "dois")), text="um\ndois", tags={"+x": "y"})
    for bits in (caps.MULTILINE | caps.BATCH | caps.MESSAGE_TAGS, caps.MESSAGE_TAGS, 0):
        form = irc_format(bits, framing)
        assert form.encode(event) == b"".join(map(form.frame, form.lines(event)))
    assert len(irc_format(caps.MULTILINE, "").lines(event)) == 5
    assert irc_format(0, "").lines(event) == [":ana!a@h PRIVMSG #s :um", ":ana!a@h PRIVMSG #s :dois"]


def test_denied_client_tags_are_not_passed_on() -> None:
    """005 CLIENTTAGDENY: only the tags that are allowed are relayed; a TAGMSG without any is dropped."""
    config = make_config()
    limits = msgspec.structs.replace(config.limits, client_tags_denied=("*", "-typing"))
    server = MemoryServer(msgspec.structs.replace(config, limits=limits))
    server.register("ana", "#sala", caps="message-tags")
    server.register("bia", "#sala", caps="message-tags")
    server.send("ana", "@+typing=active;+foo=1 PRIVMSG #sala :oi")
    assert "+typing=active :" in server.received("bia")[0]
    server.send("ana", "@+foo=1 TAGMSG #sala")
    assert server.received("bia") == []


def test_a_reaction_never_breaks_a_line() -> None:
    """Whatever a tag holds, one line stays one line, in every format."""
    event = said(verb="TAGMSG", text="", tags={"+draft/react": "a\r\nQUIT :x\0\x07"})
    for bits in (0, caps.MESSAGE_TAGS, caps.SERVER_TIME):
        for line in irc_format(bits, "").lines(event):
            assert "\r" not in line
            assert "\n" not in line
