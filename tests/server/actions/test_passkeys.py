"""Passkeys: made, used, revoked; signed for another page, twice, too late, by a copy; full disks, restarts."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from authenticator import FLAG, ORIGIN, Authenticator
from memory_server import MemoryServer
from memory_store import MemoryStore

from papo.protocol.sasl import chunks
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, credentials, export, passkeys
from papo.server.auth.passkeys import rp_id_of
from papo.server.delivery.ports import NotStored
from papo.server.world.records import Account
from papo.server.world.snapshot import from_disk

GOOD = "senha-boa-1"


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit of a minute."""
    asyncio.run(asyncio.wait_for(test, 60))


class Owner:
    """The owner of the account `ana`, on the web page `https://chat.example`."""

    def __init__(self, server: MemoryServer) -> None:
        self.server = server
        self.key = Authenticator()
        self.count = 0

    @classmethod
    async def build(cls, *, passkey: bool = True) -> Owner:
        """Signed in by password and confirmed on the connection `ana`, with a passkey if asked for."""
        owner = cls(MemoryServer())
        await owner.server.run_action(accounts.create(owner.server.chat, name="ana", password=GOOD))
        await owner.enter("ana", "ana")
        if passkey:
            assert "PASSKEY ADD" in await owner.add()
        return owner

    @property
    def account(self) -> Account:
        """As it is now."""
        return lookup.get_account(self.server.chat, "ana")

    def connect(self, who: str = "", origin: str = ORIGIN) -> str:
        """A connection of a web page; returns its name."""
        self.count += 1
        who = who or f"c{self.count}"
        self.server.connect(who).link.origin = origin  # type: ignore[misc]  # the fake's is a field
        return who

    async def enter(self, who: str, account: str) -> None:
        """A connection of a web page, registered, whose user has identified by hand."""
        self.connect(who)
        for line in (f"NICK {who}-x", "USER x 0 * :x", f"NS IDENTIFY {account} {GOOD}"):
            await self.say(who, line)

    async def say(self, who: str, line: str) -> str:
        """Send a line; returns the answer."""
        return "\n".join(await self.server.ask_and_wait(who, line))

    async def challenge(self, who: str = "ana", name: str = "Firefox, Linux") -> dict[str, Any]:
        """Ask for the options of a new passkey."""
        return read(await self.say(who, f"PASSKEY CHALLENGE :{name}"), "PASSKEY CHALLENGE ")

    async def add(self, who: str = "ana", name: str = "Firefox, Linux", key: Authenticator | None = None) -> str:
        """Make a passkey; returns the answer to its last line."""
        return await self.answer(who, (key or self.key).create(await self.challenge(who, name)))

    async def answer(self, who: str, message: bytes, verb: str = "PASSKEY ADD") -> str:
        """Send a message in lines; returns the answer to the last."""
        said = ""
        for chunk in chunks(message):
            assert not said, said
            said = await self.say(who, f"{verb} {chunk}")
        return said

    async def ask(self, who: str, first: str = "@web-x7") -> dict[str, Any]:
        """Begin to sign in; returns the options."""
        assert "AUTHENTICATE +" in await self.say(who, "AUTHENTICATE PAPO-PASSKEY")
        encoded = base64.b64encode(first.encode()).decode() or "+"
        return read(await self.say(who, f"AUTHENTICATE {encoded}"), "AUTHENTICATE ")

    async def sign_in(self, who: str = "", key: Authenticator | None = None) -> str:
        """Sign in; returns the last answer."""
        who = who or self.connect()
        return await self.answer(who, (key or self.key).get(await self.ask(who)), "AUTHENTICATE")


def read(answer: str, before: str) -> dict[str, Any]:
    """The JSON in the lines of an answer."""
    lines = [line.split(before, 1)[1] for line in answer.split("\n") if before in line]
    found: dict[str, Any] = json.loads(base64.b64decode("".join(lines).rstrip("+") or "="))
    return found


