"""What can be set, with its unit and its default. It knows no file, no environment and no command line.

The docstring under a field is also its comment in `papo config default`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from papo.i18n import N_, SOURCE_LANGUAGE

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
    icon: Annotated[str, Meta(pattern=r"^(https?://\S+)?$", description=N_("the address of a picture"))] = ""
    """Address of a picture that stands for the network; "" for none."""
    user_modes: Annotated[str, Meta(pattern=r"^[BDIRTiw]*$", description=N_("letters of user modes, such as iR"))] = ""
    """User modes that everybody begins with, such as "i"."""
    language: str = SOURCE_LANGUAGE
    """The language of services and refusals for users who have chosen none; "papo --help" lists the languages."""


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
    client_certificates: bool = True
    """Whether IRC clients are asked for a certificate of their own, with which they can sign in."""
    sts_days: Natural = 0
    """Days for which IRC clients are told to use TLS only (IRCv3 sts); 0 says nothing about it.
    Set it where the certificate is one that clients trust."""


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
    """The web client and what goes with it, on the http and https listeners."""

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
    networks: tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^wss?://[^\s/?#]+(/[^\s?#;,]*)?$",
                description=N_('the address of an IRC server over WebSocket, such as "wss://irc.example.org"'),
            ),
        ],
        ...,
    ] = ()
    """Other IRC servers that the web client may connect to, such as "wss://irc.example.org"; the page offers them."""
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s?#]*[^\s?#/])?$", description=N_('an address such as "https://chat.example.org"')
        ),
    ] = ""
    """Where people reach the web client from outside, for links that the server gives out; "" to guess it."""
    metrics: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses or networks that may read the server's numbers at /metrics."""
    previews: Literal["auto", "on", "off"] = "auto"
    """Whether the server looks up what links in messages show: "on", "off", or "auto" for on with `listen.lan`."""


class Uploads(Section, frozen=True):
    """Files that people send (IRCv3 FILEHOST)."""

    who: Literal["auto", "everyone", "accounts", "nobody"] = "auto"
    """Who may: "everyone", those with "accounts", "nobody"; "auto" is everyone with `listen.lan`, else accounts."""
    max_bytes: Count = 26214400
    """Bytes of one file."""
    day_bytes: Count = 262144000
    """Bytes of one person in a day; those without an account share by address."""
    keep_free_bytes: Natural = 268435456
    """Bytes of the disk that stay free: uploads that would take them are refused."""
    keep_days: Natural = 0
    """Days after which files are deleted; 0 keeps them for ever."""


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


class Accounts(Section, frozen=True):
    """Names that last: who may have one, and what they are good for."""

    registration: Literal["open", "operators"] = "open"
    """Who makes accounts: everybody for themselves ("open"), or "operators" and `papo account add` only."""
    before_connect: bool = True
    """Whether an account can be made before the connection is complete."""
    email_required: bool = False
    """Whether an account needs an address, proved by a code sent to it; needs [mail]."""
    verify_hours: Count = 32
    """Hours for which a code that was sent is good."""
    custom_names: bool = True
    """Whether an account may have another name than the nick of who makes it."""
    required: bool = False
    """Whether nobody gets in without signing in to an account. Accounts are then made by operators only."""
    enforce_nicks: bool = True
    """Whether nicks of accounts are kept from everybody else."""
    multiclient: bool = True
    """Whether several programs of one person may share one nick."""
    always_on: Literal["off", "opt-in", "opt-out", "mandatory"] = "opt-in"
    """Whether people stay in their channels while they are not connected: "off", "opt-in", "opt-out", "mandatory"."""
    always_on_days: Natural = 60
    """Days without any connection after which even those leave; 0 for never."""
    nicks: Natural = 5
    """Nicks that an account may have besides its name."""
    channels: Natural = 20
    """Channels that an account may have registered."""
    argon2_memory_kib: Annotated[int, Meta(ge=8, le=1048576)] = 19456
    """KiB of memory that hashing one password takes."""
    argon2_passes: Annotated[int, Meta(ge=1, le=20)] = 2
    """Passes over that memory."""
    registrations_per_10min: Count = 30
    """Accounts that are made in ten minutes by everybody together, operators not counted."""


