"""Who is not in a channel reads and changes nothing of it: every verb that does either, in every mode of the table."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

from papo.server.dialects.irc.verb import VERBS
from papo.server.world.events import MessageSent
from papo.server.world.modes import CHANNEL_FLAGS, KEY_MODES, PARAMETER_MODES

CAPS = "message-tags batch draft/chathistory draft/event-playback draft/multiline draft/message-redaction draft/search"
PARAMETERS = {"f": "#outra", "j": "9:9", "k": "chave", "l": "9", "L": "#outra", "W": "1"}
MODES = sorted(CHANNEL_FLAGS) + sorted(KEY_MODES + PARAMETER_MODES)
LISTS = ("b eva!*@*", "b m:eva!*@*", "b a:eva", "e eva!*@*", "I eva!*@*")
ROLES = ("outside", "parted", "kicked", "banned", "without TLS")
LINES = (
    "CHATHISTORY LATEST #sala * 9",
    "CHATHISTORY BEFORE #sala msgid={msgid} 9",
    "CHATHISTORY AFTER #sala timestamp=2000-01-01T00:00:00.000Z 9",
    "CHATHISTORY AROUND #sala msgid={msgid} 9",
    "CHATHISTORY BETWEEN #sala timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 9",
    "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 9",
    "SEARCH text=SEGREDO*",
    "SEARCH in=#sala;text=SEGREDO*",
    "SEARCH in=#sala;from=ana",
    "HISTSERV PLAY #sala",
    "HISTSERV DELETE #sala {msgid}",
    "ZNC *playback play * 0",
    "ZNC *playback play #sala 0",
    "PRIVMSG *playback :play #sala 0",
    "EDIT #sala {msgid} :TOMADA",
    "@+draft/edit={msgid} PRIVMSG #sala :TOMADA",
    "REDACT #sala {msgid} :TOMADA",
    "RELAYMSG #sala ana/x :TOMADA",
    "TOPIC #sala :TOMADA",
)
"""None of them is for somebody outside, whatever the channel's modes are."""


async def leaks(mode: str, role: str) -> list[str]:
    """What the user got or changed."""
    server = MemoryServer()
    server.tls = True
    server.register("ana", "#sala", "#outra", caps=CAPS)
    server.tls = role != "without TLS"
    server.register("eva", caps=CAPS)
    for line in {"parted": ("PART #sala",), "kicked": ("",), "banned": ("",)}.get(role, ()):
        server.send("eva", "JOIN #sala")
        server.send("eva", line)
    server.send("ana", "PRIVMSG #sala :SEGREDO aberto")
    if role in {"kicked", "banned"}:
        server.send("ana", "KICK #sala eva")
    if role == "banned":
        server.send("ana", "MODE #sala +b eva!*@*")
    letter, _, mask = mode.partition(" ")
    server.send("ana", f"MODE #sala +{letter} {mask or PARAMETERS.get(letter, '')}")
    server.send("ana", "PRIVMSG #sala :SEGREDO fechado")
    msgids = [event.msgid for event in server.store.events if isinstance(event, MessageSent)]
    server.received("ana")
    server.received("eva")
    found = []
    for line in LINES:
        for msgid in msgids if "{msgid}" in line else msgids[:1]:
            answer = await server.ask_and_wait("eva", line.replace("{msgid}", msgid))
            heard = server.received("ana")
            if any("SEGREDO" in each for each in answer) or any("TOMADA" in each or "REDACT" in each for each in heard):
                found.append(line)
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", [*MODES, *LISTS])
def test_nobody_outside_reads_or_changes_anything(mode: str, role: str) -> None:
    """Not before the mode was set either, with or without a list that names them."""
    assert asyncio.run(asyncio.wait_for(leaks(mode, role), 60)) == []


def test_a_member_gets_what_is_looked_for() -> None:
    """The lines above do something, each of them: a member, or an operator, sends it with success."""

    async def test() -> None:
        for line in LINES:
            server = MemoryServer()
            server.register("ana", "#sala", caps=CAPS)
            server.register("bia", "#sala")
            server.send("ana", "PRIVMSG #sala :SEGREDO")
            (msgid,) = (event.msgid for event in server.store.events if isinstance(event, MessageSent))
            server.received("bia")
            answer = await server.ask_and_wait("ana", line.replace("{msgid}", msgid))
            heard = server.received("bia")
            did = any("SEGREDO" in each or "#sala" in each for each in answer) or heard
            assert did, line
            assert not [each for each in answer if " FAIL " in each], line

    asyncio.run(asyncio.wait_for(test(), 60))


def test_every_verb_of_messages_is_tried() -> None:
    """A new one in these files needs a line here."""
    modules = ("history", "search", "message")
    named = {name for name, verb in VERBS.items() if verb.call.__module__.rsplit(".", 1)[-1] in modules}
    tried = {line.split(" ")[1 if line[0] == "@" else 0] for line in LINES}
    # NOTICE and BATCH are as PRIVMSG (test_speech), TAGMSG shows nothing, and a read marker is one's own.
    assert named - tried == {"BATCH", "MARKREAD", "NOTICE", "TAGMSG"}
