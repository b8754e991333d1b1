"""What only the user can answer: another nick, a password, whether to trust a certificate, where to connect."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App

from papo.client import saved_passwords
from papo.client.address import Address, NotAnAddressError, read_address
from papo.client.commands import Frontend
from papo.client.state.network import Network
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM
from papo.terminal.dialogs.form import Field, Form
from papo.terminal.networks import Networks
from papo.terminal.toasts import Toasts
from papo.ui import refusals
from papo.ui.networks import nick_from


class Prompts:
    """The forms of a program."""

    def __init__(self, app: App[Any], frontend: Frontend, networks: Networks, toasts: Toasts) -> None:
        self._app = app
        self._frontend = frontend
        self._networks = networks
        self._toasts = toasts
        self._open: set[tuple[int, refusals.Prompt]] = set()
        """By `id` of a network: the prompts that are on the screen."""

    async def _ask(self, title: str, text: str, fields: list[Field], button: str) -> dict[str, str] | None:
        return await self._app.push_screen_wait(Form(title, text, fields, button))

    # --- before there is a network

    async def nick(self, where: str, nick: str) -> str:
        """The nick to use there; "" if the user went back."""
        answer = await self._ask(_("Who are you?"), where, [Field("nick", _("Nick"), nick)], _("Connect"))
        return nick_from(answer["nick"]) if answer else ""

    async def password(self, address: Address, account: str) -> str:
        """The password of an account, from the keyring or from the user; "" to connect as a guest."""
        saved = await asyncio.to_thread(saved_passwords.recall, str(address), account)
        if saved:
            return saved
        about = _("Account: {account}").format(account=account)
        fields = [Field("password", _("Password"), secret=True, hint=_("empty: continue as a guest"))]
        answer = await self._ask(_("Sign in"), about, fields, _("Sign in"))
        return answer["password"] if answer else ""

    async def address(self, nick: str) -> tuple[Address, str] | None:
        """Where to connect, and by which nick; None if the user went back."""
        schemes = ", ".join(CLASSROOM)
        about = _(
            "For example irc.example.org, ircs://host, https://host or, in class, relay://host ({schemes})."
        ).format(schemes=schemes)
        typed = ""
        while True:
            fields = [Field("address", _("Address"), typed), Field("nick", _("Nick"), nick)]
            answer = await self._ask(_("Connect to a server"), about, fields, _("Connect"))
            if not answer:
                return None
            typed, nick = answer["address"], nick_from(answer["nick"]) or nick
            try:
                return read_address(typed), nick
            except NotAnAddressError as error:
                self._toasts.add(str(error), "error")

    # --- when a server refuses

    async def refused(self, network: Network, code: str, text: str) -> None:
        """Ask what the refusal makes necessary, unless the same question is on the screen already."""
        prompt = refusals.prompt_for(code)
        key = (id(network), prompt)
        if key in self._open:
            return
        self._open.add(key)
        try:
            await self._answer(prompt, network, code, text)
        finally:
            self._open.discard(key)

    async def _answer(self, prompt: refusals.Prompt, network: Network, code: str, text: str) -> None:
        sentence = refusals.sentence(network, code, text)
        match prompt:
            case "certificate":
                await self._trust(network, text)
            case "nick":
                await self._another_nick(network, sentence)
            case "account":
                await self.sign_in(network, network.identity.account, sentence)
            case "guest":
                await self._as_guest(network, sentence)
            case "server password":
                await self._server_password(network, sentence)
            case "code":
                await self._code(network, sentence)
            case "":
                self._toasts.add(sentence, "error")

    async def _another_nick(self, network: Network, sentence: str) -> None:
        answer = await self._ask(_("Choose another nick"), sentence, [Field("nick", _("Nick"))], _("Connect"))
        nick = nick_from(answer["nick"]) if answer else ""
        if nick:
            network.retry_with_nick(nick)
        elif network.status != "online":
            self._frontend.leave(network, "")

    async def sign_in(self, network: Network, account: str, sentence: str = "") -> None:
        """Ask for an account and its password; without them the user goes on as a guest."""
        fields = [
            Field("account", _("Account"), account or network.nick), Field("password", _("Password"), secret=True)
        ]  # fmt: skip
        answer = await self._ask(_("Sign in"), sentence, fields, _("Sign in"))
        if answer and answer["password"]:
            network.log_in(answer["account"], answer["password"])
            self._networks.unsaved_passwords.add(network, answer["account"], answer["password"])
        elif network.status != "online":
            network.continue_as_guest()

    async def _code(self, network: Network, sentence: str) -> None:
        answer = await self._ask(_("Sign in"), sentence, [Field("code", _("Code"))], _("Sign in"))
        if answer and answer["code"].strip():
            self._open.discard((id(network), "code"))  # the answer may ask again
            network.give_code(answer["code"])
        elif network.status != "online":
            self._frontend.leave(network, "")

    async def _as_guest(self, network: Network, sentence: str) -> None:
        if await self._ask(_("Sign in"), sentence, [], _("Continue as a guest")) is not None:
            network.continue_as_guest()
        elif network.status != "online":
            self._frontend.leave(network, "")

    async def _server_password(self, network: Network, sentence: str) -> None:
        fields = [Field("password", _("Password"), secret=True)]
        answer = await self._ask(_("This server wants a password"), sentence, fields, _("Connect"))
        if answer and answer["password"]:
            network.identity.server_password = answer["password"]
            network.disconnect()
            self._networks.connect(network)
        else:
            self._frontend.leave(network, "")

    async def _trust(self, network: Network, fingerprint: str) -> None:
        certificates = self._networks.certificates
        changed = bool(certificates.pin(network.address))
        question = refusals.certificate_question(network.address.host, changed=changed)
        shown = "\n".join(refusals.fingerprint_lines(fingerprint))
        about = f"{question}\n\nSHA-256\n{shown}"
        if await self._ask(_("Trust this server?"), about, [], _("Trust it")) is None:
            self._frontend.leave(network, "")
        else:
            certificates.trust(network.address, fingerprint)
            self._networks.connect(network)
