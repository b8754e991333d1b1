"""Guesses of every kind are counted before they are checked, and nobody is locked out by those of others."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config
from scramp import ScramClient

from papo.config import Limits
from papo.server.actions import proofs
from papo.server.actions.accounts import accounts, authentication, passwords, second_factor
from papo.server.actions.actor import of_server
from papo.server.actions.proofs import Proof
from papo.server.auth import throttle
from papo.server.auth.failed_proofs import quoted
from papo.server.world.credentials import AppPassword
from papo.server.world.errors import Refused
from papo.server.world.records import Account

HOME, CLASS = "10.0.0.1", "203.0.113.7"
GOOD, WRONG = "senha-boa", "palpite-errado"


class Door:
    """A server on which people try passwords from everywhere; waiting moves its clock."""

    def __init__(self, **limits: Any) -> None:
        self.server = MemoryServer(make_config(limits=Limits(**limits)))
        self.chat = self.server.chat
        self.slept_s: list[float] = []
        self.chat.throttle.sleep = self._sleep

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.server.now_s += seconds

    async def make(self, name: str, *known: str) -> Account:
        """An account that was used from these addresses."""
        account = await self.server.run_action(accounts.create(self.chat, name=name, password=GOOD))
        for address in known:
            account = await self.server.run_action(authentication.note_login(self.chat, account, address))
        return account

    async def try_(self, name: str, password: str, address: str, device: str = "") -> str:
        """The refusal's code; "" for a login."""
        try:
            await self.server.run_action(authentication.by_password(self.chat, name, password, address, device))
        except Refused as refused:
            return refused.code.name
        return ""


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit."""
    asyncio.run(asyncio.wait_for(test, 60))


@pytest.mark.parametrize("enabled", [True, False])
def test_guesses_from_a_classroom_close_nobody_elses_login(*, enabled: bool) -> None:
    """Forty wrong passwords from one address: who was there before goes on, who was not waits a moment."""

    async def test() -> None:
        door = Door(enabled=enabled)
        for name in ("ana", "bia"):
            await door.make(name, *([CLASS] if name == "ana" else []))
        for guess in range(40):
            await door.try_(f"nome{guess}", WRONG, CLASS)
        door.slept_s.clear()
        assert await door.try_("ana", GOOD, CLASS) == ""
        assert door.slept_s == []
        assert await door.try_("bia", GOOD, CLASS) == ""
        assert sum(door.slept_s) <= throttle.MAX_WAIT_S

    run(test())


def test_spraying_from_one_address_is_slow() -> None:
    """After twenty wrong passwords at any accounts, one in five seconds is checked."""

    async def test() -> None:
        door = Door()
        began_s = door.server.now_s
        for guess in range(120):
            assert await door.try_(f"nome{guess}", WRONG, CLASS) == "BAD_CREDENTIALS"
        assert door.server.now_s - began_s == pytest.approx(100 * throttle.PACE_S)

    run(test())


def test_a_site_with_many_networks_is_slow_too() -> None:
    """An IPv6 /48 has 65,536 of them: together they get four times what one gets."""

    async def test() -> None:
        door = Door()
        for guess in range(80):
            await door.try_(f"nome{guess}", WRONG, f"2001:db8:0:{guess:x}::1")
        assert door.slept_s == []
        await door.try_("nome", WRONG, "2001:db8:0:ffff::1")
        assert sum(door.slept_s) == pytest.approx(throttle.PACE_S / 4)
        await door.try_("nome", WRONG, "2001:db8:1::1")
        assert len(door.slept_s) == 1

    run(test())


def test_one_account_guessed_from_everywhere_stays_open_at_home() -> None:
    """Five guesses from all unknown networks together; none of them counts where the account was used before."""

    async def test() -> None:
        door = Door()
        await door.make("ana", HOME)
        codes = [await door.try_("ana", WRONG, f"198.51.100.{guess}") for guess in range(30)]
        assert codes == ["BAD_CREDENTIALS"] * 5 + ["TOO_MANY_GUESSES"] * 25
        assert await door.try_("ana", GOOD, "192.0.2.9") == "TOO_MANY_GUESSES"
        assert await door.try_("ana", GOOD, HOME) == ""
        door.server.now_s += throttle.ACCOUNT_S
        assert await door.try_("ana", GOOD, "192.0.2.9") == ""

    run(test())


def test_a_known_network_is_no_licence_to_guess() -> None:
    """Ten wrong ones, then one a minute."""

    async def test() -> None:
        door = Door()
        await door.make("ana", HOME)
        codes = [await door.try_("ana", WRONG, HOME) for _ in range(12)]
        assert codes == ["BAD_CREDENTIALS"] * 10 + ["TOO_MANY_GUESSES"] * 2
        door.server.now_s += 61
        assert await door.try_("ana", GOOD, HOME) == ""
        assert [await door.try_("ana", WRONG, HOME) for _ in range(2)] == ["BAD_CREDENTIALS", "TOO_MANY_GUESSES"]

    run(test())


def test_a_device_that_has_a_name_is_known_everywhere() -> None:
    """A classmate who guesses at the very account from its own classroom stops no device that was there before."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana", CLASS)
        await door.server.run_action(authentication.note_login(door.chat, account, CLASS, "celular-x7"))
        codes = [await door.try_("ana", WRONG, CLASS) for _ in range(20)]
        assert codes == ["BAD_CREDENTIALS"] * 10 + ["TOO_MANY_GUESSES"] * 10
        assert await door.try_("ana", GOOD, CLASS) == "TOO_MANY_GUESSES"
        assert await door.try_("ana", GOOD, CLASS, "celular-x7") == ""
        assert await door.try_("ana", GOOD, "192.0.2.77", "celular-x7") == ""
        assert {await door.try_("ana", WRONG, CLASS, f"celular-{n}") for n in range(20)} == {"TOO_MANY_GUESSES"}
        codes = [await door.try_("ana", WRONG, f"192.0.2.{n}", "celular-x7") for n in range(12)]
        assert codes == ["BAD_CREDENTIALS"] * 10 + ["TOO_MANY_GUESSES"] * 2

    run(test())


