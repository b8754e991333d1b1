"""Every way to log in, and what refuses it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import ECKey
from memory_server import MemoryServer, make_config
from scramp import ScramClient

from papo.config import Accounts, Issuer, Limits
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, administer, authentication
from papo.server.actions.actor import of_server
from papo.server.auth.bearer import Bearer
from papo.server.auth.bearer import Issuer as BearerIssuer
from papo.server.dialects.irc.services import nickserv
from papo.server.world.errors import Refused
from papo.server.world.records import Account, Ban

FINGERPRINT = "ab" * 32
GOOD = "senha-boa"
ISSUER = "https://id.example.org"


def b64(data: bytes | str) -> str:
    """In base64, as for AUTHENTICATE."""
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit of a minute."""
    asyncio.run(asyncio.wait_for(test, 60))


class LoginClient:
    """Logs in to the account `ana` of a server, by every method."""

    def __init__(self, server: MemoryServer, key: ECKey) -> None:
        self.server = server
        self.key = key
        self.count = 0

    @classmethod
    async def build(cls, tmp_path: Path, **settings: Any) -> LoginClient:
        """With an identity provider whose keys are in a file."""
        key = ECKey.generate_key("P-256", {"kid": "k1"})
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        issuer = Issuer(url=ISSUER, audience="papo", keys_file=str(path), **settings)
        server = MemoryServer(make_config(issuers=(issuer,), limits=Limits(enabled=False)))
        server.chat.bearer = Bearer([BearerIssuer(ISSUER, "papo", "", "preferred_username", str(path))])
        client = cls(server, key)
        account = await client.server.run_action(accounts.create(server.chat, name="ana", password="senha-boa"))
        await client.server.run_action(accounts.change(server.chat, account, certificates=(FINGERPRINT,)))
        await client.server.run_action(accounts.change(server.chat, account, issuer=ISSUER, subject="s1"))
        return client

    def token(self, **claims: Any) -> str:
        """A token of the provider."""
        good = {"iss": ISSUER, "aud": "papo", "sub": "s1", "exp": int(time.time()) + 600, "preferred_username": "ana"}
        return str(jwt.encode({"alg": "ES256", "kid": "k1"}, {**good, **claims}, self.key))

    async def say(self, who: str, line: str) -> list[str]:
        """Send a line; returns the reply."""
        return await self.server.ask_and_wait(who, line)

    async def connect(self) -> str:
        """An unregistered connection; returns its name."""
        self.count += 1
        name = f"c{self.count}"
        self.server.connect(name)
        self.server.send(name, "CAP LS 302")
        self.server.received(name)
        return name

    async def plain(self, password: str = GOOD, name: str = "ana") -> str:
        """PLAIN."""
        who = await self.connect()
        await self.say(who, "AUTHENTICATE PLAIN")
        return " ".join(await self.say(who, "AUTHENTICATE " + b64(f"\0{name}\0{password}")))

    async def external(self, fingerprint: str = FINGERPRINT) -> str:
        """EXTERNAL."""
        who = await self.connect()
        self.server.clients[who].link.fingerprints = (fingerprint,) if fingerprint else ()
        await self.say(who, "AUTHENTICATE EXTERNAL")
        return " ".join(await self.say(who, "AUTHENTICATE +"))

    async def scram(self, password: str = GOOD, name: str = "ana") -> str:
        """SCRAM-SHA-256, with the client of a library."""
        who = await self.connect()
        client = ScramClient(["SCRAM-SHA-256"], name, password)
        await self.say(who, "AUTHENTICATE SCRAM-SHA-256")
        answer = await self.say(who, "AUTHENTICATE " + b64(client.get_client_first()))
        if "904" in answer[0]:
            return answer[0]
        client.set_server_first(base64.b64decode(answer[0].removeprefix("AUTHENTICATE ")).decode())
        answer = await self.say(who, "AUTHENTICATE " + b64(client.get_client_final()))
        if "904" in answer[0]:
            return answer[0]
        client.set_server_final(base64.b64decode(answer[0].removeprefix("AUTHENTICATE ")).decode())
        return " ".join(await self.say(who, "AUTHENTICATE +"))

    async def oauth(self, token: str | None = None) -> str:
        """OAUTHBEARER."""
        who = await self.connect()
        await self.say(who, "AUTHENTICATE OAUTHBEARER")
        message = b64(f"n,a=ana,\x01host=papo.test\x01auth=Bearer {self.token() if token is None else token}\x01\x01")
        return await self._long(who, message)

    async def ircv3(self, token: str | None = None) -> str:
        """IRCV3BEARER."""
        who = await self.connect()
        await self.say(who, "AUTHENTICATE IRCV3BEARER")
        return await self._long(who, b64(f"\0jwt\0{self.token() if token is None else token}"))

    async def _long(self, who: str, message: str) -> str:
        reply: list[str] = []
        for at in range(0, len(message), 400):
            reply += await self.say(who, "AUTHENTICATE " + message[at : at + 400])
        if len(message) % 400 == 0:
            reply += await self.say(who, "AUTHENTICATE +")
        if reply and reply[-1].startswith("AUTHENTICATE "):
            reply += await self.say(who, "AUTHENTICATE " + b64("\x01"))
        return " ".join(reply)

    async def by_pass(self) -> str:
        """PASS account:password."""
        self.count += 1
        who = f"c{self.count}"
        self.server.connect(who)
        await self.say(who, "PASS ana:senha-boa")
        await self.say(who, f"NICK x{self.count}")
        reply = await self.say(who, "USER x 0 * :x")
        return "903" if any(line.endswith(" +r") for line in reply) else "no"

    async def identify(self) -> str:
        """NickServ IDENTIFY."""
        self.count += 1
        who = f"c{self.count}"
        self.server.register(who)
        reply = await self.say(who, "NS IDENTIFY ana senha-boa")
        return "903" if any(" 900 " in line for line in reply) else "no"


