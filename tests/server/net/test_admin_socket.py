"""The admin socket: each side proves that it can read the folder before anything is said."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from papo.server.net.admin_socket import FILE, SOCKET, AdminSocket, held, is_open


class Server:
    """An open admin socket, and the orders that it got."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders: list[bytes] = []
        self.socket = AdminSocket(folder, self._answer)

    async def _answer(self, order: bytes) -> Any:
        self.orders.append(order)
        return {"order": json.loads(order)}

    def ask(self, order: object) -> Any:
        """On a thread: the answer."""
        with held(self.folder, order) as answer:
            return answer


@pytest.fixture(params=["socket", "port"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """By a Unix socket, and where there is none."""
    if request.param == "port" or not hasattr(asyncio, "start_unix_server"):
        monkeypatch.delattr(asyncio, "start_unix_server", raising=False)
    return Server(tmp_path)


def test_an_order_is_answered_and_nothing_is_left_behind(server: Server) -> None:
    """The files are the owner's alone, and gone at the end; those of a server that was killed are no hindrance."""
    (server.folder / FILE).write_text("{")
    (server.folder / SOCKET).write_text("")

    async def test() -> None:
        await server.socket.open()
        for name in {FILE, SOCKET} & {path.name for path in server.folder.iterdir()}:
            assert os.name == "nt" or stat.S_IMODE((server.folder / name).lstat().st_mode) == 0o600
        assert await asyncio.to_thread(is_open, server.folder)
        assert await asyncio.to_thread(server.ask, {"action": "list"}) == {"order": {"action": "list"}}
        server.socket.close()
        assert not await asyncio.to_thread(is_open, server.folder)
        assert list(server.folder.iterdir()) == []

    asyncio.run(asyncio.wait_for(test(), 60))


@pytest.mark.parametrize("proof", ["", "00", "é"])
def test_a_client_that_cannot_read_the_folder_orders_nothing(server: Server, proof: str) -> None:
    """Nor does one that sends back the server's own proof."""

    async def test() -> None:
        await server.socket.open()
        address = json.loads((server.folder / FILE).read_text())
        if address["port"]:
            reader, writer = await asyncio.open_connection("127.0.0.1", address["port"])
        else:
            reader, writer = await asyncio.open_unix_connection(server.folder / SOCKET)
        writer.write(b'{"nonce": "x"}\n')
        hello = json.loads(await reader.readline())
        order = {"proof": proof or hello["proof"], "order": {"action": "list"}}
        writer.write(json.dumps(order).encode() + b"\n")
        assert await reader.read() == b""
        assert server.orders == []
        writer.close()
        server.socket.close()

    asyncio.run(asyncio.wait_for(test(), 60))