class Mail(Section, frozen=True):
    """Where mail with codes goes out."""

    host: str = ""
    """The SMTP server; "" for no mail."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """"starttls", "tls" from the first byte, or "none" for a server on this machine."""
    user: str = ""
    """The name it wants; "" where it wants none."""
    password: str = ""
    """The password that goes with it."""
    sender: Annotated[str, Meta(pattern=r"^([^\s<>@]+@[^\s<>@]+)?$", description=N_("an address of mail"))] = ""
    """The address that mail is from."""


class Issuer(Section, frozen=True):
    """An identity provider whose tokens sign people in (OAUTHBEARER, IRCV3BEARER). Repeat the table for each."""

    url: Annotated[str, Meta(pattern=r"^https?://\S+$", description=N_("the address of the provider"))]
    """The provider, exactly as its tokens name it (`iss`)."""
    audience: Annotated[str, Meta(min_length=1, description=N_("the name this server has at the provider"))]
    """This server's name at the provider, which its tokens must be for (`aud`)."""
    keys_url: str = ""
    """Where the provider's keys are (JWKS); "" to ask the provider (OpenID Connect discovery)."""
    keys_file: str = ""
    """The provider's keys in a file (JWKS), in place of an address."""
    name_claim: str = "preferred_username"
    """Which claim of a token is the account's name."""
    create: bool = False
    """Whether somebody who signs in for the first time gets an account."""


class Role(Section, frozen=True):
    """What operators of the server may do. Repeat the table for each; "admin" is there and may everything."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,32}$", description=N_("a word of small letters"))]
    """The role's name."""
    may: tuple[
        Literal[
            "accounts",
            "audit",
            "ban",
            "channels",
            "hosts",
            "join",
            "kill",
            "modes",
            "relay",
            "reload",
            "see",
            "stop",
            "wallops",
        ],
        ...,
    ] = ()
    """What it may, some of: accounts, audit, ban, channels, hosts, join, kill, modes, relay, reload, see (hidden
    people, channels and addresses), stop, wallops."""


class Privacy(Section, frozen=True):
    """What others see of people."""

    cloak: Literal["all", "public", "off"] = "public"
    """Whose addresses are hidden from others: "all", "public" for those of the internet but not of a local network,
    "off" for nobody's."""
    cloak_suffix: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,16}$", description=N_("a short word"))] = "cloak"
    """How hidden addresses end."""


class Operator(Section, frozen=True):
    """Somebody who may use OPER. Repeat the table for each."""

    name: Annotated[
        str, Meta(max_length=64, pattern=r"^[^\s:]\S*$", description=N_("one word of at most 64 characters"))
    ]
    """The name given with OPER: one word."""
    password: str
    """What `papo operator-password` printed, never the password itself."""
    role: str = "admin"
    """What they may: a role from [[roles]], or "admin" for everything."""
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
    multiline_bytes: Annotated[int, Meta(ge=512, le=65536)] = 4096
    """Bytes of a message of several lines (IRCv3 multiline)."""
    multiline_lines: Annotated[int, Meta(ge=1, le=1000)] = 100
    """Its lines."""
    metadata_keys: Count = 100
    """Things that somebody may say about themselves, or an operator about a channel (IRCv3 metadata)."""
    metadata_subs: Count = 100
    """Keys that one connection may want to hear of."""
    metadata_value_bytes: Annotated[int, Meta(ge=1, le=350)] = 300
    """Bytes of each."""
    edit_window_s: Natural = 0
    """Seconds in which one may edit or delete what one said; 0 for ever. Operators may always delete."""
    client_tags_denied: tuple[str, ...] = ()
    """Client tags that are not passed on, without their +; "*" for all, and then "-typing" for all but that one."""


class Config(Section, frozen=True):
    """Everything that can be set."""

    server: Server = Server()
    rooms: Rooms = Rooms()
    listen: Listen = Listen()
    tls: Tls = Tls()
    proxy: Proxy = Proxy()
    web: Web = Web()
    uploads: Uploads = Uploads()
    history: History = History()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    issuers: tuple[Issuer, ...] = ()
    privacy: Privacy = Privacy()
    roles: tuple[Role, ...] = ()
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