METHODS = ("plain", "external", "scram", "oauth", "ircv3", "by_pass", "identify")


async def working_methods(client: LoginClient) -> set[str]:
    """Those that log the client in now."""
    return {each for each in METHODS if " 903 " in f" {await getattr(client, each)()} "}


def test_every_method_logs_the_owner_in(tmp_path: Path) -> None:
    """All seven, with what proves the account."""

    async def test() -> None:
        assert await working_methods(await LoginClient.build(tmp_path)) == set(METHODS)

    run(test())


@pytest.mark.parametrize("state", ["suspended", "unverified", "banned", "dropped", "renamed"])
def test_no_method_logs_in_to_an_unusable_account(tmp_path: Path, state: str) -> None:
    """One that is suspended, unverified, banned or dropped; nor by the old name of a renamed one."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        chat = client.server.chat
        account = lookup.get_account(chat, "ana")
        if state == "suspended":
            await client.server.run_action(accounts.suspend(chat, of_server(chat), account, "x"))
        elif state == "unverified":
            await client.server.run_action(accounts.change(chat, account, verified=False))
        elif state == "banned":
            await client.server.run_action(
                chat.records.store(Ban(kind="account", mask="ana", reason="x", by="chefe", at_ms=0))
            )
        elif state == "dropped":
            await client.server.run_action(accounts.drop(chat, of_server(chat), account))
        else:
            await client.server.run_action(accounts.rename(chat, of_server(chat), account, "bela"))
        # A certificate or a token belongs to the account, whatever its name is now.
        assert await working_methods(client) == ({"external", "ircv3"} if state == "renamed" else set())

    run(test())


def test_a_new_password_does_not_end_a_suspension(tmp_path: Path) -> None:
    """Not even one set on the command line."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        chat = client.server.chat
        await client.server.run_action(accounts.suspend(chat, of_server(chat), lookup.get_account(chat, "ana"), "x"))
        order = administer.AdminRequest(action="passwd", name="ana", password="nova-senha")
        await client.server.run_action(administer.execute(chat, of_server(chat), order))
        assert "904" in await client.plain("nova-senha")

    run(test())


