"""One person on the network."""

from __future__ import annotations

from papo.server.world.names import fold


class User:
    """Changed by `World.apply` alone."""

    __slots__ = (
        "account", "account_id", "address", "arrived_at_ms", "away", "channels", "cloak", "dialect", "host", "key",
        "modes", "nick", "node", "operator", "powers", "realname", "secure", "snomask", "source", "spoke_at_ms",
        "uid", "username",
    )  # fmt: skip

    def __init__(
        self,
        uid: str,
        nick: str,
        username: str,
        host: str,
        realname: str,
        *,
        account: str | None = None,
        account_id: str = "",
        powers: frozenset[str] = frozenset(),
    ) -> None:
        self.uid = uid
        self.nick = nick
        self.key = fold(nick)
        self.username = username
        self.host = host
        self.source = f"{nick}!{username}@{host}" if username else nick
        """As others see them; a server has no username and is its name alone."""
        self.realname = realname
        self.account = account
        """Name of their account; None for a guest."""
        self.account_id = account_id
        self.modes: frozenset[str] = frozenset()
        self.snomask = ""
        self.away: str | None = None
        """None: they are here."""
        self.channels: tuple[str, ...] = ()
        """Keys, in the order they were joined. A tuple: most people are in few, and events carry it as it is."""
        self.address = ""
        self.cloak = ""
        """What stands for their address; "" where others may see it."""
        self.operator = ""
        """Under which name they are an operator of the server."""
        self.powers = powers
        self.secure = False
        self.node = ""
        """Name of the server they are connected to."""
        self.dialect = "irc"
        self.arrived_at_ms = 0
        self.spoke_at_ms = 0

    @property
    def identity(self) -> str:
        """Under which private conversations are kept: an account lasts, a guest ends with the session."""
        return self.account_id or f"~{self.uid}"

    @property
    def is_operator(self) -> bool:
        """Operator of the server."""
        return "o" in self.modes

    @property
    def sources(self) -> tuple[str, ...]:
        """What a mask is held against: as others see them, and by address and by what hides it."""
        who = f"{self.nick}!{self.username}@"
        return (self.source, who + self.address, *((who + self.cloak,) if self.cloak else ()))

    def may(self, power: str) -> bool:
        """Whether they are an operator of the server with this power (`config.settings.Role`)."""
        return power in self.powers

    def rename(self, nick: str) -> None:
        """Strictly for `World.apply`."""
        self.nick = nick
        self.key = fold(nick)
        self.source = f"{nick}!{self.username}@{self.host}"

    def move(self, username: str, host: str) -> None:
        """Strictly for `World.apply`."""
        self.username, self.host = username, host
        self.source = f"{self.nick}!{username}@{host}"
