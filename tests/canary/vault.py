"""A server with a secret in every private place, and everybody who should not learn it.

`dona` has an account and owns the room, whose very name is secret; `amiga` is its member. Everybody else observes.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Iterable

from fake_link import FakeLink
from memory_server import MemoryServer, make_config
from test_matrix import rows

from papo.config import Operator, Rooms
from papo.protocol.dialects import CLASSROOM
from papo.server.actions.accounts import accounts
from papo.server.dialects.connection import Connection
from papo.server.dialects.irc.services.table import COMMANDS
from papo.server.dialects.irc.verb import VERBS
from papo.server.dialects.table import maker

ROOM = "#cofre-c0fre"
SECRETS = {
    "name": "c0fre",
    "topic": "TOPICO-51aa",
    "message": "MENSAGEM-52bb",
    "lines": "LINHAS-53cc",
    "deleted": "APAGADA-54dd",
    "former": "ANTERIOR-55ee",
    "edited": "EDITADA-56ff",
    "reaction": "REACAO-57aa",
    "metadata": "METADADO-58bb",
    "key": "chave-59cc",
    "private": "PARTICULAR-60dd",
    "private-deleted": "APAGOU-61ee",
    "exception": "excecao-62ff",
    "mail": "correio-63aa",
    "device": "aparelho-64bb",
    "kicked": "EXPULSO-65cc",
    "parted": "SAIDA-66dd",
    "away": "AUSENTE-67ee",
    "notice": "AVISO-68ff",
    "password": "senha-69aa-longa",
}
"""Where each is planted, and its text. `Vault.code`, of an invitation link, is one more."""
MEMBERS_KNOW = {"name", "topic", "message", "lines", "edited", "reaction", "metadata", "key", "notice"}
MEMBERS_KNOW |= {"kicked", "parted", "exception"}
"""What a member may be told who has neither rank nor a reason to be told the rest."""
WITH_DONA = {"away"}
"""What everybody may know who knows `dona`'s nick: WHOIS says it of any user."""
CAPS = (
    "account-notify account-tag away-notify batch chghost draft/channel-rename draft/chathistory draft/event-playback "
    "draft/message-edit draft/message-redaction draft/metadata-2 draft/multiline draft/read-marker draft/search "
    "echo-message extended-join extended-monitor invite-notify labeled-response message-tags server-time setname"
)
"""Everything that makes a server say more."""


@dataclasses.dataclass(frozen=True)
class Observer:
    """Somebody who looks, and what they may know."""

    name: str
    may_know: frozenset[str] = frozenset()


OBSERVERS = (
    Observer("unregistered"),
    Observer("outsider", frozenset(WITH_DONA)),
    Observer("former", frozenset({"name", *WITH_DONA})),
    Observer("banned", frozenset({"name", *WITH_DONA})),
    Observer("member", frozenset({*MEMBERS_KNOW, *WITH_DONA})),
)
"""`former` left and `banned` was put out before anything but the room's name was there to be known."""


