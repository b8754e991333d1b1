"""Everything of an account, for its owner: what they set, wrote and uploaded; nothing that anybody else wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from papo.protocol.times import iso_time
from papo.server.actions import history
from papo.server.actions.accounts.forget import author_of

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.events import AnyEvent
    from papo.server.world.records import Account

SECRET = (
    "secret", "scram", "code", "code_until_ms", "new_email_code", "new_email_until_ms", "not_before_ms", "version",
    "totp", "totp_step", "recovery", "digest", "credential_id", "public_key", "counter",
)  # fmt: skip
"""Fields of an account, and of what logs in to it, that prove who its owner is, or mean nothing to them."""
INTERNAL = (
    "uid", "account", "account_id", "to_uid", "conversation", "era", "eras", "rank", "unlinked", "at_ms", "victim_uid",
    "targets", "bot", "oper",
)  # fmt: skip
"""Fields of an event that name people and places by ids of the server, or are said in another way."""


async def about(chat: Chat, account: Account) -> dict[str, Any]:
    """The account and what it has, and its uploaded files with a local path (`path`) to read each from."""
    registry = chat.world.registry
    presence = registry.presences.get(account.id)
    users = [user for user in chat.world.users.values() if user.account_id == account.id]
    joined = {key for user in users for key in user.channels} | set(() if presence is None else presence.channels)
    channels = registry.channels.values()
    credentials = {
        "app_passwords": account.app_passwords,
        "trusted_devices": account.trusted_devices,
        "passkeys": account.passkeys,
    }
    shown = {kind: [_without(msgspec.to_builtins(each), SECRET) for each in has] for kind, has in credentials.items()}
    return {
        "account": {
            **_without(msgspec.to_builtins(account), SECRET),
            **{kind: has for kind, has in shown.items() if has},
        },
        "metadata": chat.world.profiles.get(account.id, {}),
        "away": None if presence is None else presence.away,
        "channels": sorted(joined),
        "registered_channels": sorted(record.name for record in channels if record.founder == account.id),
        "access": {record.name: record.access[account.id] for record in channels if account.id in record.access},
        "read_until": {
            target: iso_time(at_ms) for target, at_ms in chat.world.read_markers.get(account.id, {}).items()
        },
        "invitation_links": [
            {"channel": link.channel, "made": iso_time(link.made_at_ms), "until": iso_time(link.until_ms)}
            for link in registry.invitations.values()
            if link.by_account == account.id
        ],
        "joined_by_link": [
            {"channel": link.channel, "time": iso_time(at_ms)}
            for link in registry.invitations.values()
            for _, account_id, at_ms in link.joined
            if account_id == account.id
        ],
        "files": await _files(chat, account.id),
    }


async def _files(chat: Chat, identity: str) -> list[dict[str, Any]]:
    found = []
    for file in () if chat.files is None else await chat.files.recent(0):
        path = await chat.files.path(file) if chat.files is not None and file.by == identity else None
        if path is not None:
            plain = {"id": file.id, "name": file.name, "type": file.type, "bytes": file.bytes}
            found.append({**plain, "time": iso_time(file.at_ms), "path": str(path)})
    return sorted(found, key=lambda each: each["time"])


async def part(chat: Chat, account: Account, start: int) -> tuple[list[dict[str, Any]], int]:
    """Some of what the account did, oldest first, and where the next part starts; 0 at the end."""
    events, following = await chat.store.history_of(author_of(account), start)
    return [_entry(chat, account, event) for event in events], following


def _entry(chat: Chat, account: Account, event: AnyEvent) -> dict[str, Any]:
    """An event as its author knows it."""
    entry = {"time": iso_time(event.at_ms), **_without(msgspec.to_builtins(event), INTERNAL)}
    one, space, other = getattr(event, "conversation", "").partition(" ")
    if space:
        entry["with"] = history.nick_of(chat, other if one == account.id else one)
    return entry


def _without(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
