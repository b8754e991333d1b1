"""Private conversations open on an account's devices (draft/user-query)."""

from __future__ import annotations

import asyncio

from memory_server import MemoryServer


def test_two_devices_at_once_open_both_conversations() -> None:
    """Neither overwrites what the other has just opened."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana")
        server.register("tablet")
        await server.ask_and_wait("ana", "NS REGISTER long-password")
        await server.ask_and_wait("tablet", "NS IDENTIFY ana long-password")
        server.clients["ana"].receive(b"USERQUERY OPEN bia\r\n")
        server.clients["tablet"].receive(b"USERQUERY OPEN carla\r\n")
        await server.wait_idle("ana")
        await server.wait_idle("tablet")
        account = server.chat.world.registry.account("ana")
        assert account is not None
        assert set(account.open) == {"bia", "carla"}

    asyncio.run(test())
