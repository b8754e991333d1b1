"""The window against real servers: `papo serve` in a process of its own."""

from __future__ import annotations

from pathlib import Path

from glass import ROOM, glass, settle
from running import QUIET, Client, running

from papo.desktop.worker import Worker


def test_it_comes_back_and_sends_what_waited(tmp_path: Path) -> None:
    """The server stops, something is said, the server is back: it is stored, once."""
    client, server_folder = tmp_path / "client", tmp_path / "server"
    server_folder.mkdir()
    with glass(client, Worker()) as seen:
        with running(server_folder, ["irc"]) as server:
            port = server.ports["irc"]
            bia = Client(port)
            bia.register("bia", "message-tags")
            bia.send(f"JOIN {ROOM}")
            bia.until(" 366 ")
            seen.desk.go(f"irc://127.0.0.1:{port}", nick="ana", rooms=[ROOM])
            settle(lambda: seen.network.buffer(ROOM) is not None and seen.room.filled and not seen.room.loading)
            bia.send(f"PRIVMSG {ROOM} :good morning")
            settle(lambda: any("bia: good morning" in row for row in seen.rows()))
            seen.type("hello")
            bia.until(f"PRIVMSG {ROOM} :hello")
            settle(lambda: not seen.room.lines[-1].pending)
            bia.socket.close()
            server.stop()
        settle(lambda: seen.network.status == "waiting")
        seen.type("said while nobody listened")
        settle(lambda: any("Waiting for the connection" in row for row in seen.rows()))
        with running(server_folder, [f"irc://127.0.0.1:{port}"]) as server:
            bia = Client(port)
            bia.register("bia", "message-tags")
            bia.send(f"JOIN {ROOM}")
            bia.until(" 366 ")
            seen.desk.again(seen.network)
            settle(lambda: seen.network.status == "online" and not any(each.pending for each in seen.room.lines))
            bia.until("said while nobody listened")
            assert sum("said while nobody listened" in row for row in seen.rows()) == 1
            bia.socket.close()


def test_a_classroom_server(tmp_path: Path) -> None:
    """One room, nothing kept, and the words of the original at the end."""
    server_folder = tmp_path / "server"
    server_folder.mkdir()
    config = QUIET.replace("permanent = []", f'permanent = ["{ROOM}"]\ndefault = "{ROOM}"')
    with (
        glass(tmp_path / "client", Worker()) as seen,
        running(server_folder, ["irc", "handshake"], config=config) as server,
    ):
        bia = Client(server.ports["irc"])
        bia.register("bia", "message-tags")
        bia.send(f"JOIN {ROOM}")
        bia.until(" 366 ")
        seen.desk.go(f"handshake://127.0.0.1:{server.ports['handshake']}", nick="ana")
        settle(lambda: seen.network.status == "online")
        bia.until("ana!")
        bia.send(f"PRIVMSG {ROOM} :welcome")
        settle(lambda: any("bia: welcome" in row for row in seen.rows()))
        seen.type("thank you")
        bia.until("thank you")
        bia.socket.close()
        server.stop()
        settle(lambda: any("Conexão encerrada." in row for row in seen.rows()))
        assert seen.window.banner.isVisible()
