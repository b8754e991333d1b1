"""What a stranger is told, whatever they ask: nothing of what is private."""

from __future__ import annotations

import asyncio

import pytest
from vault import OBSERVERS, ROOM, SECRETS, Observer, Vault, questions

from papo.server.dialects.irc.services.table import COMMANDS
from papo.server.dialects.irc.session import IrcSession


def is_in_place(vault: Vault, observer: Observer) -> bool:
    """Whether the observer is still who they were before the last question."""
    session: IrcSession = vault.server.clients[observer.name]
    if session.link.is_closing or "dona" not in vault.server.chat.world.nicks:
        return False
    channel = vault.server.chat.world.channels.get(ROOM)
    if channel is None:
        return False
    user = vault.server.chat.world.nicks.get(observer.name)
    if observer.name == "unregistered":
        return user is None and session.user is None
    return user is not None and user.account is None and (user.uid in channel.members) is (observer.name == "member")


async def ask_everything(observer: Observer) -> dict[str, set[str]]:
    """Line to the secrets in its answer."""
    found: dict[str, set[str]] = {}
    vault = (await Vault().build([observer])).clear()
    for line in questions(lambda line: line.replace("#sala", ROOM)):
        asked = line.replace("{msgid}", vault.msgid)
        answer = "\n".join(await vault.server.ask_and_wait(observer.name, asked))
        if leaked := vault.leaks(observer, answer, asked):
            found[asked] = leaked
        if not is_in_place(vault, observer):
            vault = (await Vault().build([observer])).clear()
    return found


@pytest.mark.parametrize("observer", OBSERVERS, ids=lambda observer: observer.name)
def test_no_question_is_answered_with_a_secret(observer: Observer) -> None:
    """Every command of IRC and of the services, with every name that could be of use."""
    assert asyncio.run(ask_everything(observer)) == {}


def test_every_secret_is_found_by_who_may_know_it() -> None:
    """The search would see a leak: somebody is told each secret that anybody can still be told."""

    async def ask() -> set[str]:
        vault = await Vault().build([])
        lines = [
            *(f"TOPIC {ROOM}", f"METADATA {ROOM} LIST", f"MODE {ROOM}", f"MODE {ROOM} e", f"CS LINKS {ROOM}"),
            *(f"CHATHISTORY LATEST {ROOM} * 50", "CHATHISTORY LATEST amiga * 50"),
            *("NS INFO", "NS SESSIONS", "WHOIS dona"),
        ]
        told = "\n".join([each for line in lines for each in await vault.server.ask_and_wait("dona", line)])
        return {name for name, secret in SECRETS.items() if secret in told}

    assert asyncio.run(ask()) == set(SECRETS) - {"deleted", "former", "private-deleted", "password"}


def test_every_command_of_a_service_is_asked() -> None:
    """A new one is asked without anybody thinking of it."""
    asked = questions(str)
    for service, commands in COMMANDS.items():
        for name in commands:
            assert sum(line.startswith(f"{service} {name}") for line in asked) > 2, (service, name)
