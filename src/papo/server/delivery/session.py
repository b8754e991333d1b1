"""Who is at one connection, and what they are sent; each dialect has its own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.ports import NotStored
    from papo.server.world.events import AnyEvent, ChannelRenamed, Kicked, Killed, MetadataSet
    from papo.server.world.user import User


class Outlet(Protocol):
    """What the core needs of a connection (`net.link.Link`)."""

    out: list[bytes]
    address: str
    secure: bool
    gone: bool
    glue: bytes
    framing: str
    fingerprints: tuple[str, ...]
    """Of the client certificate that TLS has seen, SHA-256 and SHA-512; () for none."""

    def write(self, data: bytes) -> None:
        """Owe the peer these bytes, sent at the end of the loop turn."""

    def write_alone(self, data: bytes) -> None:
        """Send bytes that one `recv()` of the peer returns by themselves."""

    def close(self, last: bytes = b"") -> None:
        """Write what is owed, and `last`, and close."""

    def pause_reading(self) -> None:
        """Take no more from the peer for now."""

    def resume_reading(self) -> None:
        """Read on."""


class Format(Protocol):
    """How events look to a group of connections that all get the same bytes."""

    glue: bytes
    """Stands between chunks that go out in one write."""

    def encode(self, event: AnyEvent) -> bytes | None:
        """The event as these connections get it; None where they never hear of it."""


class Session:
    """One connection's person. Subclassed by each dialect."""

    __slots__ = ("__weakref__", "chat", "context", "format", "link", "user")

    def __init__(self, chat: Chat, link: Outlet, format: Format) -> None:  # noqa: A002 -- the field's own word
        self.chat = chat
        self.link = link
        self.format = format
        self.user: User | None = None
        """None until registered."""
        self.context: object = None
        """Goes with every event emitted and comes back in `acknowledge`: IRC keeps its label there."""

    language: str = ""
    """Of the user, such as `pt_BR`; "" for the server's."""

    @property
    def origin(self) -> Session:
        """Itself: a session is an actor (`actions.actor.Actor`) that is sent its own copy of what it does."""
        return self

    @property
    def follows(self) -> bool:
        """Whether it wants to hear more of those it watches than that they come and go."""
        return False

    def reply(self, data: bytes) -> None:
        """Answer this connection alone, in turn with everything else it is owed."""
        self.chat.journal.defer(self.link.write, data)

    def close(self, last: bytes = b"") -> None:
        """End the connection, after everything it is owed."""
        self.chat.journal.defer(self.link.close, last)

    def echoes(self, event: AnyEvent, context: object) -> bool:  # noqa: ARG002 -- dialects differ
        """Whether `acknowledge` has something to send back for the session's own message."""
        return True

    def acknowledge(self, event: AnyEvent, context: object) -> None:  # noqa: ARG002 -- dialects differ
        """The session's own event happened: send its own copy. A dialect whose sender sees nothing overrides this."""
        data = self.format.encode(event)
        if data:
            self.link.write(data)

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:
        """The session's message could not be stored, and nobody got it. Tell, in the dialect's words."""

    def kicked(self, event: Kicked) -> None:
        """An operator of a channel put this person out of it."""
        data = self.format.encode(event)
        if data:
            self.link.write(data)

    def killed(self, event: Killed) -> None:  # noqa: ARG002 -- dialects have their own last words
        """A server operator disconnects the user."""
        self.link.close()

    def presence(self, nick: str, source: str, *, online: bool) -> None:
        """Somebody this session watches came or went."""

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """A channel the person is in has another name."""

    def metadata_set(self, event: MetadataSet) -> None:
        """Somebody near, or a channel, has said something about themselves."""

    def batched(self, kind: str, nodes: tuple[str, str], concerned: list[AnyEvent]) -> None:  # noqa: ARG002
        """Many people left or came at once, because a node did."""
        for event in concerned:
            data = self.format.encode(event)
            if data:
                self.link.write(data)
