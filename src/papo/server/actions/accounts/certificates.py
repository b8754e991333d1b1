"""Client certificates that log in to an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, recent_proof, security_notice
from papo.server.actions.actor import user_of
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

MAX_CERTIFICATES = 10
ADDED = N_("A certificate was added that logs in to your account {account}: {fingerprint}")
REMOVED = N_("A certificate no longer logs in to your account {account}: {fingerprint}")


def normal(fingerprint: str) -> str:
    """A fingerprint as accounts keep it: in lower-case hex."""
    return fingerprint.replace(":", "").lower()


async def add(chat: Chat, actor: Actor, fingerprint: str) -> None:
    """Let the certificate that the actor has connected with log in to their account. Raises Refused.

    Nobody adds one by its fingerprint alone: fingerprints are no secret, and whoever has the certificate would find
    themselves in somebody else's account.
    """
    fingerprint = normal(fingerprint)
    held = () if actor.origin is None else actor.origin.link.fingerprints
    if fingerprint not in held:
        raise Refused(Code.CERTIFICATE_NOT_SHOWN)

    def added(now: Account) -> dict[str, object]:
        recent_proof.require(chat, actor, now)
        if any((owner := chat.world.registry.by_certificate(known)) and owner.id != now.id for known in held):
            raise Refused(Code.CERTIFICATE_IN_USE)
        others = tuple(known for known in now.certificates if known != fingerprint)
        if len(others) >= MAX_CERTIFICATES:
            raise Refused(Code.TOO_MANY_CERTIFICATES)
        return {"certificates": (*others, fingerprint)}

    def told(now: Account) -> None:
        security_notice.tell(chat, now, ADDED, actor, fingerprint=fingerprint)

    account = lookup.account_of(chat, user_of(actor))
    if fingerprint not in account.certificates:
        await accounts.edit(chat, account, added, told)


async def remove(chat: Chat, actor: Actor, fingerprint: str) -> None:
    """Let clients with this certificate log in to the actor's account no longer. Raises Refused."""
    fingerprint = normal(fingerprint)

    def removed(now: Account) -> dict[str, object]:
        if fingerprint not in now.certificates:
            raise Refused(Code.BAD_CERTIFICATE)
        recent_proof.require(chat, actor, now)
        return {"certificates": tuple(known for known in now.certificates if known != fingerprint)}

    def told(now: Account) -> None:
        security_notice.tell(chat, now, REMOVED, actor, fingerprint=fingerprint)

    await accounts.edit(chat, lookup.account_of(chat, user_of(actor)), removed, told)
