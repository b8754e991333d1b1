"""papo.chat/nonce: a message that is sent again is answered as the first time, and delivered once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from memory_server import MemoryServer, make_config

from papo.config import Limits
from papo.server import upkeep
from papo.server.delivery.ports import NotStored, Page
from papo.server.world.events import MessageSent

CAPS = "message-tags labeled-response batch echo-message draft/multiline papo.chat/nonce draft/message-redaction"
NONCE = "k7Zf0aXbQ-_.2hUe9RtYwA"
OTHER = "OOOOOOOOOOOOOOOOOOOOOO"


def tagged(line: str, *, nonce: str = NONCE, label: str = "1", more: str = "") -> str:
    """The line with a nonce and a label."""
    return f"@label={label};papo.chat/nonce={nonce}{more} {line}"


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test that waits."""
    asyncio.run(asyncio.wait_for(test(), 60))


def open_server(**config: Any) -> MemoryServer:
    """With ana and bia in #sala, and carla who is not."""
    server = MemoryServer(make_config(**config))
    for nick in ("ana", "bia"):
        server.register(nick, "#sala", caps=CAPS)
    server.register("carla", caps=CAPS)
    server.received("bia")
    return server


async def loop_turns(server: MemoryServer) -> None:
    """Let everything run that does not wait for the disk."""
    for _ in range(10):
        server.run_deferred()
        await asyncio.sleep(0)


def stored(server: MemoryServer) -> list[str]:
    """Texts of all messages in the history."""
    return [event.text for event in server.store.events if isinstance(event, MessageSent)]


def test_the_echo_comes_again_and_nobody_else_gets_anything() -> None:
    """Same msgid, time and source; the label of the request that it answers."""

    async def test() -> None:
        server = open_server()
        (first,) = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        assert first.startswith(f"@label=1;papo.chat/nonce={NONCE};")
        assert [line.split(" PRIVMSG ")[1] for line in server.received("bia")] == ["#sala :oi"]
        server.now_s += 10
        again = await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi", label="2"))
        assert again == [first.replace("label=1", "label=2")]
        assert server.received("bia") == []
        assert stored(server) == ["oi"]

    run(test)


def test_a_nonce_is_shown_to_nobody() -> None:
    """Not to others, not in the history, not in what another node gets to show, not in the row on the disk."""

    async def test() -> None:
        server = open_server()
        server.ask("ana", tagged("PRIVMSG #sala :oi", more=";+papo/x=1"))
        assert not [line for line in server.received("bia") if NONCE in line or "nonce" in line]
        (event,) = await server.store.page(Page(conversation="#sala", newest_first=True, limit=9))
        assert isinstance(event, MessageSent)
        assert event.nonce is None
        assert b"nonce" not in msgspec.json.encode(event)

    run(test)


def test_without_the_capability_the_tag_means_nothing() -> None:
    """As any tag of a client that the server does not know."""

    async def test() -> None:
        server = open_server()
        server.register("duda", "#sala", caps="labeled-response message-tags echo-message")
        for label in "12":
            answer = await server.ask_and_wait("duda", tagged("PRIVMSG #sala :oi", label=label, nonce="!"))
            assert "PRIVMSG #sala" in answer[0]
        assert stored(server) == ["oi", "oi"]

    run(test)


def test_a_resend_while_the_first_waits_for_its_commit_is_answered_after_it() -> None:
    """From the same connection and from another one, in whatever order they come."""

    async def test() -> None:
        server = open_server()
        server.store.held = True
        server.send("ana", tagged("PRIVMSG #sala :oi"))
        server.send("ana", tagged("PRIVMSG #sala :oi", label="2"))
        server.send("carla", tagged("PRIVMSG #sala :oi", label="3"))
        await loop_turns(server)
        assert server.received("ana") == server.received("carla") == []
        server.store.commit_now()
        for nick in ("ana", "carla"):
            await server.wait_idle(nick)
        echoes = [line.partition(";")[2] for nick in ("ana", "carla") for line in server.received(nick)]
        assert len(echoes) == 3
        assert len(set(echoes)) == 1
        assert stored(server) == ["oi"]

    run(test)


