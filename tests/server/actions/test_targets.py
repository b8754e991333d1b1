"""CHATHISTORY TARGETS: conversations by the time of their newest message, both bounds excluded."""

from __future__ import annotations

import asyncio

from memory_server import MemoryServer

from papo.protocol.times import iso_time


def test_a_bound_is_excluded_however_new_it_is() -> None:
    """And a bound to come includes what a wrong clock has put later still."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#a", "#b", "#c", caps="batch server-time message-tags draft/chathistory")
        times = []
        for channel in "abc":
            server.now_s += 0.002
            times.append(iso_time(server.chat.now_ms()))
            server.send("ana", f"PRIVMSG #{channel} :oi")
        server.now_s += 0.002

        async def between(first: str, second: str) -> list[str]:
            lines = await server.ask_and_wait("ana", f"CHATHISTORY TARGETS timestamp={first} timestamp={second} 9")
            return [line.split()[-2] for line in lines if " TARGETS " in line]

        assert await between(times[0], times[2]) == ["#b"]
        assert await between(times[2], times[0]) == ["#b"]
        assert await between(times[0], "2100-01-01T00:00:00.000Z") == ["#b", "#c"]
        server.now_s -= 60
        server.chat.now_ms()
        assert await between("2000-01-01T00:00:00.000Z", iso_time(int(server.now_s * 1000) + 1)) == ["#a", "#b", "#c"]

    asyncio.run(asyncio.wait_for(test(), 30))
