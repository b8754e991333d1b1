"""Codes sent by mail: whoever has one has read the mail of its address."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from papo.server.auth.mail import NotSent
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account


def new() -> str:
    """A code that nobody can guess."""
    return secrets.token_hex(8)


def digest(code: str) -> str:
    """What is stored of a code."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def until_ms(chat: Chat) -> int:
    """When a code that is made now expires."""
    return chat.now_ms() + chat.config.accounts.verify_hours * 3_600_000


def is_code(chat: Chat, account: Account, code: str) -> bool:
    """Whether this is the code that was sent last, and it has not expired."""
    return hmac.compare_digest(account.code or "-", digest(code)) and account.code_until_ms >= chat.now_ms()


def check_may_send(chat: Chat, name: str, email: str) -> None:
    """Raises Refused if the address has had enough mail for now."""
    if not chat.mailer.may_send(email, chat.monotonic_s()):
        raise Refused(Code.UNACCEPTABLE_EMAIL, name)


def is_code_of_new_address(chat: Chat, account: Account, code: str) -> bool:
    """Whether this is the code that was sent to the address that the account is to have, and has not expired."""
    is_it = hmac.compare_digest(account.new_email_code or "-", digest(code))
    return is_it and account.new_email_until_ms >= chat.now_ms()


async def mail(chat: Chat, account: Account, code: str) -> None:
    """Send the code to the account's address. Raises Refused."""
    await _mail(chat, account, account.email, code, f"/VERIFY {account.name} {code}")


async def mail_new_address(chat: Chat, account: Account, code: str) -> None:
    """Send the code to the address that the account is to have. Raises Refused."""
    await _mail(chat, account, account.new_email, code, f"/msg NickServ VERIFYEMAIL {code}")


async def _mail(chat: Chat, account: Account, address: str, code: str, command: str) -> None:
    network = chat.config.server.network
    text = (
        f"{account.name},\n\nthis code proves that the address is yours; give it to {network} within "
        f"{chat.config.accounts.verify_hours} hours:\n\n    {code}\n\n"
        f"In an IRC client: {command}\n"
        "If you did not ask for it, ignore this mail.\n\n"
        f"Este código prova que o endereço é seu; informe-o a {network}.\n"
    )
    try:
        await chat.mailer.send(chat.config.mail, address, f"{network}: {code}", text, chat.monotonic_s())
    except NotSent as error:
        chat.log(f"no mail to {address}: {error}")
        raise Refused(
            Code.TEMPORARILY_UNAVAILABLE, account.name, "the mail could not be sent; try again later"
        ) from None
