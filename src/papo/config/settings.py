"""The settings with their units and defaults. They know no file, no environment and no command line.

The docstring under a field is also its comment in `papo config default`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from papo.config.limits import Limits
from papo.config.section import Count, Natural, Section
from papo.i18n import N_, SOURCE_LANGUAGE
from papo.protocol.networks import Network

Room = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=64,
        pattern=r"^#[^\s,\x07:]+$",
        description=N_('the name of a room, such as "#papo"'),
    ),
]


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
    """The password that IRC clients send with PASS; "" for none."""
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
    """Address of a picture of the network; "" for none."""
    user_modes: Annotated[str, Meta(pattern=r"^[BDIRTiw]*$", description=N_("letters of user modes, such as iR"))] = ""
    """User modes that every user starts with, such as "i"."""
    drain_grace_s: Natural = 0
    """Seconds between the signal to stop and the end of accepting, in which /readyz says that the server is not ready;
    0 for none. Balancers need about twice their interval. A second signal ends them."""
    language: str = SOURCE_LANGUAGE
    """The language of services and refusals for users who have chosen none; "papo --help" lists the languages."""


class Rooms(Section, frozen=True):
    """Rooms that exist even while they are empty."""

    default: Room = "#papo"
    """The room of the classroom protocols whose listener has no `room` option."""
    permanent: tuple[Room, ...] = ("#papo",)
    """Rooms that keep their topic and modes while they are empty, and over a restart."""


class Listen(Section, frozen=True):
    """Where the server listens."""

    at: tuple[str, ...] = ()
    """SCHEME://HOST:PORT[?option=value], one for each listener; an empty list for the default ports on loopback.
    Schemes: {schemes}."""
    lan: bool = False
    """Whether the default ports are open on this machine's network addresses too."""


class Tls(Section, frozen=True):
    """The certificate of the ircs, wss and https listeners."""

    certificate: str = ""
    """A PEM file with the certificate and its chain; "" for a self-signed one, kept in the data folder."""
    key: str = ""
    """The PEM file of the certificate's private key; needed if `certificate` is set."""
    client_certificates: bool = True
    """Whether IRC clients are asked for a certificate, with which they can sign in."""
    sts_days: Natural = 0
    """Days for which IRC clients are told to use TLS only (IRCv3 sts); 0 for no policy.
    Set it only if clients trust the certificate."""


class Webirc(Section, frozen=True):
    """A web gateway that may give its users' addresses (WEBIRC)."""

    password: Annotated[str, Meta(min_length=8, description=N_("a text of at least 8 characters"))]
    """The password that the gateway sends with WEBIRC; at least 8 characters."""
    addresses: Annotated[
        tuple[Network, ...], Meta(min_length=1, description=N_('a list of one or more networks, such as ["127.0.0.1"]'))
    ]
    """The gateway's own addresses or networks, such as "127.0.0.1" or "10.0.0.0/8"."""


class Proxy(Section, frozen=True):
    """Who may give the address that a connection comes from."""

    trusted: tuple[Network, ...] = ()
    """Addresses or networks whose PROXY header, or header of HTTP, is trusted; an empty list trusts none."""
    header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    """Where HTTP proxies of those addresses name their client: `x-forwarded-for` (and X-Forwarded-Proto) or `forwarded`
    (RFC 7239). The other header is ignored: a proxy passes on what its client has put there."""
    webirc: tuple[Webirc, ...] = ()
    """Web gateways; an empty list refuses every WEBIRC."""


class Web(Section, frozen=True):
    """The web client, on the http and https listeners."""

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
    """Web sites besides the server's own that may connect, such as "https://chat.example.org"; the server answers to
    their names too."""
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
    """The address of the web client from outside, for links that the server makes; "" to guess it. Behind a proxy the
    server answers to its name only if it is set."""
    metrics: tuple[Network, ...] = (Network("127.0.0.0/8"), Network("::1"))
    """Addresses or networks that may read the server's numbers at /metrics."""
    security_contact: tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^(https://|mailto:|tel:)[^\s]+$",
                description=N_('an address such as "mailto:security@example.org" or "https://example.org/security"'),
            ),
        ],
        ...,
    ] = ()
    """Whom to tell about a vulnerability of this server, such as "mailto:security@example.org", the best first;
    shown at /.well-known/security.txt."""
    previews: Literal["auto", "on", "off"] = "auto"
    """Whether the server looks up what links in messages show: "on", "off", or "auto" for on with `listen.lan`."""


