"""Short-lived tokens that prove to a web service of this server who somebody is (draft/authtoken)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions.accounts import check_usable, own
from papo.server.world.errors import Refused
from papo.server.world.modes import signs_of
from papo.server.world.names import is_channel

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

LIFETIME_S = 300
FOR_GUESTS = {"FILEHOST", "PAPO"}
"""Services that people without an account may use too."""


class TokenError(Exception):
    """No token is made; `code` is that of the standard reply."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def services(chat: Chat) -> list[tuple[str, str, str]]:
    """(name, address, what it is) of the services that take tokens."""
    return [(name, url, about) for name, (url, about) in sorted(chat.web_services.items())]


def generate(chat: Chat, user: User, service: str, scope: str) -> str:
    """A signed token (JWT, HS256) that names the person, the service, and the person's rank in the scope.

    It is good while the person is here. Raises TokenError, and Refused for who needs an account and has none.
    """
    if service not in FOR_GUESTS:
        own(chat, user)
    from joserfc import jwt  # noqa: PLC0415 -- 50 ms at start, for those who use it
    from joserfc.jwk import OctKey  # noqa: PLC0415

    if service not in chat.web_services:
        raise TokenError("UNKNOWN_SERVICE", "There is no such service here")
    claims: dict[str, object] = {
        "iss": chat.config.server.name,
        "aud": service,
        "sub": user.identity,
        "uid": user.uid,
        "exp": chat.now_ms() // 1000 + LIFETIME_S,
    }
    if user.account is not None:
        claims["account"] = user.account
    if scope:
        channel = chat.world.channel(scope) if is_channel(scope) else None
        if is_channel(scope) and (channel is None or user.uid not in channel.members):
            raise TokenError("NO_PERMISSIONS", "You are not in that channel")
        claims["scope"] = scope if channel is None else channel.name
        if channel is not None:
            claims["rank"] = signs_of(channel.members[user.uid])
    return str(jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(chat.token_secret)))


def check(chat: Chat, token: str, service: str) -> dict[str, object] | None:
    """The claims of a token that is good for the service now; None for any other."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    try:
        claims = dict(jwt.decode(token, OctKey.import_key(chat.token_secret), algorithms=["HS256"]).claims)
    except (JoseError, ValueError):
        return None
    good = claims.get("iss") == chat.config.server.name and claims.get("aud") == service
    expires = claims.get("exp")
    if not good or not isinstance(expires, int) or expires * 1000 <= chat.now_ms():
        return None
    return claims if _is_usable(chat, str(claims.get("sub"))) else None


def _is_usable(chat: Chat, identity: str) -> bool:
    """Whether whoever this is may still do anything: a guest who is here, an account that is not suspended."""
    if identity[:1] == "~":
        return identity[1:] in chat.world.users
    account = chat.world.registry.accounts.get(identity)
    if account is None:
        return False
    try:
        check_usable(chat, account)
    except Refused:
        return False
    return True
