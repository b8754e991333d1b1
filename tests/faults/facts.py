"""What is true of a chat, as a set of sentences that do not depend on times, ids or the order of a run.

Two servers of which the same is true give equal sets; a change is what a set has gained and lost.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import apsw
import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from papo.server.world.world import World

PASSWORDS = ("senha-boa-1", "senha-boa-2", "senha-boa-3")
"""All that the scenario uses: only which of them logs in is visible."""
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_LEFT_OUT = {
    "uid", "source", "at_ms", "msgid", "account", "account_id", "bot", "oper", "type", "of", "era", "eras", "channel",
    "channels", "conversation", "victim_uid", "targets", "to_uid", "edited_at_ms", "rank", "identity",
}  # fmt: skip
"""Fields of stored events that differ from run to run, or are said by the rest of the sentence."""


def facts_of_records(world: World) -> Iterator[str]:
    """What records and read markers say: true in memory, and after a restart."""
    registry = world.registry
    for account in registry.accounts.values():
        yield f"account {account.name}"
        yield f"password of {account.name}: {_password(account.secret)}"
        yield f"always-on of {account.name}: {account.always_on}"
        yield f"suspension of {account.name}: {account.suspended}"
        yield from (f"nick {nick} of {account.name}" for nick in account.nicks)
        yield from (f"certificate {certificate} of {account.name}" for certificate in account.certificates)
        yield from (f"conversation {nick} open for {account.name}" for nick in account.open)
    for record in registry.channels.values():
        founder = registry.name_of(record.founder)
        yield f"channel {record.key} of {founder or 'nobody'}"
        yield f"topic of {record.key} is kept: {record.topic}"
        yield from (f"mode {letter} {value} of {record.key} is kept" for letter, value in record.modes.items())
        for letter, entries in record.lists.items():
            yield from (f"{letter} {mask} of {record.key} is kept" for mask, _, _ in entries)
        yield from (f"{key}={value} of {record.key} is kept" for key, value in record.metadata.items())
        yield from (f"{registry.name_of(who)} gets {mode} in {record.key}" for who, mode in record.access.items())
    yield from (f"server ban {key}" for key in registry.bans)
    for presence in registry.presences.values():
        yield from (f"{presence.nick} stays in {key}" for key in presence.channels)
    for profile in registry.profiles.values():
        name = registry.name_of(profile.account)
        yield from (f"{key}={value} of {name} is kept" for key, value in profile.values.items())
    yield from (f"invitation of {each.by} to {each.channel}" for each in registry.invitations.values())
    for identity, markers in world.read_markers.items():
        if name := registry.name_of(identity):
            yield from (f"{name} has read {target} until {at_ms}" for target, at_ms in markers.items())


def facts_of_moment(world: World) -> Iterator[str]:
    """What is true in memory alone: who is here, and what channels are like now."""
    for user in world.users.values():
        yield f"{user.nick} is here"
        yield f"{user.nick} is logged in: {user.account}"
    for channel in world.channels.values():
        yield from (f"{world.users[uid].nick} is in {channel.key}" for uid in channel.members if uid in world.users)
        yield f"topic of {channel.key}: {channel.topic}"
        yield from (f"mode {letter} {value} of {channel.key}" for letter, value in channel.modes.items())
        for letter, masks in channel.lists.items():
            yield from (f"{letter} {mask} of {channel.key}" for mask in masks)
        yield from (f"{key}={value} of {channel.key}" for key, value in channel.metadata.items())
    for identity, values in world.profiles.items():
        name = world.registry.name_of(identity) or "a guest"
        yield from (f"{key}={value} of {name}" for key, value in values.items())


def facts_of_history(connection: apsw.Connection) -> Iterator[str]:
    """What is stored: every row, whoever may see it, and every entry of the audit log."""
    names = {one: who for who, one in _identities(connection).items()}
    rows: Any = connection.execute(
        "SELECT name, said, body FROM events JOIN conversations ON conversations.id = conversation ORDER BY events.id"
    )
    for conversation, kind, body in rows:
        event = msgspec.json.decode(body)
        where = " and ".join(names.get(part, "a guest") if part[0] != "#" else part for part in conversation.split(" "))
        who = str(event["source"]).partition("!")[0]
        details = {key: value for key, value in sorted(event.items()) if key not in _LEFT_OUT and value != ""}
        details.get("tags", {}).pop("+draft/reply", "")
        yield f"{kind} {event['type']} of {who} in {where}: {details}"
    entries: Any = connection.execute("SELECT action, details FROM audit")
    yield from (f"audit: {action} {details}" for action, details in entries)


def _identities(connection: apsw.Connection) -> dict[str, str]:
    rows: Any = connection.execute("SELECT body ->> 'name', key FROM records WHERE kind = 'account'")
    return dict(rows)


@functools.cache
def _password(secret: str) -> str:
    for each in PASSWORDS:
        try:
            _hasher.verify(secret, each)
        except (Argon2Error, InvalidHashError):
            continue
        return each
    return "none"
