"""Whatever goes wrong while a client logs in or registers, it gets the answer it waits for, and goes on or ends."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts, Limits
from papo.server.actions.accounts import accounts, authentication
from papo.server.delivery.ports import NotStored
from papo.server.dialects.irc import registration, sasl
from papo.server.dialects.irc.verbs import sasl as verbs
from papo.server.world.errors import Code, Refused

PLAIN = base64.b64encode(b"\0ana\0senha-boa").decode()
FULL = NotStored("FullError: no space")
UNKNOWN = NotStored("IOError: the disk does not sync", unknown=True)
ERRORS: list[Exception] = [RuntimeError("a bug"), MemoryError(), OSError(5, "Input/output error"), KeyError("jwks_uri")]


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test that waits, a minute at most."""
    asyncio.run(asyncio.wait_for(test, 60))


async def opened() -> MemoryServer:
    """A server with the account ana, and `c`, a client that negotiates."""
    accounts_settings = Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096)
    server = MemoryServer(make_config(accounts=accounts_settings, limits=Limits(enabled=False)))
    await server.run_action(accounts.create(server.chat, name="ana", password="senha-boa"))
    server.connect("c")
    for line in ("CAP LS 302", "CAP REQ :sasl draft/account-registration labeled-response batch", "NICK ana"):
        server.send("c", line)
    server.send("c", "USER ana 0 * :Ana")
    server.received("c")
    return server


async def log_in(server: MemoryServer, mechanism: str = "PLAIN", message: str = PLAIN) -> list[str]:
    """The last answers of an exchange."""
    await server.ask_and_wait("c", f"AUTHENTICATE {mechanism}")
    return await server.ask_and_wait("c", f"AUTHENTICATE {message}")


def numerics(lines: list[str]) -> list[str]:
    """Their numerics and commands."""
    return [line.split(" ")[1] for line in lines]


async def registers(server: MemoryServer) -> bool:
    """Whether the client is welcomed after CAP END."""
    return "001" in numerics(await server.ask_and_wait("c", "CAP END"))


def raise_in(monkeypatch: pytest.MonkeyPatch, target: object, name: str, error: Exception) -> None:
    """Make a function raise."""

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(target, name, fails)


@pytest.mark.parametrize("failed", [FULL, UNKNOWN])
def test_a_disk_that_takes_no_note_of_a_login_keeps_nobody_out(failed: NotStored) -> None:
    """History can be read by those who may read it, on a disk that is full or has failed."""

    async def test() -> None:
        server = await opened()
        server.store.failure = failed
        assert numerics(await log_in(server)) == ["900", "903"]
        assert await registers(server)
        assert server.clients["c"].account_name == "ana"

    run(test())


