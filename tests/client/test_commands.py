"""Every slash command at least once, and what is offered while somebody types."""

from __future__ import annotations

import pytest
from fake_server import CoreServer, message
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papo.client.address import read_address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.commands import RUN, enter, find
from papo.client.identity import Identity
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.client.text import completion
from papo.protocol.commands import COMMANDS

DONE = {
    "/join turma": "JOIN #turma",
    "/join #chave segredo": "JOIN #chave segredo",
    "/part até": "PART #sala até",
    "/msg bia oi tudo": "@+papo/nonce={};label={} PRIVMSG bia :oi tudo",
    "/query bia": "show bia",
    "/me acena": "@+papo/nonce={};label={} PRIVMSG #sala :\x01ACTION acena\x01",
    "/notice bia olá você": "NOTICE bia :olá você",
    "/nick ana2": "NICK ana2",
    "/topic bom dia": "TOPIC #sala :bom dia",
    "/rename #nova porque sim": "RENAME #sala #nova :porque sim",
    "/away já volto": "AWAY :já volto",
    "/invite bia": "INVITE bia #sala",
    "/invite bia #outra": "INVITE bia #outra",
    "/kick bia": "KICK #sala bia bia",
    "/kick bia fora daqui": "KICK #sala bia :fora daqui",
    "/ban bia": "MODE #sala +b *!*@host.bia",
    "/ban caio": "MODE #sala +b caio!*@*",
    "/ban *!*@x": "MODE #sala +b *!*@x",
    "/unban *!*@x": "MODE #sala -b *!*@x",
    "/mute bia": "MODE #sala +b m:*!*@host.bia",
    "/op bia": "MODE #sala +o bia",
    "/deop bia": "MODE #sala -o bia",
    "/voice bia": "MODE #sala +v bia",
    "/devoice bia": "MODE #sala -v bia",
    "/mode": "MODE #sala",
    "/mode +m": "MODE #sala +m",
    "/mode ana +i": "MODE ana +i",
    "/whois bia": "dialog user bia",
    "/list": "LIST",
    "/search prova final": "dialog search prova final",
    "/upload /tmp/a b.png": "dialog upload /tmp/a b.png",
    "/clear": "",
    "/hush": "",
    "/login": "dialog login ",
    "/oper ana segredo": "OPER ana segredo",
    "/connect irc.example.org": "connect irc.example.org",
    "/reconnect": "",
    "/quote VERSION :x": "VERSION :x",
    "/quit tchau": "leave tchau",
    "/help": "dialog help ",
}


class Frontend:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def show(self, network: Network, buffer: Buffer) -> None:
        self.done.append(f"show {buffer.name}")

    def dialog(self, name: str, words: str) -> None:
        self.done.append(f"dialog {name} {words}")

    def connect(self, address: str) -> None:
        self.done.append(f"connect {address}")

    def leave(self, network: Network, reason: str) -> None:
        self.done.append(f"leave {reason}")


def entered(server: CoreServer, text: str, name: str = "#sala") -> tuple[str, list[str]]:
    """What was wrong, and what was done."""
    frontend = Frontend()
    server.received()
    wrong = enter(frontend, server.network, server.buffer(name), text)
    return wrong, server.received() + frontend.done


def online() -> CoreServer:
    server = CoreServer().connect()
    server.send(":s 353 ana = #sala :@ana bia!u@host.bia")
    return server


@pytest.mark.parametrize("text", DONE)
def test_what_a_command_does(text: str) -> None:
    wrong, done = entered(online(), text)
    assert wrong == ""
    wanted = DONE[text].split("{}")
    first = done[0] if done else ""
    assert all(part in first for part in wanted), done
    assert len(wanted) > 1 or first == DONE[text]


def test_every_row_is_run() -> None:
    assert set(RUN) == {each.name for each in COMMANDS}
    assert {text.split()[0][1:] for text in DONE} == {each.name for each in COMMANDS}
    for each in COMMANDS:
        assert all(find(name.upper()) is each for name in (each.name, *each.aliases))
        assert f"/{each.name}" in entered(online(), f"/{each.name}")[0] or not each.min_words


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_offline_only_some_work(command: object) -> None:
    row = next(each for each in COMMANDS if each is command)
    server = online()
    server.network.lost("", 1)
    wrong, done = entered(server, f"/{row.name} a b c")
    assert bool(wrong) != row.offline
    assert done == [] or row.offline


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_where_the_server_speaks(command: object) -> None:
    """There is no conversation that they could be about, and none of them fails."""
    row = next(each for each in COMMANDS if each is command)
    for words in ("a", "a b", "", ":a", ":a :b c"):
        wrong, done = entered(online(), f"/{row.name} {words}", "")
        assert not row.conversation or wrong or "INVITE" in done[0]
        assert all("  " not in each and not each.endswith(" :") for each in done if each.isupper())
    assert entered(online(), "/mode +i", "")[1] == ["MODE ana +i"]


