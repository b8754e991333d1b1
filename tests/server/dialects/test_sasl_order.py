"""AUTHENTICATE, CAP, NICK, USER and the rest in any order: nobody is logged in but by a whole, right exchange."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from fake_link import FakeLink
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_server import MemoryServer

from papo.server.actions.accounts import accounts

PASSWORD = "senha-boa-1"
FINGERPRINT = "00112233" * 8


def encoded(text: str) -> str:
    """As AUTHENTICATE carries it."""
    return base64.b64encode(text.encode()).decode()


LINES = [
    "CAP LS 302", "CAP REQ :sasl", "CAP REQ :-sasl", "CAP END", "NICK eva", "USER eva 0 * :Eva", "PING x",
    "AUTHENTICATE *", "AUTHENTICATE +", "AUTHENTICATE PLAIN", "AUTHENTICATE EXTERNAL", "AUTHENTICATE SCRAM-SHA-256",
    "AUTHENTICATE dona", "AUTHENTICATE " + encoded("dona"), "AUTHENTICATE " + encoded("dona\0dona\0errada"),
    "AUTHENTICATE " + encoded("n,,n=dona,r=abc"), "AUTHENTICATE " + encoded("c=biws,r=abc,p=AAAA"),
    "AUTHENTICATE " + encoded(FINGERPRINT), "AUTHENTICATE " + "A" * 400, "AUTHENTICATE " + "A" * 401,
    "NS IDENTIFY dona errada", "REGISTER dona * senha-boa-9", "VERIFY dona 123456", "JOIN #sala",
]  # fmt: skip
"""Everything but the right password."""


async def start() -> MemoryServer:
    """A server with the account that is to be taken over."""
    server = MemoryServer()
    account = await server.run_action(accounts.create(server.chat, name="dona", password=PASSWORD))
    assert account.verified
    server.connect("eva")
    return server


def is_logged_in(server: MemoryServer) -> bool:
    """Whether anybody is logged in, registered or not."""
    registration: Any = server.clients["eva"].registration
    unregistered = registration is not None and registration.account is not None
    return unregistered or any(user.account for user in server.chat.world.users.values())


@given(lines=st.lists(st.sampled_from(LINES), max_size=25))
@settings(max_examples=60, deadline=None)
def test_no_order_of_lines_logs_anybody_in(lines: list[str]) -> None:
    """Aborted, begun again, in the middle of a challenge, with chunks without an end (F5)."""

    async def test() -> None:
        server = await start()
        for line in lines:
            if server.clients["eva"].link.is_closing:
                break
            await server.ask_and_wait("eva", line)
            assert not is_logged_in(server), line

    asyncio.run(test())


@pytest.mark.parametrize(
    "before", [[], ["AUTHENTICATE PLAIN", "AUTHENTICATE *"], ["AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE *"]]
)
def test_the_right_password_logs_in_after_anything_that_was_aborted(before: list[str]) -> None:
    """So the test above refuses what is wrong, and not everything."""

    async def test() -> None:
        server = await start()
        right = "AUTHENTICATE " + encoded("\0dona\0" + PASSWORD)
        for line in ["CAP REQ :sasl", *before, "AUTHENTICATE PLAIN", right]:
            await server.ask_and_wait("eva", line)
        assert is_logged_in(server)

    asyncio.run(test())


@pytest.mark.parametrize("text", ["", "dona", FINGERPRINT, "dona\0" + FINGERPRINT])
def test_a_fingerprint_is_taken_from_the_connection_alone(text: str) -> None:
    """EXTERNAL without a certificate fails, whatever the client sends (F5)."""

    async def test() -> None:
        server = await start()
        owner = server.chat.world.registry.account("dona")
        assert owner is not None
        await server.run_action(accounts.change(server.chat, owner, certificates=(FINGERPRINT,)))
        line = f"AUTHENTICATE {encoded(text) or '+'}"
        for each in ("CAP REQ :sasl", "AUTHENTICATE EXTERNAL"):
            await server.ask_and_wait("eva", each)
        reply = await server.ask_and_wait("eva", line)
        assert " 904 " in reply[-1]
        assert not is_logged_in(server)
        link = server.clients["eva"].link
        assert isinstance(link, FakeLink)
        link.fingerprints = (FINGERPRINT,)
        for each in ("AUTHENTICATE EXTERNAL", "AUTHENTICATE +"):
            await server.ask_and_wait("eva", each)
        assert is_logged_in(server)

    asyncio.run(test())


def test_an_exchange_without_end_is_ended() -> None:
    """Chunks without end take no memory (F16)."""

    async def test() -> None:
        server = await start()
        for line in ("CAP REQ :sasl", "AUTHENTICATE PLAIN"):
            await server.ask_and_wait("eva", line)
        for _ in range(40):
            reply = await server.ask_and_wait("eva", "AUTHENTICATE " + "A" * 400)
            if reply:
                break
        assert " 904 " in reply[0]
        assert server.clients["eva"].sasl is None

    asyncio.run(test())
