"""The keys for SCRAM: as many rounds as the settings want, renewed at a login that sends the password, or none."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest
from memory_server import MemoryServer, make_config
from scramp import ScramClient

from papo.config import Accounts
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, authentication, passwords, scram_keys
from papo.server.actions.actor import of_server
from papo.server.auth import scram
from papo.server.auth.scram import make_keys, rounds_of
from papo.server.world.errors import Refused

GOOD = "senha-boa"


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit."""
    asyncio.run(asyncio.wait_for(test, 60))


def make_server(**settings: Any) -> MemoryServer:
    """With cheap passwords."""
    return MemoryServer(make_config(accounts=cheap(**settings)))


def cheap(**settings: Any) -> Accounts:
    """Settings for cheap passwords."""
    return Accounts(**{"argon2_memory_kib": 8, "argon2_passes": 1, "scram_rounds": 5000, **settings})


def change_settings(server: MemoryServer, **settings: Any) -> None:
    """As after a restart."""
    server.chat.config = msgspec.structs.replace(server.chat.config, accounts=cheap(**settings))


async def make(server: MemoryServer, name: str, rounds: int) -> None:
    """An account whose keys have so many rounds."""
    account = await server.run_action(accounts.create(server.chat, name=name, password=GOOD))
    await server.run_action(accounts.change(server.chat, account, scram=make_keys(GOOD, rounds)))


def rounds(server: MemoryServer, name: str) -> int:
    """Of the account's keys."""
    return rounds_of(lookup.get_account(server.chat, name).scram)


async def challenge(server: MemoryServer, name: str) -> dict[str, str]:
    """What a client of a new connection is challenged with."""
    fields, _ = await begin(server, name)
    return fields


async def begin(server: MemoryServer, name: str) -> tuple[dict[str, str], ScramClient]:
    """The challenge, and the client that can answer it on the connection `c`."""
    client = ScramClient(["SCRAM-SHA-256"], name, GOOD)
    server.connect("c")
    await server.ask_and_wait("c", "CAP LS 302")
    await server.ask_and_wait("c", "AUTHENTICATE SCRAM-SHA-256")
    first = base64.b64encode(client.get_client_first().encode()).decode()
    reply = await server.ask_and_wait("c", f"AUTHENTICATE {first}")
    text = base64.b64decode(reply[0].removeprefix("AUTHENTICATE ")).decode()
    client.set_server_first(text)
    return {field[0]: field[2:] for field in text.split(",")}, client


async def log_in_by_scram(server: MemoryServer, name: str) -> bool:
    """Whether SCRAM goes through to the end."""
    _, client = await begin(server, name)
    final = base64.b64encode(client.get_client_final().encode()).decode()
    reply = await server.ask_and_wait("c", f"AUTHENTICATE {final}")
    if " 904 " in reply[0]:
        return False
    client.set_server_final(base64.b64decode(reply[0].removeprefix("AUTHENTICATE ")).decode())
    return any(" 903 " in line for line in await server.ask_and_wait("c", "AUTHENTICATE +"))


def test_the_default_is_what_owasp_recommends() -> None:
    """600,000 rounds of PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet)."""
    assert Accounts().scram_rounds == 600_000


def test_old_keys_work_and_are_renewed_by_the_password() -> None:
    """By a login that sends it; SCRAM cannot. Then SCRAM goes on with the new ones."""

    async def test() -> None:
        server = make_server()
        await make(server, "ana", 4096)
        assert await log_in_by_scram(server, "ana")
        assert rounds(server, "ana") == 4096
        await server.run_action(authentication.by_password(server.chat, "ana", GOOD, "10.0.0.1"))
        assert rounds(server, "ana") == 5000
        assert await log_in_by_scram(server, "ana")
        kept = lookup.get_account(server.chat, "ana")
        await server.run_action(authentication.by_password(server.chat, "ana", GOOD, "10.0.0.1"))
        assert lookup.get_account(server.chat, "ana") == kept, "nothing is written twice"

    run(test())


def test_a_wrong_password_renews_nothing() -> None:
    """Whoever guesses makes no keys."""

    async def test() -> None:
        server = make_server()
        await make(server, "ana", 4096)
        with pytest.raises(Refused):
            await server.run_action(authentication.by_password(server.chat, "ana", "errada", "10.0.0.1"))
        assert rounds(server, "ana") == 4096

    run(test())


