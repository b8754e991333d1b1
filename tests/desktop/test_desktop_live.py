"""The window against real servers: `papo serve` in a process of its own."""

from __future__ import annotations

from pathlib import Path

from desktop_screen import ROOM, desktop_screen, wait_until
from live_server import CONFIG, IrcClient, serve

from papo.desktop.worker import Worker


def test_it_comes_back_and_sends_what_waited(tmp_path: Path) -> None:
    """The server stops, something is said, the server is back: it is stored, once."""
    client, server_folder = tmp_path / "client", tmp_path / "server"
    server_folder.mkdir()
    with desktop_screen(client, Worker()) as screen:
        with serve(server_folder, ["irc"]) as server:
            port = server.ports["irc"]
            bia = IrcClient(port)
            bia.register("bia", "message-tags")
            bia.send(f"JOIN {ROOM}")
            bia.receive_until(" 366 ")
            screen.networks.add(f"irc://127.0.0.1:{port}", nick="ana", rooms=[ROOM])
            wait_until(
                lambda: (
                    screen.network.buffer(ROOM) is not None
                    and screen.buffer.history_requested
                    and not screen.buffer.loading
                )
            )
            bia.send(f"PRIVMSG {ROOM} :good morning")
            wait_until(lambda: any("bia: good morning" in row for row in screen.rows()))
            screen.type("hello")
            bia.receive_until(f"PRIVMSG {ROOM} :hello")
            wait_until(lambda: not screen.buffer.lines[-1].pending)
            bia.socket.close()
            server.stop()
        wait_until(lambda: screen.network.status == "waiting")
        screen.type("said while nobody listened")
        wait_until(lambda: any("Waiting for the connection" in row for row in screen.rows()))
        with serve(server_folder, [f"irc://127.0.0.1:{port}"]) as server:
            bia = IrcClient(port)
            bia.register("bia", "message-tags")
            bia.send(f"JOIN {ROOM}")
            bia.receive_until(" 366 ")
            screen.networks.reconnect(screen.network)
            wait_until(
                lambda: screen.network.status == "online" and not any(each.pending for each in screen.buffer.lines)
            )
            bia.receive_until("said while nobody listened")
            assert sum("said while nobody listened" in row for row in screen.rows()) == 1
            bia.socket.close()


def test_a_classroom_server(tmp_path: Path) -> None:
    """One room, nothing kept, and the words of the original at the end."""
    server_folder = tmp_path / "server"
    server_folder.mkdir()
    config = CONFIG.replace("permanent = []", f'permanent = ["{ROOM}"]\ndefault = "{ROOM}"')
    with (
        desktop_screen(tmp_path / "client", Worker()) as screen,
        serve(server_folder, ["irc", "handshake"], config=config) as server,
    ):
        bia = IrcClient(server.ports["irc"])
        bia.register("bia", "message-tags")
        bia.send(f"JOIN {ROOM}")
        bia.receive_until(" 366 ")
        screen.networks.add(f"handshake://127.0.0.1:{server.ports['handshake']}", nick="ana")
        wait_until(lambda: screen.network.status == "online")
        bia.receive_until("ana!")
        bia.send(f"PRIVMSG {ROOM} :welcome")
        wait_until(lambda: any("bia: welcome" in row for row in screen.rows()))
        screen.type("thank you")
        bia.receive_until("thank you")
        bia.socket.close()
        server.stop()
        wait_until(lambda: any("Conexão encerrada." in row for row in screen.rows()))
        assert screen.window.banner.isVisible()
