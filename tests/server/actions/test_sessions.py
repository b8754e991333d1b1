"""The sessions of an account are listed and ended; a new password ends all others, and what was proved before."""

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
from papo.server.actions.accounts import accounts, administer, codes, tokens
from papo.server.actions.accounts.recent_proof import PROVES
from papo.server.actions.actor import of_server
from papo.server.delivery.ports import NotStored
from papo.server.dialects.irc.services.sessions import LOGINS
from papo.server.world.credentials import AppPassword, Passkey
from papo.server.world.records import Account

OLD, NEW = "senha-boa-1", "senha-boa-2"


def encoded(password: str = OLD, name: str = "ana") -> str:
    """For AUTHENTICATE PLAIN."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


async def begin(server: MemoryServer, name: str, nick: str, password: str = OLD, account: str = "ana") -> None:
    """Log in, but do not finish to connect."""
    server.connect(name)
    for line in ("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :x", "AUTHENTICATE PLAIN"):
        await server.ask_and_wait(name, line)
    await server.ask_and_wait(name, f"AUTHENTICATE {encoded(password, account)}")


async def connect(server: MemoryServer, name: str, nick: str = "ana", account: str = "ana") -> None:
    """A client of the account."""
    await begin(server, name, nick, account=account)
    await server.ask_and_wait(name, "CAP END")


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """The account ana is connected as `ana`, as `tel` (the same user) and as `pc` (another nick); bia and chefe too."""

    async def whole() -> None:
        server = MemoryServer(make_config(operators=(Operator("chefe", hash_password("segredo")),)))
        for name in ("ana", "bia"):
            await server.run_action(accounts.create(server.chat, name=name, password=OLD))
        await connect(server, "ana")
        await connect(server, "tel", account="ana@telefone")
        await server.ask_and_wait("ana", "NS SET MULTICLIENT OFF")
        await connect(server, "pc", "ana_pc")
        await server.ask_and_wait("ana", "NS SET MULTICLIENT ON")
        await connect(server, "bia", "bia", "bia")
        server.register("chefe")
        await server.ask_and_wait("chefe", "OPER chefe segredo")
        assert open_ones(server) == {"ana", "tel", "pc", "bia"}
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


def open_ones(server: MemoryServer) -> set[str]:
    """The clients who are connected."""
    return {name for name, session in server.clients.items() if not session.ended} - {"chefe"}


def account(server: MemoryServer, name: str = "ana") -> Account:
    """As it is now."""
    found = server.chat.world.registry.account(name)
    assert found is not None
    return found


async def ask(server: MemoryServer, name: str, line: str) -> str:
    """The answer, in one text."""
    return "\n".join(await server.ask_and_wait(name, line))


def ids(listing: str) -> list[str]:
    """The ids in an answer to SESSIONS."""
    return re.findall(r"NOTICE \S+ :(\d+)\. ", listing)


async def by_operator(server: MemoryServer) -> None:
    """SAPASSWD."""
    await ask(server, "chefe", f"NS SAPASSWD ana {NEW}")


async def by_command_line(server: MemoryServer) -> None:
    """`papo account passwd`."""
    request = administer.AdminRequest(action="passwd", name="ana", password=NEW)
    await server.run_action(administer.execute(server.chat, of_server(server.chat), request))


async def by_its_owner(server: MemoryServer) -> None:
    """PASSWD."""
    await ask(server, "ana", f"NS PASSWD {OLD} {NEW}")


async def by_code(server: MemoryServer) -> None:
    """RESETPASS, by a guest."""
    until_ms = server.chat.now_ms() + 1000
    await server.run_action(
        accounts.change(server.chat, account(server), code=codes.digest("123"), code_until_ms=until_ms)
    )
    server.register("eva")
    await ask(server, "eva", f"NS RESETPASS ana 123 {NEW}")


WAYS = [(by_operator, ""), (by_command_line, ""), (by_its_owner, "ana"), (by_code, "eva")]


@pytest.mark.parametrize(("way", "kept"), WAYS)
def test_a_new_password_ends_all_other_sessions(way: Callable[[MemoryServer], Any], kept: str) -> None:
    """Whoever sets it: the owner, by a code or not, and operators. Those of others stay, and the new password works."""

    async def test(server: MemoryServer) -> None:
        server.received("tel")
        await way(server)
        assert open_ones(server) == {"bia", kept} - {""}
        told = "\n".join(server.received("tel"))
        assert "The password of your account ana was changed" in told
        assert told.splitlines()[-1].startswith("ERROR :Closing link: (the password of your account was changed")
        assert " 904 " in await _log_in(server, OLD)
        assert " 903 " in await _log_in(server, NEW)

    run(test)


async def _log_in(server: MemoryServer, password: str) -> str:
    server.connect("?")
    await ask(server, "?", "AUTHENTICATE PLAIN")
    return await ask(server, "?", f"AUTHENTICATE {encoded(password)}")


@pytest.mark.parametrize("way", [way for way, _ in WAYS])
def test_a_login_that_is_not_complete_ends_with_the_old_password(way: Callable[[MemoryServer], Any]) -> None:
    """It was proved with what is worth nothing now."""

    async def test(server: MemoryServer) -> None:
        await begin(server, "new", "ana")
        await way(server)
        await ask(server, "new", "CAP END")
        assert "new" not in open_ones(server)

    run(test)


def test_a_password_that_is_not_stored_ends_nothing() -> None:
    """And tells nobody."""

    async def test(server: MemoryServer) -> None:
        server.received("tel")
        before = account(server)
        server.store.failure = NotStored("disk full")
        assert "cannot store" in await ask(server, "ana", f"NS PASSWD {OLD} {NEW}")
        assert open_ones(server) == {"ana", "tel", "pc", "bia"}
        assert server.received("tel") == []
        assert account(server) == before

    run(test)


def test_of_two_new_passwords_at_once_one_is_refused() -> None:
    """The second was asked for with a password that is the old one by now, on a session that has ended."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", f"NS PASSWD {OLD} {NEW}")
        server.send("tel", f"NS PASSWD {OLD} senha-boa-3")
        for name in ("ana", "tel"):
            await server.wait_idle(name)
        assert len(open_ones(server) & {"ana", "tel"}) == 1
        opened = [" 903 " in await _log_in(server, password) for password in (NEW, "senha-boa-3")]
        assert sum(opened) == 1

    run(test)


