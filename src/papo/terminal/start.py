"""Where `papo chat` begins: at the given address, at the servers of last time, at this machine, or with a question."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import App

from papo.client.address import Address, read_address
from papo.client.commands import Frontend
from papo.client.discovery import DiscoveredServer, discover
from papo.i18n import _
from papo.terminal.dialogs.chooser import Choice, Chooser, fixed
from papo.terminal.networks import Networks
from papo.terminal.prompts import Prompts
from papo.terminal.status import StatusBar
from papo.ui.networks import first_conversation, nick_problem

LOCAL = "irc://localhost:6667"
PROBE_S = 0.5


class Start:
    """What the user asked for on the command line."""

    def __init__(self, address: Address | None, nick: str, rooms: Sequence[str], *, account: str = "") -> None:
        self._address, self._nick, self._rooms, self._account = address, nick, rooms, account

    async def run(self, app: App[Any], frontend: Frontend, networks: Networks, prompts: Prompts) -> None:
        """Connect, once the program is on the screen; quit if the user does not say where."""
        saved = [each for each in networks.settings.servers if each.connects]
        if self._address is not None:
            targets = [(self._address, self._nick)]
        elif saved:
            targets = [(read_address(each.url), each.nick or self._nick) for each in saved]
        else:
            chosen = await self._choose(app, networks, prompts)
            targets = [chosen] if chosen is not None else []
        for address, nick in targets:
            await self._connect(address, nick, frontend, networks, prompts)
        if not networks.all:
            await app.action_quit()

    async def _connect(
        self, address: Address, nick: str, frontend: Frontend, networks: Networks, prompts: Prompts
    ) -> None:
        if not address.is_classroom and nick_problem(address, nick):
            nick = await prompts.nick(str(address), nick)
            if not nick:
                return
            networks.settings.nick = nick
            networks.settings_changed()
        account = self._account or networks.settings.server(str(address)).account
        password = await prompts.password(address, account) if account else ""
        network = networks.add(address, nick=nick, account=account, password=password, rooms=self._rooms)
        if password:
            networks.unsaved_passwords.add(network, account, password)
        frontend.show(network, first_conversation(network))

    async def _choose(self, app: App[Any], networks: Networks, prompts: Prompts) -> tuple[Address, str] | None:
        """This machine's server if there is no other; otherwise the user chooses. None if the user went back."""
        app.query_one(StatusBar).show(Text(_("Looking for servers on this network…")))
        announced, is_here = await asyncio.gather(discover(), _is_listening("localhost", 6667))
        found = [*([DiscoveredServer(_("this machine"), LOCAL)] if is_here else []), *announced]
        if is_here and {each.url for each in found} == {LOCAL}:
            return read_address(LOCAL), self._nick
        found += [DiscoveredServer(_("last time"), each.url) for each in networks.settings.servers]
        url = await _choose_server(app, list({each.url: each for each in reversed(found)}.values())[::-1])
        if url is None:
            return None
        return (read_address(url), self._nick) if url else await prompts.address(self._nick)


async def _choose_server(app: App[Any], servers: Sequence[DiscoveredServer]) -> str | None:
    """The address that the user chooses; "" for one that is not in the list, None if the user went back."""
    if not servers:
        return ""
    chosen: list[str] = []
    choices = [
        Choice(
            Text.assemble(each.name, (f"  {each.url}", "dim")), partial(chosen.append, each.url), each.name + each.url
        )
        for each in servers
    ]
    choices.append(Choice(Text(_("another address…")), partial(chosen.append, "")))
    choice = await app.push_screen_wait(Chooser(_("Which server?"), _("part of its name"), fixed(choices)))
    if choice is None:
        return None
    choice.act()
    return chosen[0]


async def _is_listening(host: str, port: int) -> bool:
    """Whether a server listens there."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PROBE_S):
            _reader, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