def test_wrong_credentials_are_refused(tmp_path: Path) -> None:
    """Wrong passwords, certificates and tokens of every kind, and malformed messages."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        assert "904" in await client.plain("errada")
        assert "904" in await client.plain("")
        assert "904" in await client.plain("x", "ninguem")
        assert "904" in await client.scram("errada")
        assert "904" in await client.scram("x", "ninguem")
        assert "904" in await client.external("")
        assert "904" in await client.external("cd" * 32)
        other = ECKey.generate_key("P-256", {"kid": "k1"})
        bad = [
            client.token(aud="outro"),
            client.token(iss="https://evil.example"),
            client.token(exp=int(time.time()) - 10),
            client.token(sub="s2"),
            jwt.encode(
                {"alg": "ES256", "kid": "k1"}, {"iss": ISSUER, "aud": "papo", "sub": "s1", "exp": 1 << 40}, other
            ),
            "a.b.c",
            "",
            client.token()[:-4] + "AAAA",
        ]
        for token in bad:
            assert "904" in await client.oauth(token), token
            assert "904" in await client.ircv3(token), token
        who = await client.connect()
        for mechanism in ("PLAIN", "EXTERNAL", "SCRAM-SHA-256", "OAUTHBEARER", "IRCV3BEARER"):
            for rubbish in ("AAAA", b64("\xff\xfe"), b64("n,,n=ana"), b64("\0\0\0\0"), "=", "+"):
                await client.say(who, f"AUTHENTICATE {mechanism}")
                reply = await client.say(who, f"AUTHENTICATE {rubbish}")
                assert not any(" 900 " in line or " 903 " in line for line in reply)
                await client.say(who, "AUTHENTICATE *")
        await client.say(who, "NICK zoe")
        await client.say(who, "USER zoe 0 * :z")
        await client.say(who, "CAP END")
        assert client.server.chat.world.nicks["zoe"].account is None

    run(test())


def test_scram_checks_the_account_again_at_the_end(tmp_path: Path) -> None:
    """Proved, but suspended before the last line: refused."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        who = await client.connect()
        scram = ScramClient(["SCRAM-SHA-256"], "ana", "senha-boa")
        await client.say(who, "AUTHENTICATE SCRAM-SHA-256")
        answer = await client.say(who, "AUTHENTICATE " + b64(scram.get_client_first()))
        scram.set_server_first(base64.b64decode(answer[0].removeprefix("AUTHENTICATE ")).decode())
        await client.say(who, "AUTHENTICATE " + b64(scram.get_client_final()))
        chat = client.server.chat
        await client.server.run_action(accounts.suspend(chat, of_server(chat), lookup.get_account(chat, "ana"), "x"))
        assert "904" in (await client.say(who, "AUTHENTICATE +"))[0]

    run(test())


def test_an_identity_provider_may_create_accounts(tmp_path: Path) -> None:
    """It never takes over an existing one."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path, create=True)
        assert "903" in await client.ircv3(client.token(sub="s9", preferred_username="nova"))
        assert "903" in await client.ircv3(client.token(sub="s9", preferred_username="outro-nome"))
        assert "904" in await client.ircv3(client.token(sub="s10", preferred_username="ana"))
        assert "904" in await client.ircv3(client.token(sub="s11", preferred_username=""))
        assert client.server.chat.world.registry.by_subject(ISSUER, "s9") is not None

    run(test())


def test_a_guest_with_the_nick_does_not_keep_an_identity_out(tmp_path: Path) -> None:
    """The first login by token makes the account; the guest who has its nick gets another."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path, create=True)
        client.server.register("nova")
        assert "903" in await client.ircv3(client.token(sub="s9", preferred_username="nova"))
        users = client.server.chat.world.users.values()
        assert [user.nick for user in users if user.account is None] != ["nova"]
        assert client.server.chat.world.user("nova") is None
        assert "903" in await client.ircv3(client.token(sub="s9", preferred_username="nova"))

    run(test())


