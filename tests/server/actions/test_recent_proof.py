"""What only the owner should change asks for a recent proof on that connection, and the owner is told."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.config.passwords import hash_password
from papo.config.settings import Proxy, Webirc
from papo.protocol.networks import Network
from papo.server.actions.accounts import accounts
from papo.server.actions.accounts.recent_proof import WINDOW_S
from papo.server.delivery.ports import NotStored
from papo.server.world.records import Account

PASSWORD = "senha-boa-1"
OWN, OTHERS = "ab" * 32, "cd" * 32
ASKED = "Confirm first that it is you"


def encoded(password: str = PASSWORD, name: str = "ana") -> str:
    """For AUTHENTICATE PLAIN."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


async def connect(server: MemoryServer, name: str, nick: str = "ana", caps: str = "", account: str = "ana") -> None:
    """A client of the account, logged in by SASL while it connected, with a certificate."""
    session = server.connect(name)
    session.link.fingerprints = (OWN,)
    for line in (
        *(f"CAP REQ :sasl {caps}", f"NICK {nick}", f"USER {nick} 0 * :x"),
        *("AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded(name=account)}", "CAP END"),
    ):
        await server.ask_and_wait(name, line)


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """On a server with the account ana, connected as `ana` and as `tel`, and an account bia with a certificate."""

    async def whole() -> None:
        server = MemoryServer(make_config(operators=(Operator("chefe", hash_password("segredo")),)))
        await server.run_action(accounts.create(server.chat, name="ana", password=PASSWORD))
        bia = accounts.create(server.chat, name="bia", password=PASSWORD, certificates=(OTHERS,))
        await server.run_action(bia)
        await connect(server, "ana")
        await connect(server, "tel")
        server.received("ana")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


def account(server: MemoryServer, name: str = "ana") -> Account:
    """As it is now."""
    found = server.chat.world.registry.account(name)
    assert found is not None
    return found


async def ask(server: MemoryServer, name: str, line: str) -> str:
    """The answer, in one text."""
    return "\n".join(await server.ask_and_wait(name, line))


SENSITIVE = ["NS CERT ADD", "NS CERT DEL", "CLIENTCERT CREATE x", "CLIENTCERT DELETE"]


@pytest.mark.parametrize("line", SENSITIVE)
def test_a_sensitive_change_asks_for_the_password_on_that_connection(line: str) -> None:
    """Neither the login while connecting nor a proof on another connection will do, nor one of ten minutes ago."""

    async def test(server: MemoryServer) -> None:
        if "DEL" in line:
            await server.run_action(accounts.change(server.chat, account(server), certificates=(OWN,)))
        before = account(server)
        await ask(server, "tel", f"NS CONFIRM {PASSWORD}")
        assert ASKED in await ask(server, "ana", line)
        assert ("FAIL CLIENTCERT PROOF_REQUIRED" in await ask(server, "ana", line)) == line.startswith("CLIENT")
        assert "wrong" in await ask(server, "ana", "NS CONFIRM errada")
        assert ASKED in await ask(server, "ana", line)
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        server.now_s += WINDOW_S
        assert ASKED in await ask(server, "ana", line)
        assert account(server).certificates == before.certificates
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        server.received("tel")
        assert ASKED not in await ask(server, "ana", line)
        assert account(server).certificates != before.certificates
        told = "\n".join(server.received("tel"))
        assert f"your account ana: {OWN} (from 10.0.0.1)." in told
        assert "If that was not you" in told

    run(test)


@pytest.mark.parametrize("proof", [f"NS IDENTIFY {PASSWORD}", f"NS IDENTIFY ana {PASSWORD}", "AUTHENTICATE"])
def test_logging_in_again_is_a_proof(proof: str) -> None:
    """The user was asked, and so it is no program that did it by itself."""

    async def test(server: MemoryServer) -> None:
        for line in ["AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded()}"] if proof == "AUTHENTICATE" else [proof]:
            await ask(server, "ana", line)
        assert "now logs you in" in await ask(server, "ana", "NS CERT ADD")

    run(test)


def test_the_proof_of_one_account_is_none_of_another() -> None:
    """Nor of the same after the password has changed."""

    async def test(server: MemoryServer) -> None:
        server.register("x")
        await ask(server, "x", f"NS IDENTIFY bia {PASSWORD}")
        server.clients["x"].link.fingerprints = (OWN,)
        await ask(server, "x", "NS LOGOUT")
        await server.run_action(accounts.create(server.chat, name="eva", password=PASSWORD))
        eva = account(server, "eva")
        await server.run_action(accounts.change(server.chat, eva, certificates=(OWN,)))
        await ask(server, "x", "AUTHENTICATE EXTERNAL")
        await ask(server, "x", "AUTHENTICATE +")
        assert server.clients["x"].me.account == "eva"
        assert ASKED in await ask(server, "x", f"NS CERT DEL {OWN}")

    run(test)


