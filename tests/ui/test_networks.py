"""Networks from addresses and settings, and back."""

from __future__ import annotations

import pytest
from fake_server import CoreServer

from papo.client import settings as user_settings
from papo.client.address import read_address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.identity import Identity
from papo.client.settings import Server, Settings
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.listener import NullListener
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.ui import networks


def make(url: str, settings: Settings, *rooms: str) -> Network:
    """A network with these settings."""
    return networks.make_network(
        read_address(url), Identity("ana"), settings=settings, rooms=rooms, outbox=Outbox(), listener=NullListener()
    )


def test_a_network_has_what_was_remembered() -> None:
    """Open channels after those that are asked for, those without notifications, keywords."""
    saved = Server(url="irc://papo.test:6667", rooms=["#old", "#new"], muted=["#old"])
    network = make("irc://papo.test", Settings(keywords=["exam"], servers=[saved]), "#new")
    assert isinstance(network, IrcNetwork)
    assert network.rooms == ["#new", "#old"]
    assert (network.notifications_off, network.keywords, network.expected) == ({"#old"}, ("exam",), "#new")
    assert isinstance(make("relay://papo.test", Settings()), ClassroomNetwork)


def test_a_network_is_remembered() -> None:
    """What the next start needs."""
    server = CoreServer(url="irc://papo.test").connect()
    server.network.toggle_notifications(server.buffer())
    settings = Settings()
    networks.remember(settings, server.network)
    saved = settings.server("irc://papo.test:6667")
    assert (saved.nick, saved.rooms, saved.muted) == ("ana", ["#sala"], ["#sala"])
    server.network.toggle_notifications(server.buffer())
    networks.remember(settings, server.network)
    assert saved.muted == []


def test_open_channels_are_forgotten_only_by_closing_them() -> None:
    """A network that was never online does not know what was open."""
    settings = Settings(servers=[Server(url="irc://papo.test:6667", rooms=["#old"])])
    networks.remember(settings, make("irc://papo.test", settings))
    assert settings.servers[0].rooms == ["#old"]


def test_the_nick_is_the_one_closest_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address, last time there, last time anywhere, this machine."""
    monkeypatch.setattr(user_settings, "default_nick", lambda: "root2")
    settings = Settings(nick="anywhere", servers=[Server(url="irc://papo.test:6667", nick="there")])
    assert networks.nick_for(settings, read_address("irc://me@papo.test")) == "me"
    assert networks.nick_for(settings, read_address("irc://papo.test")) == "there"
    assert networks.nick_for(settings, read_address("irc://other.test")) == "anywhere"
    assert networks.nick_for(settings) == "anywhere"
    assert networks.nick_for(Settings()) == "root2"


@pytest.mark.parametrize(
    ("url", "nick", "problem"),
    [
        ("irc://x", "ana", ""), ("irc://x", "1ana", "digit"), ("irc://x", "a b", "spaces"), ("irc://x", "", "empty"),
        ("handshake://x", "an", "3 to 10"), ("handshake://x", "ana", ""),
    ],
)  # fmt: skip
def test_nicks_that_a_server_would_refuse(url: str, nick: str, problem: str) -> None:
    """By the rules of its kind."""
    found = networks.nick_problem(read_address(url), nick)
    assert problem in found
    assert bool(problem) == bool(found)


def test_names_as_typed() -> None:
    """Channels get their sign, nicks lose their spaces."""
    assert networks.room_names(["papo", "#aula", ""]) == ["#papo", "#aula"]
    assert networks.nick_from(" Ana Maria ") == "Ana_Maria"


def test_the_first_conversation_and_what_is_unread() -> None:
    """A channel before a person before the server; conversations without notifications do not count."""
    server = CoreServer().connect(joined=())
    network = server.network
    assert networks.first_conversation(network) is network.server
    server.join()
    server.send(":bia!b@h PRIVMSG #sala :ana: hi", ":bia!b@h PRIVMSG ana :psst", ":bia!b@h PRIVMSG #sala :oi")
    assert networks.first_conversation(network) is server.buffer()
    assert networks.unread([network]) == (2, 3)
    network.toggle_notifications(server.buffer())
    assert networks.unread([network]) == (1, 1)
