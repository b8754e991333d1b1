"""What we know of people and channels that we do not hear from ourselves."""

from __future__ import annotations

import msgspec


class UserInfo(msgspec.Struct):
    """What we know of somebody."""

    nick: str
    account: str = ""
    away: bool = False
    away_text: str = ""
    bot: bool = False
    realname: str = ""
    host: str = ""
    """`user@host`."""


class ListedChannel(msgspec.Struct):
    """A row of the list of channels."""

    name: str
    users: int
    topic: str
