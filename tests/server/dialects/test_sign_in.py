"""Every way of signing in, and that each of them ends at the same door (F5, F6, S5)."""

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
from joserfc import jwt
from joserfc.jwk import ECKey
from memory_server import MemoryServer, make_config
from scramp import ScramClient

from papo.config import Issuer, Limits
from papo.server.actions import accounts, administer, authentication, lookup, operate
from papo.server.actions.actor import of_server
from papo.server.auth.bearer import Bearer
from papo.server.auth.bearer import Issuer as BearerIssuer
from papo.server.world.errors import Refused
from papo.server.world.records import Account, Ban

FINGERPRINT = "ab" * 32
GOOD = "senha-boa"
ISSUER = "https://id.example.org"


def b64(data: bytes | str) -> str:
    """As AUTHENTICATE carries it."""
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def run(test: Coroutine[Any, Any, None]) -> None:
    """A minute at most."""
    asyncio.run(asyncio.wait_for(test, 60))


class Doors:
    """A chat with the account `ana`, and everything that proves one is her."""

    def __init__(self, server: MemoryServer, key: ECKey) -> None:
        self.server = server
        self.key = key
        self.count = 0

    @classmethod
    async def build(cls, tmp_path: Path, **settings: Any) -> Doors:
        """With an identity provider whose keys are in a file."""
        key = ECKey.generate_key("P-256", {"kid": "k1"})
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        issuer = Issuer(url=ISSUER, audience="papo", keys_file=str(path), **settings)
        server = MemoryServer(make_config(issuers=(issuer,), limits=Limits(enabled=False)))
        server.chat.bearer = Bearer([BearerIssuer(ISSUER, "papo", "", "preferred_username", str(path))])
        doors = cls(server, key)
        account = await doors.work(accounts.create(server.chat, name="ana", password="senha-boa"))
        await doors.work(accounts.add_certificate(server.chat, account, FINGERPRINT))
        await doors.work(accounts.change(server.chat, account, issuer=ISSUER, subject="s1"))
        return doors

    async def work(self, work: Coroutine[Any, Any, Any]) -> Any:
        """An action, with the loop turns that it needs."""
        task = asyncio.ensure_future(work)
        while not task.done():
            self.server.run_deferred()
            await asyncio.sleep(0)
        return task.result()

    def token(self, **claims: Any) -> str:
        """A token of the provider."""
        good = {"iss": ISSUER, "aud": "papo", "sub": "s1", "exp": int(time.time()) + 600, "preferred_username": "ana"}
        return str(jwt.encode({"alg": "ES256", "kid": "k1"}, {**good, **claims}, self.key))

    async def say(self, who: str, line: str) -> list[str]:
        """A line, and all that comes of it."""
        return await self.server.ask_and_wait(who, line)

    async def connect(self) -> str:
        """A connection that has not said who it is."""
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
        """SCRAM-SHA-256, with somebody else's client."""
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
        heard: list[str] = []
        for at in range(0, len(message), 400):
            heard += await self.say(who, "AUTHENTICATE " + message[at : at + 400])
        if len(message) % 400 == 0:
            heard += await self.say(who, "AUTHENTICATE +")
        if heard and heard[-1].startswith("AUTHENTICATE "):
            heard += await self.say(who, "AUTHENTICATE " + b64("\x01"))
        return " ".join(heard)

    async def by_pass(self) -> str:
        """PASS account:password."""
        self.count += 1
        who = f"c{self.count}"
        self.server.connect(who)
        await self.say(who, "PASS ana:senha-boa")
        await self.say(who, f"NICK x{self.count}")
        heard = await self.say(who, "USER x 0 * :x")
        return "903" if any(line.endswith(" +r") for line in heard) else "no"

    async def identify(self) -> str:
        """NickServ."""
        self.count += 1
        who = f"c{self.count}"
        self.server.register(who)
        heard = await self.say(who, "NS IDENTIFY ana senha-boa")
        return "903" if any(" 900 " in line for line in heard) else "no"


