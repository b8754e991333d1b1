"""The scene of the authorisation matrix: a channel of each kind, somebody in each role, and secrets in every place.

`outcome` tries one line as one role and says whether it did or told anything; secrets that reach somebody are noted.
"""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from helpers import Talk, quiet_config
from papo.config import Operator
from papo.server.actions import accounts, people
from papo.server.dialects.irc.refusals import WORDS
from papo.server.world.events import MessageSent, RecordKept
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
"""Planted in topic, message, metadata, key, a private message between two others, and the exception list."""
_END = {"315", "318", "323", "366", "368", "347", "349", "369", "219", "337", "733", "732", "374", "282", "365"}
_ERROR = re.compile(r"(?:@\S+ )?:\S+ ([45]\d\d|9(?:0[24567]|8\d)|263|696|71[23]|FAIL) ")
_REFUSALS = re.compile(
    "|".join(re.sub(r"\\\{\d\\\}", ".*", re.escape(text)) for _, _, text in WORDS.values() if text[0] != "{")
    + "|There is no command|If you mean it|cannot be undone|Ask the operators|: 0 |^0 "
)
"""What services answer where they do nothing."""


class Tried(NamedTuple):
    """What came of a line."""

    did: bool
    """It changed something others see, or told the one who asked something."""
    secrets: tuple[str, ...]
    """Those that the one who asked was told."""


class Scene:
    """`dona` owns #sala and has filled it with secrets; `ele` is whoever tries something."""

    def __init__(self, kind: str, role: str) -> None:
        self.talk = Talk(quiet_config(operators=(Operator(name="chefe", password="x"),)))
        self.kind, self.role = kind, role
        self.msgid = ""

    async def build(self) -> None:
        """Everybody takes their places."""
        talk = self.talk
        caps = (
            "message-tags batch labeled-response echo-message draft/chathistory draft/event-playback draft/multiline "
        )
        caps += "draft/message-redaction draft/message-edit draft/metadata-2 draft/search draft/read-marker"
        talk.join("dona", "#sala", "#outra", caps=caps)
        for line in (
            "TOPIC #sala :TOPICO-7f3a",
            "METADATA #sala SET url :PERFIL-2b8e",
            "MODE #sala +e mascara-secreta!*@*",
        ):
            talk.say("dona", line)
        talk.join("amiga", "#sala")
        talk.say("dona", "PRIVMSG #sala :MENSAGEM-9c1d")
        talk.say("dona", "PRIVMSG amiga :PARTICULAR-5d5d")
        said = next(event for event in talk.store.events if isinstance(event, MessageSent) and "MENSAGEM" in event.text)
        self.msgid = said.msgid
        if self.role == "u":
            talk.connect("ele")
            talk.say("ele", "NICK ele")
        else:
            talk.join("ele", caps=caps)
            await self._take_place()
        if KINDS[self.kind]:
            talk.say("dona", f"MODE #sala {KINDS[self.kind]}")
            talk.say("dona", "PRIVMSG #sala :MENSAGEM-9c1d outra vez")
        for name in tuple(talk.people):
            talk.heard(name)

    async def _take_place(self) -> None:
        talk, role = self.talk, self.role
        if role in "ebmvhpq":
            talk.say("ele", "JOIN #sala")
        if role == "e":
            talk.say("ele", "PART #sala")
        if role == "b":
            talk.say("dona", "MODE #sala +b ele!*@*")
            talk.say("dona", "KICK #sala ele")
        if role in "vhp":
            letter = {"v": "v", "h": "h", "p": "o"}[role]
            talk.say("dona", f"MODE #sala +{letter} ele")
        if role == "q":
            await self.work_account()
            channel = talk.chat.world.channels["#sala"]
            channel.members[talk.chat.world.nicks["ele"].uid] = "q"
        if role == "S":
            session = talk.people["ele"]
            people.become_operator(talk.chat, session, "chefe", ("audit", "ban", "channels", "kill", "modes", "see"))
            talk.run_soon()

    async def work_account(self) -> None:
        """`ele` is logged in and owns #sala."""
        task = asyncio.ensure_future(accounts.make(self.talk.chat, name="ele"))
        while not task.done():
            self.talk.run_soon()
            await asyncio.sleep(0)
        user = self.talk.chat.world.nicks["ele"]
        accounts.log_in(self.talk.chat, None, user, task.result())
        channel = self.talk.chat.world.channels["#sala"]
        record = ChannelRecord(key="#sala", name="#sala", created_at_ms=channel.created_at_ms, founder=task.result().id)
        self.talk.chat.emit(RecordKept(**self.talk.chat.server_stamp(), record=record))
        self.talk.run_soon()

    async def attempt(self, line: str) -> Tried:
        """Say it, and look at what came of it."""
        talk = self.talk
        own = await talk.ask_slowly("ele", line.replace("{msgid}", self.msgid))
        others = [heard for name in ("dona", "amiga") for heard in talk.heard(name)]
        told = [each for each in own if not self._is_nothing(each)]
        text = "\n".join(own)
        return Tried(bool(others or told), tuple(secret for secret in SECRETS if secret in text))

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


async def outcome(kind: str, role: str, line: str) -> Tried:
    """One cell of the matrix."""
    scene = Scene(kind, role)
    await scene.build()
    return await scene.attempt(line)
