"""What is done every ten minutes."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from disk_server import DiskServer, disk_config
from memory_server import MemoryServer, make_config

from papo.config import Accounts
from papo.server import upkeep
from papo.server.world.events import AlwaysOnSet
from papo.server.world.records import Account

DAY_S = 86_400
CAPS = "message-tags echo-message draft/message-redaction"


def test_what_fails_keeps_nothing_else_from_being_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first part: users who were not seen for long still go, and the log says why."""
    server = MemoryServer(make_config(accounts=Accounts(always_on="opt-in", always_on_days=60)))
    chat = server.chat
    ana = server.register("ana", "#sala").me
    chat.records.store_soon(Account(id="a1", name="ana", created_at_ms=0, seen_ms=chat.now_ms()))
    ana.account_id, ana.sessions = "a1", ()
    chat.emit(AlwaysOnSet(**chat.stamp(ana), on=True))
    server.run_deferred()

    async def fail() -> int:
        raise OSError("the disk is gone")

    monkeypatch.setattr(server.store, "vacuum", fail)
    server.now_s += 61 * DAY_S
    asyncio.run(upkeep.run_once(chat, None))
    assert "ana" not in {user.nick for user in chat.world.users.values()}
    assert "the disk is gone" in caplog.text


@pytest.mark.parametrize("is_indexed", [False, True])
def test_the_log_forgets_what_was_deleted(tmp_path: Path, *, is_indexed: bool) -> None:
    """With the default settings, which keep all history; whether or not the text was in the full-text index before."""
    assert disk_config().history.keep_days == 0

    async def test() -> None:
        server = await DiskServer.start(tmp_path)
        server.connect("ana")
        server.send("ana", f"CAP REQ :{CAPS}\r\nNICK ana\r\nUSER ana 0 * :Ana\r\nCAP END\r\nJOIN #sala\r\n")
        server.send("ana", "PRIVMSG #sala :zq000001xk\r\n")
        await server.settle()
        if is_indexed:
            await server.store.unlinked()
            await upkeep.run_once(server.chat, None)
        (msgid,) = re.findall(r"msgid=([^;\s]+)\S* :ana!\S+ PRIVMSG", server.received("ana").decode())
        server.send("ana", f"REDACT #sala {msgid}\r\n")
        await server.settle()
        assert b"zq000001xk" in log.read_bytes()
        await upkeep.run_once(server.chat, None)
        assert b"zq000001xk" not in log.read_bytes()
        await server.close()

    log = tmp_path / "papo.db-wal"
    asyncio.run(test())


def test_a_log_without_deletions_is_not_emptied(tmp_path: Path) -> None:
    """Not for the messages that were added to the full-text index."""

    async def test() -> None:
        server = await DiskServer.start(tmp_path)
        server.connect("ana")
        server.send("ana", "NICK ana\r\nUSER ana 0 * :Ana\r\nJOIN #sala\r\nPRIVMSG #sala :texto\r\n")
        await server.settle()
        await server.store.unlinked()  # adds it
        size = log.stat().st_size
        assert size
        await upkeep.run_once(server.chat, None)
        assert log.stat().st_size == size
        await server.close()

    log = tmp_path / "papo.db-wal"
    asyncio.run(test())


@pytest.mark.parametrize(("found", "is_said"), [([], True), (None, False), (["a page"], False)])
def test_no_damage_is_said_of_what_was_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, found: list[str] | None, *, is_said: bool
) -> None:
    """Not if the check failed, or was ended before its time."""
    caplog.set_level("INFO")
    server = MemoryServer()

    async def scrub() -> list[str] | None:
        return found

    monkeypatch.setattr(server.store, "scrub", scrub)
    asyncio.run(upkeep.scrub(server.chat))
    assert ("no damage" in caplog.text) == is_said


def test_a_check_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is repeated when it is due again."""
    server = MemoryServer()
    monkeypatch.setattr(upkeep, "SCRUB_AFTER_S", 0)
    monkeypatch.setattr(upkeep, "DAY_MS", 0)

    async def test() -> None:
        again = asyncio.Event()

        async def scrub() -> list[str] | None:
            if not caplog.records:
                raise OSError("the disk is gone")
            again.set()
            return []

        monkeypatch.setattr(server.store, "scrub", scrub)
        task = asyncio.create_task(upkeep.scrub_for_ever(server.chat))
        async with asyncio.timeout(20):
            await again.wait()
        task.cancel()

    asyncio.run(test())
    assert "the disk is gone" in caplog.text


def test_a_database_that_is_deleted_is_noticed(tmp_path: Path) -> None:
    """By the review around a running server: nothing more is stored, and operators are told."""

    async def test() -> None:
        server = await DiskServer.start(tmp_path)
        reviewed = asyncio.create_task(upkeep.review_for_ever(server.chat))
        await server.settle()
        assert "store" not in server.chat.alarms
        reviewed.cancel()
        for path in tmp_path.glob("*.db*"):
            path.unlink()
        reviewed = asyncio.create_task(upkeep.review_for_ever(server.chat))
        await server.settle()
        assert "store" in server.chat.alarms
        reviewed.cancel()

    asyncio.run(test())
