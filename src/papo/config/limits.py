"""The table [limits] of the settings, and its presets.

The docstring under a field is also its comment in `papo config default`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from papo.config.section import Count, Natural, Rate, Seconds, Section


class Limits(Section, frozen=True):
    """Limits of a connection, of an address and of the whole server. Loopback addresses are not counted."""

    enabled: bool = True
    """Whether limits of rates and of numbers of connections apply; false is for benchmarks."""
    preset: Literal["default", "class"] = "default"
    """"class" suits thirty users behind one address; keys that are set here override the preset."""

    connections_per_address: Count = 16
    """Connections at a time from one IPv4 address or IPv6 /64."""
    unregistered_per_address: Count = 5
    """Of these, connections that have not registered yet; one that has said nothing makes room for another."""
    opening_per_address: Count = 32
    """Connections from one IPv4 address or IPv6 /64 whose TLS handshake or first HTTP request is not complete; the
    oldest makes room for another."""
    connections_per_10min: Count = 32
    """New connections in ten minutes from one IPv4 address or IPv6 /64."""
    connections_per_s: Count = 200
    """New connections per second in all; more wait in the operating system's queue."""
    handshake_timeout_s: Seconds = 10
    """Seconds until a connection is closed whose TLS handshake or first HTTP request is not complete."""
    registration_timeout_s: Seconds = 30
    """Seconds until a connection that has not registered is closed."""
    unregistered_lines: Count = 64
    """Lines that a connection may send before it has registered."""
    unregistered_bytes: Count = 16384
    """Bytes that a connection may send before it has registered."""
    ping_after_s: Seconds = 90
    """Seconds of silence after which a client is sent a PING."""
    drop_after_s: Seconds = 150
    """Seconds of silence after which a client's connection is closed; more than `ping_after_s`."""
    classroom_idle_s: Natural = 43200
    """Seconds after which a classroom client that has sent nothing is disconnected; 0 for never. Such a client knows no
    PING, and one that only reads is welcome: this is more than a day of lessons. Who is gone is noticed sooner."""

    message_burst: Count = 10
    """Commands that a client may send at once before it is slowed down."""
    messages_per_s: Rate = 2
    """Commands per second afterwards; expensive commands count as several."""
    bytes_per_s: Count = 2048
    """Bytes per second afterwards: long lines count as several."""
    joins_per_minute: Count = 10
    """JOIN commands of a connection in a minute, however many channels each names."""
    nicks_per_minute: Count = 3
    """Nick changes of a connection in a minute."""
    invites_per_minute: Count = 4
    """INVITE and KNOCK commands of a connection in a minute, and invitation links of a user, each."""
    opers_per_minute: Count = 3
    """OPER commands of a connection in a minute."""
    accounts_per_10min: Count = 10
    """Accounts that may be made in ten minutes from one IPv4 address or IPv6 /64."""
    guesses_per_account: Count = 5
    """Wrong passwords for an account in half an hour, from all addresses together that it was not used from before.
    Counted on loopback, and if `enabled` is false, too."""
    guesses_per_address: Count = 20
    """Wrong passwords from one IPv4 address or IPv6 /64 for accounts that were not used from there before; then one
    every five seconds is checked. Counted on loopback, and if `enabled` is false, too."""

    http_burst: Count = 250
    """HTTP requests that one IPv4 address or IPv6 /64 may make at once before it is slowed down."""
    http_per_s: Rate = 100
    """HTTP requests per second afterwards; expensive and refused ones count as several."""

    line_bytes: Annotated[int, Meta(ge=512)] = 512
    """Bytes of an IRC line including CR LF, without its tags."""
    tag_bytes: Annotated[int, Meta(ge=4096)] = 4096
    """Bytes of the tags that a client may send, including their @ and space."""
    send_queue_bytes: Annotated[int, Meta(ge=65536)] = 524288
    """Bytes that may wait for a slow client; with more, its connection is closed."""
    send_stuck_s: Seconds = 30
    """Seconds that a client may read nothing while bytes wait; then its connection is closed."""

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
    """Rows of a WHO about users who share no channel with the asker."""
    monitor: Count = 100
    """Nicks that one user may watch with MONITOR."""
    list_entries: Count = 100
    """Entries of each list (bans, exceptions, invitations) of a channel."""
    multiline_bytes: Annotated[int, Meta(ge=512, le=65536)] = 4096
    """Bytes of a multiline message (IRCv3 multiline)."""
    multiline_lines: Annotated[int, Meta(ge=1, le=1000)] = 100
    """Lines of a multiline message."""
    metadata_keys: Count = 100
    """Metadata keys of a user or of a channel (IRCv3 metadata)."""
    metadata_subs: Count = 100
    """Metadata keys that a connection may subscribe to."""
    metadata_value_bytes: Annotated[int, Meta(ge=1, le=350)] = 300
    """Bytes of a metadata value."""
    edit_window_s: Natural = 0
    """Seconds in which users may edit or delete their messages; 0 for ever. Operators may always delete."""
    client_tags_denied: tuple[str, ...] = ()
    """Client tags that are not passed on, without their +; "*" for all, and then "-typing" for all but that one."""


PRESETS: dict[str, dict[str, int]] = {
    "default": {},
    "class": {
        "connections_per_address": 128,  # thirty people, each with a few windows
        "unregistered_per_address": 64,  # all of which connect when class begins
        "opening_per_address": 256,
        "connections_per_10min": 600,
        "nicks_per_minute": 10,
        "http_burst": 6000,  # thirty browsers that open the web client
        "http_per_s": 500,
        "accounts_per_10min": 60,
        "guesses_per_address": 100,  # on the first day nobody is known there
    },
}
"""What `limits.preset` changes, by name of the preset."""