def test_after_a_refusal_two_resends_make_one_message() -> None:
    """The first was not stored: the next one is the message, and of two only one."""

    async def test() -> None:
        server = open_server()
        server.store.failure = NotStored("full")
        (refused,) = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        assert " FAIL PRIVMSG " in refused
        server.store.failure = None
        server.send("ana", tagged("PRIVMSG #sala :oi", label="2"))
        server.send("bia", tagged("PRIVMSG #sala :oi", label="3"))
        await server.wait_idle("ana")
        await server.wait_idle("bia")
        assert stored(server) == ["oi"]
        assert any(line.startswith("@label=2;") for line in server.received("ana"))
        assert any(line.startswith("@label=3;") for line in server.received("bia"))

    run(test)


@pytest.mark.parametrize(
    "line", ["PRIVMSG #sala :tchau", "NOTICE #sala :oi", "PRIVMSG bia :oi", "PRIVMSG @#sala :oi", "PRIVMSG #outra :oi"]
)
def test_another_request_with_the_nonce_is_refused_and_told_nothing(line: str) -> None:
    """A clear refusal, without a word of the first message."""

    async def test() -> None:
        server = open_server()
        (first,) = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        (answer,) = await server.ask_and_wait("ana", tagged(line, label="2"))
        verb, target = line.split()[:2]
        assert answer.startswith(f"@label=2;papo.chat/nonce={NONCE} :papo.test FAIL {verb} NONCE_REUSED {target} :")
        assert first.partition("msgid=")[2].partition(";")[0] not in answer
        assert stored(server) == ["oi"]

    run(test)


def test_other_tags_make_another_request() -> None:
    """A reply to something else is not the same message; the order of tags makes no difference."""

    async def test() -> None:
        server = open_server()
        server.ask("ana", tagged("PRIVMSG #sala :oi", more=";+reply=a;+draft/reply=b"))
        (same,) = await server.ask_and_wait("ana", tagged("PRIVMSG #SALA :oi", more=";+draft/reply=b;+reply=a"))
        assert "PRIVMSG #sala :oi" in same
        (other,) = await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi", more=";+draft/reply=b;+reply=c"))
        assert " NONCE_REUSED " in other

    run(test)


def test_a_guest_resends_as_another_guest_and_an_account_only_as_itself() -> None:
    """The nonce is a guest's proof; a message of an account is nobody else's."""

    async def test() -> None:
        server = open_server()
        (first,) = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        server.send("ana", "QUIT")
        server.register("ana2", caps=CAPS)
        assert await server.ask_and_wait("ana2", tagged("PRIVMSG #sala :oi")) == [first]

        await server.ask_and_wait("bia", "REGISTER bia * senha-longa")
        server.ask("bia", tagged("PRIVMSG #sala :minha", nonce=OTHER))
        (answer,) = await server.ask_and_wait("ana2", tagged("PRIVMSG #sala :minha", nonce=OTHER))
        assert " NONCE_REUSED " in answer
        (mine,) = await server.ask_and_wait("bia", tagged("PRIVMSG #sala :minha", nonce=OTHER))
        assert ":bia!" in mine
        assert stored(server) == ["oi", "minha"]

    run(test)


@pytest.mark.parametrize("nonce", ["short", "x" * 65, "with=equals=signs", "with\\:semicolon", "acentuação-longa"])
def test_a_malformed_nonce_is_refused(nonce: str) -> None:
    """With a sentence, also in a batch; nothing is sent."""

    async def test() -> None:
        server = open_server()
        (answer,) = server.ask("ana", tagged("PRIVMSG #sala :oi", nonce=nonce))
        assert answer.startswith("@label=1 :papo.test FAIL PRIVMSG NONCE_INVALID #sala :A nonce is ")
        server.send("ana", tagged("BATCH +b draft/multiline #sala", nonce=nonce))
        server.send("ana", "@batch=b PRIVMSG #sala :um")
        server.send("ana", "@batch=b PRIVMSG #sala :dois")
        (answer,) = server.ask("ana", "BATCH -b")
        assert answer.startswith("@label=1 :papo.test FAIL PRIVMSG NONCE_INVALID #sala :A nonce is ")
        assert stored(server) == []

    run(test)


