"""Tell the owner of an account what has changed that only they should change: on every session, and by mail."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from papo.i18n import N_, in_language
from papo.protocol.times import iso_time
from papo.server.actions import lookup
from papo.server.actions.actor import user_of
from papo.server.world.events import AccountNoticed

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

BY_OPERATOR = N_("{what} (by an operator of the server).")
FROM = N_("{what} (from {address}).")
LOCAL = N_("{what} (from the machine of the server).")
ADVICE = N_(
    "If that was not you, set a new password at once, which ends all other sessions, and tell an operator of the server"
)


def tell(
    chat: Chat, account: Account, text: str, actor: Actor, *, also_mail: tuple[str, ...] = (), **values: str
) -> None:
    """Tell the owner, when the commit is done that holds what came before: nobody is told of what is refused.

    To be called in the same step as the change, as in `also` of `accounts.edit`. The actor's own session is not told:
    it gets its answer. Mail goes to the account's address and to those of `also_mail`, such as the one it had before;
    the mailer limits how much. `text` is marked with `N_`, is a sentence without its full stop, and names the account
    as {account}; `values` hold no secret.
    """
    origin = actor.origin
    address = "" if origin is None else origin.link.address
    by_operator = user_of(actor).account_id != account.id and user_of(actor).may("accounts")
    event = AccountNoticed(
        **chat.server_stamp(),
        users=tuple(user.uid for user in lookup.users_of(chat, account)),
        text=text,
        values={**values, "account": account.name, "address": address},
        by=BY_OPERATOR if by_operator else FROM if address else LOCAL,
    )
    addresses = tuple(dict.fromkeys(filter(None, (account.email, *also_mail))))
    chat.world.apply(event, chat.journal.undo)
    chat.journal.append(event, origin, functools.partial(_mail, chat, account, event, addresses))


def worded(event: AccountNoticed, language: str) -> tuple[str, str]:
    """What has happened, and what to do if it was somebody else."""
    translate = in_language(language).gettext
    what = translate(event.text).format(**event.values)
    return translate(event.by).format(what=what, **event.values), translate(ADVICE)


def _mail(chat: Chat, account: Account, event: AccountNoticed, addresses: tuple[str, ...]) -> None:
    mail, server = chat.config.mail, chat.config.server
    if not mail.host:
        return
    what, advice = worded(event, account.language or server.language)
    when = iso_time(event.at_ms)[:16].replace("T", " ")
    text = f"{account.name},\n\n{what}\n{when} UTC\n\n{advice}.\n\n{server.network}\n"
    for address in addresses:
        chat.mailer.post(mail, address, f"{server.network}: {account.name}", text, chat.monotonic_s(), kind=event.text)