@given(st.text(max_size=40), st.sampled_from([each.name for each in COMMANDS]), st.sampled_from(["", "#sala", "bia"]))
@settings(max_examples=300, deadline=None)
def test_nothing_typed_breaks_it(text: str, name: str, where: str) -> None:
    server = online()
    server.network.open("bia")
    for typed in (f"/{name} {text}", text):
        _wrong, done = entered(server, typed, where if where in server.network.buffers else "")
        assert not any(
            set(line) & {"\r", "\n", "\0"}
            for line in done
            if not line.startswith(("dialog", "leave", "connect", "show"))
        )


def test_what_is_said() -> None:
    server = online()
    assert entered(server, "//join não é comando")[1][0].endswith("PRIVMSG #sala :/join não é comando")
    assert "BATCH" in entered(server, "/isto\né código")[1][0]
    assert entered(server, "oi", "")[0]
    assert entered(server, "/me acena", "")[0]
    assert "/nada" in entered(server, "/nada")[0]
    assert entered(server, "/")[0]
    assert entered(server, "/topic") == ("", [])
    assert "no topic" in server.listener.notices[-1][1]
    server.send(":x!x@h TOPIC #sala :tema")
    assert entered(server, "/topic") == ("", [])
    assert server.listener.notices[-1] == ("info", "tema")
    server.send(":op!o@h KICK #sala ana :x")
    assert entered(server, "oi")[0]
    assert entered(server, "/part") == ("", [])
    assert server.network.buffer("#sala") is None


def test_leaving_a_conversation() -> None:
    server = online()
    server.network.open("bia")
    assert entered(server, "/part", "bia") == ("", [])
    assert server.network.buffer("bia") is None
    assert entered(server, "/part fim", "")[1] == ["leave fim"]
    server.network.lost("", 1)
    entered(server, "/part")
    assert server.network.buffer("#sala") is None


def test_signing_in_and_clearing() -> None:
    server = CoreServer(caps="sasl=PLAIN").connect()
    assert entered(server, "/login ana uma senha com espaços")[1] == ["CAP REQ sasl"]
    assert server.network.identity.password == "uma senha com espaços"
    server.send(message(1))
    entered(server, "/clear")
    assert server.texts() == []


def test_in_a_classroom() -> None:
    classroom = ClassroomNetwork(read_address("relay://localhost"), Identity("ana"))
    frontend = Frontend()
    for each in COMMANDS:
        if not each.classroom:
            assert enter(frontend, classroom, classroom.room, f"/{each.name} a b"), each.name
    assert frontend.done == []
    for text in ("/help", "/quit x", "/clear", "/connect y", "/part"):
        assert enter(frontend, classroom, classroom.room, text) == ""
    assert frontend.done == ["dialog help ", "leave x", "connect y", "leave "]
    assert enter(frontend, classroom, classroom.room, "oi"), "nothing is kept for later there"


# --- what is offered


def offered(server: CoreServer, text: str, *, forced: bool = False, name: str = "#sala") -> list[str]:
    found = completion.offer(server.network, server.buffer(name), text, len(text), forced=forced)
    return [each.value for each in found.options] if found is not None else []


def test_what_could_come_next() -> None:
    server = online()
    server.send(":s 353 ana = #sala :@ana bia!u@host.bia Árvore beto", message(1, nick="beto"))
    assert offered(server, "/jo") == ["/join "]
    assert offered(server, "/ENT") == ["/join "]
    assert len(offered(server, "/")) == len(COMMANDS)
    assert offered(server, "@b") == ["beto: ", "bia: "], "who spoke last comes first"
    assert offered(server, "oi @b") == ["beto ", "bia "]
    assert offered(server, "b", forced=True) == ["beto: ", "bia: "]
    assert offered(server, "b") == []
    assert offered(server, "@arv") == ["Árvore: "]
    assert offered(server, "@ana") == []
    assert offered(server, "#s") == ["#sala "]
    assert offered(server, "#sala") == [], "who has typed all of it wants Enter to send"
    assert any("❤" in each for each in offered(server, ":coracao") + offered(server, ":heart"))
    assert (
        offered(server, "12:30") == offered(server, ":a") == offered(server, "") == offered(server, "/nada nada") == []
    )
    server.network.open("bia")
    assert offered(server, "b", forced=True, name="bia") == ["bia: "]
    found = completion.offer(server.network, server.buffer(), "oi @bi tudo", 6)
    assert found is not None
    assert (found.start, found.end) == (3, 6)


@given(st.text(max_size=30), st.integers(-2, 40), st.booleans())
@example("@00", -2, False)
@settings(deadline=None)
def test_nothing_typed_breaks_the_offer(text: str, caret: int, forced: bool) -> None:  # noqa: FBT001 - hypothesis'
    server = online()
    found = completion.offer(server.network, server.buffer(), text, caret, forced=forced)
    assert found is None or (found.options and found.start <= found.end)
