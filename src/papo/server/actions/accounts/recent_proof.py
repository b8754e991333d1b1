"""Recent proof: whoever makes a sensitive change of their account proves first, on that connection, that it is theirs.

A login while connecting proves nothing here: programs log in by themselves, with a password or key that they keep, so
whoever sits down at such a program could connect again. GitHub calls this sudo mode, RFC 9470 step-up authentication.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions.actor import user_of
from papo.server.delivery.session import RecentProof
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account

WINDOW_S = 600.0
"""How long a proof is recent."""
PROVES = {
    "registration": True,
    "password": True,
    "SCRAM": True,
    "token": True,
    "second factor": True,
    "passkey": True,
    "trusted device": False,
    "app password": False,
    "certificate": False,
    "code": False,
}
"""How users log in, and whether it proves that they sit there. Who reads their mail does not, for one."""
BY_HAND = frozenset({"registration", "second factor", "passkey"})
"""What no program does by itself."""


def note_login(chat: Chat, session: Session, account: Account, how: str, *, by_itself: bool) -> None:
    """The user has logged in on this connection; `by_itself`: perhaps their program did, while it connected.

    A certificate is all that an account without a password has.
    """
    session.login = how
    proves = PROVES[how] or (how == "certificate" and not account.secret and not account.issuer)
    if proves and (how in BY_HAND or not by_itself):
        note(chat, session, account)


def note(chat: Chat, session: Session, account: Account) -> None:
    """The user of this connection has proved, now and on being asked, that the account is theirs."""
    session.proof = RecentProof(account.id, account.not_before_ms, chat.monotonic_s())


def is_recent(chat: Chat, session: Session, account: Account) -> bool:
    """Whether this connection has proved the account recently, and its sessions have not been ended since."""
    proof = session.proof
    return (
        proof is not None
        and (proof.account_id, proof.not_before_ms) == (account.id, account.not_before_ms)
        and chat.monotonic_s() - proof.at_s < WINDOW_S
    )


def require(chat: Chat, actor: Actor, account: Account) -> None:
    """Raises Refused unless the actor's connection has proved the account recently.

    Operators who manage the accounts of others have proved who they are by becoming operators; whether they may is
    checked elsewhere. To be called with the account as it is now (in `fields_of` of `accounts.edit`), so that no
    password changes between the check and the change.
    """
    user = user_of(actor)
    if account.id != user.account_id and user.may("accounts"):
        return
    if actor.origin is None or not is_recent(chat, actor.origin, account):
        raise Refused(Code.PROOF_REQUIRED)
