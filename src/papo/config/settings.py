"""What can be set, with its unit and its default. It knows no file, no environment and no command line.

The docstring under a field is also its comment in `papo config default`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from papo.i18n import N_

Room = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=64,
        pattern=r"^#[^\s,\x07:]+$",
        description=N_('the name of a room, such as "#papo"'),
    ),
]
Count = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Rate = Annotated[float, Meta(gt=0)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration file."""


class Server(Section, frozen=True):
    """Who this server is."""

    name: Annotated[
        str,
        Meta(
            max_length=63,
            pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            description=N_('a name with a dot in it, such as "chat.example.org"'),
        ),
    ] = "papo.local"
    """The server's name, as clients see it; letters, digits, hyphens, and at least one dot."""
    network: Annotated[
        str,
        Meta(min_length=1, max_length=32, pattern=r"^[^\s:,]+$", description=N_("one word of at most 32 characters")),
    ] = "Papo"
    """The network's name: one word."""
    password: Annotated[str, Meta(pattern=r"^[^\r\n\0]*$", description=N_("a text of one line"))] = ""
    """What IRC clients give with PASS; "" lets everybody in."""
    motd: str = ""
    """Message of the day: a text of one or more lines (the file may also give a list of lines)."""
    motd_file: str = ""
    """A UTF-8 text file with the message of the day, instead of `motd`; "" for none."""
    description: Annotated[str, Meta(max_length=100)] = "A Papo server"
    """One line about the server, shown by WHOIS and LINKS."""
    admin_name: Annotated[str, Meta(max_length=200)] = ""
    """Who runs the server, shown by ADMIN."""
    admin_email: Annotated[str, Meta(max_length=200)] = ""
    """How to reach them, shown by ADMIN."""
    location: Annotated[str, Meta(max_length=200)] = ""
    """Where the server is, shown by ADMIN."""


class Rooms(Section, frozen=True):
    """Rooms that exist without anybody in them."""

    default: Room = "#papo"
    """Where the users of the classroom protocols meet, where their listener has no `room` option."""
    permanent: tuple[Room, ...] = ("#papo",)
    """Rooms that keep their topic and modes while they are empty, and over a restart."""


class Listen(Section, frozen=True):
    """Where the server listens."""

    at: tuple[str, ...] = ()
    """SCHEME://HOST:PORT[?option=value], one for each listener; an empty list for the usual ports on loopback.
    Schemes: irc, ircs, irc+unix, ws, wss, http, https, relay, nick-ascii, nick, framed, handshake."""
    lan: bool = False
    """True: the usual ports are open on this machine's own network addresses too."""


class Tls(Section, frozen=True):
    """The certificate of the ircs, wss and https listeners."""

    certificate: str = ""
    """A PEM file with the certificate and its chain; "" for a self-signed one, kept in the data folder."""
    key: str = ""
    """The PEM file of the certificate's private key; needed exactly where `certificate` is set."""


class Webirc(Section, frozen=True):
    """A web gateway that may say for whom it speaks (WEBIRC)."""

    password: Annotated[str, Meta(min_length=8, description=N_("a text of at least 8 characters"))]
    """What the gateway gives with WEBIRC; at least 8 characters."""
    addresses: Annotated[
        tuple[str, ...], Meta(min_length=1, description=N_('a list of one or more networks, such as ["127.0.0.1"]'))
    ]
    """The gateway's own addresses or networks, such as "127.0.0.1" or "10.0.0.0/8"."""


class Proxy(Section, frozen=True):
    """Who may say that a connection comes from somebody else."""

    trusted: tuple[str, ...] = ()
    """Addresses or networks whose PROXY header is believed; an empty list believes nobody."""
    webirc: tuple[Webirc, ...] = ()
    """Web gateways; an empty list refuses every WEBIRC."""


class Web(Section, frozen=True):
    """WebSocket and, later, pages."""

    origins: tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^https?://[^\s/?#]+$",
                description=N_('a web site without a path, such as "https://chat.example.org"'),
            ),
        ],
        ...,
    ] = ()
    """Web sites besides the server's own that may connect, such as "https://chat.example.org"."""


class History(Section, frozen=True):
    """What is kept."""

    durability: Literal["power-loss", "process"] = "power-loss"
    """What an acknowledged message survives: "power-loss", or only the end of the "process" (less disk work)."""
    keep_days: Natural = 0
    """Days after which history is deleted; 0 keeps it for ever."""
    page_default: Count = 100
    """Messages in a page of history where the client asks for no number."""
    page_max: Count = 1000
    """The largest page of history that a client gets."""


