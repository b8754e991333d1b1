"""A connection with its user, as the core sees it; each dialect has its own kind."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from papo.server.delivery.batch import Request
    from papo.server.delivery.outlet import Format, Outlet
    from papo.server.delivery.ports import NotStored
    from papo.server.world.events import (
        AccountNoticed,
        AnyEvent,
        ChannelRenamed,
        Kicked,
        Killed,
        MetadataSet,
        SessionsEnded,
    )
    from papo.server.world.user import User


class Echo(enum.Enum):
    """What a session is sent of an event that is its own doing."""

    NONE = enum.auto()
    """Nothing."""
    SHARED = enum.auto()
    """The bytes that all sessions of its format are sent."""
    OWN = enum.auto()
    """A copy of its own, by `Session.acknowledge`: in a labeled response, for example."""


class RecentProof(NamedTuple):
    """That a connection has proved who owns an account (`actions.accounts.recent_proof`)."""

    account_id: str
    not_before_ms: int
    """`Account.not_before_ms` then: what was proved before that changed is worth nothing."""
    at_s: float
    """Monotonic."""


class Session:
    """A connection and its user, as the core sees them; `dialects.connection` adds what a client asks."""

    __slots__ = ("__weakref__", "context", "format", "id", "link", "login", "proof", "user")

    def __init__(self, link: Outlet, format: Format) -> None:  # noqa: A002 -- the field's own word
        self.link = link
        self.format = format
        self.user: User | None = None
        """None until registered."""
        self.context: object = None
        """Goes with every event of this session and comes back in `acknowledge`: IRC keeps its label there."""
        self.id = ""
        """Given by `LocalSessions.id_of`."""
        self.login = ""
        """How the user logged in to their account on this connection (`recent_proof.PROVES`); "" if they did not."""
        self.proof: RecentProof | None = None
        """The last proof that the user gave on being asked for it; None if there was none."""

    language: str = ""
    """Of the user, such as `pt_BR`; "" for the server's."""

    device: str = ""
    """What the user calls this client, if they have several."""

    def times_s(self, now_s: float) -> tuple[float, float]:
        """When it began, and when its client did something last. Monotonic."""
        return now_s, now_s

    @property
    def origin(self) -> Session:
        """Itself: a session is an actor (`actions.actor.Actor`) that is sent its own copy of what it does."""
        return self

    @property
    def extended_monitor(self) -> bool:
        """Whether it gets more about monitored users than that they connect and quit (IRCv3 extended-monitor)."""
        return False

    def echo(self, event: AnyEvent, context: object) -> Echo:  # noqa: ARG002 -- dialects differ
        """Which copy of its own event the session gets."""
        return Echo.SHARED

    def acknowledge(self, event: AnyEvent, context: object) -> None:  # noqa: ARG002 -- dialects differ
        """Send the session its own copy of its event. `context` is what the session had then."""
        self.send_event(event)

    def send_event(self, event: AnyEvent) -> None:
        """Send the event as the session's format has it, if it has it."""
        data = self.format.encode(event)
        if data:
            self.link.write(data)

    def refuse(self, event: AnyEvent, failed: NotStored, context: object) -> None:
        """The session's message could not be stored, and nobody got it: say so in the dialect's words."""

    def refuse_request(self, request: Request, failed: NotStored, *, told: bool) -> None:
        """Nothing came of a request of the session, for it could not be stored: say so in the dialect's words.

        `told`: the session has been told already, by `refuse` or by the action itself.
        """

    def kicked(self, event: Kicked) -> None:
        """A channel operator kicked the user."""
        self.send_event(event)

    def killed(self, event: Killed) -> None:  # noqa: ARG002 -- dialects have their own last words
        """An operator of the server ends this session."""
        self.link.close()

    def account_noticed(self, event: AccountNoticed) -> None:
        """Something about the user's account that its owner should know."""

    def ended_by(self, event: SessionsEnded) -> None:  # noqa: ARG002 -- dialects have their own last words
        """The owner of the account ends this session from another one."""
        self.link.close()

    def online_changed(self, nick: str, source: str, *, online: bool) -> None:
        """A user whom this session monitors connected or quit."""

    def channel_renamed(self, event: ChannelRenamed, context: object) -> None:
        """A channel the user is in has another name."""

    def metadata_set(self, event: MetadataSet) -> None:
        """Metadata of a channel, or of a user in the same channel, changed."""

    def batched(self, kind: str, nodes: tuple[str, str], concerned: list[AnyEvent]) -> None:  # noqa: ARG002
        """Many users quit or joined at once (IRCv3 batch types netsplit and netjoin)."""
        for event in concerned:
            self.send_event(event)