def test_the_name_of_a_device_that_somebody_guesses_keeps_no_owner_out() -> None:
    """`ana@phone`, from everywhere: slower than at home, and the owner's network goes on."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana", HOME)
        await door.server.run_action(authentication.note_login(door.chat, account, HOME, "phone"))
        codes = [await door.try_("ana", WRONG, f"198.51.100.{n}", "phone") for n in range(12)]
        assert codes == ["BAD_CREDENTIALS"] * 10 + ["TOO_MANY_GUESSES"] * 2
        assert await door.try_("ana", GOOD, HOME, "phone") == ""
        door.server.now_s += 61
        assert await door.try_("ana", WRONG, "198.51.100.1", "phone") == "TOO_MANY_GUESSES"
        door.server.now_s += 300
        assert await door.try_("ana", WRONG, "198.51.100.1", "phone") == "BAD_CREDENTIALS"

    run(test())


def test_codes_of_an_app_are_guessed_more_slowly_than_passwords() -> None:
    """Six digits, by somebody who has the password: in the owner's own network too."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana", HOME)

        async def guess() -> str:
            try:
                async with proofs.attempt(door.chat, Proof.SECOND_FACTOR, whose=account, address=HOME):
                    return "checked"
            except Refused as refused:
                return refused.code.name

        assert [await guess() for _ in range(11)] == ["checked"] * 10 + ["TOO_MANY_GUESSES"]
        door.server.now_s += 61
        assert await guess() == "TOO_MANY_GUESSES"
        door.server.now_s += 300
        assert await guess() == "checked"

    run(test())


