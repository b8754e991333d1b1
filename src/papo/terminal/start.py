"""Where `papo chat` begins: at the given address, at the servers of last time, at this machine, or at a question."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from rich.text import Text

from papo.client import saved_passwords
from papo.client.address import Address, NotAnAddressError, read_address
from papo.client.discovery import Nearby, look
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM
from papo.terminal.app import ChatApp, valid_nick
from papo.terminal.dialogs import Choice, Chooser, Field, Form, fitting
from papo.terminal.refusals import keep_password

LOCAL = "irc://localhost:6667"
OTHER = "other"


def starting(
    address: Address | None, nick: str, rooms: list[str], *, account: str = ""
) -> Callable[[ChatApp], Awaitable[None]]:
    """What the program does as soon as its screen stands."""

    async def start(app: ChatApp) -> None:
        if address is not None:
            await _go(app, address, nick, rooms, account)
            return
        kept = [server for server in app.chosen.servers if server.connects]
        for server in kept:
            await _go(app, read_address(server.url), server.nick or nick, rooms, account)
        if not kept:
            await _choose(app, nick, rooms, account)

    return start


async def _go(app: ChatApp, address: Address, nick: str, rooms: list[str], account: str) -> None:
    if not nick or not valid_nick(nick):
        answer = await app.push_screen_wait(
            Form(_("Who are you?"), str(address), [Field("nick", _("Nick"), nick)], _("Come in"))
        )
        if not answer or not answer["nick"].strip():
            await app.action_leave()
            return
        nick = answer["nick"].strip()
        app.chosen.nick = nick
        app.keep()
    account = account or app.chosen.server(str(address)).account
    password = await _password(app, address, account) if account else ""
    network = app.add(address, nick=nick, account=account, password=password, rooms=rooms)
    if password:
        keep_password(app, network, account, password)


async def _password(app: ChatApp, address: Address, account: str) -> str:
    """What the system keeps, or what the person types; "" to come in as a guest."""
    kept = await asyncio.to_thread(saved_passwords.recall, str(address), account)
    if kept:
        return kept
    about = _("Account: {account}").format(account=account)
    fields = [Field("password", _("Password"), secret=True, hint=_("nothing: come in as a guest"))]
    answer = await app.push_screen_wait(Form(_("Sign in"), about, fields, _("Sign in")))
    return answer["password"] if answer else ""


async def _choose(app: ChatApp, nick: str, rooms: list[str], account: str) -> None:
    """This machine's server if it is the only one; else a list, with what the network announces."""
    app.query_one("#status").update(_("Looking for servers on this network…"))  # type: ignore[attr-defined]
    found, local = await asyncio.gather(look(), _is_there("localhost", 6667))
    choices = [Nearby(_("this machine"), LOCAL)] if local else []
    choices += [each for each in found if each.url not in {near.url for near in choices}]
    if len(choices) == 1 and local:
        await _go(app, read_address(LOCAL), nick, rooms, account)
        return
    known = [Nearby(_("last time"), server.url) for server in app.chosen.servers]
    choices += [each for each in known if each.url not in {near.url for near in choices}]
    url = OTHER
    if choices:
        rows = [
            Choice(each.url, Text.assemble(each.name, (f"  {each.url}", app.look.dim)), f"{each.name} {each.url}")
            for each in choices
        ]
        rows.append(Choice(OTHER, Text(_("another address…"))))
        picked = await app.push_screen_wait(
            Chooser(_("Which server?"), _("part of its name"), lambda typed: fitting(rows, typed))
        )
        if picked is None:
            await app.action_leave()
            return
        url = picked
    if url != OTHER:
        await _go(app, read_address(url), nick, rooms, account)
        return
    await _ask_address(app, nick, rooms, account)


async def _ask_address(app: ChatApp, nick: str, rooms: list[str], account: str) -> None:
    schemes = ", ".join(CLASSROOM)
    about = _("For example irc.example.org, ircs://host, https://host or, in class, relay://host ({schemes}).").format(
        schemes=schemes
    )
    typed = ""
    while True:
        fields = [Field("address", _("Address"), typed), Field("nick", _("Nick"), nick)]
        answer = await app.push_screen_wait(Form(_("Where to?"), about, fields, _("Come in")))
        if not answer:
            await app.action_leave()
            return
        typed, nick = answer["address"], answer["nick"].strip() or nick
        try:
            address = read_address(typed)
        except NotAnAddressError as error:
            app.note(str(error), "error")
            continue
        await _go(app, address, nick, rooms, account)
        return


async def _is_there(host: str, port: int) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(0.5):
            _reader, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
