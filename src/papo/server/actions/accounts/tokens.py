"""Short-lived tokens that prove to a web service of this server who a user is (draft/authtoken)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import lookup
from papo.server.actions.actor import user_of
from papo.server.world.errors import Refused
from papo.server.world.modes import prefixes_of
from papo.server.world.names import is_channel

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session

LIFETIME_S = 300
FOR_GUESTS = {"FILEHOST", "PAPO"}
"""Services that guests may use too."""


class TokenError(Exception):
    """A token is refused; `code` is that of the standard reply."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def services(chat: Chat) -> list[tuple[str, str, str]]:
    """(name, address, description) of the services that take tokens, by name."""
    return [(name, url, about) for name, (url, about) in sorted(chat.web_services.items())]


def generate(chat: Chat, session: Session, service: str, scope: str) -> str:
    """A signed token (JWT, HS256) that names the user, the service, and the user's rank in the scope.

    It is valid while a guest is here, and for an account until the session that asked for it is ended by its owner.
    Raises TokenError, and Refused for a guest if the service needs an account.
    """
    user = user_of(session)
    if service not in FOR_GUESTS:
        lookup.account_of(chat, user)
    from joserfc import jwt  # noqa: PLC0415 -- 50 ms, only if it is used
    from joserfc.jwk import OctKey  # noqa: PLC0415

    if service not in chat.web_services:
        raise TokenError("UNKNOWN_SERVICE", "There is no such service here")
    claims: dict[str, object] = {
        "iss": chat.config.server.name,
        "aud": service,
        "sub": user.identity,
        "uid": user.uid,
        "session": chat.sessions.id_of(session),
        "not_before_ms": _not_before_ms(chat, user.identity),
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
            claims["rank"] = prefixes_of(channel.members[user.uid])
    return str(jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(chat.token_secret)))


def check(chat: Chat, token: str, service: str) -> dict[str, object] | None:
    """The claims of a token that is valid for the service now; None for any other."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import OctKey  # noqa: PLC0415

    try:
        claims = dict(jwt.decode(token, OctKey.import_key(chat.token_secret), algorithms=["HS256"]).claims)
    except (JoseError, ValueError):
        return None
    is_ours = claims.get("iss") == chat.config.server.name and claims.get("aud") == service
    expires = claims.get("exp")
    if not is_ours or not isinstance(expires, int) or expires * 1000 <= chat.now_ms():
        return None
    identity = str(claims.get("sub"))
    if claims.get("session") in chat.sessions.ended or claims.get("not_before_ms") != _not_before_ms(chat, identity):
        return None
    return claims if _is_usable(chat, identity) else None


def _not_before_ms(chat: Chat, identity: str) -> int:
    account = chat.world.registry.accounts.get(identity)
    return 0 if account is None else account.not_before_ms


def _is_usable(chat: Chat, identity: str) -> bool:
    """Whether the identity may still act: a guest who is here, an account that is not suspended."""
    if identity[:1] == "~":
        return identity[1:] in chat.world.users
    account = chat.world.registry.accounts.get(identity)
    if account is None:
        return False
    try:
        lookup.check_usable(chat, account)
    except Refused:
        return False
    return True
