"""The address of mail of an account: a new one is used when a code that was sent to it has come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts, authentication, codes, recent_proof, security_notice
from papo.server.actions.actor import user_of
from papo.server.actions.proofs import Proof
from papo.server.auth.mail import ADDRESS
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account

ASKED = N_("A code was sent to {email}, to make it the email address of your account {account}")
CHANGED = N_("The email address of your account {account} is now {email}")


async def change(chat: Chat, session: Session, email: str) -> bool:
    """Send a code to the new address; without a mail server, use it at once. Raises Refused.

    Returns whether it is used already. One that nobody has proved sets no password.
    """
    account = lookup.account_of(chat, user_of(session))
    if not ADDRESS.fullmatch(email):
        raise Refused(Code.INVALID_EMAIL, account.name)
    code = codes.new() if chat.config.mail.host else ""
    if code:
        recent_proof.require(chat, session, account)
        codes.check_may_send(chat, account.name, email)

    def changed(now: Account) -> dict[str, object]:
        recent_proof.require(chat, session, now)
        if chat.world.registry.has_email(email, besides=now.id):
            raise Refused(Code.UNACCEPTABLE_EMAIL, now.name)
        if not code:
            return {"email": email, "email_unproved": True, "code": "", "code_until_ms": 0}
        until_ms = codes.until_ms(chat)
        return {"new_email": email, "new_email_code": codes.digest(code), "new_email_until_ms": until_ms}

    def told(now: Account) -> None:
        security_notice.tell(chat, now, ASKED if code else CHANGED, session, email=email)

    account = await accounts.edit(chat, account, changed, told)
    if code:
        await codes.mail_new_address(chat, account, code)
    return not code


async def verify(chat: Chat, session: Session, code: str) -> Account:
    """Use the new address from now on, if this is the code that was sent to it. Raises Refused."""
    account = lookup.account_of(chat, user_of(session))
    async with authentication.attempt(chat, Proof.CODE, account, account.name, session.link.address) as tried:
        tried.proved = codes.is_code_of_new_address(chat, account, code)
    if not tried.proved:
        raise Refused(Code.INVALID_CODE, account.name)
    before = account.email

    def changed(now: Account) -> dict[str, object]:
        if not codes.is_code_of_new_address(chat, now, code):
            raise Refused(Code.INVALID_CODE, account.name)
        if chat.world.registry.has_email(now.new_email, besides=now.id):
            raise Refused(Code.UNACCEPTABLE_EMAIL, now.name)
        # Codes that were sent to the address before set no password any more.
        return {
            "email": now.new_email, "email_unproved": False, "code": "", "code_until_ms": 0,
            "new_email": "", "new_email_code": "", "new_email_until_ms": 0,
        }  # fmt: skip

    def told(now: Account) -> None:
        security_notice.tell(chat, now, CHANGED, session, also_mail=(before,), email=now.email)

    return await accounts.edit(chat, account, changed, told)
