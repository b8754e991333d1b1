"""Codes by mail, through a small SMTP server (RFC 5321) on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

from memory_server import MemoryServer, make_config

from papo.config import Mail


class MailServer:
    """Takes every mail, or none."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.mails: list[tuple[str, str]] = []
        """(to whom, the whole mail)"""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        writer.write(b"220 mail.test\r\n")
        to = ""
        while line := (await reader.readline()).decode().strip():
            verb = line.split(maxsplit=1)[0].upper()
            if verb == "RCPT":
                to = line.partition("<")[2].rstrip(">")
                writer.write(b"550 nobody here\r\n" if self.refuses else b"250 ok\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                mail = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.mails.append((to, mail))
                writer.write(b"250 taken\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()


def play(mail_server: MailServer, test: Any) -> None:
    """Run a test in a chat that sends its mail there."""

    async def whole() -> None:
        listening = await asyncio.start_server(mail_server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        mail = Mail(host="127.0.0.1", port=port, security="none", sender="papo@papo.test")
        server = MemoryServer(make_config(mail=mail))
        async with listening:
            await test(server)

    work: Coroutine[Any, Any, None] = whole()
    asyncio.run(asyncio.wait_for(work, 60))


def test_a_code_by_mail_makes_the_account_usable() -> None:
    """Not signed in before the code of the mail came back; a wrong one is none."""
    mail_server = MailServer()

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala")
        (told,) = await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1")
        assert "REGISTER VERIFICATION_REQUIRED ana " in told
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
        told = "\n".join(await server.ask_and_wait("ana", f"VERIFY ana {found[1]}"))
        assert "VERIFY SUCCESS ana" in told
        assert server.chat.world.nicks["ana"].account == "ana"

    play(mail_server, test)


def test_mail_that_cannot_be_sent_is_said() -> None:
    """And leaves no account behind that nobody could ever use."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala")
        told = "\n".join(await server.ask_and_wait("ana", "REGISTER * ana@escola.example senha-boa-1"))
        assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE ana" in told
        assert server.chat.world.nicks["ana"].account is None
        assert server.chat.world.registry.account("ana") is None
        assert not server.store.tables.records

    play(MailServer(refuses=True), test)
