"""Codes by mail, through a small SMTP server (RFC 5321) on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

from helpers import Talk, quiet_config
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


def play(server: MailServer, test: Any) -> None:
    """Run a test in a chat that sends its mail there."""

    async def whole() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        mail = Mail(host="127.0.0.1", port=port, security="none", sender="papo@papo.test")
        talk = Talk(quiet_config(mail=mail))
        async with listening:
            await test(talk)

    work: Coroutine[Any, Any, None] = whole()
    asyncio.run(asyncio.wait_for(work, 60))


def test_a_code_by_mail_makes_the_account_usable() -> None:
    """Not signed in before the code of the mail came back; a wrong one is none."""
    server = MailServer()

    async def test(talk: Talk) -> None:
        talk.join("ana", "#sala")
        (told,) = await talk.ask_slowly("ana", "REGISTER * ana@escola.example senha-boa-1")
        assert "REGISTER VERIFICATION_REQUIRED ana " in told
        ((to, mail),) = server.mails
        assert to == "ana@escola.example"
        assert "From: papo@papo.test" in mail
        found = re.search(r"^    (\S+)\r?$", mail, re.MULTILINE)
        assert found
        assert talk.chat.world.nicks["ana"].account is None
        assert found[1] not in repr(talk.chat.world.registry.account("ana"))
        (wrong,) = await talk.ask_slowly("ana", "VERIFY ana 00000000")
        assert "FAIL VERIFY INVALID_CODE" in wrong
        assert talk.chat.world.nicks["ana"].account is None
        told = "\n".join(await talk.ask_slowly("ana", f"VERIFY ana {found[1]}"))
        assert "VERIFY SUCCESS ana" in told
        assert talk.chat.world.nicks["ana"].account == "ana"

    play(server, test)


def test_mail_that_cannot_be_sent_is_said() -> None:
    """And leaves no account behind that nobody could ever use."""

    async def test(talk: Talk) -> None:
        talk.join("ana", "#sala")
        told = "\n".join(await talk.ask_slowly("ana", "REGISTER * ana@escola.example senha-boa-1"))
        assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE ana" in told
        assert talk.chat.world.nicks["ana"].account is None
        assert talk.chat.world.registry.account("ana") is None
        assert not talk.store.tables.records

    play(MailServer(refuses=True), test)
