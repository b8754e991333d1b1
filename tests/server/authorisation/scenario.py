"""The scenario of the authorisation matrix: a channel of each kind, a user in each role, and secrets everywhere.

`outcome` sends one line as one role, and returns whether it had an effect and which secrets the reply contains.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.server.actions import operate
from papo.server.actions.accounts import accounts, login
from papo.server.actions.channels import registered
from papo.server.dialects.irc.refusals import WORDS
from papo.server.world.events import MessageSent, RecordStored
from papo.server.world.records import ChannelRecord

ROLES = "uoebmvhpqS"
"""unregistered, outsider, ex-member, banned, member, voice, half-operator, operator, founder, server operator."""
KINDS: dict[str, str] = {
    "open": "",
    "invite": "+i",
    "key": "+k chave-secreta",
    "secret": "+s",
    "private": "+p",
    "moderated": "+m",
    "accounts": "+R",
}
SECRETS = ("TOPICO-7f3a", "MENSAGEM-9c1d", "PERFIL-2b8e", "chave-secreta", "PARTICULAR-5d5d", "mascara-secreta")
"""In topic, message, metadata, key, a private message between two others, and the exception list."""
_END = {"315", "318", "323", "366", "368", "347", "349", "369", "219", "337", "733", "732", "374", "282", "365"}
_ERROR = re.compile(r"(?:@\S+ )?:\S+ ([45]\d\d|9(?:0[24567]|8\d)|263|696|71[23]|FAIL) ")
_REFUSALS = re.compile(
    "|".join(re.sub(r"\\\{\d\\\}", ".*", re.escape(text)) for _, _, text in WORDS.values() if text[0] != "{")
    + "|There is no command|To confirm: |Ask the operators|: 0 |^0 "
)
"""Replies of services that did nothing."""


class Outcome(NamedTuple):
    """What a line has done."""

    did: bool
    """Others have received something, or the reply is more than a refusal."""
    secrets: tuple[str, ...]
    """Those in the reply."""


class Scenario:
    """`dona` owns #sala, which is full of secrets; `ele` sends the line."""

    def __init__(self, kind: str, role: str) -> None:
        self.server = MemoryServer(make_config(operators=(Operator(name="chefe", password="x"),)))
        self.kind, self.role = kind, role
        self.msgid = ""

    async def build(self) -> None:
        """Create the channel and its users."""
        server = self.server
        caps = (
            "message-tags batch labeled-response echo-message draft/chathistory draft/event-playback draft/multiline "
        )
        caps += "draft/message-redaction draft/message-edit draft/metadata-2 draft/search draft/read-marker"
        server.register("dona", "#sala", "#outra", caps=caps)
        for line in (
            "TOPIC #sala :TOPICO-7f3a",
            "METADATA #sala SET url :PERFIL-2b8e",
            "MODE #sala +e mascara-secreta!*@*",
        ):
            server.send("dona", line)
        server.register("amiga", "#sala")
        server.send("dona", "PRIVMSG #sala :MENSAGEM-9c1d")
        server.send("dona", "PRIVMSG amiga :PARTICULAR-5d5d")
        said = next(
            event for event in server.store.events if isinstance(event, MessageSent) and "MENSAGEM" in event.text
        )
        self.msgid = said.msgid
        if self.role == "u":
            server.connect("ele")
            server.send("ele", "NICK ele")
        else:
            server.register("ele", caps=caps)
            await self._take_place()
        if KINDS[self.kind]:
            server.send("dona", f"MODE #sala {KINDS[self.kind]}")
            server.send("dona", "PRIVMSG #sala :MENSAGEM-9c1d outra vez")
        for name in tuple(server.clients):
            server.received(name)

    async def _take_place(self) -> None:
        server, role = self.server, self.role
        if role in "ebmvhpq":
            server.send("ele", "JOIN #sala")
        if role == "e":
            server.send("ele", "PART #sala")
        if role == "b":
            server.send("dona", "MODE #sala +b ele!*@*")
            server.send("dona", "KICK #sala ele")
        if role in "vhp":
            letter = {"v": "v", "h": "h", "p": "o"}[role]
            server.send("dona", f"MODE #sala +{letter} ele")
        if role == "q":
            await self.make_founder()
        if role == "S":
            session = server.clients["ele"]
            operate.become_operator(server.chat, session, "chefe", ("audit", "ban", "channels", "kill", "modes", "see"))
            server.run_deferred()

    async def make_founder(self) -> None:
        """`ele` is logged in and the founder of #sala."""
        account = await self.server.run_action(accounts.create(self.server.chat, name="ele"))
        user = self.server.chat.world.nicks["ele"]
        login.log_in(self.server.chat, user, account)
        channel = self.server.chat.world.channels["#sala"]
        record = ChannelRecord(key="#sala", name="#sala", created_at_ms=channel.created_at_ms, founder=account.id)
        self.server.chat.emit(RecordStored(**self.server.chat.server_stamp(), record=record))
        registered.promote(self.server.chat, channel, user)
        self.server.run_deferred()

    async def attempt(self, line: str) -> Outcome:
        """Send the line, and look at what everyone has received."""
        server = self.server
        own = await server.ask_and_wait("ele", line.replace("{msgid}", self.msgid))
        others = [each for name in ("dona", "amiga") for each in server.received(name)]
        answers = [each for each in own if not self._is_nothing(each)]
        text = "\n".join(own)
        return Outcome(bool(others or answers), tuple(secret for secret in SECRETS if secret in text))

    @staticmethod
    def _is_nothing(line: str) -> bool:
        """Whether the line is an error, a refusal, or the end of a list."""
        if _ERROR.match(line) or line.startswith("ERROR"):
            return True
        if "Serv@papo.test NOTICE " in line and _REFUSALS.search(line):
            return True
        words = line.split(" ")
        words = words[1:] if words[0][:1] == "@" else words
        if len(words) > 1 and words[1] == "BATCH":
            return True
        return len(words) > 1 and words[1] in _END


async def outcome(kind: str, role: str, line: str) -> Outcome:
    """One cell of the matrix."""
    scenario = Scenario(kind, role)
    await scenario.build()
    return await scenario.attempt(line)