@pytest.mark.parametrize("failed", [FULL, UNKNOWN])
def test_a_login_by_pass_goes_on_without_the_note(failed: NotStored) -> None:
    """The same for clients without SASL."""

    async def test() -> None:
        server = await opened()
        server.connect("p")
        server.store.failure = failed
        lines: list[str] = []
        for line in ("PASS ana:senha-boa", "NICK ana", "USER ana 0 * :Ana"):
            lines += await server.ask_and_wait("p", line)
        assert "001" in numerics(lines)
        assert server.clients["p"].account_name == "ana"

    run(test())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("target", "name"),
    [
        (sasl, "begin"),
        (authentication, "by_password"),
        (authentication, "note_login"),
        (verbs, "log_in"),
        (sasl.SaslExchange, "add"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_ends_the_exchange_with_904(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, target: object, name: str, error: Exception
) -> None:
    """It is logged once; the client may try again, or go on without a login."""

    async def test() -> None:
        server = await opened()
        raise_in(monkeypatch, target, name, error)
        lines = await server.ask_and_wait("c", "AUTHENTICATE PLAIN")
        if name != "begin":
            lines = await server.ask_and_wait("c", f"AUTHENTICATE {PLAIN}")
        assert numerics(lines) == ["904"]
        assert server.clients["c"].sasl is None
        monkeypatch.undo()
        assert numerics(await log_in(server)) == ["900", "903"]
        assert await registers(server)

    run(test())
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


def test_a_refusal_after_the_proof_is_a_904(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account may have been dropped or suspended meanwhile."""

    async def test() -> None:
        server = await opened()
        raise_in(monkeypatch, authentication, "note_login", Refused(Code.SUSPENDED, "spam"))
        lines = await log_in(server)
        assert numerics(lines) == ["904"]
        assert "suspended" in lines[0]
        assert server.clients["c"].account_name == ""
        server.send("c", "NICK bia")
        assert await registers(server)

    run(test())


def test_a_labeled_exchange_ends_with_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numeric is the labeled response."""

    async def test() -> None:
        server = await opened()
        await server.ask_and_wait("c", "AUTHENTICATE PLAIN")
        raise_in(monkeypatch, authentication, "by_password", RuntimeError("a bug"))
        [line] = await server.ask_and_wait("c", f"@label=7 AUTHENTICATE {PLAIN}")
        assert line.startswith("@label=7 :papo.test 904 ")

    run(test())


def test_a_client_that_goes_on_amid_an_exchange_is_told_that_it_is_over() -> None:
    """906, then the welcome, as a guest (sasl-3.1)."""

    async def test() -> None:
        server = await opened()
        await server.ask_and_wait("c", "AUTHENTICATE PLAIN")
        server.send("c", "NICK outra")
        assert numerics(await server.ask_and_wait("c", "CAP END"))[:2] == ["906", "001"]
        assert server.clients["c"].sasl is None

    run(test())


@pytest.mark.parametrize("failed", [FULL, UNKNOWN])
def test_a_registration_that_is_not_stored_is_refused_and_the_client_goes_on(failed: NotStored) -> None:
    """FAIL REGISTER; the connection can be completed, and the name is free."""

    async def test() -> None:
        server = await opened()
        server.send("c", "NICK bia")
        server.store.failure = failed
        [line] = await server.ask_and_wait("c", "REGISTER bia * senha-boa")
        assert line.startswith(":papo.test FAIL REGISTER ")
        server.store.failure = None
        [done, *_] = await server.ask_and_wait("c", "REGISTER bia * senha-boa")
        assert done.startswith(":papo.test REGISTER SUCCESS bia ")
        assert await registers(server)

    run(test())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("line", "target", "name"),
    [
        ("REGISTER bia * senha-boa", accounts, "register"),
        ("REGISTER bia * senha-boa", verbs, "log_in_to_new"),
        ("VERIFY bia 123456", authentication, "by_code"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_is_answered_by_fail(
    monkeypatch: pytest.MonkeyPatch, line: str, target: object, name: str, error: Exception
) -> None:
    """A client that waits for SUCCESS or FAIL goes on."""

    async def test() -> None:
        server = await opened()
        server.send("c", "NICK bia")
        raise_in(monkeypatch, target, name, error)
        command = line.partition(" ")[0]
        lines = await server.ask_and_wait("c", line)
        assert lines[-1].startswith(f":papo.test FAIL {command} TEMPORARILY_UNAVAILABLE bia :Something went wrong")
        monkeypatch.undo()
        server.send("c", "NICK caio")
        assert await registers(server)

    run(test())


@pytest.mark.parametrize("error", [*ERRORS, Refused(Code.BUSY, "not now")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["_is_refused", "_finish", "registration_burst"])
def test_a_registration_that_cannot_be_finished_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    """With an ERROR line: the client would wait for a welcome until it is tired."""

    async def test() -> None:
        server = await opened()
        server.send("c", "NICK bia")
        raise_in(monkeypatch, registration, name, error)
        lines = await server.ask_and_wait("c", "CAP END")
        assert lines[-1].startswith("ERROR :Closing link: (")
        assert "001" not in numerics(lines)
        assert server.clients["c"].link.is_closing
        assert server.chat.world.user("bia") is None

    run(test())


def test_a_login_by_pass_that_raises_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for clients without SASL."""

    async def test() -> None:
        server = await opened()
        server.connect("p")
        raise_in(monkeypatch, authentication, "by_password", RuntimeError("a bug"))
        lines: list[str] = []
        for line in ("PASS ana:senha-boa", "NICK ana", "USER ana 0 * :Ana"):
            lines += await server.ask_and_wait("p", line)
        assert lines[-1].startswith("ERROR :Closing link: (Something went wrong")

    run(test())


@pytest.mark.parametrize("here", [True, False])
def test_a_connection_that_ends_during_its_login_by_pass_registers_nobody(*, here: bool) -> None:
    """There is nobody to disconnect any more; a user with another connection gets none more either."""

    async def test() -> None:
        server = await opened()
        if here:
            await log_in(server)
            assert await registers(server)
        server.store.held = True
        gone = server.connect("p")
        for line in ("PASS ana:senha-boa", "NICK ana", "USER ana 0 * :Ana"):
            server.send("p", line)
        gone.lost("")
        server.store.held = False
        server.store.commit_now()
        await server.wait_idle("p")

        user = server.chat.world.user("ana")
        assert (user is not None) == here
        if user is not None:
            assert list(server.chat.sessions.of(user.uid)) == [server.clients["c"]]
            server.clients["c"].lost("")
            server.run_deferred()
            assert server.chat.world.user("ana") is None
        assert server.chat.nick_registry.claim(("ana",), "nobody") is True

    run(test())


def test_an_exception_names_the_command_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 has it before its text (modern.ircdocs.horse, ERR_UNKNOWNERROR), also if the handler is asynchronous."""

    async def test() -> None:
        server = await opened()
        await log_in(server)
        assert await registers(server)
        raise_in(monkeypatch, accounts, "set_always_on", RuntimeError("a bug"))
        [line] = await server.ask_and_wait("c", "PERSISTENCE SET ON")
        assert line.startswith(":papo.test 400 ana PERSISTENCE :Something went wrong")

    run(test())