def test_a_passkey_signs_in_without_a_name_or_a_password() -> None:
    """And says when and from where; the browser is asked to verify its user, and no passkey is named to strangers."""

    async def test() -> None:
        owner = await Owner.build()
        made = owner.account.passkeys[0]
        assert (made.name, made.rp_id) == ("Firefox, Linux", "chat.example")
        who = owner.connect()
        options = await owner.ask(who)
        assert (options["rpId"], options["userVerification"]) == ("chat.example", "required")
        assert not options.get("allowCredentials")
        answer = await owner.answer(who, owner.key.get(options), "AUTHENTICATE")
        assert " 900 " in answer
        assert " 903 " in answer
        for line in ("NICK zoe", "USER zoe 0 * :z"):
            answer = await owner.say(who, line)
        assert owner.server.chat.world.nicks["zoe"].account == "ana"
        assert owner.server.clients[who].device == "web-x7"
        listed = await owner.say(who, "PASSKEY LIST")
        assert f"PASSKEY LIST {credentials.id_of(made)} chat.example " in listed
        assert "10.0.0.1 :Firefox, Linux" in listed
        assert "Passkeys: 1" in await owner.say(who, "NS PASSKEY LIST")

    run(test())


def test_the_options_ask_for_a_passkey_that_names_its_user() -> None:
    """Discoverable, verified, without SHA-1; those that the account has are not made again."""

    async def test() -> None:
        owner = await Owner.build()
        options = await owner.challenge()
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert [each["alg"] for each in options["pubKeyCredParams"]] == [-8, -7, -257]
        assert [each["id"] for each in options["excludeCredentials"]] == [owner.account.passkeys[0].credential_id]
        assert options["user"]["name"] == "ana"

    run(test())


def test_adding_one_needs_a_recent_proof_and_is_told_to_the_owner() -> None:
    """Neither a login of ten minutes ago nor one by the program will do; other sessions and the log hear of it."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        await owner.enter("tel", "ana")
        options = await owner.challenge()
        owner.server.now_s += 290
        await owner.say("ana", "PING 1")
        owner.server.now_s += 311
        assert "PROOF_REQUIRED" in await owner.say("ana", "PASSKEY CHALLENGE :x")
        assert "BAD_PASSKEY" in await owner.answer("ana", owner.key.create(options))
        assert not owner.account.passkeys
        await owner.say("ana", f"NS CONFIRM {GOOD}")
        owner.server.received("tel")
        assert "PASSKEY ADD" in await owner.add(name="Chave\u202e azul")
        assert "your account ana: Chave azul (from 10.0.0.1)." in "\n".join(owner.server.received("tel"))

    run(test())


def test_a_proof_that_grows_old_between_challenge_and_answer_adds_nothing() -> None:
    """The proof is looked at again with the account as it is when the passkey comes."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        owner.server.now_s += 590
        options = await owner.challenge()
        owner.server.now_s += 20
        assert "PROOF_REQUIRED" in await owner.answer("ana", owner.key.create(options))
        assert not owner.account.passkeys

    run(test())


def test_a_passkey_is_a_recent_proof() -> None:
    """Nobody's program uses one by itself: even while connecting, the owner was there."""

    async def test() -> None:
        owner = await Owner.build()
        who = owner.connect()
        await owner.sign_in(who)
        for line in ("NICK zoe", "USER zoe 0 * :z"):
            await owner.say(who, line)
        assert "APPPASSWORD ADD web ana/web " in await owner.say(who, "APPPASSWORD ADD web")
        owner.server.now_s += 601
        assert "PROOF_REQUIRED" in await owner.say(who, "APPPASSWORD ADD web2")
        assert " 903 " in await owner.sign_in(who)
        assert "APPPASSWORD ADD web2 " in await owner.say(who, "APPPASSWORD ADD web2")

    run(test())


