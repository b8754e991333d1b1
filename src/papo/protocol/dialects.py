"""The dialects besides IRC, one row each, and the schemes of addresses: `relay://host:12345`, `ircs://host`.

The command line, the settings, the listeners, the clients and the parser of addresses read these tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

GUEST = "visitante"
"""The nick of a user whose client has not sent one."""


class Phrases(NamedTuple):
    """What a server of the dialect says; "" if it has no phrase for it. `{nick}` and `{text}` are filled in."""

    message: str = "{nick}: {text}"
    connected: str = ""
    """To a new user."""
    joined: str = ""
    """About a new user."""
    left: str = ""
    """About a user who has left."""
    dropped: str = ""
    """About a user whose connection has failed."""
    private: str = "{nick} (particular): {text}"
    """A message to this user alone."""
    kicked: str = "Você foi removido da sala por {nick}: {text}"
    """To a user who has been kicked."""
    not_sent: str = "Mensagem não enviada: {text}"
    unknown: str = "O disco do servidor falhou: talvez a mensagem tenha sido guardada; veja quando ele voltar."
    """To a user whose message may be stored or not."""
    disk_failed: str = "O servidor vai parar porque o disco falhou; conecte de novo daqui a pouco."
    """To everybody when the server stops for that."""
    idle: str = "Nada foi dito por aqui há muitas horas; conecte de novo quando quiser."
    """To a user who is disconnected for that."""
    renamed: str = "Nome em uso ou inválido: aqui você é {nick}"
    """To a user who gets another nick."""


class Dialect(NamedTuple):
    """A classroom dialect: one room, no commands but leaving."""

    name: str
    """The scheme of its addresses too."""
    port: int
    """Where its servers listen unless they are told otherwise."""
    server: str
    """`module:class` of a connection to our server, a subclass of `papo.server.dialects.classroom.Classroom`."""
    client: str
    """`module:class` of our client, a subclass of `papo.client.classroom.conversation.Conversation`, or itself."""
    phrases: Phrases = Phrases()
    echoes: bool = False
    """Whether users get their own messages back."""
    ascii: bool = False
    """Whether everything on the wire is ASCII."""
    recv_bytes: int = 1024
    """The most that a client sends at once: the size of the original server's `recv()`."""
    nick_length: tuple[int, int] = (1, 32)
    """Characters of a nick that its clients may have, both ends included."""
    options: tuple[str, ...] = ("room", "replay", "open")
    """The options of its listeners."""
    listening: str = ""
    """What the server prints when it listens; `{port}` is filled in."""
    not_listening: str = ""
    """What it prints if it cannot listen."""


CLASSROOM: dict[str, Dialect] = {
    row.name: row
    for row in (
        Dialect("relay", 12345, "papo.server.dialects.relay:Relay", "papo.client.classroom.conversation:Conversation"),
        Dialect(
            "nick-ascii",
            55555,
            "papo.server.dialects.nick:Nick",
            "papo.client.classroom.nick:Nick",
            Phrases(
                connected="Conectado ao servidor!",
                joined="{nick} entrou!",
                left="{nick} left!",
                dropped="{nick} left!",
            ),
            echoes=True,
            ascii=True,
        ),
        Dialect(
            "nick",
            9090,
            "papo.server.dialects.nick:Nick",
            "papo.client.classroom.nick:Nick",
            Phrases(connected="Conectado ao Servidor\n", joined="{nick} conectou ao servidor!\n"),
            echoes=True,
            listening="Server iniciado...",
        ),
        Dialect(
            "framed",
            5050,
            "papo.server.dialects.framed:Framed",
            "papo.client.classroom.framed:Framed",
            echoes=True,
            options=("room", "replay", "open", "header"),
            listening="Servidor Iniciado...",
            not_listening="Servidor não foi inicializado.",
        ),
        Dialect(
            "handshake",
            12346,  # 12345 in the document, which is relay's
            "papo.server.dialects.handshake:Handshake",
            "papo.client.classroom.handshake:Handshake",
            Phrases(
                message="{nick}: {text}\n",
                left="{nick} disconnected!",
                dropped="{nick} has been disconnected",
                private="{nick} (private): {text}\n",
                kicked="You were removed from the room by {nick}: {text}\n",
                not_sent="Message not sent: {text}\n",
                unknown="The server's disk has failed: your message may be stored; look when the server is back.\n",
                disk_failed="The server stops because its disk has failed; connect again in a moment.\n",
                idle="You have said nothing for many hours; connect again when you like.\n",
            ),
            recv_bytes=2048,
            nick_length=(3, 10),
            listening="server listening at port: {port}...",
        ),
    )
}
"""Name to row."""


def load(reference: str) -> Any:
    """The class that `module:class` names; its module is imported when a dialect is first used."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


class Scheme(NamedTuple):
    """How an address begins."""

    port: int
    """Where a server listens unless it is told otherwise; 0 if there are no ports."""
    client_port: int = 0
    """Where a client connects unless it is told otherwise; 0 for `port`."""
    options: tuple[str, ...] = ()
    """The options of a listener."""
    is_tls: bool = False


IRC: dict[str, Scheme] = {
    "irc": Scheme(6667),
    "ircs": Scheme(6697, is_tls=True),
    "irc+unix": Scheme(0, options=("mode",)),
    "ws": Scheme(8080, 80, ("origin",)),
    "wss": Scheme(8443, 443, ("origin",), is_tls=True),
    "http": Scheme(8080, 80, ("origin",)),
    "https": Scheme(8443, 443, ("origin",), is_tls=True),
}
"""The schemes of listeners that speak IRC; those of the web also serve pages."""


def schemes() -> dict[str, Scheme]:
    """Every scheme, IRC's first."""
    return IRC | {row.name: Scheme(row.port, options=row.options) for row in CLASSROOM.values()}