def test_an_account_remembers_eight_devices_and_eight_networks() -> None:
    """Whoever has many of one kind keeps those of the other."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana", HOME)
        for at in range(30):
            account = await door.server.run_action(authentication.note_login(door.chat, account, HOME, f"aparelho{at}"))
        assert len(account.places) == 9
        assert proofs.find_known(door.chat, account, HOME)
        assert proofs.find_known(door.chat, account, CLASS, "aparelho29")
        assert not proofs.find_known(door.chat, account, CLASS, "aparelho1")

    run(test())


@pytest.mark.parametrize("how", ["PLAIN", "PASS"])
def test_the_device_is_that_of_the_login(how: str) -> None:
    """`ana@celular`, by SASL and by PASS."""

    async def test() -> None:
        door = Door(enabled=False)
        account = await door.make("ana")
        door.server.connect("c").link.address = CLASS
        if how == "PASS":
            lines = [f"PASS ana@celular:{GOOD}"]
        else:
            proof = _b64(f"\0ana@celular\0{GOOD}")
            lines = ["CAP LS 302", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}", "CAP END"]
        for line in (*lines, "NICK ana", "USER ana 0 * :a"):
            await door.server.ask_and_wait("c", line)
        account = door.chat.world.registry.accounts[account.id]
        assert proofs.find_known(door.chat, account, "192.0.2.1", "celular")

    run(test())


def test_many_guesses_at_once_are_no_more_than_one_after_the_other() -> None:
    """Counted before they are hashed."""

    async def test() -> None:
        door = Door()
        await door.make("ana")
        checked: list[str] = []
        verify = door.chat.passwords.verify

        async def counted(secret: str, password: str) -> bool:
            checked.append(password)
            return await verify(secret, password)

        door.chat.passwords.verify = counted  # type: ignore[method-assign]
        codes = await asyncio.gather(*(door.try_("ana", WRONG, f"198.51.100.{n}") for n in range(40)))
        assert len(checked) == 5
        assert codes.count("TOO_MANY_GUESSES") == 35

    run(test())


def test_many_right_passwords_at_once_are_all_right() -> None:
    """A class begins: forty people, and then the eight devices of one of them, all unknown there and all at once."""

    async def test() -> None:
        door = Door()
        for at in range(40):
            await door.make(f"pessoa{at}")
        assert set(await asyncio.gather(*(door.try_(f"pessoa{at}", GOOD, CLASS) for at in range(40)))) == {""}
        assert set(await asyncio.gather(*(door.try_("pessoa1", GOOD, CLASS) for _ in range(8)))) == {""}
        assert door.slept_s == []

    run(test())


def test_guesses_keep_no_program_with_an_app_password_out() -> None:
    """Nobody guesses 28 random letters: whoever gives the right ones has not guessed."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana")
        app = AppPassword(name="irssi", digest=second_factor.digest("senha-do-programa"), created_at_ms=0)
        await door.server.run_action(accounts.change(door.chat, account, app_passwords=(app,)))
        for name in ("ana", "ana/irssi"):
            for guess in range(8):
                await door.try_(name, WRONG, f"198.51.100.{guess}")
            assert await door.try_(name, WRONG, "192.0.2.1") == "TOO_MANY_GUESSES"
            assert await door.try_(name, "senha-do-programa", "192.0.2.1") == ""

    run(test())


def test_grouped_nicks_and_spellings_have_one_count() -> None:
    """It is the account that is guessed at, whatever nick is given."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana")
        await door.server.run_action(accounts.change(door.chat, account, nicks=("aninha", "ana2")))
        names = ["ana", "ANA", "aninha", "Aninha", "ana2", "ana", "aninha", "ana2"]
        codes = [await door.try_(name, WRONG, f"198.51.100.{at}") for at, name in enumerate(names)]
        assert codes == ["BAD_CREDENTIALS"] * 5 + ["TOO_MANY_GUESSES"] * 3

    run(test())


def test_codes_by_mail_do_not_count_as_passwords() -> None:
    """Whoever guesses codes does not stop the owner from using the password."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana")
        await door.server.run_action(accounts.change(door.chat, account, code="x", code_until_ms=1 << 60))
        for guess in range(8):
            with pytest.raises(Refused) as refused:
                await authentication.check_code(door.chat, "ana", f"{guess:016x}", f"198.51.100.{guess}")
        assert refused.value.code.name == "TOO_MANY_GUESSES"
        assert await door.try_("ana", GOOD, CLASS) == ""

    run(test())


def test_what_a_busy_server_does_not_check_is_not_counted() -> None:
    """The queue of hashes is full; the guess is given back."""

    async def test() -> None:
        door = Door()
        await door.make("ana")
        door.chat.passwords.waiting = 1000
        assert {await door.try_("ana", GOOD, CLASS) for _ in range(10)} == {"BUSY"}
        door.chat.passwords.waiting = 0
        assert await door.try_("ana", GOOD, CLASS) == ""

    run(test())


def test_an_error_in_the_check_is_a_failed_proof() -> None:
    """Deny is the default."""

    async def test() -> None:
        door = Door()
        account = await door.make("ana")
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                async with proofs.attempt(door.chat, Proof.SECOND_FACTOR, whose=account, address=CLASS):
                    raise ZeroDivisionError
        with pytest.raises(Refused):
            async with proofs.attempt(door.chat, Proof.SECOND_FACTOR, whose=account, address=CLASS):
                pytest.fail("it is not checked")

    run(test())