def test_one_nonce_is_for_one_target() -> None:
    """Two targets are two messages."""

    async def test() -> None:
        server = open_server()
        (answer,) = server.ask("ana", tagged("PRIVMSG #sala,bia :oi"))
        assert " FAIL PRIVMSG NONCE_INVALID " in answer
        assert stored(server) == []

    run(test)


def multiline(server: MemoryServer, label: str, *lines: str, nonce: str = NONCE) -> None:
    """A message of several lines."""
    server.send("ana", tagged("BATCH +b draft/multiline #sala", nonce=nonce, label=label))
    for line in lines:
        server.send("ana", f"@batch=b PRIVMSG #sala :{line}")
    server.send("ana", "BATCH -b")


def test_several_lines() -> None:
    """The whole batch again, with the new label; the text counts, not how it is cut into lines."""

    async def test() -> None:
        server = open_server()
        multiline(server, "1", "um", "dois")
        first = server.received("ana")
        multiline(server, "2", "um", "dois")
        await server.wait_idle("ana")
        assert [line.replace("label=2", "label=1") for line in server.received("ana")] == first
        multiline(server, "3", "um", "três")
        await server.wait_idle("ana")
        assert [" NONCE_REUSED " in line for line in server.received("ana")] == [True]
        assert stored(server) == ["um\ndois"]

    run(test)


def test_a_reaction_but_nothing_that_is_not_stored() -> None:
    """A reaction is stored once; typing, a service's command and an edit do not use their nonce up."""

    async def test() -> None:
        server = open_server()
        for label in "12":
            line = tagged("TAGMSG #sala", label=label, more=";+draft/react=👍;+draft/reply=m1")
            (answer,) = await server.ask_and_wait("ana", line)
            assert answer.startswith(f"@label={label};")
        assert len(stored(server)) == 1
        server.ask("ana", tagged("TAGMSG #sala", nonce=OTHER, more=";+typing=active"))
        await server.ask_and_wait("ana", tagged("PRIVMSG NickServ :HELP", nonce=OTHER))
        assert "PRIVMSG #sala" in server.ask("ana", tagged("PRIVMSG #sala :oi", nonce=OTHER))[0]

    run(test)


def test_what_is_stored_is_never_refused() -> None:
    """Not in the channel any more, muted, too long with another nick, slow mode: the first one counts."""

    async def test() -> None:
        server = open_server()
        server.ask("ana", "MODE #sala +W 60")
        server.send("bia", tagged("PRIVMSG #sala :oi"))
        (refused,) = server.ask("bia", tagged("PRIVMSG #sala :outra", nonce=OTHER))
        assert " 404 " in refused
        (again,) = await server.ask_and_wait("bia", tagged("PRIVMSG #sala :oi", label="2"))
        assert "PRIVMSG #sala :oi" in again
        server.now_s += 61
        (third,) = server.ask("bia", tagged("PRIVMSG #sala :outra", nonce=OTHER.lower()))
        assert "PRIVMSG #sala :outra" in third, "the resend was not counted"
        server.ask("ana", "KICK #sala bia")
        server.ask("ana", "MODE #sala +bn *!*@*")
        (gone,) = await server.ask_and_wait("bia", tagged("PRIVMSG #sala :oi", label="3"))
        assert "PRIVMSG #sala :oi" in gone

        server.ask("ana", tagged("PRIVMSG bia :só você", nonce="P" * 20))
        server.ask("bia", "NICK beatriz")
        (private,) = await server.ask_and_wait("ana", tagged("PRIVMSG bia :só você", nonce="P" * 20))
        assert "PRIVMSG bia :só você" in private

    run(test)


