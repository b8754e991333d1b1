"""One client of each dialect, as a program of its own, in one room with IRC: what each of them prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import CONFIG, IrcClient, LiveServer, serve
from typed_program import TypedProgram

CLIENTS = Path(__file__).parent / "classroom"
SCHEMES = ["irc", "relay", "nick-ascii", "nick", "framed", "handshake"]


def client(name: str, port: int, *arguments: str) -> TypedProgram:
    """A classroom client, connected."""
    return TypedProgram(CLIENTS / f"{name}.py", "127.0.0.1", str(port), *arguments)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A fresh server."""
    with serve(tmp_path, SCHEMES, config=CONFIG) as found:
        yield found


def test_everybody_meets_in_one_room(server: LiveServer) -> None:
    """Six kinds of client read each other, each in its own words."""
    ports = server.ports
    ana = IrcClient(ports["irc"])
    ana.register("ana")
    ana.send("JOIN #papo")
    ana.receive_until(" 366 ")

    joao = client("nick_ascii", ports["nick-ascii"], "joao")
    joao.until("joao entrou!\nConectado ao servidor!")
    bia = client("nick", ports["nick"], "bia")
    bia.until("bia conectou ao servidor!\n")
    bia.until("Conectado ao Servidor\n")
    joao.until("bia entrou!")
    davi = client("handshake", ports["handshake"])
    davi.type("bia")
    davi.until("FALSE")
    davi.type("davi")
    davi.until("TRUE")
    joao.until("davi entrou!")
    bia.until("davi conectou ao servidor!\n")
    eva = client("relay", ports["relay"], "eva")
    ana.receive_until(":visitante!relay@")
    caio = client("framed", ports["framed"])
    ana.receive_until(":visitante_2!framed@")

    ana.send("PRIVMSG #papo :olá, ação")
    joao.until("ana: ola, acao")
    for program in (bia, davi, eva, caio):
        program.until("ana: olá, ação")
    ana.send("PRIVMSG #papo :\x01ACTION acena\x01")
    for program in (joao, bia, davi, eva, caio):
        program.until("* ana acena")

    joao.type("do nick-ascii")
    for program in (joao, bia, davi, eva, caio):
        program.until("joao: do nick-ascii")
    bia.type("do nick é")
    joao.until("bia: do nick e")
    for program in (bia, davi, eva, caio):
        program.until("bia: do nick é")
    davi.type("do handshake")
    for program in (joao, bia, eva, caio):
        program.until("davi: do handshake")
    eva.type("do relay")
    joao.until("eva entrou!")
    for program in (joao, bia, davi, caio):
        program.until("eva: do relay")
    caio.type("caio: do framed")
    for program in (joao, bia, davi, eva, caio):
        program.until("caio: do framed")

    said = [line for line in ana.received() if "PRIVMSG" in line]
    assert [line.split(" :", 1)[1] for line in said] == [
        "do nick-ascii", "do nick é", "do handshake", "do relay", "do framed",
    ]  # fmt: skip

    davi.type("/CLOSE")
    joao.until("davi left!")
    assert davi.end().endswith("Connection closed!\n")
    eva.type("/sair")
    joao.until("eva left!")
    assert "Conexão encerrada." in eva.end()
    assert caio.end().strip() == ""
    joao.until("caio left!")
    bia.end()
    joao.until("bia left!")
    assert "Ocorreu um erro!" not in joao.end()
    ana.receive_until(":joao!nick-ascii@127.0.0.1 QUIT")
    ana.close()


def test_late_users_get_the_last_lines(server: LiveServer) -> None:
    """They get the history: the original servers kept none."""
    ana = IrcClient(server.ports["irc"])
    ana.register("ana")
    ana.send("JOIN #papo")
    ana.send("PRIVMSG #papo :dito antes")
    ana.received()

    late = client("nick", server.ports["nick"], "tarde")
    late.until("Conectado ao Servidor\n")
    late.until("ana: dito antes")
    late.end()
    ana.close()