def test_a_password_that_changes_during_the_exchange_proves_nothing() -> None:
    """SCRAM with the old one, begun before the change and finished after it."""

    async def test() -> None:
        door = Door(enabled=False)
        account = await door.make("ana")
        door.server.connect("c")
        client = ScramClient(["SCRAM-SHA-256"], "ana", GOOD)
        await door.server.ask_and_wait("c", "CAP LS 302")
        await door.server.ask_and_wait("c", "AUTHENTICATE SCRAM-SHA-256")
        reply = await door.server.ask_and_wait("c", f"AUTHENTICATE {_b64(client.get_client_first())}")
        client.set_server_first(_text(reply[0]))
        await door.server.run_action(passwords.set_by_operator(door.chat, of_server(door.chat), account, "senha-nova"))
        reply = await door.server.ask_and_wait("c", f"AUTHENTICATE {_b64(client.get_client_final())}")
        assert " 904 " in reply[0]

    run(test())


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _text(line: str) -> str:
    return base64.b64decode(line.removeprefix("AUTHENTICATE ")).decode()


LINE = re.compile(r"failed proof from (\S+): ([a-z ]+) (for \"(?:[^\"\\]|\\.)*\"|for nobody here): ([a-z ']+)")


def test_each_failed_proof_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Address, account, kind and why; never what the client sent as a name."""

    async def test() -> None:
        door = Door()
        await door.make("ana[1]")
        with caplog.at_level(logging.INFO):
            await door.try_("ana[1]", WRONG, CLASS)
            await door.try_("minha-senha-secreta\r\n", WRONG, CLASS)
            with pytest.raises(Refused):
                authentication.by_certificate(door.chat, ["ab" * 32], "", CLASS)
        lines = [record.getMessage() for record in caplog.records]
        assert lines == [
            f'failed proof from {CLASS}: password for "ana[1]": wrong',
            f"failed proof from {CLASS}: password for nobody here: wrong",
            f"failed proof from {CLASS}: certificate for nobody here: unknown",
        ]
        assert all(LINE.fullmatch(line) for line in lines)

    run(test())


def test_a_hostile_name_forges_no_line() -> None:
    """Whatever is logged as a name is in ASCII and in quotes."""
    hostile = 'ana" : x\r\n2026-01-01 failed proof from 10.9.9.9\x00\x1b[2J\x7f\x85\u2028\u202e\\'
    shown = quoted(hostile + "x" * 1000)
    assert shown.isascii()
    assert shown.isprintable()
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', shown)
    assert len(shown) < 500


def test_one_network_with_many_addresses_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """An IPv6 /64 counts as one."""

    async def test() -> None:
        door = Door()
        with caplog.at_level(logging.INFO):
            for at in range(500):
                proofs.note_failure(door.chat, Proof.TOKEN, address=f"2001:db8::{at:x}")
        assert len(caplog.records) == 20

    run(test())


def test_the_log_is_limited_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Twenty lines a minute about an address; other addresses are still logged, and what was left out is counted."""

    async def test() -> None:
        door = Door()
        with caplog.at_level(logging.INFO):
            for _ in range(500):
                proofs.note_failure(door.chat, Proof.INVITATION, address=CLASS)
            proofs.note_failure(door.chat, Proof.INVITATION, address=HOME)
        lines = [record.getMessage() for record in caplog.records]
        assert len(lines) == 22
        assert lines[20] == "failed proofs that were not logged, for there were too many: 480"
        assert HOME in lines[21]
        assert door.chat.failed_proofs.counts[Proof.INVITATION] == 501

    run(test())


def test_networks_are_remembered_with_a_secret() -> None:
    """Nobody who reads the database finds the addresses; unkeyed marks count until the next login, which drops them."""

    async def test() -> None:
        door = Door()
        door.chat.network_secret = b"segredo"
        account = await door.make("ana")
        old = tuple(throttle.unkeyed_mark(account.id, address) for address in (HOME, CLASS))
        account = await door.server.run_action(accounts.change(door.chat, account, places=old))
        assert proofs.find_known(door.chat, account, HOME)
        account = await door.server.run_action(authentication.note_login(door.chat, account, HOME))
        assert len(account.places) == 1
        assert not set(account.places) & set(old)
        assert proofs.find_known(door.chat, account, HOME)
        assert not proofs.find_known(door.chat, account, CLASS)
        door.chat.network_secret = b"another"
        assert not proofs.find_known(door.chat, account, HOME)

    run(test())


def test_an_ipv4_address_is_one_network_however_it_is_written() -> None:
    """Mapped into IPv6 by a listener on [::], it shares nothing with other mapped addresses."""
    assert throttle.network_of("::ffff:203.0.113.7") == throttle.network_of("203.0.113.7") == "203.0.113.7"
    assert throttle.network_of("2001:db8::1") == throttle.network_of("2001:db8::ffff") == "2001:db8::/64"
    assert throttle.network_of("2001:db8:0:1::1") != throttle.network_of("2001:db8::1")
    assert throttle.network_of("") == ""
