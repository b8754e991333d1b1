"""What a server refuses when we come in, asked of the person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from papo.client import saved_passwords
from papo.client.state.network import Network
from papo.i18n import _
from papo.terminal.dialogs import Field, Form

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp

NICK_CODES = frozenset({"431", "432", "433", "436", "437"})


async def ask(app: ChatApp, network: Network, code: str, text: str) -> None:
    """Ask, and go on with the answer. A connection that ends meanwhile and is refused anew asks nothing twice."""
    key = (id(network), "nick" if code in NICK_CODES else code)
    if key in app.asking:
        return
    app.asking.add(key)
    try:
        await _ask(app, network, code, text)
    finally:
        app.asking.discard(key)


async def _ask(app: ChatApp, network: Network, code: str, text: str) -> None:
    if code == "certificate":
        await _certificate(app, network, text)
    elif code in NICK_CODES:
        await _nick(app, network, text)
    elif code in {"sasl", "904"}:
        await _password(app, network, text)
    elif code == "464":
        await _server_password(app, network, text)
    else:
        app.note(text, "error")


async def _nick(app: ChatApp, network: Network, text: str) -> None:
    answer = await app.push_screen_wait(Form(_("Choose another nick"), text, [Field("nick", _("Nick"))], _("Come in")))
    if answer and answer["nick"].strip():
        network.retry_with_nick(answer["nick"].strip())
    elif network.status != "online":
        app.leave(network, "")


async def _password(app: ChatApp, network: Network, text: str) -> None:
    account = network.identity.account
    fields = [Field("account", _("Account"), account or network.nick), Field("password", _("Password"), secret=True)]
    answer = await app.push_screen_wait(Form(_("Sign in"), text, fields, _("Sign in")))
    if answer and answer["password"]:
        network.log_in(answer["account"], answer["password"])
        keep_password(app, network, answer["account"], answer["password"])
    else:
        network.continue_as_guest()


async def _server_password(app: ChatApp, network: Network, text: str) -> None:
    answer = await app.push_screen_wait(
        Form(_("This server wants a password"), text, [Field("password", _("Password"), secret=True)], _("Come in"))
    )
    if answer and answer["password"]:
        network.identity.server_password = answer["password"]
        network.disconnect()
        app.connect_again(network)
    else:
        app.leave(network, "")


async def _certificate(app: ChatApp, network: Network, fingerprint: str) -> None:
    changed = bool(app.certificates.pin(network.address))
    about = (
        _("The certificate of {host} is another one than last time. Somebody may be listening in: trust it only if "
          "you know why it changed.")
        if changed
        else _("No authority vouches for {host}. If the operator shows the same number, it is the right server.")
    ).format(host=network.address.host)  # fmt: skip
    shown = ":".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
    answer = await app.push_screen_wait(
        Form(_("Trust this server?"), f"{about}\n\nSHA-256\n{shown}", [], _("Trust it"))
    )
    if answer is None:
        app.leave(network, "")
        return
    app.certificates.trust(network.address, fingerprint)
    app.connect_again(network)


def keep_password(app: ChatApp, network: Network, account: str, password: str) -> None:
    """Keep a password where the system keeps them, and remember the account, once the server has taken both."""
    app.to_keep[id(network)] = (account, password)


async def kept(app: ChatApp, network: Network) -> None:
    """The server has taken what was typed last."""
    account, password = app.to_keep.pop(id(network))
    app.chosen.server(str(network.address)).account = account
    app.keep()
    if await asyncio.to_thread(saved_passwords.remember, str(network.address), account, password):
        app.note(_("The password is kept in this system's keyring."))
