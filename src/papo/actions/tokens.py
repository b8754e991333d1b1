"""Short-lived tokens that prove to a web service of this server who somebody is (draft/authtoken)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.actions.accounts import check_usable
from papo.world.modes import signs_of
from papo.world.names import is_channel
from papo.world.refused import Refused

if TYPE_CHECKING:
    from papo.delivery.chat import Chat
    from papo.world.records import Account
    from papo.world.user import User

LIFETIME_S = 300


class TokenError(Exception):
    """No token is made; `code` is that of the standard reply."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def services(chat: Chat) -> list[tuple[str, str, str]]:
    """(name, address, what it is) of the services that take tokens."""
    return [(name, url, about) for name, (url, about) in sorted(chat.web_services.items())]


def generate(chat: Chat, user: User, account: Account, service: str, scope: str) -> str:
    """A signed token (JWT, HS256) that names the account, the service, and the person's rank in the scope.

    Raises TokenError.
    """
    from joserfc import jwt  # noqa: PLC0415 -- 50 ms at start, for those who use it
    from joserfc.jwk import OctKey  # noqa: PLC0415

    if service not in chat.web_services:
        raise TokenError("UNKNOWN_SERVICE", "There is no such service here")
    claims: dict[str, object] = {
        "iss": chat.config.server.name,
        "aud": service,
        "sub": account.id,
        "account": account.name,
        "exp": chat.now_ms() // 1000 + LIFETIME_S,
    }
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
    account = chat.world.registry.accounts.get(str(claims.get("sub")))
    if not good or not isinstance(expires, int) or expires * 1000 <= chat.now_ms() or account is None:
        return None
    try:
        check_usable(chat, account)
    except Refused:
        return None
    return claims