def test_a_code_sets_one_password_even_if_it_comes_twice_at_once() -> None:
    """It is checked again when the hash is made."""

    async def test(server: MemoryServer) -> None:
        until_ms = server.chat.now_ms() + 1000
        await server.run_action(
            accounts.change(server.chat, account(server), code=codes.digest("123"), code_until_ms=until_ms)
        )
        server.register("eva")
        server.send("eva", f"NS RESETPASS ana 123 {NEW}")
        server.send("bia", "NS RESETPASS ana 123 senha-boa-3")
        for name in ("eva", "bia"):
            await server.wait_idle(name)
        answers = ["\n".join(server.received(name)) for name in ("eva", "bia")]
        assert sum("The code is wrong" in answer for answer in answers) == 1

    run(test)


def test_sessions_are_listed_and_ended() -> None:
    """Those of all users of the account, and of no other; one, and then all others."""

    async def test(server: MemoryServer) -> None:
        server.now_s += 3600
        server.send("tel", "PING x")
        server.send("pc", "PRIVMSG bia :oi")
        listing = await ask(server, "ana", "NS SESSIONS")
        lines = listing.splitlines()
        assert len(lines) == 3
        assert ". ana 10.0.0.1 *: irc, logged in by password, since 2023-11-14T22:13Z" in lines[0]
        assert ". telefone 10.0.0.1: " in lines[1]
        assert "since 2023-11-14T22:13Z, active 2023-11-14T22:13Z" in lines[1]
        assert "ana_pc" in lines[2]
        assert "active 2023-11-14T23:13Z" in lines[2]
        assert ids(await ask(server, "ana", "NS CLIENTS LIST")) == ids(listing)
        (of_bia,) = ids(await ask(server, "bia", "NS SESSIONS"))
        assert "You have no such session" in await ask(server, "ana", f"NS SESSIONS LOGOUT {of_bia}")
        server.received("tel")
        assert "Sessions ended: 1" in await ask(server, "ana", f"NS SESSIONS LOGOUT {ids(listing)[2]}")
        assert open_ones(server) == {"ana", "tel", "bia"}
        assert "A session of your account ana was ended" in "\n".join(server.received("tel"))
        assert "Sessions ended: 1" in await ask(server, "ana", "NS CLIENTS LOGOUT all")
        assert open_ones(server) == {"ana", "bia"}
        assert len(ids(await ask(server, "ana", "NS SESSIONS"))) == 1
        server.register("eva")
        assert "Log in to your account first" in await ask(server, "eva", "NS SESSIONS")
        await connect(server, "page", account="ana@web-jfupaiu11h7bezcb")
        assert "jfupaiu11h7bezcb" not in await ask(server, "ana", "NS SESSIONS")

    run(test)


def test_an_end_that_is_refused_ends_nothing() -> None:
    """The disk decides."""

    async def test(server: MemoryServer) -> None:
        server.store.failure = NotStored("disk full")
        await ask(server, "ana", "NS SESSIONS LOGOUT OTHERS")
        assert open_ones(server) == {"ana", "tel", "pc", "bia"}

    run(test)


def test_an_always_on_user_stays_and_nobody_is_at_it() -> None:
    """Its sessions end; with the new password its owner finds it as it was."""

    async def test(server: MemoryServer) -> None:
        await ask(server, "ana", "NS SET ALWAYS-ON ON")
        await ask(server, "ana", "JOIN #sala")
        await by_operator(server)
        user = server.chat.world.nicks["ana"]
        assert (user.sessions, user.channels) == ((), ("#sala",))
        assert open_ones(server) == {"bia"}

    run(test)


