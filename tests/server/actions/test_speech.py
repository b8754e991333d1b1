"""What a channel forbids to say is not said in it by any verb that shows others a text: every verb in every mode."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

from papo.server.world.events import MessageSent

CAPS = "message-tags batch draft/multiline draft/message-redaction draft/message-edit"
PLAIN, COLOUR, CTCP = "SEGREDO", "\x0304SEGREDO\x03", "\x01SEGREDO\x01"
BATCH = "BATCH +b draft/multiline #sala\n@batch=b {verb} #sala :um\n@batch=b {verb} #sala :{text}\nBATCH -b"
WAYS = {
    "PRIVMSG": "PRIVMSG #sala :{text}",
    "STATUSMSG": "PRIVMSG @#sala :{text}",
    "action": "PRIVMSG #sala :\x01ACTION {text}\x01",
    "NOTICE": "NOTICE #sala :{text}",
    "BATCH": BATCH.replace("{verb}", "PRIVMSG"),
    "BATCH of notices": BATCH.replace("{verb}", "NOTICE"),
    "EDIT": "EDIT #sala {said} :{text}",
    "EDIT of a notice": "EDIT #sala {noticed} :{text}",
    "edit by tag": "@+draft/edit={said} PRIVMSG #sala :{text}",
    "edit by tag of a notice": "@+draft/edit={noticed} NOTICE #sala :{text}",
    "REDACT": "REDACT #sala {said} :{text}",
    "TOPIC": "TOPIC #sala :{text}",
    "PART": "PART #sala :{text}",
    "QUIT": "QUIT :{text}",
}
RULES = {
    "+m": PLAIN,
    "+M": PLAIN,
    "+b eva!*@*": PLAIN,
    "+b m:eva!*@*": PLAIN,
    "+W 60": PLAIN,
    "+c": COLOUR,
    "-nt+c": COLOUR,
    "+C": CTCP,
    "-n+C": CTCP,
}
NOT_ACTION = {"action": {"+C", "-n+C"}}
"""What is not what the rule forbids."""


async def heard(modes: str, way: str, text: str, *, rank: str = "") -> list[str]:
    """What the others in the channel receive when eva has said something, the modes are set, and she tries the way."""
    server = MemoryServer()
    server.register("ana", "#sala", caps=CAPS)
    server.register("bia", "#sala")
    server.register("eva", "#sala", caps=CAPS)
    if rank:
        server.send("ana", f"MODE #sala +{rank} eva")
    server.send("ana", "MODE #sala -t")
    if "W" in modes:
        server.send("ana", f"MODE #sala {modes}")
    server.send("eva", "PRIVMSG #sala :dito")
    server.now_s += 60
    server.send("eva", "NOTICE #sala :notado")
    said = {event.verb: event.msgid for event in server.store.events if isinstance(event, MessageSent)}
    server.send("ana", f"MODE #sala {modes}")
    for name in server.clients:
        server.received(name)
    line = WAYS[way].replace("{text}", text)
    for verb, key in (("PRIVMSG", "{said}"), ("NOTICE", "{noticed}")):
        line = line.replace(key, said.get(verb, ""))
    for each in line.split("\n"):
        server.send("eva", each)
    await server.wait_idle("eva")
    return [each for name in ("ana", "bia") for each in server.received(name) if "SEGREDO" in each]


def run(modes: str, way: str, text: str, *, rank: str = "") -> list[str]:
    """The same, from outside a loop."""
    return asyncio.run(asyncio.wait_for(heard(modes, way, text, rank=rank), 30))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("modes", RULES)
def test_what_the_channel_forbids_is_heard_by_nobody(modes: str, way: str) -> None:
    """By whatever verb; without the mode it is heard."""
    if modes in NOT_ACTION.get(way, ()):
        return
    assert run(modes, way, RULES[modes]) == []
    assert run("-t", way, RULES[modes])


@pytest.mark.parametrize("way", [way for way in WAYS if "otice" in way or way == "NOTICE"])
def test_no_notices_means_no_edited_ones(way: str) -> None:
    """Mode T; an operator sends them."""
    if "dit" in way:  # sent before the mode was set
        assert run("+T", way, PLAIN) == []
    assert run("-t", way, PLAIN)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("modes", ["+S", "-nt+S"])
def test_formatting_is_taken_out_of_every_text(modes: str, way: str) -> None:
    """Mode S."""
    lines = run(modes, way, COLOUR)
    assert lines
    assert not any("\x03" in line for line in lines)
    assert any("\x03" in line for line in run("-t", way, COLOUR))


@pytest.mark.parametrize("modes", ["+m", "+M", "+W 60"])
@pytest.mark.parametrize("way", ["EDIT", "REDACT", "TOPIC", "PART", "QUIT"])
def test_a_voice_is_heard(modes: str, way: str) -> None:
    """As with messages."""
    assert run(modes, way, PLAIN, rank="v")


@pytest.mark.parametrize(("modes", "text"), [("+c", COLOUR), ("+C", CTCP), ("+S", COLOUR)])
def test_a_relayed_message_is_a_message(modes: str, text: str) -> None:
    """RELAYMSG."""
    WAYS["RELAYMSG"] = "RELAYMSG #sala zé/ponte :{text}"
    try:
        assert not any("\x03" in line or "\x01" in line for line in run(modes, "RELAYMSG", text, rank="h"))
        assert run("-t", "RELAYMSG", text, rank="h")
    finally:
        del WAYS["RELAYMSG"]


@pytest.mark.parametrize("way", ["PRIVMSG ana :{}", "EDIT ana {} :{}", "REDACT ana {} :{}", "BATCH"])
def test_who_takes_no_ctcp_gets_none(way: str) -> None:
    """User mode T; in no line of a message, nor in what an edit or a reason is to clients that know neither."""

    async def test() -> None:
        for modes in ("", "+T"):
            server = MemoryServer()
            server.register("ana")
            server.register("eva", caps=CAPS)
            server.send("eva", "PRIVMSG ana :dito")
            (said,) = (event.msgid for event in server.store.events if isinstance(event, MessageSent))
            if modes:
                server.send("ana", f"MODE ana {modes}")
            server.received("ana")
            line = (
                BATCH.format(verb="PRIVMSG", text=CTCP).replace("#sala", "ana")
                if way == "BATCH"
                else (way.format(CTCP) if way.count("{}") == 1 else way.format(said, CTCP))
            )
            for each in line.split("\n"):
                server.send("eva", each)
            await server.wait_idle("eva")
            assert any("SEGREDO" in each for each in server.received("ana")) is not bool(modes)

    asyncio.run(asyncio.wait_for(test(), 30))


def test_a_knock_is_short_and_plain() -> None:
    """It goes to the operators, from somebody who is not in the channel."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("eva")
    server.send("ana", "MODE #sala +i")
    server.received("ana")
    server.send("eva", f"KNOCK #sala :{COLOUR}{'x' * 440}")
    (line,) = server.received("ana")
    assert "SEGREDO" in line
    assert "\x03" not in line
    assert len(line.encode()) < 510


@pytest.mark.parametrize(
    "line", ["EDIT ana {} :SEGREDO", "REDACT ana {} :SEGREDO", "@+draft/edit={} PRIVMSG ana :SEGREDO"]
)
def test_who_hears_no_guests_hears_no_edits_of_theirs(line: str) -> None:
    """User mode R, set after the message."""

    async def test() -> None:
        for modes in ("", "+R"):
            server = MemoryServer()
            server.register("ana")
            server.register("eva", caps=CAPS)
            server.send("eva", "PRIVMSG ana :dito")
            (said,) = (event.msgid for event in server.store.events if isinstance(event, MessageSent))
            if modes:
                server.send("ana", f"MODE ana {modes}")
            server.received("ana")
            server.send("eva", line.format(said))
            await server.wait_idle("eva")
            assert any("SEGREDO" in each for each in server.received("ana")) is not bool(modes)

    asyncio.run(asyncio.wait_for(test(), 30))
