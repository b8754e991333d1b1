"""One of everything that is stored, in a chat with every dialect; each step says who does what, and nothing else.

What a step changes, and what everybody is sent because of it, is not written here: a run on a good disk shows it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from disk_server import DiskServer
from facts import facts_of_moment, facts_of_records

from papo.protocol.dialects import CLASSROOM
from papo.protocol.framed import with_header
from papo.server.actions import operate
from papo.server.actions.accounts import administer
from papo.server.actions.actor import DetachedActor, of_server
from papo.server.actions.channels import invitations
from papo.server.world.errors import Refused
from papo.server.world.events import MessageSent
from papo.server.world.permissions import POWERS

CAPS = (
    "message-tags batch labeled-response echo-message server-time draft/chathistory draft/event-playback "
    "draft/multiline draft/message-redaction draft/message-edit draft/metadata-2 draft/read-marker draft/user-query "
    "draft/account-registration standard-replies draft/channel-rename"
)
REFUSED = re.compile(
    r"(^|\n)(:\S+ (FAIL |[45]\d\d |90[2-7] )|:\w+Serv!\S+ NOTICE \S+ :.*(cannot|could not|fail)|ERROR )"
    r"|Log in to your account first|There is no such account"  # because of what was refused before
    r"|Mensagem n[ãa]o enviada|Message not sent|talvez a mensagem tenha sido guardada|your message may be stored"
)
"""What tells an author that something was not done: a standard reply, an error numeric, a sentence of a service."""

MISLEADING = re.compile(r" 0 messages are deleted")
"""What sounds as if all was well."""
LONG_AGO_MS = 1_500_000_000_000
Facts = frozenset[str]
Do = str | Callable[[DiskServer], Coroutine[Any, Any, bool]]


class Step(NamedTuple):
    """One thing that happens."""

    who: str
    """The client that does it; "" for the server."""
    do: Do
    """The line, or for the server a function that returns whether it was done. `{msgid of TEXT}` is filled in."""


async def _prune(server: DiskServer) -> bool:
    return await server.store.prune(LONG_AGO_MS + 1, 10) > 0


async def _invite(server: DiskServer) -> bool:
    user = server.chat.world.user("ana")
    assert user is not None
    try:
        await invitations.create(server.chat, DetachedActor(user), "#sala")
    except Refused:
        return False
    return True


async def _make_operator(server: DiskServer) -> bool:
    operate.become_operator(server.chat, server.clients["chefe"], "chefe", POWERS)  # OPER takes half a second to check
    return True


def _administer(action: str, name: str, password: str) -> Do:
    async def do(server: DiskServer) -> bool:
        request = administer.AdminRequest(action=action, name=name, password=password)
        try:
            await administer.execute(server.chat, of_server(server.chat), request)
        except Refused:
            return False
        return True

    return do


SETUP = [
    Step("ana", "PRIVMSG NickServ :REGISTER senha-boa-1"),
    Step("ana", "JOIN #sala"),
    Step("ana", "CS REGISTER #sala"),
    Step("bia", "PRIVMSG NickServ :REGISTER senha-boa-1"),
    Step("bia", "JOIN #sala"),
    Step("cora", "JOIN #sala"),
    Step("", _make_operator),
    Step("ana", "JOIN #papo"),
    Step("ana", "CS REGISTER #papo"),
    Step("ana", "PRIVMSG #sala :antes de tudo"),
    Step("ana", "PRIVMSG #sala :com eror"),
    Step("ana", "PRIVMSG #sala :segredo"),
    Step("bia", "PRIVMSG #sala :bia esteve aqui"),
    Step("bia", "METADATA * SUB url"),
    Step("ana", "CS UNREGISTER #papo"),
]
"""What there is before anything fails."""
GROUPS = [
    [
        Step("ana", "PRIVMSG #sala :primeira"),
        Step("bia", "NOTICE #sala :nota"),
        Step("relay", "olá da sala de aula"),
        Step("davi", "REGISTER * * senha-boa-2"),
    ],
    [
        Step("ana", "EDIT #sala {msgid of com eror} :com erro"),
        Step("bia", "PRIVMSG ana :em particular"),
        Step("nick", "olá da sala de aula"),
        Step("davi", "JOIN #davi"),
        Step("chefe", "KLINE 0 mau!*@* :barulho"),
    ],
    [
        Step("ana", "REDACT #sala {msgid of segredo} :engano"),
        Step(
            "bia",
            "BATCH +m draft/multiline #sala\r\n@batch=m PRIVMSG #sala :linha um\r\n"
            "@batch=m PRIVMSG #sala :linha dois\r\nBATCH -m",
        ),
        Step("nick-ascii", "olá da sala de aula"),
        Step("davi", "CS REGISTER #davi"),
    ],
    [
        Step("ana", "TOPIC #sala :o tema é ção"),
        Step("bia", "@+draft/reply={msgid of antes de tudo};+draft/react=👍 TAGMSG #sala"),
        Step("framed", "olá da sala de aula"),
        Step("davi", "PRIVMSG #davi :oi"),
    ],
    [
        Step("ana", "MODE #sala +k chave"),
        Step("bia", "NS PASSWD senha-boa-1 senha-boa-3"),
        Step("handshake", "olá da sala de aula"),
        Step("davi", "RENAME #davi #nova :mudança"),
    ],
    [
        Step("ana", "MODE #sala +b zoe!*@*"),
        Step("bia", "NICK biazinha"),
        Step("", _administer("add", "nova", "senha-boa-2")),
    ],
    [
        Step("ana", "METADATA #sala SET url :https://sala.example"),
        Step("bia", "NS GROUP"),
        Step("davi", "JOIN #sala chave"),
    ],
    [
        Step("ana", "METADATA * SET url :https://ana.example"),
        Step("bia", "NICK bibi"),
        Step("davi", "PART #sala :até logo"),
    ],
    [
        Step("ana", "MARKREAD #sala timestamp=2026-01-01T00:00:00.000Z"),
        Step("bia", "NS CERT ADD"),
        Step("eva", "JOIN #sala chave"),
        Step("", _invite),
    ],
    [
        Step("ana", "KICK #sala cora :fora"),
        Step("bia", "NS SET ALWAYS-ON ON"),
        Step("eva", "QUIT :fui"),
    ],
    [
        Step("ana", "CS AMODE #sala +o bia"),
        Step("bia", "USERQUERY OPEN ana"),
        Step("chefe", "NS SUSPEND davi :barulho"),
    ],
    [
        Step("ana", "CS UNREGISTER #papo {code}"),
        Step("bia", "HISTSERV FORGET bia"),
        Step("", _prune),
    ],
]
"""One of everything. A step that needs one before it is refused if that one was. Those of a group may happen at once:
no two of them are of the same client."""
STEPS = [step for group in GROUPS for step in group]
NICKS = ("ana", "bia", "cora", "davi", "eva", "chefe")


def wire(scheme: str, text: str) -> str:
    """A message as a client of a classroom dialect sends it."""
    if scheme == "handshake":
        return text
    said = f"{scheme.replace('-', '')}: {text}"
    return with_header(said.encode()).decode() if scheme == "framed" else said


class Play:
    """A server and its clients in the middle of the scenario."""

    def __init__(self, server: DiskServer) -> None:
        self.server = server
        self.msgids: dict[str, str] = {}
        """Text of a message to its msgid, as its author was told."""
        self.seen: set[str] = set()
        """All msgids that anybody was shown."""
        self.code = ""
        """What confirms the last request that asks for it."""

    async def enter(self) -> None:
        """Everybody connects; nobody is in a channel yet but those who have no choice. Something was said long ago."""
        chat = self.server.chat
        old: dict[str, Any] = {**chat.server_stamp(), "at_ms": LONG_AGO_MS, "target": "#sala", "channel": "#sala"}
        chat.emit(MessageSent(**old, verb="PRIVMSG", conversation="#sala", text="muito antigo"))
        await self.server.settle()
        for name in NICKS:
            self.server.connect(name)
            self.server.send(
                name, f"CAP LS 302\r\nCAP REQ :{CAPS}\r\nNICK {name}\r\nUSER {name} 0 * :{name.title()}\r\nCAP END\r\n"
            )
        for scheme in CLASSROOM:
            self.server.connect(scheme, scheme)
            nick = scheme.replace("-", "")
            if scheme in {"nick", "nick-ascii", "handshake"}:
                self.server.send(scheme, nick)
            else:
                self.server.send(scheme, wire(scheme, "cheguei"))
            await self.server.settle()
        await self.server.settle()
        self.received()

    def received(self) -> dict[str, Facts]:
        """What each client was sent since the last call, without what differs from run to run."""
        return {name: self._lines(self.server.received(name).decode()) for name in self.server.clients}

    def _lines(self, text: str) -> Facts:
        found = set()
        for line in re.split(r"\r\n|\n", text):
            tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
            msgid = re.search(r"[@;]msgid=([^; ]+)", tags)
            if msgid:
                self.seen.add(msgid[1])
                self.msgids.setdefault(rest.partition(" :")[2], msgid[1])
            self.code = code[1] if (code := re.search(r"To confirm: .* (\w+)$", rest)) else self.code
            rest = re.sub(r"\b[0-9a-z]{22,}\b", "<id>", rest)
            rest = re.sub(r"^(:\S+ )?BATCH .*", "", rest)
            rest = re.sub(r"\b[1-9]\d* messages are deleted", "<n> messages are deleted", rest)
            rest = re.sub(r"timestamp=\S+|\b1\d{9,12}\b", "<time>", rest)
            if rest:
                found.add(rest)
        return frozenset(found)

    async def do(self, *steps: Step) -> list[bool]:
        """Do them at once and wait for the end; returns which the server says were done, of its own."""
        tasks = [self._begin(step) for step in steps]
        await self.server.settle()
        return [task is None or await task for task in tasks]

    def _begin(self, step: Step) -> asyncio.Task[bool] | None:
        if callable(step.do):
            return self.server.run(step.do(self.server))
        line = re.sub(r"\{msgid of ([^}]*)\}", lambda found: self.msgids.get(found[1], "unknown"), step.do)
        line = line.replace("{code}", self.code)
        self.server.send(step.who, wire(step.who, line) if step.who in CLASSROOM else line + "\r\n")
        return None

    def now(self) -> Facts:
        """What is true in memory."""
        world = self.server.chat.world
        return frozenset(facts_of_moment(world)) | frozenset(facts_of_records(world))