WAYS = ("plain", "external", "scram", "oauth", "ircv3", "by_pass", "identify")


async def opened(doors: Doors) -> set[str]:
    """The ways that let one in now."""
    return {way for way in WAYS if " 903 " in f" {await getattr(doors, way)()} "}


def test_every_way_lets_the_owner_in(tmp_path: Path) -> None:
    """All seven."""

    async def test() -> None:
        assert await opened(await Doors.build(tmp_path)) == set(WAYS)

    run(test())


@pytest.mark.parametrize("state", ["suspended", "unverified", "banned", "dropped", "renamed"])
def test_no_way_leads_around_what_was_decided_about_an_account(tmp_path: Path, state: str) -> None:
    """F6: a suspended, unverified, banned or deleted account, or the old name of a renamed one, lets nobody in."""

    async def test() -> None:
        doors = await Doors.build(tmp_path)
        chat = doors.server.chat
        account = lookup.get_account(chat, "ana")
        if state == "suspended":
            await doors.work(accounts.suspend(chat, of_server(chat), account, "x"))
        elif state == "unverified":
            await doors.work(accounts.change(chat, account, verified=False))
        elif state == "banned":
            await doors.work(chat.records.keep(Ban(kind="account", mask="ana", reason="x", by="chefe", at_ms=0)))
        elif state == "dropped":
            await doors.work(accounts.drop(chat, of_server(chat), account))
        else:
            await doors.work(accounts.rename(chat, of_server(chat), account, "bela"))
        # By certificate or token one is who one is, whatever one is called now.
        assert await opened(doors) == ({"external", "ircv3"} if state == "renamed" else set())

    run(test())


def test_a_new_password_does_not_end_a_suspension(tmp_path: Path) -> None:
    """By the command line either."""

    async def test() -> None:
        doors = await Doors.build(tmp_path)
        chat = doors.server.chat
        await doors.work(accounts.suspend(chat, of_server(chat), lookup.get_account(chat, "ana"), "x"))
        order = administer.Order(action="passwd", name="ana", password="nova-senha")
        await doors.work(administer.carry_out(chat, of_server(chat), order))
        assert "904" in await doors.plain("nova-senha")

    run(test())


def test_what_is_wrong_is_refused(tmp_path: Path) -> None:
    """Wrong passwords, certificates and tokens of every kind, and rubbish; nobody is logged in before the end (F5)."""

    async def test() -> None:
        doors = await Doors.build(tmp_path)
        assert "904" in await doors.plain("errada")
        assert "904" in await doors.plain("")
        assert "904" in await doors.plain("x", "ninguem")
        assert "904" in await doors.scram("errada")
        assert "904" in await doors.scram("x", "ninguem")
        assert "904" in await doors.external("")
        assert "904" in await doors.external("cd" * 32)
        other = ECKey.generate_key("P-256", {"kid": "k1"})
        bad = [
            doors.token(aud="outro"),
            doors.token(iss="https://evil.example"),
            doors.token(exp=int(time.time()) - 10),
            doors.token(sub="s2"),
            jwt.encode(
                {"alg": "ES256", "kid": "k1"}, {"iss": ISSUER, "aud": "papo", "sub": "s1", "exp": 1 << 40}, other
            ),
            "a.b.c",
            "",
            doors.token()[:-4] + "AAAA",
        ]
        for token in bad:
            assert "904" in await doors.oauth(token), token
            assert "904" in await doors.ircv3(token), token
        who = await doors.connect()
        for mechanism in ("PLAIN", "EXTERNAL", "SCRAM-SHA-256", "OAUTHBEARER", "IRCV3BEARER"):
            for rubbish in ("AAAA", b64("\xff\xfe"), b64("n,,n=ana"), b64("\0\0\0\0"), "=", "+"):
                await doors.say(who, f"AUTHENTICATE {mechanism}")
                heard = await doors.say(who, f"AUTHENTICATE {rubbish}")
                assert not any(" 900 " in line or " 903 " in line for line in heard)
                await doors.say(who, "AUTHENTICATE *")
        await doors.say(who, "NICK zoe")
        await doors.say(who, "USER zoe 0 * :z")
        await doors.say(who, "CAP END")
        assert doors.server.chat.world.nicks["zoe"].account is None

    run(test())