class Operator(Section, frozen=True):
    """Somebody who may use OPER. Repeat the table for each."""

    name: Annotated[
        str, Meta(max_length=64, pattern=r"^[^\s:]\S*$", description=N_("one word of at most 64 characters"))
    ]
    """The name given with OPER: one word."""
    password: str
    """What `papo operator-password` printed, never the password itself."""
    hosts: Annotated[
        tuple[str, ...], Meta(min_length=1, description=N_('a list of one or more masks, such as ["*@127.0.0.1"]'))
    ] = ("*@*",)
    """USER@HOST masks from which OPER is accepted, such as "*@10.0.*"; HOST is a host's name or its address."""


class Limits(Section, frozen=True):
    """How much one connection, one address or everybody may take. Loopback addresses are not counted."""

    enabled: bool = True
    """False switches off every limit of rate and of number of connections, for benchmarks."""
    preset: Literal["default", "class"] = "default"
    """"class": thirty people behind one address; keys that are set here still win over the preset."""

    connections_per_address: Count = 16
    """Connections at a time from one IPv4 address or IPv6 /64."""
    unregistered_per_address: Count = 5
    """Of these, connections at a time that have not finished logging in."""
    connections_per_10min: Count = 32
    """New connections in ten minutes from one IPv4 address or IPv6 /64."""
    connections_per_s: Count = 200
    """New connections per second in all; more wait in the operating system's queue."""
    registration_timeout_s: Seconds = 30
    """Seconds until a connection that has not logged in is closed."""
    unregistered_lines: Count = 64
    """Lines that a connection may send before it has logged in."""
    unregistered_bytes: Count = 16384
    """Bytes that a connection may send before it has logged in."""
    ping_after_s: Seconds = 90
    """Seconds of silence after which a client is asked for a sign of life."""
    drop_after_s: Seconds = 150
    """Seconds of silence after which a client is dropped; more than `ping_after_s`."""

    message_burst: Count = 10
    """Commands that a client may send at once before its rate counts."""
    messages_per_s: Rate = 2
    """Commands per second afterwards; expensive commands count as several."""
    bytes_per_s: Count = 2048
    """Bytes per second afterwards: long lines count as several."""
    joins_per_minute: Count = 10
    """JOIN commands of one connection in a minute, each for as many channels as it names."""
    nicks_per_minute: Count = 3
    """Changes of nick of one connection in a minute."""
    invites_per_minute: Count = 4
    """INVITEs and KNOCKs of one connection in a minute, each."""
    opers_per_minute: Count = 3
    """OPERs of one connection in a minute."""

    line_bytes: Annotated[int, Meta(ge=512)] = 512
    """Bytes of an IRC line with its CR LF, its tags not counted."""
    tag_bytes: Annotated[int, Meta(ge=4096)] = 4096
    """Bytes of the tags that a client may put before a line, with their @ and space."""
    send_queue_bytes: Annotated[int, Meta(ge=65536)] = 524288
    """Bytes that may wait for a client that reads slowly; above, it is dropped."""
    send_stuck_s: Seconds = 30
    """Seconds that a client may leave what it is sent unread; then it is dropped."""

    channels_per_user: Count = 100
    """Channels that one user may be in."""
    nick_length: Annotated[int, Meta(ge=9, le=64)] = 32
    """Bytes of a nick."""
    channel_length: Annotated[int, Meta(ge=16, le=64)] = 64
    """Bytes of a channel's name, the # included."""
    topic_length: Annotated[int, Meta(ge=1, le=390)] = 390
    """Bytes of a topic."""
    kick_length: Annotated[int, Meta(ge=1, le=390)] = 390
    """Bytes of the reason of a KICK."""
    away_length: Annotated[int, Meta(ge=1, le=390)] = 390
    """Bytes of an AWAY message."""
    realname_length: Annotated[int, Meta(ge=1, le=390)] = 150
    """Bytes of a real name."""
    key_length: Annotated[int, Meta(ge=1, le=64)] = 23
    """Bytes of a channel's key (mode +k)."""
    targets: Count = 4
    """Targets of one PRIVMSG, NOTICE or TAGMSG."""
    who_rows: Count = 100
    """Rows of a WHO about people who share no channel with the asker."""
    monitor: Count = 100
    """Nicks that one user may watch with MONITOR."""
    list_entries: Count = 100
    """Entries of each list (bans, exceptions, invitations) of a channel."""


class Config(Section, frozen=True):
    """Everything that can be set."""

    server: Server = Server()
    rooms: Rooms = Rooms()
    listen: Listen = Listen()
    tls: Tls = Tls()
    proxy: Proxy = Proxy()
    web: Web = Web()
    history: History = History()
    operators: tuple[Operator, ...] = ()
    limits: Limits = Limits()


PRESETS: dict[str, dict[str, int]] = {
    "default": {},
    "class": {
        "connections_per_address": 128,  # thirty people, each with a few windows
        "unregistered_per_address": 64,  # and all of them start when the lesson does
        "connections_per_10min": 600,
        "nicks_per_minute": 10,
    },
}
"""What `limits.preset` changes, by name of the preset."""
