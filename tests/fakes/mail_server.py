"""A small SMTP server (RFC 5321) on loopback, and a chat server that sends its mail there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from memory_server import MemoryServer, make_config

from papo.config import Mail


class MailServer:
    """Accepts every mail, or none."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.mails: list[tuple[str, str]] = []
        """(recipient, the whole mail)"""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One SMTP connection."""
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


def run(mail_server: MailServer, test: Any) -> None:
    """On a server that sends its mail there."""

    async def whole() -> None:
        listening = await asyncio.start_server(mail_server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        mail = Mail(host="127.0.0.1", port=port, security="none", sender="papo@papo.test")
        server = MemoryServer(make_config(mail=mail))
        async with listening:
            await test(server)

    work: Coroutine[Any, Any, None] = whole()
    asyncio.run(asyncio.wait_for(work, 60))