def test_scram_ends_with_the_clients_word(tmp_path: Path) -> None:
    """Proved, and suspended before the last line: not in."""

    async def test() -> None:
        doors = await Doors.build(tmp_path)
        who = await doors.connect()
        client = ScramClient(["SCRAM-SHA-256"], "ana", "senha-boa")
        await doors.say(who, "AUTHENTICATE SCRAM-SHA-256")
        answer = await doors.say(who, "AUTHENTICATE " + b64(client.get_client_first()))
        client.set_server_first(base64.b64decode(answer[0].removeprefix("AUTHENTICATE ")).decode())
        await doors.say(who, "AUTHENTICATE " + b64(client.get_client_final()))
        chat = doors.server.chat
        await doors.work(accounts.suspend(chat, of_server(chat), lookup.get_account(chat, "ana"), "x"))
        assert "904" in (await doors.say(who, "AUTHENTICATE +"))[0]

    run(test())


def test_an_identity_provider_makes_accounts_where_it_may(tmp_path: Path) -> None:
    """And never takes one that is there."""

    async def test() -> None:
        doors = await Doors.build(tmp_path, create=True)
        assert "903" in await doors.ircv3(doors.token(sub="s9", preferred_username="nova"))
        assert "903" in await doors.ircv3(doors.token(sub="s9", preferred_username="outro-nome"))
        assert "904" in await doors.ircv3(doors.token(sub="s10", preferred_username="ana"))
        assert "904" in await doors.ircv3(doors.token(sub="s11", preferred_username=""))
        assert doors.server.chat.world.registry.by_subject(ISSUER, "s9") is not None

    run(test())


def test_guessing_ends_and_the_owner_still_gets_in(tmp_path: Path) -> None:
    """S5: five tries in half an hour for an account, wherever they come from; not where its owner comes from."""

    async def test() -> None:
        doors = await Doors.build(tmp_path)
        chat = doors.server.chat
        chat.config = msgspec.structs.replace(chat.config, limits=Limits())
        home, away = "10.0.0.1", "203.0.113."
        account = await doors.work(authentication.by_password(chat, "ana", "senha-boa", home))
        await doors.work(authentication.note_login(chat, account, home))
        codes = []
        for guess in range(20):
            with pytest.raises(Refused) as refused:
                await doors.work(authentication.by_password(chat, "ana", f"palpite{guess}", f"{away}{guess}"))
            codes.append(refused.value.code.name)
        assert codes == ["BAD_CREDENTIALS"] * 5 + ["TOO_MANY_GUESSES"] * 15
        with pytest.raises(Refused):
            await doors.work(authentication.by_password(chat, "ana", "senha-boa", f"{away}99"))
        assert (await doors.work(authentication.by_password(chat, "ana", "senha-boa", home))).name == "ana"
        doors.server.now_s += 1801
        assert (await doors.work(authentication.by_password(chat, "ana", "senha-boa", f"{away}99"))).name == "ana"

    run(test())


def test_one_network_does_not_try_many_accounts() -> None:
    """Twenty tries in ten minutes."""

    async def test() -> None:
        server = MemoryServer(make_config(limits=Limits()))
        for guess in range(25):
            with pytest.raises(Refused) as refused:
                await authentication.by_password(server.chat, f"conta{guess}", "x" * 8, "203.0.113.1")
        assert refused.value.code.name == "TOO_MANY_GUESSES"

    run(test())


