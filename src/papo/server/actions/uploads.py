"""Uploaded files go with the messages that link to them, and with the account that sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.delivery.file_links import files_in

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.events import MessageSent


async def linked_by(chat: Chat, message: MessageSent) -> tuple[str, ...]:
    """Ids of the files that a message links to, without those that somebody else has sent: anybody can link to them."""
    owned = []
    if chat.files is not None:
        for file_id in sorted(files_in(message.text)):
            file = await chat.files.find(file_id)
            if file is not None and file.by in _identities(chat, message):
                owned.append(file_id)
    return tuple(owned)


def _identities(chat: Chat, message: MessageSent) -> set[str]:
    """Under which the author may have sent a file (`world.user.User.identity`)."""
    identities = {f"~{message.uid}", message.account_id} - {""}
    account = chat.world.registry.account(message.account) if message.account else None
    if account is not None and not message.account_id and message.at_ms >= account.named_at_ms:
        identities.add(account.id)
    return identities


async def remove_unlinked(chat: Chat) -> None:
    """Delete the files of deleted and edited messages that no message links to any more."""
    if chat.files is None:
        return
    files = await chat.store.unlinked()
    for file_id in files:
        file = await chat.files.find(file_id)
        if file is not None:
            await chat.files.remove(file)
    if files:
        await chat.store.note_removed(files)


async def remove_all_of(chat: Chat, identity: str) -> None:
    """Delete everything that a user has uploaded, whoever links to it."""
    if chat.files is None:
        return
    for file in await chat.files.recent(0):
        if file.by == identity:
            await chat.files.remove(file)
