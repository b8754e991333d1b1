"""HostServ: hosts that others see instead of an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import accounts
from papo.server.dialects.irc.services.table import command, send_reply
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession

HOSTSERV = "HostServ"
HOST = re.compile(r"(?=.{3,63}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([./][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+")


def reply(session: IrcSession, text: str, **values: object) -> None:
    """A notice from HostServ, in the user's language."""
    send_reply(session, HOSTSERV, text, **values)


@command(HOSTSERV, "ON", N_("show others the host you were assigned"))
async def on(session: IrcSession, words: list[str]) -> None:
    """The setting stays."""
    del words
    await accounts.set_vhost(session.chat, lookup.account_of(session.chat, session.me), vhost_on=True)
    reply(session, N_("Others see {host}"), host=session.me.host)


@command(HOSTSERV, "OFF", N_("hide the host you were assigned"))
async def off(session: IrcSession, words: list[str]) -> None:
    """The setting stays."""
    del words
    await accounts.set_vhost(session.chat, lookup.account_of(session.chat, session.me), vhost_on=False)
    reply(session, N_("Others see {host}"), host=session.me.host)


@command(HOSTSERV, "STATUS", N_("show which host others see, and the one you were assigned"))
async def status(session: IrcSession, words: list[str]) -> None:
    """Of the user themselves."""
    del words
    account = lookup.account_of(session.chat, session.me)
    reply(session, N_("Others see {host}"), host=session.me.host)
    if account.vhost:
        reply(session, N_("Your assigned host: {host}"), host=account.vhost)


@command(HOSTSERV, "SET account host", N_("assign a host to an account"), power="hosts")
async def set_(session: IrcSession, words: list[str]) -> None:
    """The host has a dot or a slash in it."""
    if not HOST.fullmatch(words[1]):
        raise Refused(Code.BAD_VALUE, "a host is made of letters, digits and hyphens, with dots or slashes between")
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "VHOST", f"{account.name} {words[1]}")
    await accounts.set_vhost(session.chat, account, vhost=words[1], vhost_on=True)
    reply(session, N_("Others now see {name} with the host {host}"), name=account.name, host=words[1])


@command(HOSTSERV, "DEL account", N_("remove the host of an account"), power="hosts")
async def del_(session: IrcSession, words: list[str]) -> None:
    """Others see the address or its cloak again."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "VHOST", f"{account.name} -")
    await accounts.set_vhost(session.chat, account, vhost="")
    reply(session, N_("{name} no longer has an assigned host"), name=account.name)
