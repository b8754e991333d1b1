"""A registration that is not complete: between connecting and 001."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from papo.server.world.records import Account


class PendingRegistration:
    """What an unregistered client has sent so far."""

    __slots__ = (
        "account", "asked", "awaited", "away", "host", "metadata", "negotiating", "nick", "password", "proved_password",
        "realname",
        "tried_password", "uid", "username",
    )  # fmt: skip

    def __init__(self) -> None:
        self.nick = ""
        self.asked = ""
        """The last nick the client asked for, even if it was refused."""
        self.username = ""
        self.realname = ""
        self.password: str | None = None
        self.proved_password = ""
        """The server's password, if the client has given the right one."""
        self.tried_password = False
        """Whether `account:password` was tried already."""
        self.negotiating = False
        """Between CAP LS or REQ and CAP END: no client is registered meanwhile."""
        self.host = ""
        """The host that a trusted gateway gave (WEBIRC); "" for the address."""
        self.uid = ""
        self.account: Account | None = None
        """The account it has logged in to."""
        self.awaited = ""
        """Uid of the user it is to join, once what made them that is on disk; "" for none."""
        self.away: str | None = None
        """AWAY before registration (draft/pre-away)."""
        self.metadata: dict[str, str] = {}
