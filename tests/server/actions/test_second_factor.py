"""The second factor: every way to log in, with and without; replay, recovery, trusted devices, restarts, full disks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from memory_server import MemoryServer, make_config
from memory_store import MemoryStore
from scramp import ScramClient

from papo.config import Limits
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, administer, authentication, codes, credentials, export, second_factor
from papo.server.actions.actor import of_server
from papo.server.auth import totp
from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Refused
from papo.server.world.records import Account
from papo.server.world.snapshot import from_disk

GOOD = "senha-boa-1"
CAPS = "CAP REQ :papo.chat/second-factor"


def b64(text: str) -> str:
    """In base64, as for AUTHENTICATE."""
    return base64.b64encode(text.encode()).decode()


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit of a minute."""
    asyncio.run(asyncio.wait_for(test, 60))


class Owner:
    """The owner of the account `ana`, with the phone that shows the codes."""

    def __init__(self, server: MemoryServer) -> None:
        self.server = server
        self.secret = ""
        self.recovery: tuple[str, ...] = ()
        self.count = 0

    @classmethod
    async def build(cls, server: MemoryServer | None = None, *, enabled: bool = True) -> Owner:
        """An account, with a second factor if `enabled`."""
        owner = cls(server or MemoryServer())
        await owner.server.run_action(accounts.create(owner.server.chat, name="ana", password=GOOD))
        if enabled:
            await owner.enable()
        return owner

    @property
    def account(self) -> Account:
        """As it is now."""
        return lookup.get_account(self.server.chat, "ana")

    async def enable(self) -> None:
        """Set the authenticator app up."""
        chat = self.server.chat
        self.secret = credentials.new_secret(chat, of_server(chat), self.account)
        self.recovery = await self.server.run_action(
            credentials.add_totp(chat, of_server(chat), self.account, self.secret, self.code())
        )
        self.server.now_s += 30  # that code is used up

    def code(self, later: int = 0) -> str:
        """What the phone shows now."""
        return totp.code_of(self.secret, int(self.server.now_s) // 30 + later)

    async def app_password(self, name: str = "laptop") -> str:
        """A new one."""
        chat = self.server.chat
        return await self.server.run_action(credentials.add_app_password(chat, of_server(chat), self.account, name))

    async def say(self, who: str, line: str) -> str:
        """Send a line; returns the reply."""
        return "\n".join(await self.server.ask_and_wait(who, line))

    async def connect(self, *, asks: bool) -> str:
        """An unregistered connection, of a client that can ask for a code or cannot."""
        self.count += 1
        name = f"c{self.count}"
        self.server.connect(name)
        await self.say(name, "CAP LS 302")
        if asks:
            await self.say(name, CAPS)
        return name

    async def plain(self, password: str = GOOD, user: str = "ana", *, asks: bool = False) -> tuple[str, str]:
        """PLAIN: (connection, answer)."""
        who = await self.connect(asks=asks)
        await self.say(who, "AUTHENTICATE PLAIN")
        return who, await self.say(who, "AUTHENTICATE " + b64(f"\0{user}\0{password}"))

    async def scram(self, password: str = GOOD, user: str = "ana", *, asks: bool = False) -> tuple[str, str]:
        """SCRAM-SHA-256: (connection, answer)."""
        who = await self.connect(asks=asks)
        client = ScramClient(["SCRAM-SHA-256"], user, password)
        await self.say(who, "AUTHENTICATE SCRAM-SHA-256")
        answer = await self.say(who, "AUTHENTICATE " + b64(client.get_client_first()))
        client.set_server_first(base64.b64decode(answer.removeprefix("AUTHENTICATE ")).decode())
        answer = await self.say(who, "AUTHENTICATE " + b64(client.get_client_final()))
        if " 904 " in answer:
            return who, answer
        client.set_server_final(base64.b64decode(answer.removeprefix("AUTHENTICATE ")).decode())
        return who, await self.say(who, "AUTHENTICATE +")

    async def by_pass(self, password: str = GOOD, user: str = "ana") -> str:
        """PASS: the answer to the end of the registration."""
        self.count += 1
        who = f"c{self.count}"
        self.server.connect(who)
        await self.say(who, f"PASS {user}:{password}")
        await self.say(who, f"NICK x{self.count}")
        return await self.say(who, "USER x 0 * :x")

    async def identify(self, words: str) -> str:
        """NickServ IDENTIFY."""
        self.count += 1
        who = f"g{self.count}"
        self.server.register(who)
        return await self.say(who, f"NS IDENTIFY {words}")

    def is_logged_in(self) -> bool:
        """Whether anybody is."""
        waiting: list[Any] = [session.registration for session in self.server.clients.values()]
        return any(user.account for user in self.server.chat.world.users.values()) or any(
            each is not None and each.account is not None for each in waiting
        )


def test_the_password_alone_does_not_log_in_in_any_way() -> None:
    """PLAIN, SCRAM, PASS, IDENTIFY; each is told what to do instead. With a wrong password nothing is told."""

    async def test() -> None:
        owner = await Owner.build()
        for answer in (
            (await owner.plain())[1],
            (await owner.scram())[1],
            await owner.by_pass(),
            await owner.identify(f"ana {GOOD}"),
        ):
            assert "second factor" in answer
            assert "ana/NAME" in answer
            assert " 903 " not in answer
        for answer in ((await owner.plain("errada"))[1], await owner.identify("ana errada")):
            assert "wrong" in answer
            assert "second factor" not in answer
        with pytest.raises(second_factor.SecondFactorRequired):
            await authentication.by_password(owner.server.chat, "ana", GOOD, "")
        assert not owner.is_logged_in()

    run(test())


@pytest.mark.parametrize("mechanism", ["plain", "scram"])
def test_a_client_that_can_ask_is_asked_for_a_code(mechanism: str) -> None:
    """Three wrong ones end the login; the right one completes it, once, and for no other connection."""

    async def test() -> None:
        owner = await Owner.build()
        who, answer = await getattr(owner, mechanism)(asks=True)
        assert "SECONDFACTOR REQUIRED ana totp,recovery :" in answer
        assert not owner.is_logged_in()
        code = owner.code()
        assert "FAIL SECONDFACTOR BAD_SECOND_FACTOR" in await owner.say(who, "SECONDFACTOR CODE totp 12345")
        answer = await owner.say(who, f"SECONDFACTOR CODE totp {code}")
        assert " 900 " in answer
        assert " 903 " in answer
        other, _ = await getattr(owner, mechanism)(asks=True)
        assert "BAD_SECOND_FACTOR" in await owner.say(other, f"SECONDFACTOR CODE totp {code}")
        assert "BAD_SECOND_FACTOR" in await owner.say(other, f"SECONDFACTOR CODE totp {owner.code(-1)}")
        assert " 904 " in await owner.say(other, "SECONDFACTOR CODE totp 000000x")
        assert "NOT_EXPECTED" in await owner.say(other, f"SECONDFACTOR CODE totp {owner.code(1)}")
        await owner.say(other, "NICK zoe")
        await owner.say(other, "USER zoe 0 * :z")
        await owner.say(other, "CAP END")
        assert owner.server.chat.world.nicks["zoe"].account is None

    run(test())


def test_what_to_do_is_said_in_the_language_of_the_account() -> None:
    """Before the client has a nick, let alone a language."""

    async def test() -> None:
        owner = await Owner.build()
        await owner.server.run_action(accounts.change(owner.server.chat, owner.account, language="pt_BR"))
        assert "senha de aplicativo" in (await owner.plain())[1]
        assert ":Informe o código" in (await owner.plain(asks=True))[1]
        assert "wrong" in (await owner.plain("errada"))[1]  # nothing is told of the account

    run(test())


def test_a_code_counts_for_nobody_who_has_not_given_the_password() -> None:
    """Nor after the login is broken off, or begun again, or has waited for too long."""

    async def test() -> None:
        owner = await Owner.build()
        who = await owner.connect(asks=True)
        assert "NOT_EXPECTED" in await owner.say(who, f"SECONDFACTOR CODE totp {owner.code()}")
        for line in ("AUTHENTICATE *", "AUTHENTICATE PLAIN"):
            who, _ = await owner.plain(asks=True)
            await owner.say(who, line)
            assert "NOT_EXPECTED" in await owner.say(who, f"SECONDFACTOR CODE totp {owner.code()}")
        who, _ = await owner.plain(asks=True)
        owner.server.now_s += 301
        assert " 904 " in await owner.say(who, f"SECONDFACTOR CODE totp {owner.code()}")
        owner.server.register("eva")
        for line in ("STATUS", "CHALLENGE totp", "ADD totp 1", "REMOVE 1", "RECOVERY 1", "FORGET *"):
            assert "ACCOUNT_REQUIRED" in await owner.say("eva", f"SECONDFACTOR {line}")
            assert " 451 " in await owner.say(who, f"SECONDFACTOR {line}")
        assert not owner.is_logged_in()

    run(test())


def test_somebody_may_look_for_their_phone() -> None:
    """An unregistered connection that owes a code is not closed after half a minute, but after five."""

    async def test() -> None:
        owner = await Owner.build()
        who, _ = await owner.plain(asks=True)
        idle = await owner.connect(asks=True)
        clients: Any = owner.server.clients
        owner.server.now_s += 200
        for name in (who, idle):
            clients[name].sweep(owner.server.now_s)
        assert (clients[who].ended, clients[idle].ended) == (False, True)
        owner.server.now_s += 200
        clients[who].sweep(owner.server.now_s)
        assert clients[who].ended

    run(test())


def test_a_code_by_hand_logs_in_through_nickserv() -> None:
    """`IDENTIFY account password code`, with the app's code or a recovery code; the password is proved first."""

    async def test() -> None:
        owner = await Owner.build()
        assert "wrong" in await owner.identify(f"ana errada {owner.code()}")
        assert "The code is wrong" in await owner.identify(f"ana {GOOD} 000000")
        assert " 900 " in await owner.identify(f"ana {GOOD} {owner.code()}")
        code = owner.recovery[3].upper().replace("-", "")
        assert " 900 " in await owner.identify(f"ana {GOOD} {code}")
        assert "The code is wrong" in await owner.identify(f"ana {GOOD} {code}")
        assert len(owner.account.recovery) == 9

    run(test())


def test_a_code_by_mail_verifies_but_does_not_log_in() -> None:
    """Whoever reads the mail has neither password nor phone (VERIFY)."""

    async def test() -> None:
        owner = await Owner.build()
        chat = owner.server.chat
        owner.server.register("eva")
        for line in ("VERIFY ana abc", "NS VERIFY ana abc"):
            fields: dict[str, object] = {"code": codes.digest("abc"), "code_until_ms": chat.now_ms() + 1000}
            await owner.server.run_action(accounts.change(chat, owner.account, verified=False, **fields))
            assert "second factor" in await owner.say("eva", line)
            assert owner.account.verified
        assert not owner.is_logged_in()

    run(test())


def test_codes_are_guessed_as_seldom_as_passwords() -> None:
    """Five wrong ones in half an hour, whichever connection they come from; the right one is refused then too."""

    async def test() -> None:
        owner = await Owner.build(MemoryServer(make_config(limits=Limits())))
        chat = owner.server.chat
        for guess in range(5):
            with pytest.raises(Refused, match="BAD_SECOND_FACTOR"):
                await authentication.by_second_factor(chat, owner.account, "totp", "000000", f"203.0.113.{guess}")
        with pytest.raises(Refused, match="TOO_MANY_GUESSES"):
            await authentication.by_second_factor(chat, owner.account, "totp", owner.code(), "203.0.113.9")

    run(test())


def test_two_connections_cannot_use_one_code_at_once() -> None:
    """Both have proved the password; the first to come takes the code, before its commit."""

    async def test() -> None:
        owner = await Owner.build()
        (one, _), (other, _) = await owner.plain(asks=True), await owner.plain(asks=True)
        line = f"SECONDFACTOR CODE totp {owner.code()}"
        for who in (one, other):
            owner.server.clients[who].receive(line.encode() + b"\r\n")
        for who in (one, other):
            await owner.server.wait_idle(who)
        answers = ["\n".join(owner.server.received(who)) for who in (one, other)]
        assert " 903 " in answers[0]
        assert "BAD_SECOND_FACTOR" in answers[1]

    run(test())


def test_an_app_password_logs_in_everywhere_without_a_code() -> None:
    """By PLAIN, SCRAM, PASS and IDENTIFY; under its own name only, and for its own account only."""

    async def test() -> None:
        owner = await Owner.build()
        password = await owner.app_password()
        await owner.server.run_action(accounts.create(owner.server.chat, name="bia", password=GOOD))
        for user in ("ana", "ana/laptop", "ana/laptop@casa", "ana@casa"):
            assert " 903 " in (await owner.plain(password, user))[1], user
        assert " 903 " in (await owner.scram(password, "ana/laptop"))[1]
        assert " 904 " in (await owner.scram(password, "ana"))[1]
        assert " 001 " in await owner.by_pass(password, "ana/laptop")
        assert " 001 " in await owner.by_pass(password)
        assert " 900 " in await owner.identify(f"ana {password}")
        for user in ("ana/outra", "bia", "bia/laptop", "/laptop", "ana//laptop"):
            assert " 904 " in (await owner.plain(password, user))[1], user
        for mechanism in (owner.plain, owner.scram):
            assert " 904 " in (await mechanism(GOOD, "ana/laptop"))[1]
            assert " 904 " in (await mechanism(password[:-1], "ana/laptop"))[1]

    run(test())


def test_an_app_password_is_no_password_of_the_account() -> None:
    """It confirms nothing: neither PASSWD nor what calls `by_main_password` takes it."""

    async def test() -> None:
        owner = await Owner.build()
        password = await owner.app_password()
        with pytest.raises(Refused, match="BAD_CREDENTIALS"):
            await authentication.by_main_password(owner.server.chat, "ana", password, "")
        owner.server.register("eva")
        await owner.say("eva", f"NS IDENTIFY ana {password}")
        for word in (password, GOOD):
            assert "Confirm first" in await owner.say("eva", f"NS PASSWD {word} outra-senha-1")
        assert "wrong" in await owner.say("eva", f"NS CONFIRM {password} {owner.code()}")
        assert "give a code" in await owner.say("eva", f"NS CONFIRM {GOOD}")
        for line in ("APPPASSWORD ADD outra", "NS APPPASS ADD outra", "NS CERT ADD"):
            reply = await owner.say("eva", line)
            assert not [app for app in owner.account.app_passwords if app.name == "outra"], reply
        assert "Confirmed" in await owner.say("eva", f"NS CONFIRM {GOOD} {owner.code()}")
        assert "APPPASSWORD ADD outra ana/outra " in await owner.say("eva", "APPPASSWORD ADD outra")

    run(test())


def test_a_revoked_app_password_logs_in_no_more() -> None:
    """Not even if its proof was under way, with SCRAM; the others go on."""

    async def test() -> None:
        owner = await Owner.build()
        chat = owner.server.chat
        laptop, phone = await owner.app_password(), await owner.app_password("phone")
        who = await owner.connect(asks=False)
        client = ScramClient(["SCRAM-SHA-256"], "ana/laptop", laptop)
        await owner.say(who, "AUTHENTICATE SCRAM-SHA-256")
        answer = await owner.say(who, "AUTHENTICATE " + b64(client.get_client_first()))
        client.set_server_first(base64.b64decode(answer.removeprefix("AUTHENTICATE ")).decode())
        revoked = credentials.revoke_app_password(chat, of_server(chat), owner.account, "LAPTOP")
        await owner.server.run_action(revoked)
        assert " 904 " in await owner.say(who, "AUTHENTICATE " + b64(client.get_client_final()))
        assert " 904 " in (await owner.plain(laptop))[1]
        assert " 903 " in (await owner.plain(phone))[1]
        with pytest.raises(Refused, match="NO_APP_PASSWORD"):
            await credentials.revoke_app_password(chat, of_server(chat), owner.account, "laptop")

    run(test())


def test_the_program_of_a_revoked_app_password_is_disconnected() -> None:
    """Whoever took it sits there no longer."""

    async def test() -> None:
        owner = await Owner.build()
        password = await owner.app_password()
        assert " 001 " in await owner.by_pass(password, "ana/laptop")
        thief: Any = owner.server.clients[f"c{owner.count}"]
        owner.server.register("zoe")
        await owner.say("zoe", f"NS IDENTIFY ana {GOOD} {owner.code()}")
        assert "APPPASSWORD DEL laptop" in await owner.say("zoe", "APPPASSWORD DEL laptop")
        assert thief.ended
        assert not owner.server.clients["zoe"].ended

    run(test())


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a@b", "á", "x" * 33, "a\u200bb", "LAPTOP", "a\nb"])
def test_names_of_app_passwords_are_plain(name: str) -> None:
    """Letters, digits and three signs; no two of them the same but for their case."""

    async def test() -> None:
        owner = await Owner.build()
        await owner.app_password()
        owner.server.chat.passwords.close()  # a bad name costs no hash
        with pytest.raises(Refused, match="BAD_APP_PASSWORD_NAME"):
            await owner.app_password(name)

    run(test())


def test_an_app_password_says_when_and_from_where_it_was_used() -> None:
    """The network of the last login; the same place within an hour is not written again."""

    async def test() -> None:
        owner = await Owner.build()
        password = await owner.app_password()
        chat = owner.server.chat

        async def log_in(address: str) -> tuple[int, str, int]:
            await owner.server.run_action(authentication.by_password(chat, "ana", password, address))
            app = owner.account.app_passwords[0]
            return app.used_at_ms, app.used_from, owner.account.version

        first = await log_in("2001:db8::1")
        assert first[:2] == (chat.now_ms(), "2001:db8::/64")
        owner.server.now_s += 60
        assert await log_in("2001:db8::2") == first
        assert (await log_in("203.0.113.9"))[:2] == (chat.now_ms(), "203.0.113.9")

    run(test())


def test_a_trusted_device_is_not_asked_again() -> None:
    """Its token stands for the code, after the password and for this account; it expires, and is forgotten."""

    async def test() -> None:
        owner = await Owner.build()
        who, _ = await owner.plain(asks=True)
        answer = await owner.say(who, f"SECONDFACTOR CODE totp {owner.code()} :Firefox de casa")
        token = answer.split("SECONDFACTOR DEVICE ")[1].split("\n")[0]
        assert token not in str(owner.account)
        who, answer = await owner.scram(asks=True)
        assert "totp,recovery,device" in answer
        assert " 903 " in await owner.say(who, f"SECONDFACTOR CODE device {token}")
        await owner.say(who, "NICK ana")
        await owner.say(who, "USER ana 0 * :a")
        await owner.say(who, "CAP END")
        status = await owner.say(who, "SECONDFACTOR STATUS")
        assert "STATUS on recovery=10" in status
        assert ":Firefox de casa" in status
        device = credentials.id_of(owner.account.trusted_devices[0])
        owner.server.now_s += second_factor.TRUSTED_DAYS * 86_400 + 1
        other, _ = await owner.plain(asks=True)
        assert "BAD_SECOND_FACTOR" in await owner.say(other, f"SECONDFACTOR CODE device {token}")
        assert " 903 " in await owner.say(other, f"SECONDFACTOR CODE totp {owner.code()}")
        assert "FAIL SECONDFACTOR NO_TRUSTED_DEVICE" in await owner.say(who, "SECONDFACTOR FORGET 1234")
        assert f"SECONDFACTOR FORGET {device}" in await owner.say(who, f"SECONDFACTOR FORGET {device}")
        assert not owner.account.trusted_devices

    run(test())


def test_a_token_is_no_password() -> None:
    """Whoever has the device's token alone is nobody."""

    async def test() -> None:
        owner = await Owner.build()
        who, _ = await owner.plain(asks=True)
        answer = await owner.say(who, f"SECONDFACTOR CODE totp {owner.code()} :x")
        token = answer.split("SECONDFACTOR DEVICE ")[1].split("\n")[0]
        assert " 904 " in (await owner.plain(token, asks=True))[1]
        who = await owner.connect(asks=True)
        assert "NOT_EXPECTED" in await owner.say(who, f"SECONDFACTOR CODE device {token}")

    run(test())


def test_at_most_twenty_devices_are_trusted() -> None:
    """The one that was not used for longest gives a code again."""

    async def test() -> None:
        owner = await Owner.build()
        chat = owner.server.chat
        for number in range(22):
            owner.server.now_s += 30
            _, device = credentials.new_device(chat, f"\u202e{number}\x07" + "x" * 100)
            trusted = second_factor.with_device(owner.account.trusted_devices, device)
            await owner.server.run_action(accounts.change(chat, owner.account, trusted_devices=trusted))
        names = [each.name for each in owner.account.trusted_devices]
        assert len(names) == 20
        assert names[0] == "2" + "x" * 63

    run(test())


def test_nothing_is_in_force_before_the_app_has_shown_a_code() -> None:
    """CHALLENGE alone changes nothing; a wrong code neither; what is in force is not replaced."""

    async def test() -> None:
        owner = await Owner.build(enabled=False)
        server = owner.server
        server.register("zoe")
        await owner.say("zoe", f"NS IDENTIFY ana {GOOD}")
        assert "NO_ENROLMENT" in await owner.say("zoe", "SECONDFACTOR ADD totp 123456")
        answer = await owner.say("zoe", "SECONDFACTOR CHALLENGE totp")
        owner.secret = answer.split("CHALLENGE totp ")[1].split()[0]
        assert f"otpauth://totp/Papo:ana?secret={owner.secret}&issuer=Papo" in answer
        assert not owner.account.has_second_factor
        assert "BAD_SECOND_FACTOR" in await owner.say("zoe", "SECONDFACTOR ADD totp 123456")
        await owner.say("zoe", "AUTHENTICATE PLAIN")  # another login meanwhile does not forget the secret
        await owner.say("zoe", "AUTHENTICATE " + b64(f"\0ana\0{GOOD}"))
        assert " 903 " in (await owner.plain())[1]
        answer = await owner.say("zoe", f"SECONDFACTOR ADD totp {owner.code()}")
        assert len(answer.split(" :")[-1].split()) == 10
        assert owner.account.totp == owner.secret
        assert " 904 " in (await owner.plain())[1]
        assert "HAS_SECOND_FACTOR" in await owner.say("zoe", "SECONDFACTOR CHALLENGE totp")
        assert "The code is wrong" in await owner.identify(f"ana {GOOD} {owner.code()}")  # it has been shown already

    run(test())


def test_the_second_factor_goes_with_a_code_only() -> None:
    """Of the app, or a recovery code; nothing of it is left."""

    async def test() -> None:
        owner = await Owner.build()
        owner.server.register("zoe")
        await owner.say("zoe", f"NS IDENTIFY ana {GOOD} {owner.code()}")
        assert "BAD_SECOND_FACTOR" in await owner.say("zoe", f"SECONDFACTOR REMOVE {owner.code()}")
        assert "BAD_SECOND_FACTOR" in await owner.say("zoe", "SECONDFACTOR RECOVERY x")
        answer = await owner.say("zoe", f"SECONDFACTOR RECOVERY {owner.recovery[0]}")
        fresh = answer.split(" :")[-1].split()
        assert "BAD_SECOND_FACTOR" in await owner.say("zoe", f"SECONDFACTOR REMOVE {owner.recovery[1]}")
        assert "SECONDFACTOR REMOVE" in await owner.say("zoe", f"SECONDFACTOR REMOVE {fresh[0]}")
        assert (owner.account.totp, owner.account.recovery, owner.account.trusted_devices) == ("", (), ())
        assert " 903 " in (await owner.plain())[1]
        assert "NO_SECOND_FACTOR" in await owner.say("zoe", "SECONDFACTOR REMOVE 123456")

    run(test())


def test_an_operator_takes_it_off_for_who_has_lost_it() -> None:
    """By NickServ and by `papo account`, in the audit log; nobody else."""

    async def test() -> None:
        owner = await Owner.build()
        chat = owner.server.chat
        owner.server.register("eva")
        assert "no command SA2FA" in await owner.say("eva", "NS SA2FA ana")
        order = administer.AdminRequest(action="2fa-off", name="ana")
        await owner.server.run_action(administer.execute(chat, of_server(chat), order))
        assert " 903 " in (await owner.plain())[1]
        with pytest.raises(Refused, match="NO_SECOND_FACTOR"):
            await administer.execute(chat, of_server(chat), order)

    run(test())


@pytest.mark.parametrize("change", ["add", "remove", "app", "login"])
def test_what_the_store_refuses_is_not_in_force(change: str) -> None:
    """Neither shown nor left behind, and a code whose use is not stored logs nobody in."""

    async def test() -> None:
        owner = await Owner.build(enabled=change not in {"add", "app"})
        chat, server = owner.server.chat, owner.server
        actor = of_server(chat)
        if change == "add":
            owner.secret = totp.new_secret()
        actions: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "add": lambda: credentials.add_totp(chat, actor, owner.account, owner.secret, owner.code()),
            "remove": lambda: credentials.remove_second_factor(chat, actor, owner.account, owner.code()),
            "app": lambda: credentials.add_app_password(chat, actor, owner.account, "laptop"),
            "login": lambda: authentication.by_second_factor(chat, owner.account, "totp", owner.code(), ""),
        }
        before = owner.account
        server.store.failure = NotStored("the disk is full")
        with pytest.raises(Refused, match="NOT_STORED"):
            await server.run_action(actions[change]())
        assert owner.account == before
        server.store.failure = None
        await server.run_action(actions[change]())
        assert owner.account != before

    run(test())


def test_it_is_in_force_after_a_restart() -> None:
    """The used code too."""

    async def test() -> None:
        store = MemoryStore()
        owner = await Owner.build(MemoryServer(store=store))
        password = await owner.app_password()
        code = owner.code()
        await owner.identify(f"ana {GOOD} {code}")
        again = MemoryServer(store=store)
        again.now_s = owner.server.now_s
        for event in from_disk(await store.records(), await store.markers()):
            again.chat.world.apply(event)
        later = Owner(again)
        later.secret = owner.secret
        assert " 904 " in (await later.plain())[1]
        assert " 903 " in (await later.plain(password))[1]
        assert "The code is wrong" in await later.identify(f"ana {GOOD} {code}")

    run(test())


def test_secrets_are_in_no_export() -> None:
    """Names and times of what logs in are."""

    async def test() -> None:
        owner = await Owner.build()
        password = await owner.app_password()
        text = msgspec.json.encode(await export.about(owner.server.chat, owner.account)).decode()
        account = owner.account
        secrets = (password, account.totp, *account.recovery, account.app_passwords[0].digest)
        assert not [secret for secret in secrets if secret in text]
        assert account.app_passwords[0].scram not in text
        assert '"name":"laptop"' in text

    run(test())