def test_a_message_that_was_deleted_since() -> None:
    """A NOTE says so; the text does not come back. An edited one comes as it is now."""

    async def test() -> None:
        server = open_server()
        (first,) = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        msgid = first.partition("msgid=")[2].partition(" ")[0]
        await server.ask_and_wait("ana", f"EDIT #sala {msgid} :olá")
        (edited,) = await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi"))
        assert edited == first.replace(":oi", ":olá")
        await server.ask_and_wait("ana", f"REDACT #sala {msgid}")
        (answer,) = await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi", label="2"))
        assert answer == (
            f"@label=2;papo.chat/nonce={NONCE} :papo.test NOTE PRIVMSG MESSAGE_DELETED #sala "
            ":Your message was sent, and has been deleted since"
        )

    run(test)


def test_without_echo_message_an_ack() -> None:
    """As the first time."""

    async def test() -> None:
        server = open_server()
        server.register("duda", "#sala", caps="labeled-response batch papo.chat/nonce")
        for label in "12":
            answer = await server.ask_and_wait("duda", tagged("PRIVMSG #sala :oi", label=label))
            assert answer == [f"@label={label};papo.chat/nonce={NONCE} :papo.test ACK"]
        assert stored(server) == ["oi"]

    run(test)


def test_a_connection_that_ends_while_its_resend_waits_sends_nothing() -> None:
    """Its user has quit: the message comes over the next connection, or not at all."""

    async def test() -> None:
        server = open_server()
        server.store.failure = NotStored("full")
        server.send("ana", tagged("PRIVMSG bia :oi"))
        server.store.failure = None
        server.store.held = True
        server.send("bia", "PRIVMSG #sala :antes")
        server.send("ana", tagged("PRIVMSG bia :oi"))
        await loop_turns(server)
        server.clients["ana"].lost("gone")
        server.store.commit_now()
        await server.wait_idle("ana")
        assert stored(server) == ["antes"]

    run(test)


def test_a_nonce_is_forgotten_after_a_day() -> None:
    """Until then upkeep leaves it; after that the table and the filter do not grow."""

    async def test() -> None:
        server = open_server()
        server.ask("ana", tagged("PRIVMSG #sala :oi"))
        server.now_s += 86_000
        await server.run_action(upkeep.prune(server.chat))
        assert "PRIVMSG" in (await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi")))[0]
        assert stored(server) == ["oi"]
        server.now_s += 500
        await server.run_action(upkeep.prune(server.chat))
        assert server.store.tables.nonces == {}
        server.ask("ana", tagged("PRIVMSG #sala :oi"))
        assert stored(server) == ["oi", "oi"]

    run(test)


def test_with_the_usual_limits_a_resend_is_one_line() -> None:
    """It spends what any line spends."""

    async def test() -> None:
        server = open_server(limits=Limits())
        first = server.ask("ana", tagged("PRIVMSG #sala :oi"))
        server.now_s += 30
        answers = []
        for _ in range(3):
            answers += await server.ask_and_wait("ana", tagged("PRIVMSG #sala :oi"))
        assert answers == first * 3

    run(test)


def test_a_second_device_gets_the_message_once_and_may_send_it_again() -> None:
    """The echo of a resend goes to the connection that asks; a message of one device is the same from another."""

    async def test() -> None:
        server = open_server()
        await server.ask_and_wait("bia", "REGISTER bia * senha-longa")
        server.connect("phone")
        proof = base64.b64encode(b"\0bia\0senha-longa").decode()
        for line in ("CAP LS 302", f"CAP REQ :sasl {CAPS}", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}"):
            await server.ask_and_wait("phone", line)
        for line in ("NICK bia", "USER bia 0 * :Bia", "CAP END"):
            await server.ask_and_wait("phone", line)
        assert server.clients["phone"].user is server.clients["bia"].user
        server.received("bia")

        (first,) = server.ask("bia", tagged("PRIVMSG #sala :oi"))
        (copy,) = server.received("phone")
        assert "nonce" not in copy
        assert await server.ask_and_wait("phone", tagged("PRIVMSG #sala :oi")) == [first]
        assert server.received("bia") == []
        assert stored(server) == ["oi"]

    run(test)
