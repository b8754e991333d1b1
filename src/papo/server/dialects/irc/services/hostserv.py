"""HostServ: hosts shown in place of an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import accounts, lookup
from papo.server.dialects.irc.services.table import command, tell
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession

HOSTSERV = "HostServ"
HOST = re.compile(r"(?=.{3,63}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([./][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+")


def say(session: IrcSession, text: str, **values: object) -> None:
    """A sentence of HostServ."""
    tell(session, HOSTSERV, text, **values)


@command(HOSTSERV, "ON", N_("show the host you were given"))
async def on(session: IrcSession, words: list[str]) -> None:
    """From now on."""
    del words
    await accounts.set_vhost(session.chat, lookup.account_of(session.chat, session.me), vhost_on=True)
    say(session, N_("Others see {host}"), host=session.me.host)


@command(HOSTSERV, "OFF", N_("do not show it"))
async def off(session: IrcSession, words: list[str]) -> None:
    """From now on."""
    del words
    await accounts.set_vhost(session.chat, lookup.account_of(session.chat, session.me), vhost_on=False)
    say(session, N_("Others see {host}"), host=session.me.host)


@command(HOSTSERV, "STATUS", N_("the host you were given"))
async def status(session: IrcSession, words: list[str]) -> None:
    """One's own."""
    del words
    account = lookup.account_of(session.chat, session.me)
    say(session, N_("Others see {host}"), host=session.me.host)
    if account.vhost:
        say(session, N_("You were given {host}"), host=account.vhost)


@command(HOSTSERV, "SET account host", N_("give somebody a host"), power="hosts")
async def set_(session: IrcSession, words: list[str]) -> None:
    """Names with dots or slashes."""
    if not HOST.fullmatch(words[1]):
        raise Refused(Code.BAD_VALUE, "a host is made of letters, digits and hyphens, with dots or slashes between")
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "VHOST", f"{account.name} {words[1]}")
    await accounts.set_vhost(session.chat, account, vhost=words[1], vhost_on=True)
    say(session, N_("{name} is shown with {host}"), name=account.name, host=words[1])


@command(HOSTSERV, "DEL account", N_("take it away"), power="hosts")
async def del_(session: IrcSession, words: list[str]) -> None:
    """The address, or what hides it, is shown again."""
    account = lookup.get_account(session.chat, words[0])
    session.chat.audit(session.me, "VHOST", f"{account.name} -")
    await accounts.set_vhost(session.chat, account, vhost="")
    say(session, N_("{name} has no host of their own any more"), name=account.name)
