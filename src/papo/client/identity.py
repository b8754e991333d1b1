"""Who the user is on one server: nick, account and passwords."""

from __future__ import annotations

import msgspec


class Identity(msgspec.Struct):
    """The passwords are kept in memory only."""

    nick: str
    realname: str = ""
    account: str = ""
    password: str = ""
    device_token: str = ""
    """Stands for the second factor of the account, if the server trusts this program (decision 40)."""
    server_password: str = ""
    """For PASS: of the server or the bouncer, not of the account."""
    device: str = ""
    """What Papo servers know this program by (`ana@papo-x7`): whoever guesses at the account elsewhere does not use up
    its own tries. "" for no name."""