class Vault:
    """The server, with its secrets planted."""

    def __init__(self) -> None:
        config = make_config(rooms=Rooms(permanent=()), operators=(Operator(name="chefe", password="x"),))
        self.server = MemoryServer(config)
        self.msgid = ""
        self.code = ""
        self.classroom: dict[str, Connection] = {}
        """By scheme."""

    async def build(self, observers: Iterable[Observer]) -> Vault:
        """Let everybody in, and plant the secrets; they hear what they hear meanwhile."""
        server = self.server
        account = await server.run_action(
            accounts.create(server.chat, name="dona", password=SECRETS["password"], email=f"{SECRETS['mail']}@x.org")
        )
        assert account.email
        proof = base64.b64encode(f"\0dona@{SECRETS['device']}\0{SECRETS['password']}".encode()).decode()
        server.connect("dona")
        await self.tell("dona", "CAP LS 302", f"CAP REQ :{CAPS} sasl", "NICK dona", "USER dona 0 * :Dona")
        await self.tell("dona", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}", "CAP END", f"JOIN {ROOM}")
        for observer in observers:
            await self._let_in(observer)
        await self.tell("dona", f"MODE {ROOM} +sik {SECRETS['key']}")
        server.register("amiga", caps=CAPS)
        await self.tell("dona", f"INVITE amiga {ROOM}")
        await self.tell("amiga", f"JOIN {ROOM} {SECRETS['key']}")
        await self.plant()
        return self

    def clear(self) -> Vault:
        """Forget what everybody has received."""
        for name in self.server.clients:
            self.server.received(name)
        return self

    async def _let_in(self, observer: Observer) -> None:
        server = self.server
        if observer.name == "unregistered":
            server.connect("unregistered")
            return
        server.register(observer.name, caps=CAPS)
        if observer.name != "outsider":
            await self.tell(observer.name, f"JOIN {ROOM}")
        if observer.name == "former":
            await self.tell(observer.name, f"PART {ROOM}")
        if observer.name == "banned":
            await self.tell("dona", f"MODE {ROOM} +b banned!*@*", f"KICK {ROOM} banned")

    async def plant(self) -> None:
        """Put each secret in its place."""
        s = SECRETS
        await self.tell(
            "dona",
            f"TOPIC {ROOM} :{s['topic']}",
            f"METADATA {ROOM} SET url :{s['metadata']}",
            f"MODE {ROOM} +e {s['exception']}!*@*",
            f"PRIVMSG {ROOM} :{s['message']}",
            f"NOTICE {ROOM} :{s['notice']}",
            f"PRIVMSG amiga :{s['private']}",
            f"AWAY :{s['away']}",
            "BATCH +l draft/multiline " + ROOM,
            f"@batch=l PRIVMSG {ROOM} :{s['lines']}",
            f"@batch=l PRIVMSG {ROOM} :fim",
            "BATCH -l",
        )
        self.msgid = await self.msgid_of(ROOM, s["message"])
        await self.tell("amiga", f"@+draft/react={s['reaction']};+draft/reply={self.msgid} TAGMSG {ROOM}")
        await self.tell("dona", f"PRIVMSG {ROOM} :{s['deleted']}")
        await self.tell("dona", f"REDACT {ROOM} {await self.msgid_of(ROOM, s['deleted'])}")
        await self.tell("dona", f"PRIVMSG {ROOM} :{s['former']}")
        await self.tell("dona", f"EDIT {ROOM} {await self.msgid_of(ROOM, s['former'])} :{s['edited']}")
        await self.tell("dona", f"PRIVMSG amiga :{s['private-deleted']}")
        await self.tell("dona", f"REDACT amiga {await self.msgid_of('amiga', s['private-deleted'])}")
        for nick, line in (("vai", f"KICK {ROOM} vai :{s['kicked']}"), ("sai", "")):
            self.server.register(nick)
            await self.tell("dona", f"INVITE {nick} {ROOM}")
            await self.tell(nick, f"JOIN {ROOM} {s['key']}")
            await self.tell("dona", line or "PING x")
            await self.tell(nick, f"PART {ROOM} :{s['parted']}" if not line else "PING x")
        answer = await self.server.ask_and_wait("dona", f"CS LINK {ROOM}")
        self.code = next(line for line in answer if "/JOIN" in line).split()[-1]

    async def tell(self, name: str, *lines: str) -> None:
        """Send lines, each when the one before it is done."""
        for line in lines:
            await self.server.ask_and_wait(name, line)

    async def msgid_of(self, target: str, text: str) -> str:
        """The id of a message of `dona`."""
        lines = await self.server.ask_and_wait("dona", f"CHATHISTORY LATEST {target} * 50")
        line = next(line for line in lines if line.endswith(f":{text}"))
        return line.partition("msgid=")[2].split(";")[0].split(" ")[0]

    def open_classroom(self) -> None:
        """A client of each classroom dialect, in its room."""
        for scheme in sorted(CLASSROOM):
            connection: Connection = maker(scheme)(self.server.chat, FakeLink(), {"replay": "20"})
            self.classroom[scheme] = connection
            connection.receive(b"ana: oi" if scheme in {"relay", "framed"} else b"fulano")
            self.server.run_deferred()

    def leaks(self, observer: Observer, text: str, line: str = "") -> set[str]:
        """Names of the secrets in a text that the observer may not know and has not said."""
        planted = {**SECRETS, "code": self.code}
        return {
            name for name, secret in planted.items()
            if secret in text and name not in observer.may_know and secret not in line
        }  # fmt: skip


def questions(fill: Callable[[str], str]) -> list[str]:
    """A line of every command with what it could be asked with, from the tables; `fill` puts the vault's names in."""
    asked = [line for line, _ in rows()]
    assert {line.split()[0] for line in asked} == set(VERBS)
    words = {"#channel": ROOM, "account": "dona", "nick": "dona", "target": ROOM, "name": "dona", "id": "1"}
    for service, commands in COMMANDS.items():
        for name, command in commands.items():
            usage = command.usage.replace("[", "").replace("]", "").split()[1:]
            asked.append(f"{service} {name}")
            asked += [f"{service} {name} {each}" for each in (ROOM, "dona", "*")]
            asked.append(" ".join([service, name, *(words.get(word, word.split("|")[0]) for word in usage)]))
            asked.append(" ".join([service, name, *(words.get(word, word.split("|")[-1]) for word in usage)]))
    for target in (ROOM, "dona", "amiga", "*"):
        asked += [f"{verb} {target}" for verb in sorted(VERBS) if verb not in {"QUIT", "DIE", "SQUIT"}]
        asked += [f"{verb} {target} * 50" for verb in ("WHO", "WHOIS", "WHOWAS", "LIST", "NAMES", "STATS")]
    return list(dict.fromkeys(map(fill, asked)))
