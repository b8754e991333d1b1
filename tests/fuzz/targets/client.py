"""What a hostile server sends to Papo's own clients, and what their users paste."""

from __future__ import annotations

from collections.abc import Callable

from fake_server import CoreServer, assert_clean

from papo.client.address import NotAnAddressError, read_address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.classroom.conversation import start_conversation
from papo.client.identity import Identity
from papo.client.session.isupport import Support
from papo.client.session.sasl import Login
from papo.client.state.network import Network
from papo.client.text.markup import runs
from papo.protocol.irc import parse

from .cuts import pieces


def _check(network: Network) -> None:
    """What is shown is text that no terminal obeys, and every line is found where it should be."""
    for buffer in network.buffers.values():
        assert network.buffers[buffer.key] is buffer
        assert_clean(buffer.name, buffer.topic, *(member.nick for member in buffer.members.values()))
        for line in buffer.lines:
            assert_clean(line.text, line.nick, line.detail, line.id, *(line.reactions or ()))


def _seen(network: Network) -> list[tuple[str, str, str]]:
    return [(buffer.key, line.nick, line.text) for buffer in network.buffers.values() for line in buffer.lines]


def irc_server(data: bytes) -> None:
    """Lines from a server, cut in two ways: the same lines are shown, and what is sent is whole lines."""
    whole, cut = CoreServer().connect(), CoreServer().connect()
    whole.network.received(data[4:])
    for piece in pieces(data):
        cut.network.received(piece)
    for server in (whole, cut):
        server.network.tick()
        _check(server.network)
        for line in server.lines:
            assert not set(line) & set("\r\n\0"), line
            assert parse(line) is not None
    assert _seen(whole.network) == _seen(cut.network)


def irc_welcome(data: bytes) -> None:
    """The same before the client has registered."""
    server = CoreServer()
    server.accept()
    for piece in pieces(data):
        server.network.received(piece)
    server.network.tick()
    _check(server.network)


def classroom_server(dialect: str) -> Callable[[bytes], None]:
    """A server of this dialect, cut in any way, with silence between or not."""

    def target(data: bytes) -> None:
        network = ClassroomNetwork(read_address(f"{dialect}://localhost"), Identity("bia"))
        sent: list[str] = []
        network.opened(sent.append)
        for number, piece in enumerate(pieces(data)):
            network.received(piece)
            if number % 3 == 0:
                network.idle()
        network.idle()
        _check(network)
        conversation = start_conversation(dialect, "bia")
        conversation.opened()
        now_s = 100.0
        for piece in pieces(data):
            now_s += 0.5
            conversation.receive(piece, now_s)
        conversation.closed()

    return target


def address(data: bytes) -> None:
    """What somebody pastes as an address: a server, or NotAnAddressError."""
    text = data.decode("utf-8", "replace")
    try:
        found = read_address(text)
    except NotAnAddressError:
        return
    assert not set(found.host + found.room + found.nick + found.path) & set(" \r\n\0"), found
    assert 0 < found.port < 65536
    assert read_address(str(found)).host == found.host
    assert isinstance(found.is_private, bool)


def isupport(data: bytes) -> None:
    """What a server says it supports."""
    support = Support()
    words = data.decode("utf-8", "replace").split(" ")
    support.update(words)
    for word in words:
        support.fold(word)
        support.is_channel(word)
        support.split_prefix(word)
    list(support.mode_changes(words))


def scram_client(data: bytes) -> None:
    """Challenges of a server that does not know the password: never taken for one that does."""
    login = Login("ana", "segredo", offered="SCRAM-SHA-256", private=True)
    for challenge in ["+", *data.decode("utf-8", "replace").split("\n")[:6]]:
        if login.receive(challenge) is None:
            break
    assert not login.is_mutual


def markup(data: bytes) -> None:
    """A message with formatting: runs that are its text, without what a terminal obeys."""
    text = data.decode("utf-8", "replace")
    for run in runs(text):
        assert run.text
        assert_clean(run.text)