class Uploads(Section, frozen=True):
    """Files that users upload (IRCv3 FILEHOST)."""

    who: Literal["auto", "everyone", "accounts", "nobody"] = "auto"
    """Who may upload: "everyone", users with "accounts", "nobody"; "auto" is everyone with `listen.lan`,
else accounts."""
    max_bytes: Count = 26214400
    """Maximum bytes of a file."""
    day_bytes: Count = 262144000
    """Maximum bytes that a user uploads in a day; users without an account are counted by address."""
    attempts_per_10min: Count = 60
    """Files that a user tries to send in ten minutes, whether they are taken or not."""
    pixels_per_10min: Count = 400000000
    """Pixels of pictures that the server decodes for a user in ten minutes: ten photographs of 40 megapixels. A picture
    with more is decoded when nothing was for ten minutes."""
    keep_free_bytes: Natural = 268435456
    """Bytes of the disk to keep free; an upload that would use them is refused."""
    keep_days: Natural = 0
    """Days after which files are deleted; 0 keeps them for ever."""


class History(Section, frozen=True):
    """What is stored, and for how long."""

    durability: Literal["power-loss", "process"] = "power-loss"
    """What an acknowledged message survives: "power-loss", or only the end of the "process" (less disk work)."""
    on_disk_failure: Literal["stop", "read-only"] = "stop"
    """What the server does when the disk fails to write: "stop" with exit code 74, so that whatever started it starts
    it again, or show history "read-only" until an operator does. A disk that is only full needs neither."""
    keep_days: Natural = 0
    """Days after which history is deleted; 0 keeps it for ever."""
    check_days: Natural = 7
    """Days between two checks of all that is stored, the first a minute after the start; 0 for none."""
    warn_free_bytes: Natural = 1073741824
    """Free bytes of the disk below which the log and operators are warned, once a day; 0 for never."""
    page_default: Count = 100
    """Messages in a page of history if the client gives no number."""
    page_max: Count = 1000
    """The largest page of history that a client gets."""


class Backup(Section, frozen=True):
    """Backups that the server makes by itself; "papo restore" puts one back."""

    every: Annotated[
        str, Meta(pattern=r"^([1-9][0-9]{0,4}[smhd])?$", description=N_('a time such as "24h" or "7d", or ""'))
    ] = ""
    """How often, such as "24h" or "7d"; "" for never."""
    keep: Count = 7
    """How many are kept; older ones are deleted when a new one is whole."""
    to: str = ""
    """The folder they are written to, best on another disk; "" for the folder `backups` in the data folder."""
    passphrase_file: str = ""
    """A text file whose first line is the passphrase that backups are encrypted with; "" for no encryption."""