@pytest.mark.parametrize("line", ["NS SESSIONS LOGOUT {id}", "NS SESSIONS LOGOUT OTHERS", f"NS PASSWD {OLD} {NEW}"])
def test_what_an_ended_session_was_given_is_worth_nothing(line: str) -> None:
    """Its tokens for uploads and the like. That of another account is valid as before."""

    async def test(server: MemoryServer) -> None:
        chat = server.chat
        chat.token_secret = b"x" * 32
        chat.web_services["FILEHOST"] = ("https://papo.test/upload", "")
        token, of_bia = (tokens.generate(chat, server.clients[name], "FILEHOST", "") for name in ("tel", "bia"))
        assert tokens.check(chat, token, "FILEHOST") is not None
        listing = await ask(server, "ana", "NS SESSIONS")
        await ask(server, "ana", line.format(id=ids(listing)[1]))
        assert tokens.check(chat, token, "FILEHOST") is None
        assert tokens.check(chat, of_bia, "FILEHOST") is not None
        fresh = tokens.generate(chat, server.clients["ana"], "FILEHOST", "")
        assert tokens.check(chat, fresh, "FILEHOST") is not None

    run(test)


def test_sessions_are_listed_for_programs() -> None:
    """In a batch, with values that no name can break out of; ended by id, and all but one."""

    async def test(server: MemoryServer) -> None:
        await ask(server, "ana", "CAP REQ batch")
        await connect(server, "x", account="ana@a=b;c:\\")
        start, *lines, _end = await server.ask_and_wait("ana", "SESSIONS LIST")
        assert start.endswith(" papo.chat/sessions")
        assert len(lines) == 4
        assert lines[0].endswith(" current")
        assert " nick=ana device= address=10.0.0.1 scheme=irc login=password since=2023-11-14T22:13:20" in lines[0]
        (strange,) = (line for line in lines if "device=a=b" in line)
        assert r" device=a=b\:c:\\ address=" in strange
        number = strange.partition(" LIST ")[2].split()[0]
        assert await ask(server, "ana", f"SESSIONS LOGOUT {number}") == ":papo.test SESSIONS LOGOUT 1"
        assert open_ones(server) == {"ana", "tel", "pc", "bia"}
        assert "FAIL SESSIONS NO_SUCH_SESSION" in await ask(server, "ana", f"SESSIONS LOGOUT {number}")
        assert await ask(server, "ana", "SESSIONS LOGOUT others") == ":papo.test SESSIONS LOGOUT 2"
        assert open_ones(server) == {"ana", "bia"}
        assert "FAIL SESSIONS INVALID_PARAMS" in await ask(server, "ana", "SESSIONS X")

    run(test)


def test_a_program_changes_password_and_address() -> None:
    """With the same checks as NickServ."""

    async def test(server: MemoryServer) -> None:
        assert "FAIL EMAIL PROOF_REQUIRED" in await ask(server, "ana", "EMAIL SET ana@escola.example")
        assert "FAIL PASSWD PROOF_REQUIRED" in await ask(server, "ana", f"PASSWD {NEW}")
        await ask(server, "ana", f"NS CONFIRM {OLD}")
        server.store.failure = NotStored("disk full")
        assert NEW not in await ask(server, "ana", f"PASSWD {NEW}")
        server.store.failure = None
        assert "FAIL PASSWD WEAK_PASSWORD" in await ask(server, "ana", "PASSWD ana")
        assert await ask(server, "ana", "PASSWD :com um espaço") == ":papo.test PASSWD SUCCESS"
        assert "Confirmed" in await ask(server, "ana", "NS CONFIRM com um espaço")
        assert open_ones(server) == {"ana", "bia"}
        answer = await ask(server, "ana", "EMAIL SET ana@escola.example")
        assert answer == ":papo.test EMAIL SUCCESS ana@escola.example"
        assert "FAIL EMAIL INVALID_EMAIL" in await ask(server, "ana", "EMAIL SET x")
        assert "FAIL EMAIL INVALID_CODE" in await ask(server, "ana", "EMAIL VERIFY 12")
        assert "FAIL EMAIL INVALID_PARAMS" in await ask(server, "ana", "EMAIL X y")
        for line in ("SESSIONS LIST", f"PASSWD {NEW}", "EMAIL SET x@y.example", "EMAIL VERIFY 1"):
            assert "ACCOUNT_REQUIRED" in await ask(server, "chefe", line)

    run(test)


def test_every_way_to_log_in_has_a_name() -> None:
    """In the list of sessions."""
    assert set(LOGINS) == set(PROVES)


def test_a_new_password_says_what_logs_in_without_it() -> None:
    """Whoever had the password may have made a passkey or an app password as well."""

    async def test(server: MemoryServer) -> None:
        known = {
            "passkeys": (
                Passkey(name="x", digest="1", created_at_ms=1, credential_id="x", public_key="x", rp_id="papo.test"),
            ),
            "app_passwords": (AppPassword(name="y", digest="2", created_at_ms=1),),
            "certificates": ("ab" * 32,),
        }
        await server.run_action(accounts.change(server.chat, account(server), **known))
        answer = await ask(server, "ana", f"NS PASSWD {OLD} {NEW}")
        assert "Passkeys still log in to your account: 1" in answer
        assert "App passwords still log in to your account: 1" in answer
        assert "Certificates still log in to your account: 1" in answer

    run(test)