def test_only_the_certificate_of_the_connection_is_added() -> None:
    """Not that of somebody else, who would be logged in to this account; and none that is another account's."""

    async def test(server: MemoryServer) -> None:
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        for line in (f"NS CERT ADD {'ef' * 32}", "NS CERT ADD xyz", f"NS CERT ADD {OTHERS}"):
            assert "Connect with the certificate" in await ask(server, "ana", line)
        server.clients["ana"].link.fingerprints = ()
        assert "Connect with the certificate" in await ask(server, "ana", "NS CERT ADD")
        server.clients["ana"].link.fingerprints = ("12" * 32, OTHERS)
        for line in ("NS CERT ADD", "CLIENTCERT CREATE x"):
            assert "logs in to another account" in await ask(server, "ana", line)
        assert account(server).certificates == ()

    run(test)


def test_the_certificate_of_a_gateway_is_nobodys() -> None:
    """All who connect through it (WEBIRC) would have the same."""

    async def test() -> None:
        gateway = Webirc(addresses=(Network("10.0.0.1"),), password="segredo-webirc")
        server = MemoryServer(make_config(proxy=Proxy(webirc=(gateway,))))
        server.connect("x").link.fingerprints = (OWN,)
        for line in (
            "WEBIRC segredo-webirc gw host 203.0.113.7",
            "NICK x",
            "USER x 0 * :x",
            f"REGISTER * * {PASSWORD}",
        ):
            await server.ask_and_wait("x", line)
        assert "Connect with the certificate" in await ask(server, "x", f"NS CERT ADD {OWN}")

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_refused_change_tells_nobody() -> None:
    """And the proof holds for the next try."""

    async def test(server: MemoryServer) -> None:
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        server.received("tel")
        server.store.failure = NotStored("disk full")
        assert "cannot store" in await ask(server, "ana", "NS CERT ADD")
        assert server.received("tel") == []
        assert account(server).certificates == ()
        server.store.failure = None
        assert "now logs you in" in await ask(server, "ana", "NS CERT ADD")
        assert server.received("tel") != []

    run(test)


def test_the_owner_is_told_in_the_language_of_each_session() -> None:
    """With a tag for programs, if they asked for tags; others hear nothing."""

    async def test(server: MemoryServer) -> None:
        await connect(server, "web", caps="message-tags")
        await ask(server, "tel", "LANGUAGE pt_BR")
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        server.register("eva")
        await ask(server, "ana", "NS CERT ADD")
        assert server.received("web")[0].startswith("@papo.chat/account-notice :NickServ!NickServ@papo.test NOTICE ana")
        assert "certificado" in server.received("tel")[0]
        assert server.received("eva") == []

    run(test)


@pytest.mark.parametrize(
    "line",
    [
        *("NS SET EMAIL nova@casa.example", "NS SET ENFORCE OFF", "NS UNGROUP aninha"),
        *("NS DROP ana", "NS DROP aninha", "HISTSERV FORGET ana"),
    ],
)
def test_whatever_only_the_owner_should_do_asks_for_a_proof(line: str) -> None:
    """By whichever name of the account, and the others are told unless a code comes first."""

    async def test(server: MemoryServer) -> None:
        before = await server.run_action(accounts.change(server.chat, account(server), nicks=("aninha",)))
        server.received("tel")
        assert ASKED in await ask(server, "ana", line)
        assert account(server) == before
        assert server.received("tel") == []
        await ask(server, "ana", f"NS CONFIRM {PASSWORD}")
        answer = await ask(server, "ana", line)
        if "DROP" in line:
            found = re.search("DROP ana [0-9a-f]{6}", answer)
            assert found
            await ask(server, "ana", f"NS {found[0]}")
            assert server.chat.world.registry.account("ana") is None
        assert "(from 10.0.0.1)." in "\n".join(server.received("tel"))

    run(test)


def test_an_operator_needs_no_password_of_others_and_the_owner_is_told() -> None:
    """But for their own account they do."""

    async def test(server: MemoryServer) -> None:
        server.register("chefe")
        await ask(server, "chefe", "OPER chefe segredo")
        server.received("tel")
        assert "is now called anna" in await ask(server, "chefe", "NS RENAME ana anna")
        told = "\n".join(server.received("tel"))
        assert "Your account ana is now called anna (by an operator of the server)." in told
        await ask(server, "ana", "OPER chefe segredo")
        assert ASKED in await ask(server, "ana", "NS DROP anna")

    run(test)
