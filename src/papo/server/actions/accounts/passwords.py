"""A new password for an account. It ends every other session: whoever sits at one may be why it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, authentication, codes, recent_proof, security_notice, sessions
from papo.server.actions.actor import check_power, user_of
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account

CHANGED = N_("The password of your account {account} was changed, and all other sessions were ended")
WHY = N_("the password of your account was changed: log in with the new one")


async def change(chat: Chat, session: Session, current: str, new: str) -> Account:
    """The session's user replaces their password, which they know. Raises Refused.

    With a second factor that is not enough: a program with an app password cannot ask for a code.
    """
    account = lookup.account_of(chat, user_of(session))
    if account.has_second_factor:
        recent_proof.require(chat, session, account)
    account = await authentication.by_main_password(chat, account.name, current, session.link.address)
    accounts.check_password(account.name, new)

    def check(now: Account) -> None:
        if now.secret != account.secret:  # somebody else was faster
            raise Refused(Code.BAD_CREDENTIALS)

    now = await _replace(chat, session, account, new, check=check)
    recent_proof.note(chat, session, now)
    return now


async def change_proved(chat: Chat, session: Session, new: str) -> Account:
    """As `change`, for a user who has proved recently that the account is theirs. Raises Refused."""
    account = lookup.account_of(chat, user_of(session))
    recent_proof.require(chat, session, account)
    accounts.check_password(account.name, new)

    def check(now: Account) -> None:
        recent_proof.require(chat, session, now)

    now = await _replace(chat, session, account, new, check=check)
    recent_proof.note(chat, session, now)
    return now


async def reset(chat: Chat, session: Session, name: str, code: str, new: str) -> Account:
    """Replace a password with a code sent by mail, once; a suspension stays. Raises Refused."""
    accounts.check_password(name, new)
    account = await authentication.check_code(chat, name, code, session.link.address)

    def check(now: Account) -> None:
        if not codes.is_code(chat, now, code):
            raise Refused(Code.INVALID_CODE, name)

    return await _replace(chat, session, account, new, check=check, verified=True)


async def set_by_operator(
    chat: Chat, actor: Actor, account: Account, new: str, also: Callable[[Account], None] | None = None
) -> Account:
    """Replace the password of somebody's account; `also` as in `accounts.edit`. Raises Refused."""
    check_power(actor, "accounts")
    return await _replace(chat, actor, account, new, check=lambda _: None, also=also)


async def _replace(
    chat: Chat,
    actor: Actor,
    account: Account,
    new: str,
    *,
    check: Callable[[Account], None],
    also: Callable[[Account], None] | None = None,
    **fields: object,
) -> Account:
    secret, scram = await accounts.hashed(chat, new)

    def replaced(now: Account) -> dict[str, object]:
        check(now)
        # Codes that were sent before may be why it is changed too.
        return {
            **fields, "secret": secret, "scram": scram, "not_before_ms": sessions.next_not_before_ms(chat, now),
            "code": "", "code_until_ms": 0, "new_email": "", "new_email_code": "", "new_email_until_ms": 0,
        }  # fmt: skip

    def told(now: Account) -> None:
        if also is not None:
            also(now)
        security_notice.tell(chat, now, CHANGED, actor)
        is_own = user_of(actor).account_id == account.id
        sessions.end_all_but(chat, now, actor.origin if is_own else None, WHY)

    return await accounts.edit(chat, account, replaced, told)