class Accounts(Section, frozen=True):
    """Accounts: who may have one, and what it is for."""

    registration: Literal["open", "operators"] = "open"
    """Who makes accounts: everybody for themselves ("open"), or "operators" and `papo account add` only."""
    before_connect: bool = True
    """Whether an account can be made before the connection is complete."""
    email_required: bool = False
    """Whether an account needs an email address, verified by a code sent to it; needs [mail]."""
    verify_hours: Count = 32
    """Hours for which a code is valid."""
    custom_names: bool = True
    """Whether an account may have another name than its creator's nick."""
    required: bool = False
    """Whether users must sign in to an account to connect. Accounts are then made by operators only."""
    enforce_nicks: bool = True
    """Whether the nicks of an account are reserved for its owner."""
    multiclient: bool = True
    """Whether several clients of one user may share a nick."""
    always_on: Literal["off", "opt-in", "opt-out", "mandatory"] = "opt-in"
    """Whether users stay in their channels while they are not connected: "off", "opt-in", "opt-out", "mandatory"."""
    always_on_days: Natural = 60
    """Days without a connection after which such users leave; 0 for never."""
    nicks: Natural = 5
    """Nicks that an account may have besides its name."""
    channels: Natural = 20
    """Channels that an account may register."""
    argon2_memory_kib: Annotated[int, Meta(ge=8, le=1048576)] = 19456
    """KiB of memory to hash a password."""
    argon2_passes: Annotated[int, Meta(ge=1, le=20)] = 2
    """Passes over that memory."""
    scram: bool = True
    """Whether SCRAM-SHA-256 is offered, by which clients sign in without TLS and never send the password. Its keys are
    easier to guess from a stolen database than argon2id; false removes them."""
    scram_rounds: Annotated[int, Meta(ge=4096, le=2000000)] = 600000
    """Rounds of PBKDF2-HMAC-SHA256 in these keys; clients compute as many at each sign-in. Older keys are made again at
    the next sign-in that sends the password."""
    registrations_per_10min: Count = 30
    """Accounts that all users together may make in ten minutes. Operators are not counted, nor private networks, nor
    networks from which somebody is signed in to an account older than a day."""


class Mail(Section, frozen=True):
    """The mail server that sends codes."""

    host: str = ""
    """The SMTP server; "" for no mail."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """"starttls", "tls" from the first byte, or "none" for a server on this machine."""
    user: str = ""
    """The user name for the SMTP server; "" for none."""
    password: str = ""
    """The password of that user."""
    sender: Annotated[str, Meta(pattern=r"^([^\s<>@]+@[^\s<>@]+)?$", description=N_("an email address"))] = ""
    """The sender's address."""


class Issuer(Section, frozen=True):
    """An identity provider whose tokens sign users in (OAUTHBEARER, IRCV3BEARER). Repeat the table for each."""

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
    """Whether users who sign in for the first time get an account."""


class Role(Section, frozen=True):
    """What operators of the server may do. Repeat the table for each role; "admin" exists and may do everything."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,32}$", description=N_("a lower-case word"))]
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
    """Some of: accounts, audit, ban, channels, hosts, join, kill, modes, relay, reload, see (hidden users, channels
    and addresses), stop, wallops."""


class Privacy(Section, frozen=True):
    """What users see of each other."""

    cloak: Literal["all", "public", "off"] = "public"
    """Whose addresses are hidden from other users: "all", "public" for those from the internet but not from a local
    network, "off" for none."""
    cloak_suffix: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,16}$", description=N_("a short word"))] = "cloak"
    """The last word of every hidden address."""


class Operator(Section, frozen=True):
    """A user who may use OPER. Repeat the table for each."""

    name: Annotated[
        str, Meta(max_length=64, pattern=r"^[^\s:]\S*$", description=N_("one word of at most 64 characters"))
    ]
    """The name given with OPER: one word."""
    password: str
    """What `papo operator-password` printed, never the password itself."""
    role: str = "admin"
    """A role from [[roles]], or "admin" for everything."""
    hosts: Annotated[
        tuple[str, ...], Meta(min_length=1, description=N_('a list of one or more masks, such as ["*@127.0.0.1"]'))
    ] = ("*@*",)
    """USER@HOST masks from which OPER is accepted, such as "*@10.0.*"; HOST is a host's name or its address."""


class Config(Section, frozen=True):
    """All settings."""

    server: Server = Server()
    rooms: Rooms = Rooms()
    listen: Listen = Listen()
    tls: Tls = Tls()
    proxy: Proxy = Proxy()
    web: Web = Web()
    uploads: Uploads = Uploads()
    history: History = History()
    backup: Backup = Backup()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    issuers: tuple[Issuer, ...] = ()
    privacy: Privacy = Privacy()
    roles: tuple[Role, ...] = ()
    operators: tuple[Operator, ...] = ()
    limits: Limits = Limits()
