"""Passwords and codes are in no file and in no line of the log, old ones included (F26)."""

from __future__ import annotations

import asyncio
import base64
import logging
from pathlib import Path

import pytest
from disk_server import DiskServer

CANARIES = [f"CANARIO-{number}-5d1f9c" for number in range(8)]


def encoded(text: str) -> str:
    """As AUTHENTICATE carries it."""
    return base64.b64encode(text.encode()).decode()


async def ask(server: DiskServer, name: str, line: str) -> str:
    """What a client is answered."""
    server.send(name, line + "\r\n")
    await server.settle()
    return server.received(name).decode()


async def use_passwords(folder: Path) -> list[str]:
    """Everywhere a password can be given, right and wrong; returns the secrets that are kept in memory."""
    server = await DiskServer.start(folder)
    first, second, third, wrong, oper, other, key, sent = CANARIES
    server.connect("ana")
    for line in ("NICK ana", "USER ana 0 * :Ana", f"REGISTER * * {first}", f"NS PASSWD {first} {second}",
                 f"NS PASSWD {wrong} {third}", "NS LOGOUT", f"NS IDENTIFY ana {wrong}", f"NS IDENTIFY ana {second}",
                 f"OPER chefe {oper}", f"NS GHOST ana {other}", "JOIN #sala", f"JOIN #sala {key}",
                 f"PRIVMSG NickServ :IDENTIFY {other}"):  # fmt: skip
        await ask(server, "ana", line)
    server.connect("bia")
    for line in ("CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE " + encoded(f"ana\0ana\0{sent}"),
                 f"PASS {other}", "NICK bia", "USER bia 0 * :Bia", "CAP END"):  # fmt: skip
        await ask(server, "bia", line)
    secrets = [account.secret for account in server.chat.world.registry.accounts.values()]
    await server.close()
    return secrets


def test_no_password_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither given right nor given wrong, nor in base64."""
    caplog.set_level(logging.DEBUG)
    secrets = asyncio.run(use_passwords(tmp_path))
    assert any(secret.startswith("$argon2id$") for secret in secrets)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    kept = b"\n".join([*files, "\n".join(record.getMessage() for record in caplog.records).encode()])
    for canary in CANARIES:
        assert canary.encode() not in kept
        assert encoded(canary).rstrip("=").encode() not in kept