def test_a_token_of_before_the_sessions_were_ended_logs_nobody_in(tmp_path: Path) -> None:
    """Nor does one that does not say when it was issued; a new one does."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        now_s = client.server.chat.now_ms() // 1000
        assert " 903 " in await client.oauth(client.token(iat=now_s - 60))
        ended: dict[str, object] = {"not_before_ms": client.server.chat.now_ms()}
        account = lookup.get_account(client.server.chat, "ana")
        await client.server.run_action(accounts.change(client.server.chat, account, **ended))
        for old in ({"iat": now_s - 60}, {"iat": now_s}, {}, {"iat": "x"}):
            assert " 904 " in await client.oauth(client.token(**old))
            assert " 904 " in await client.ircv3(client.token(**old))
        assert " 903 " in await client.oauth(client.token(iat=now_s + 1))

    run(test())


def test_guessing_is_throttled_but_not_for_the_owner(tmp_path: Path) -> None:
    """Five failures in half an hour for an account, from all networks but those its owner has logged in from."""

    async def test() -> None:
        client = await LoginClient.build(tmp_path)
        chat = client.server.chat
        chat.config = msgspec.structs.replace(chat.config, limits=Limits())
        home, away = "10.0.0.1", "203.0.113."

        async def log_in(password: str, address: str) -> Account:
            return await client.server.run_action(authentication.by_password(chat, "ana", password, address))

        await client.server.run_action(authentication.note_login(chat, await log_in("senha-boa", home), home))
        codes = []
        for guess in range(20):
            with pytest.raises(Refused) as refused:
                await log_in(f"palpite{guess}", f"{away}{guess}")
            codes.append(refused.value.code.name)
        assert codes == ["BAD_CREDENTIALS"] * 5 + ["TOO_MANY_GUESSES"] * 15
        with pytest.raises(Refused):
            await log_in("senha-boa", f"{away}99")
        assert (await log_in("senha-boa", home)).name == "ana"
        client.server.now_s += 1801
        assert (await log_in("senha-boa", f"{away}99")).name == "ana"

    run(test())


def test_a_server_password_comes_first() -> None:
    """Without it a client can neither register an account nor connect."""

    async def test() -> None:
        settings = msgspec.structs.replace(make_config().server, password="segredo")
        server = MemoryServer(make_config(server=settings))
        server.connect("ana")
        for line in ("NICK ana", "CAP LS 302", "REGISTER * * senha-boa-1", "VERIFY ana 123"):
            reply = await server.ask_and_wait("ana", line)
        assert "COMPLETE_CONNECTION_REQUIRED" in reply[0]
        assert not server.chat.world.registry.accounts
        for line in ("USER ana 0 * :a", "CAP END"):
            reply = await server.ask_and_wait("ana", line)
        assert " 464 " in reply[0]

    run(test())


def test_guests_do_not_connect_if_an_account_is_required() -> None:
    """Nor can they register one."""

    async def test() -> None:
        config = make_config()
        server = MemoryServer(
            msgspec.structs.replace(config, accounts=msgspec.structs.replace(config.accounts, required=True))
        )
        server.connect("ana")
        server.send("ana", "CAP LS 302")
        await server.ask_and_wait("ana", "NICK ana")
        assert "TEMPORARILY_UNAVAILABLE" in (await server.ask_and_wait("ana", "REGISTER * * senha-boa-1"))[0]
        await server.ask_and_wait("ana", "USER ana 0 * :a")
        reply = await server.ask_and_wait("ana", "CAP END")
        assert "FAIL * ACCOUNT_REQUIRED" in reply[0]
        assert reply[1].startswith("ERROR")

    run(test())


@pytest.mark.parametrize("how", ["LOGOUT", "DROP", "papo account drop"])
def test_who_logs_out_of_a_server_that_requires_an_account_is_disconnected(how: str) -> None:
    """Else a suspension, a new password or the end of the account would not reach them."""

    async def test() -> None:
        accounts_ = Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, required=True)
        server = MemoryServer(make_config(accounts=accounts_))
        account = await server.run_action(accounts.create(server.chat, name="ana", password="senha-boa-1"))
        server.connect("ana")
        proof = base64.b64encode(b"\0ana\0senha-boa-1").decode()
        for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :x", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}"):
            await server.ask_and_wait("ana", line)
        await server.ask_and_wait("ana", "CAP END")
        assert server.clients["ana"].me.account == "ana"
        if how == "LOGOUT":
            await server.ask_and_wait("ana", "NS LOGOUT")
        elif how == "DROP":
            await server.ask_and_wait("ana", "NS CONFIRM senha-boa-1")
            await server.ask_and_wait("ana", f"NS DROP ana {nickserv.code_for(account)}")
        else:
            await server.run_action(accounts.drop(server.chat, of_server(server.chat), account))
        assert server.clients["ana"].ended
        assert not server.chat.world.users

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_login_gives_the_ranks_of_the_account() -> None:
    """In the channels that the user is in already."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala2")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala2")
        await server.ask_and_wait("ana", "NS LOGOUT")
        server.register("caio", "#sala2")
        server.send("ana", "PART #sala2")
        server.send("ana", "JOIN #sala2")
        server.received("ana")
        await server.ask_and_wait("ana", "AUTHENTICATE PLAIN")
        proof = b64("\0ana\0senha-boa-1")
        reply = await server.ask_and_wait("ana", f"AUTHENTICATE {proof}")
        assert any("MODE #sala2 +q ana" in each for each in reply)

    run(test())


def test_a_name_without_an_account_costs_as_much_as_a_wrong_password() -> None:
    """The same hash is computed, so the time tells nothing; an enormous password is not hashed (F25)."""

    async def test() -> None:
        server = MemoryServer()
        await server.run_action(accounts.create(server.chat, name="ana", password="senha-boa-1"))
        server.register("eva")
        hashed: list[str] = []
        passwords = server.chat.passwords
        verify = PasswordHasher.verify

        def counted(hasher: PasswordHasher, secret: str, text: str) -> bool:
            hashed.append(text)
            return verify(hasher, secret, text)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(PasswordHasher, "verify", counted)
            for line in ("NS IDENTIFY ana errada-1", "NS IDENTIFY ninguem errada-2", "NS IDENTIFY ana senha-boa-1"):
                await server.ask_and_wait("eva", line)
            assert hashed == ["errada-1", "errada-2", "senha-boa-1"]
            assert not await passwords.verify("", "x" * 1_000_000)
            assert hashed[3:] == [""]

    run(test())