def test_a_passkey_stands_for_the_second_factor() -> None:
    """After the password it is one of the ways, and has to be the account's own; broken off, a code still does."""

    async def test() -> None:
        owner = await Owner.build()
        await owner.server.run_action(
            accounts.change(owner.server.chat, owner.account, totp="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        )
        await owner.server.run_action(accounts.create(owner.server.chat, name="bia", password=GOOD))
        who = owner.connect()
        await owner.say(who, "CAP REQ :papo.chat/second-factor")
        await owner.say(who, "AUTHENTICATE PLAIN")
        plain = base64.b64encode(f"\0ana\0{GOOD}".encode()).decode()
        assert "SECONDFACTOR REQUIRED ana totp,passkey :" in await owner.say(who, f"AUTHENTICATE {plain}")
        options = await owner.ask(who)
        assert [each["id"] for each in options["allowCredentials"]] == [owner.account.passkeys[0].credential_id]
        assert " 906 " in await owner.say(who, "AUTHENTICATE *")
        assert "BAD_SECOND_FACTOR" in await owner.say(who, "SECONDFACTOR CODE totp 1")
        assert "BAD_SECOND_FACTOR" in await owner.say(who, "SECONDFACTOR CODE passkey x")
        stranger = Authenticator(credential_id=b"passkey-2")
        await owner.enter("bia", "bia")
        assert "PASSKEY ADD" in await owner.add("bia", key=stranger)
        assert " 904 " in await owner.sign_in(who, stranger)
        answer = await owner.sign_in(who)
        assert " 903 " in answer
        assert " ana :" in answer
        assert "NOT_EXPECTED" in await owner.say(who, "SECONDFACTOR CODE totp 1")

    run(test())


def change_origin(key: Authenticator) -> None:
    """Signed on a page that looks like ours."""
    key.origin = "https://chat.example.evil"


def change_port(key: Authenticator) -> None:
    """Signed on another program's page of the same machine."""
    key.origin = f"{ORIGIN}:8443"


def forget_verification(key: Authenticator) -> None:
    """Whoever holds the key has not shown a finger or a PIN."""
    key.flags = FLAG.UP


def nobody_there(key: Authenticator) -> None:
    """Signed without a touch."""
    key.flags = FLAG.UV


def in_a_frame(key: Authenticator) -> None:
    """Signed inside another site's page."""
    key.extra = {"cross_origin": True}


def other_key(key: Authenticator) -> None:
    """Signed by somebody who knows the passkey's name only."""
    key.key = Authenticator().key


def other_name(key: Authenticator) -> None:
    """A passkey that nobody has."""
    key.credential_id = b"passkey-9"


def other_user(key: Authenticator) -> None:
    """A user that nobody is."""
    key.user = "AAAA"


WRONG: list[Callable[[Authenticator], None]] = [
    change_origin, change_port, forget_verification, nobody_there, in_a_frame, other_key, other_name, other_user,
]  # fmt: skip


@pytest.mark.parametrize("spoil", WRONG)
def test_what_was_signed_wrongly_signs_nobody_in(
    spoil: Callable[[Authenticator], None], caplog: pytest.LogCaptureFixture
) -> None:
    """One refusal for all, so that nothing is learnt from it; the log has the address, and why."""

    async def test() -> None:
        owner = await Owner.build()
        before = owner.account
        spoil(owner.key)
        with caplog.at_level(logging.INFO):
            answer = await owner.sign_in()
        assert " 904 " in answer
        assert "does not log in here" in answer
        assert "passkey" in caplog.text
        assert "10.0.0.1" in caplog.text
        assert owner.account == before

    run(test())


@pytest.mark.parametrize("spoil", WRONG[:5])
def test_what_was_made_wrongly_is_not_added(spoil: Callable[[Authenticator], None]) -> None:
    """On another page, without verification, in a frame; and the challenge is used up."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        good = Authenticator()
        options = await owner.challenge()
        spoil(owner.key)
        assert "BAD_PASSKEY" in await owner.answer("ana", owner.key.create(options))
        assert "NO_ENROLMENT" in await owner.say("ana", f"PASSKEY ADD {chunks(good.create(options))[0]}")
        assert not owner.account.passkeys

    run(test())


def test_the_name_of_a_passkey_is_no_longer_than_the_specification_says() -> None:
    """1023 bytes (section 7.1)."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        assert "BAD_PASSKEY" in await owner.add(key=Authenticator(credential_id=b"x" * 1024))
        assert "PASSKEY ADD" in await owner.add(key=Authenticator(credential_id=b"x" * 1023))

    run(test())


def test_a_challenge_is_signed_once_soon_and_on_its_own_connection() -> None:
    """An answer that was overheard, is replayed, or comes from another connection is worth nothing."""

    async def test() -> None:
        owner = await Owner.build()
        one, other = owner.connect(), owner.connect()
        overheard = owner.key.get(await owner.ask(one))
        await owner.ask(other)
        assert " 904 " in await owner.answer(other, overheard, "AUTHENTICATE")
        assert " 903 " in await owner.answer(one, overheard, "AUTHENTICATE")
        again = owner.connect()
        await owner.ask(again)
        assert " 904 " in await owner.answer(again, overheard, "AUTHENTICATE")
        options = await owner.ask(again)
        owner.server.now_s += passkeys.WAIT_S + 1
        assert " 904 " in await owner.answer(again, owner.key.get(options), "AUTHENTICATE")
        late = await owner.challenge() if await owner.say("ana", f"NS CONFIRM {GOOD}") else {}
        owner.server.now_s += passkeys.WAIT_S + 1
        assert "BAD_PASSKEY" in await owner.answer("ana", Authenticator(credential_id=b"2").create(late))

    run(test())


def test_somebody_may_look_for_their_security_key() -> None:
    """A connection whose user is asked for a passkey is not closed after half a minute, but after five."""

    async def test() -> None:
        owner = await Owner.build()
        who, idle = owner.connect(), owner.connect()
        await owner.ask(who)
        clients: Any = owner.server.clients
        owner.server.now_s += 200
        for name in (who, idle):
            clients[name].sweep(owner.server.now_s)
        assert (clients[who].ended, clients[idle].ended) == (False, True)
        owner.server.now_s += 200
        clients[who].sweep(owner.server.now_s)
        assert clients[who].ended

    run(test())


def test_a_copy_of_a_passkey_is_found_by_its_counter() -> None:
    """A key that counts never counts backwards, nor stays where it was; also after a restart."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        owner.key.counter = 5
        await owner.add()
        assert " 904 " in await owner.sign_in()
        owner.key.counter = 9
        assert " 903 " in await owner.sign_in()
        for counter in (9, 8, 0):
            owner.key.counter = counter
            assert " 904 " in await owner.sign_in()
        assert owner.account.passkeys[0].counter == 9

    run(test())


@pytest.mark.parametrize(
    "origin", ["", "http://chat.example", "https://203.0.113.9", "https://[::1]", "null", "https://["]
)
def test_there_are_no_passkeys_where_browsers_have_none(origin: str) -> None:
    """By an address, without TLS, or for a program that is no page."""

    async def test() -> None:
        owner = await Owner.build()
        who = owner.connect(origin=origin)
        assert " 904 " in await owner.say(who, "AUTHENTICATE PAPO-PASSKEY")
        for line in ("NICK zoe", "USER zoe 0 * :z", f"NS IDENTIFY ana {GOOD}"):
            await owner.say(who, line)
        assert "FAIL PASSKEY NO_SECURE_PAGE" in await owner.say(who, "PASSKEY CHALLENGE :x")

    run(test())


def test_a_passkey_belongs_to_one_name_of_the_server() -> None:
    """Also if somebody has the private key, and the page has another name of the same server."""

    async def test() -> None:
        owner = await Owner.build()
        owner.key.origin = "https://outro.example"
        assert " 904 " in await owner.sign_in(owner.connect(origin="https://outro.example"))
        assert (rp_id_of("http://localhost:8080"), rp_id_of("http://papo.localhost")) == ("localhost", "papo.localhost")
        assert rp_id_of("http://localhost.evil") == ""

    run(test())


def test_a_revoked_passkey_signs_in_no_more() -> None:
    """Not even if its challenge was out; the others do; nobody revokes another's."""

    async def test() -> None:
        owner = await Owner.build()
        second = Authenticator(credential_id=b"passkey-2")
        await owner.add(name="\x07", key=second)
        assert owner.account.passkeys[1].name == "chat.example"
        gone = credentials.id_of(owner.account.passkeys[0])
        await owner.server.run_action(accounts.create(owner.server.chat, name="bia", password=GOOD))
        await owner.enter("bia", "bia")
        assert "NO_PASSKEY" in await owner.say("bia", f"PASSKEY DEL {gone}")
        who = owner.connect()
        options = await owner.ask(who)
        assert f"PASSKEY DEL {gone}" in await owner.say("ana", f"PASSKEY DEL {gone}")
        assert " 904 " in await owner.answer(who, owner.key.get(options), "AUTHENTICATE")
        assert " 903 " in await owner.sign_in(key=second)
        assert "NO_PASSKEY" in await owner.say("ana", f"PASSKEY DEL {gone}")
        other = credentials.id_of(owner.account.passkeys[0])
        assert "is revoked" in await owner.say("ana", f"NS PASSKEY DEL {other}")
        assert not owner.account.passkeys

    run(test())


def test_nobody_takes_the_name_of_anothers_passkey() -> None:
    """Who registers the id of somebody's passkey with a key of their own becomes nobody but themselves."""

    async def test() -> None:
        owner = await Owner.build()
        await owner.server.run_action(accounts.create(owner.server.chat, name="eva", password=GOOD))
        await owner.enter("eva", "eva")
        thief = Authenticator()
        await owner.add("eva", key=thief)
        answer = await owner.sign_in(key=thief)
        assert " eva :" in answer
        thief.user = owner.key.user
        assert " 904 " in await owner.sign_in(key=thief)
        assert " ana :" in await owner.sign_in()
        assert "BAD_PASSKEY" in await owner.add()  # twice in one account

    run(test())


def test_an_account_has_at_most_ten() -> None:
    """Said before the browser is asked."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        for number in range(passkeys.MAX_PASSKEYS):
            await owner.add(key=Authenticator(credential_id=bytes([number])))
        assert "TOO_MANY_PASSKEYS" in await owner.say("ana", "PASSKEY CHALLENGE :x")
        assert len(owner.account.passkeys) == 10

    run(test())


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 6000,
        b'{"id":1}',
        b'{"id":"","rawId":"","type":"x","response":{}}',
    ],
)
def test_hostile_answers_are_refused(message: bytes) -> None:
    """By both exchanges, and the connection goes on."""

    async def test() -> None:
        owner = await Owner.build()
        who = owner.connect()
        await owner.ask(who)
        assert " 904 " in await owner.answer(who, message, "AUTHENTICATE")
        await owner.challenge()
        assert "BAD_PASSKEY" in await owner.answer("ana", message)
        assert " 903 " in await owner.sign_in(who)

    run(test())


def test_a_message_that_never_ends_is_refused() -> None:
    """8 KiB, and no line longer than SASL's."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        await owner.challenge()
        said = [await owner.say("ana", f"PASSKEY ADD {'A' * 400}") for _ in range(21)]
        assert not any(said[:20])
        assert "BAD_PASSKEY" in said[20]
        await owner.challenge()
        assert "BAD_PASSKEY" in await owner.say("ana", f"PASSKEY ADD {'A' * 401}")
        assert "NO_ENROLMENT" in await owner.say("ana", "PASSKEY ADD AAAA")

    run(test())


@pytest.mark.parametrize("why", ["suspended", "verified"])
def test_a_passkey_opens_no_closed_account(why: str) -> None:
    """Suspended by an operator, or not verified yet."""

    async def test() -> None:
        owner = await Owner.build()
        fields: dict[str, object] = {"suspended": "spam"} if why == "suspended" else {"verified": False}
        await owner.server.run_action(accounts.change(owner.server.chat, owner.account, **fields))
        assert " 904 " in await owner.sign_in()

    run(test())


@pytest.mark.parametrize("change", ["add", "revoke", "use"])
def test_what_the_store_refuses_is_not_in_force(change: str) -> None:
    """Nothing is left behind; a use whose counter is not stored signs nobody in."""

    async def test() -> None:
        owner = await Owner.build(passkey=False)
        owner.key.counter = 1
        if change != "add":
            await owner.add()
        before = owner.account
        owner.key.counter = 2
        options = await owner.challenge()
        who = owner.connect()
        asked = await owner.ask(who)
        owner.server.store.failure = NotStored("the disk is full")
        if change == "add":
            answer = await owner.answer("ana", owner.key.create(options))
        elif change == "revoke":
            answer = await owner.say("ana", f"PASSKEY DEL {credentials.id_of(before.passkeys[0])}")
        else:
            answer = await owner.answer(who, owner.key.get(asked), "AUTHENTICATE")
        assert "cannot store anything" in answer, answer
        assert " 900 " not in answer
        assert owner.account == before
        owner.server.store.failure = None
        if change != "add":
            owner.key.counter = 3
            assert " 903 " in await owner.sign_in()

    run(test())


def test_a_passkey_outlives_a_restart_and_is_no_secret_in_an_export() -> None:
    """What is on disk signs in; what the owner takes along names it and says when it was used."""

    async def test() -> None:
        owner = await Owner.build()
        store: MemoryStore = owner.server.store
        again = Owner(MemoryServer(store=store))
        for event in from_disk(await store.records(), await store.markers()):
            again.server.chat.world.apply(event)
        again.key = owner.key
        assert " 903 " in await again.sign_in()
        (shown,) = (await export.about(again.server.chat, again.account))["account"]["passkeys"]
        assert shown["name"] == "Firefox, Linux"
        assert not {"digest", "public_key", "credential_id"} & set(shown)

    run(test())