def test_a_server_password_stands_before_everything() -> None:
    """F7: neither an account nor a way in without it."""

    async def test() -> None:
        settings = msgspec.structs.replace(make_config().server, password="segredo")
        server = MemoryServer(make_config(server=settings))
        server.connect("ana")
        for line in ("NICK ana", "CAP LS 302", "REGISTER * * senha-boa-1", "VERIFY ana 123"):
            heard = await server.ask_and_wait("ana", line)
        assert "COMPLETE_CONNECTION_REQUIRED" in heard[0]
        assert not server.chat.world.registry.accounts
        for line in ("USER ana 0 * :a", "CAP END"):
            heard = await server.ask_and_wait("ana", line)
        assert " 464 " in heard[0]

    run(test())


def test_only_people_with_an_account_where_it_is_required() -> None:
    """And nobody makes one for themselves."""

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
        heard = await server.ask_and_wait("ana", "CAP END")
        assert "FAIL * ACCOUNT_REQUIRED" in heard[0]
        assert heard[1].startswith("ERROR")

    run(test())


def test_bans_end_and_are_found_by_every_kind() -> None:
    """By mask, address and account; a ban that has run out is forgotten."""
    server = MemoryServer()
    now_ms = server.chat.now_ms()
    for ban in (
        Ban(kind="mask", mask="*!*@*.ruim", reason="m", by="c", at_ms=0),
        Ban(kind="address", mask="203.0.113.0/24", reason="a", by="c", at_ms=0),
        Ban(kind="account", mask="ana", reason="k", by="c", at_ms=0, until_ms=now_ms + 1000),
    ):
        server.chat.world.registry.keep(ban)

    ana = Account(id="1", name="Ana", created_at_ms=0)

    def reason(address: str = "10.0.0.1", host: str = "y", account: Account | None = None) -> str:
        return operate.ban_reason(server.chat, who="x!y", address=address, host=host, account=account)

    assert reason() == ""
    assert reason(host="mau.ruim") == "m"
    assert reason(address="203.0.113.7") == "a"
    assert reason(address="::ffff:203.0.113.7") == "a"
    assert reason(account=ana) == "k"
    server.now_s += 2
    assert reason(account=ana) == ""
    assert "account:ana" not in server.chat.world.registry.bans


def test_names_that_look_alike_are_one() -> None:
    """F20: nick, account and channel; a service's name is nobody's in any script."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        assert " 433 " in server.try_nick("аna")  # a Cyrillic а
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        server.register("bia")
        assert " 433 " in server.ask("bia", "NICK аna")[0]
        assert "ACCOUNT_EXISTS" in (await server.ask_and_wait("bia", "REGISTER аna * senha-boa-1"))[0]
        assert " 403 " in server.ask("bia", "JOIN #sаla")[0]
        for service in ("NickServ", "NiсkServ", "ChɑnServ"):
            assert " 432 " in server.ask("bia", f"NICK {service}")[0], service

    run(test())


def test_accounts_survive_a_rename_with_all_they_have() -> None:
    """The id stays; the old name is free, and what was said under it belongs to nobody who takes it."""

    async def test() -> None:
        server = MemoryServer()
        doors = Doors(server, ECKey.generate_key("P-256"))
        account = await doors.work(accounts.create(server.chat, name="ana", password="x"))
        renamed: Account = await doors.work(accounts.rename(server.chat, of_server(server.chat), account, "bela"))
        assert (renamed.id, renamed.name) == (account.id, "bela")
        assert lookup.find_account(server.chat, "ana") is None
        assert renamed.named_at_ms >= account.named_at_ms

    run(test())


def test_a_dropped_account_leaves_its_channels_behind() -> None:
    """They stay while somebody is in them, and belong to nobody."""

    async def test() -> None:
        server = MemoryServer()
        doors = Doors(server, ECKey.generate_key("P-256"))
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        server.register("bia", "#sala")
        await doors.work(accounts.drop(server.chat, of_server(server.chat), lookup.get_account(server.chat, "ana")))
        server.run_deferred()
        assert server.chat.world.nicks["ana"].account is None
        assert server.chat.world.channels["#sala"].founder == ""
        assert not server.chat.world.registry.channels
        assert not server.store.tables.records
        for nick in ("ana", "bia"):
            server.send(nick, "PART #sala")
        assert "#sala" not in server.chat.world.channels

    run(test())
