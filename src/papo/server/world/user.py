"""One user of the network."""

from __future__ import annotations

from papo.server.world.names import fold


class User:
    """Changed by `World.apply` alone."""

    __slots__ = (
        "account", "account_id", "address", "away", "channels", "cloak", "connected_at_ms", "dialect", "host", "key",
        "modes", "nick", "node", "operator", "plain_sessions", "powers", "realname", "sessions", "snomask", "source",
        "spoke_at_ms", "uid", "username",
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
        """None: they are not away."""
        self.channels: tuple[str, ...] = ()
        """Keys, in order of joining. A tuple: most users are in few, and events share it as it is."""
        self.sessions: tuple[str, ...] = ()
        """For each of their connections, the name of the server it is connected to."""
        self.plain_sessions: tuple[str, ...] = ()
        """The same for those without TLS."""
        self.address = ""
        self.cloak = ""
        """What others see in place of the address; "" if they may see it."""
        self.operator = ""
        """Their operator name; "" if they are no operator of the server."""
        self.powers = powers
        self.node = ""
        """Name of the server they first connected to."""
        self.dialect = "irc"
        self.connected_at_ms = 0
        self.spoke_at_ms = 0

    @property
    def identity(self) -> str:
        """What private conversations are stored under: an account id, or a guest's `~uid`, which ends with them."""
        return self.account_id or f"~{self.uid}"

    @property
    def secure(self) -> bool:
        """Whether none of their connections is without TLS."""
        return not self.plain_sessions

    @property
    def is_operator(self) -> bool:
        """Whether they are an operator of the server."""
        return "o" in self.modes

    @property
    def sources(self) -> tuple[str, ...]:
        """What masks are matched against: the source as others see it, with the address, and with the cloak."""
        who = f"{self.nick}!{self.username}@"
        return (self.source, who + self.address, *((who + self.cloak,) if self.cloak else ()))

    def may(self, power: str) -> bool:
        """Whether they are an operator of the server with this power (`config.settings.Role`)."""
        return power in self.powers
