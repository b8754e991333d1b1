"""Users and channels as the server describes them."""

from __future__ import annotations

import msgspec


class UserInfo(msgspec.Struct):
    """What is known of a user; "" for what is not."""

    nick: str
    account: str = ""
    away: bool = False
    away_text: str = ""
    bot: bool = False
    realname: str = ""
    host: str = ""
    """`user@host`."""


class ListedChannel(msgspec.Struct):
    """A line of the answer to LIST."""

    name: str
    users: int
    topic: str
