"""A new address of mail is used when its code has come back; the old one is told."""

from __future__ import annotations

import re

import msgspec
from mail_server import MailServer, run
from memory_server import MemoryServer

from papo.config import Mail
from papo.server.actions.accounts import accounts
from papo.server.world.records import Account

OLD, NEW, PASSWORD = "ana@escola.example", "nova@casa.example", "senha-boa-1"


async def ask(server: MemoryServer, line: str) -> str:
    """The answer to `eva`, who is logged in to the account ana."""
    return "\n".join(await server.ask_and_wait("eva", line))


async def log_in(server: MemoryServer, email: str = OLD) -> None:
    """An account, and a client that has proved it."""
    await server.run_action(accounts.create(server.chat, name="ana", password=PASSWORD, email=email))
    server.register("eva")
    await ask(server, f"NS IDENTIFY ana {PASSWORD}")


def account(server: MemoryServer) -> Account:
    """As it is now."""
    found = server.chat.world.registry.account("ana")
    assert found is not None
    return found


async def mails(server: MemoryServer, mail_server: MailServer) -> list[tuple[str, str]]:
    """Those sent since the last call: (recipient, mail)."""
    await server.chat.mailer.posted()
    found, mail_server.mails[:] = list(mail_server.mails), []
    return found


def code_in(found: list[tuple[str, str]], to: str) -> str:
    """The code that was sent there."""
    (code,) = [code for who, mail in found for code in re.findall(r"^    (\S+)\r?$", mail, re.MULTILINE) if who == to]
    return str(code)


def test_a_new_address_is_used_when_its_code_has_come_back() -> None:
    """Until then codes for a new password go to the old one, which is told both times."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        await log_in(server)
        assert "A code was sent to" in await ask(server, f"NS SET EMAIL {NEW}")
        sent = await mails(server, mail_server)
        assert sorted(to for to, _ in sent) == [OLD, NEW]
        code = code_in(sent, NEW)
        assert code not in repr(account(server))
        assert NEW in next(mail for to, mail in sent if to == OLD)
        assert account(server).email == OLD
        await ask(server, "NS SENDPASS ana")
        reset = code_in(await mails(server, mail_server), OLD)
        for wrong in ("00", reset, NEW):
            assert "The code is wrong" in await ask(server, f"NS VERIFYEMAIL {wrong}")
        assert "The code is wrong" in await ask(server, f"NS RESETPASS ana {code} senha-boa-2")
        assert f"EMAIL is now {NEW}" in await ask(server, f"NS VERIFYEMAIL {code}")
        assert account(server).email == NEW
        assert sorted(to for to, _ in await mails(server, mail_server)) == [OLD, NEW]
        assert "The code is wrong" in await ask(server, f"NS RESETPASS ana {reset} senha-boa-2")
        assert "The code is wrong" in await ask(server, f"NS VERIFYEMAIL {code}")

    run(mail_server, test)


def test_a_new_password_ends_a_change_of_address_too() -> None:
    """Somebody else may have asked for it."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        await log_in(server)
        await ask(server, f"NS SET EMAIL {NEW}")
        code = code_in(await mails(server, mail_server), NEW)
        await ask(server, f"NS PASSWD {PASSWORD} senha-boa-2")
        assert "The code is wrong" in await ask(server, f"NS VERIFYEMAIL {code}")
        assert account(server).email == OLD

    run(mail_server, test)


def test_the_address_of_another_account_is_refused() -> None:
    """When it is asked for, and when the code comes back."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        await log_in(server)
        await server.run_action(accounts.create(server.chat, name="bia", email="bia@escola.example"))
        assert "This address cannot be used" in await ask(server, "NS SET EMAIL BIA@escola.example")
        await ask(server, f"NS SET EMAIL {NEW}")
        code = code_in(await mails(server, mail_server), NEW)
        await server.run_action(accounts.create(server.chat, name="cris", email=NEW))
        assert "This address cannot be used" in await ask(server, f"NS VERIFYEMAIL {code}")
        assert account(server).email == OLD

    run(mail_server, test)


def test_an_address_that_nobody_has_proved_sets_no_password() -> None:
    """One that was given while there was no mail server, at registration or later."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        config = server.chat.config
        server.chat.config = msgspec.structs.replace(config, mail=Mail())
        server.register("eva")
        await ask(server, f"REGISTER * {OLD} {PASSWORD}")
        other = server.chat.world.registry.account("eva")
        assert other is not None
        assert (other.email, other.email_unproved) == (OLD, True)
        assert f"EMAIL is now {NEW}" in await ask(server, f"NS SET EMAIL {NEW}")
        server.chat.config = config
        await ask(server, "NS SENDPASS eva")
        assert await mails(server, mail_server) == []
        await ask(server, f"NS SET EMAIL {NEW}")
        sent = await mails(server, mail_server)
        await ask(server, f"NS VERIFYEMAIL {code_in([each for each in sent if 'VERIFYEMAIL' in each[1]], NEW)}")
        await mails(server, mail_server)
        await ask(server, "NS SENDPASS eva")
        assert [to for to, _ in await mails(server, mail_server)] == [NEW]

    run(mail_server, test)


def test_a_code_for_a_new_password_opens_no_session() -> None:
    """VERIFY takes the code of an account that is not verified, and no other."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        await log_in(server)
        await ask(server, "NS SENDPASS ana")
        code = code_in(await mails(server, mail_server), OLD)
        server.register("davi")
        for line in (f"VERIFY ana {code}", f"NS VERIFY ana {code}"):
            assert "The code is wrong" in "\n".join(await server.ask_and_wait("davi", line))
        assert server.clients["davi"].me.account is None

    run(mail_server, test)
