"""What is done every ten minutes."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts
from papo.server import upkeep
from papo.server.world.events import AlwaysOnSet
from papo.server.world.records import Account

DAY_S = 86_400


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
