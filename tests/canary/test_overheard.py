"""What reaches others by itself while things happen in private places: nothing, in IRC, in no dialect, in no log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, get_args

import pytest
from fake_link import FakeLink
from vault import OBSERVERS, ROOM, SECRETS, Vault

from papo.server.actions import operate
from papo.server.world.events import AnyEvent, InternalEvent
from papo.server.world.events.network import NodeBack, NodeLost
from papo.server.world.world import World

STRANGERS = tuple(observer for observer in OBSERVERS if observer.name != "member")


async def happen(vault: Vault) -> None:
    """Everything that can happen besides what `plant` does, in the private room or to those in it."""
    server = vault.server
    powers = ("accounts", "ban", "hosts", "kill", "see", "wallops")
    server.register("chefe")
    operate.become_operator(server.chat, server.clients["chefe"], "chefe", powers)
    server.run_deferred()
    await vault.tell("chefe", "WALLOPS :a todos", "HS SET dona dona.example", "KLINE ninguem!*@nowhere :x")
    await vault.tell("chefe", "UNKLINE ninguem!*@nowhere", "JOIN #bate", "MODE #bate +i")
    await vault.tell("outsider", "KNOCK #bate", f"KNOCK {ROOM}")
    await vault.tell("dona", f"MODE {ROOM} +D")
    server.register("calada")
    await vault.tell("dona", f"INVITE calada {ROOM}")
    await vault.tell("calada", f"JOIN {ROOM} {SECRETS['key']}", f"PRIVMSG {ROOM} :{SECRETS['message']}")
    await vault.tell("amiga", "NICK amigona", "SETNAME :Outra", "MODE amigona +i", "ACCEPT dona", f"MARKREAD {ROOM} *")
    await vault.tell("amiga", f"NS REGISTER {SECRETS['password']}")
    await vault.tell("dona", "METADATA * SET url :https://dona.example", f"RENAME {ROOM} {ROOM}-nova")
    await vault.tell("dona", f"MARKREAD {ROOM}-nova timestamp=2023-11-14T22:13:20.000Z", f"CS UNLINK {ROOM}-nova ALL")
    await vault.tell(
        "dona", f"NS PASSWD {SECRETS['password']} {SECRETS['password']}-outra", "NS SESSIONS LOGOUT OTHERS"
    )
    await vault.tell("chefe", "KILL amigona :fora")
    server.clients["dona"].lost("gone")
    server.run_deferred()


async def listen(vault: Vault) -> dict[str, set[str]]:
    """Who has heard which secrets."""
    await vault.build(STRANGERS)
    for name in ("outsider", "former", "banned"):
        await vault.tell(name, "MONITOR + dona,amiga", "METADATA * SUB url", f"METADATA {ROOM} SYNC")
    await happen(vault)
    heard = {each: "\n".join(vault.server.received(each.name)) for each in STRANGERS}
    found = {each.name: vault.leaks(each, text) for each, text in heard.items()}
    for scheme, connection in vault.classroom.items():
        assert isinstance(connection.link, FakeLink)
        text = connection.link.sent().decode()
        assert text
        found[scheme] = vault.leaks(STRANGERS[0], text)
    return {who: leaked for who, leaked in found.items() if leaked}


def test_nothing_private_reaches_a_stranger(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of event happens in private while strangers listen with every capability, and watch whom they can."""
    caplog.set_level(logging.INFO)
    kinds: set[type[object]] = set()
    apply = World.apply

    def watched(world: World, event: AnyEvent, *more: Any) -> None:
        kinds.add(type(event))
        apply(world, event, *more)

    monkeypatch.setattr(World, "apply", watched)
    vault = Vault()

    async def play() -> dict[str, set[str]]:
        vault.open_classroom()
        return await listen(vault)

    assert asyncio.run(play()) == {}
    wanted = {kind for kind in get_args(AnyEvent) if not issubclass(kind, InternalEvent)} - {NodeLost, NodeBack}
    assert sorted(kind.__name__ for kind in wanted - kinds) == []
    logged = "\n".join(record.getMessage() for record in caplog.records)
    in_log = {name for name, secret in SECRETS.items() if secret in logged}
    assert in_log <= {"name", "device"}  # who was where, not what was said
