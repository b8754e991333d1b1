"""Uploaded files go with the messages that link to them, and with the account that sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from papo.protocol.text import without_formatting
from papo.server.delivery.file_links import files_in

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.ports import UploadedFile
    from papo.server.world.events import MessageSent


def linked(text: str) -> set[str]:
    """Ids of the files that a text links to as it is shown and followed: without formatting, percent signs decoded."""
    return files_in(unquote(without_formatting(text)))


async def linked_by(chat: Chat, message: MessageSent, *, moderated: bool = False) -> tuple[str, ...]:
    """Ids of the files that go with a message that links to them: those of its author, for anybody can link to others.

    `moderated`: an operator of the channel deletes it, who may delete every file that was sent to the channel.
    """
    found = []
    if chat.files is not None:
        for file_id in sorted(linked(message.text)):
            file = await chat.files.find(file_id)
            if file is None:
                continue
            if file.by in _identities(chat, message) or (moderated and await _was_sent_to(chat, file, message)):
                found.append(file_id)
    return tuple(found)


async def _was_sent_to(chat: Chat, file: UploadedFile, message: MessageSent) -> bool:
    """Whether the file belongs to the channel of the message: that very one, and not an earlier one of its name."""
    channel = chat.world.channels.get(message.channel or "")
    if channel is None or file.history_scope not in {0, channel.created_at_ms}:
        return False
    return file.conversation != "" and await chat.store.name_now(file.conversation, file.at_ms) == channel.key


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
