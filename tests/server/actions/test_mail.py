"""Codes sent by mail, to a small SMTP server (RFC 5321) on loopback."""

from __future__ import annotations

import email
import re
from typing import Any

import pytest
from mail_server import MailServer, run
from memory_server import MemoryServer

from papo.server.actions.accounts import accounts, passwords
from papo.server.actions.actor import of_server
from papo.server.delivery.ports import NotStored


def test_the_code_sent_by_mail_verifies_the_account() -> None:
    """The user is logged in then, and not with a wrong code."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala")
        (reply,) = await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1")
        assert "REGISTER VERIFICATION_REQUIRED ana " in reply
        ((to, mail),) = mail_server.mails
        assert to == "ana@escola.example"
        assert "From: papo@papo.test" in mail
        found = re.search(r"^    (\S+)\r?$", mail, re.MULTILINE)
        assert found
        assert server.chat.world.nicks["ana"].account is None
        assert found[1] not in repr(server.chat.world.registry.account("ana"))
        (wrong,) = await server.ask_and_wait("ana", "VERIFY ana 00000000")
        assert "FAIL VERIFY INVALID_CODE" in wrong
        assert server.chat.world.nicks["ana"].account is None
        reply = "\n".join(await server.ask_and_wait("ana", f"VERIFY ana {found[1]}"))
        assert "VERIFY SUCCESS ana" in reply
        assert server.chat.world.nicks["ana"].account == "ana"

    run(mail_server, test)


def test_a_mail_that_is_refused_leaves_no_account() -> None:
    """It could never be verified. The user is told."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala")
        reply = "\n".join(await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1"))
        assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE ana" in reply
        assert server.chat.world.nicks["ana"].account is None
        assert server.chat.world.registry.account("ana") is None
        assert not server.store.tables.records

    run(MailServer(refuses=True), test)


def test_an_account_and_its_code_are_stored_together() -> None:
    """If the second commit is refused, none is missing; if the mail is as well, the name is free all the same."""

    def refuse_after_first(server: MemoryServer) -> None:
        commit = server.store.commit

        def first(events: Any, done: Any) -> None:
            commit(events, done)
            server.store.failure = NotStored("disk full")

        server.store.commit = first  # type: ignore[method-assign]

    async def accepted(server: MemoryServer) -> None:
        server.register("ana")
        refuse_after_first(server)
        (reply,) = await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1")
        assert "REGISTER VERIFICATION_REQUIRED ana " in reply

    async def refused(server: MemoryServer) -> None:
        server.register("ana")
        refuse_after_first(server)
        (reply,) = await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1")
        assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE ana :" in reply
        assert server.chat.world.registry.account("ana") is None
        del server.store.commit
        server.store.failure = None
        server.send("ana", "JOIN #sala")
        assert not server.store.tables.records

    run(MailServer(), accepted)
    run(MailServer(refuses=True), refused)


def test_a_code_sets_one_new_password_of_one_account() -> None:
    """It is used up then, is no code of another account, and a new password makes an older one worthless (F24)."""
    mail_server = MailServer()

    async def code(server: MemoryServer, name: str) -> str:
        await server.ask_and_wait("eva", f"NS SENDPASS {name}")
        found = re.findall(r"^    (\S+)\r?$", mail_server.mails[-1][1], re.MULTILINE)
        assert found
        return str(found[-1])

    async def opens(server: MemoryServer, name: str, password: str) -> bool:
        account = server.chat.world.registry.account(name)
        assert account is not None
        return await server.run_action(server.chat.passwords.verify(account.secret, password))

    async def test(server: MemoryServer) -> None:
        for name in ("ana", "bia"):
            create = accounts.create(server.chat, name=name, email=f"{name}@escola.example", password="senha-boa-1")
            await server.run_action(create)
        server.register("eva")
        of_ana = await code(server, "ana")
        assert [to for to, _ in mail_server.mails] == ["ana@escola.example"]
        await server.ask_and_wait("eva", f"NS RESETPASS bia {of_ana} senha-boa-2")
        assert await opens(server, "bia", "senha-boa-1")
        await server.ask_and_wait("eva", f"NS RESETPASS ana {of_ana} senha-boa-2")
        assert await opens(server, "ana", "senha-boa-2")
        await server.ask_and_wait("eva", f"NS RESETPASS ana {of_ana} senha-boa-3")
        assert not await opens(server, "ana", "senha-boa-3")
        of_bia = await code(server, "bia")
        bia = server.chat.world.registry.account("bia")
        assert bia is not None
        await server.run_action(passwords.set_by_operator(server.chat, of_server(server.chat), bia, "senha-boa-4"))
        await server.ask_and_wait("eva", f"NS RESETPASS bia {of_bia} senha-boa-5")
        assert await opens(server, "bia", "senha-boa-4")

    run(mail_server, test)


def test_a_notice_is_mailed_and_does_not_use_up_the_codes() -> None:
    """In the account's language, without a secret; too many of one kind do not keep those of another kind away."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        create = accounts.create(server.chat, name="ana", email="ana@escola.example", password="senha-boa-1")
        ana = await server.run_action(create)
        ana = await server.run_action(accounts.change(server.chat, ana, language="pt_BR"))
        session = server.register("eva")
        await server.ask_and_wait("eva", "NS IDENTIFY ana senha-boa-1")
        session.link.fingerprints = ("ab" * 32,)
        for _ in range(5):
            await server.ask_and_wait("eva", "NS CERT ADD")
            await server.ask_and_wait("eva", "NS CERT DEL")
        await server.chat.mailer.posted()
        assert len(mail_server.mails) == 2 * 3
        assert {to for to, _ in mail_server.mails} == {"ana@escola.example"}
        texts = [email.message_from_string(mail).get_payload(decode=True) for _, mail in mail_server.mails]
        lines = [text.decode().splitlines()[:3] for text in texts if isinstance(text, bytes)]
        added = f"Um certificado que entra na sua conta ana foi acrescentado: {'ab' * 32} (de 10.0.0.1)."
        assert lines.count(["ana,", "", added]) == 3
        await server.ask_and_wait("eva", "NS SENDPASS ana")
        assert len(mail_server.mails) == 7

    run(mail_server, test)


def test_a_notice_that_is_not_taken_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The change is made all the same, and the answer does not wait for the mail."""

    async def test(server: MemoryServer) -> None:
        create = accounts.create(server.chat, name="ana", email="ana@escola.example", password="senha-boa-1")
        await server.run_action(create)
        session = server.register("eva")
        await server.ask_and_wait("eva", "NS IDENTIFY ana senha-boa-1")
        session.link.fingerprints = ("ab" * 32,)
        assert "now logs you in" in "\n".join(await server.ask_and_wait("eva", "NS CERT ADD"))
        await server.chat.mailer.posted()
        assert "no mail to ana@escola.example: " in caplog.text

    run(MailServer(refuses=True), test)