def test_a_password_changed_meanwhile_keeps_its_own_keys() -> None:
    """The keys of the old one are not put in their place."""

    async def test() -> None:
        server = make_server()
        await make(server, "ana", 4096)
        old = lookup.get_account(server.chat, "ana")
        await server.run_action(passwords.set_by_operator(server.chat, of_server(server.chat), old, "senha-nova"))
        new = lookup.get_account(server.chat, "ana").scram
        await server.run_action(scram_keys.renew(server.chat, old, GOOD))
        assert lookup.get_account(server.chat, "ana").scram == new

    run(test())


def test_a_server_that_stores_nothing_lets_people_in() -> None:
    """The keys are renewed another time."""

    async def test() -> None:
        server = make_server()
        await make(server, "ana", 4096)
        server.chat.passwords.waiting = 1000
        account = lookup.get_account(server.chat, "ana")
        assert await server.run_action(scram_keys.renew(server.chat, account, GOOD)) == account

    run(test())


def test_without_scram_no_keys_are_kept() -> None:
    """Not offered, not accepted, not made; those that exist are removed, the passwords stay."""

    async def test() -> None:
        server = make_server()
        for name in ("ana", "bia"):
            await make(server, name, 4096)
        change_settings(server, scram=False)
        await server.run_action(scram_keys.remove_unwanted(server.chat))
        assert [rounds(server, name) for name in ("ana", "bia")] == [0, 0]
        await server.run_action(accounts.create(server.chat, name="caio", password=GOOD))
        for name in ("ana", "caio"):
            await server.run_action(authentication.by_password(server.chat, name, GOOD, "10.0.0.1"))
            assert rounds(server, name) == 0
        server.connect("c")
        assert "SCRAM" not in " ".join(await server.ask_and_wait("c", "CAP LS 302"))
        assert " 904 " in " ".join(await server.ask_and_wait("c", "AUTHENTICATE SCRAM-SHA-256"))
        change_settings(server, scram=True)
        await server.run_action(authentication.by_password(server.chat, "ana", GOOD, "10.0.0.1"))
        assert rounds(server, "ana") == 5000

    run(test())


def test_with_scram_nothing_is_removed() -> None:
    """Not even keys of fewer rounds: some programs log in by SCRAM alone."""

    async def test() -> None:
        server = make_server()
        await make(server, "ana", 4096)
        await server.run_action(scram_keys.remove_unwanted(server.chat))
        assert rounds(server, "ana") == 4096

    run(test())


def test_names_of_nobody_look_like_accounts() -> None:
    """As many rounds, in the same shares while some are old; the same salt each time, however the name is spelt."""

    async def test() -> None:
        server = make_server()
        for at in range(10):
            await make(server, f"pessoa{at}", 4096 if at < 5 else 5000)
        seen = [await challenge(server, f"ninguem{at}") for at in range(60)]
        old = sum(each["i"] == "4096" for each in seen)
        assert {each["i"] for each in seen} == {"4096", "5000"}
        assert 12 < old < 48
        assert len({each["s"] for each in seen}) == 60
        again = [(await challenge(server, name))["s"] for name in ("ninguem0", "NINGUEM0", "ninguem0@celular")]
        assert again == [seen[0]["s"]] * 3

    run(test())


def test_a_decoy_changes_like_an_account_and_never_back() -> None:
    """When accounts are renewed, so are decoys."""
    decoys = scram.Decoys(600_000)
    decoys.secret = b"s"
    in_use = [4096] * 10
    shares = []
    for at in range(11):
        shares.append(decoys.keys("x", in_use.copy, at * 1000.0))
        in_use = [*in_use[1:], 600_000]
    assert [rounds_of(keys) for keys in shares] == sorted(rounds_of(keys) for keys in shares)
    assert {rounds_of(keys) for keys in shares} == {4096, 600_000}
    assert len({keys.split(":")[1] for keys in shares}) == 2


def test_an_account_without_a_password_looks_like_one_with() -> None:
    """It gets a decoy, and nothing proves it."""

    async def test() -> None:
        server = make_server()
        await server.run_action(accounts.create(server.chat, name="ana"))
        assert (await challenge(server, "ana"))["i"] == "5000"
        assert not await log_in_by_scram(server, "ana")

    run(test())
