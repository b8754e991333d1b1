"""Delete what an account has said and done: messages, former texts, topics, uploaded files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import uploads
from papo.server.actions.channels import revocation
from papo.server.delivery.ports import Author, NotStored
from papo.server.world.errors import Code, Refused
from papo.server.world.events import TopicSet
from papo.server.world.facts import with_state

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.records import Account


def author_of(account: Account) -> Author:
    """How the store finds what the account did."""
    return Author(account.id, account.name, account.named_at_ms)


async def forget(chat: Chat, account: Account) -> int:
    """Delete everything the account did until now; returns how many messages. Raises Refused.

    The caller has checked that this may be done. After a failure it can be repeated: it deletes what is left.
    """
    revocation.forget(chat, account.id)
    await _remove_topics(chat, account)
    await chat.journal.committed()
    try:
        count = await chat.store.forget(author_of(account))
    except NotStored:
        raise Refused(Code.BUSY, "the disk cannot be written to") from None
    await uploads.remove_all_of(chat, account.id)
    return count


async def _remove_topics(chat: Chat, account: Account) -> None:
    """Remove the topics in force that the account has set."""
    author, start = author_of(account), 0
    own: set[tuple[str, int]] = set()
    """(topic, when it was set in ms) of each: the channel may have another name now."""
    while True:
        events, start = await chat.store.history_of(author, start)
        own.update((event.topic, event.at_ms) for event in events if isinstance(event, TopicSet))
        if not start:
            break
    for channel in tuple(chat.world.channels.values()):
        if channel.topic and ((channel.topic, channel.topic_at_ms) in own or _is_by(chat, channel, account)):
            stamp = chat.server_stamp()
            scope = channel.history_scope
            chat.emit(TopicSet(**stamp, channel=channel.key, name=channel.name, topic="", history_scope=scope))
            record = chat.world.registry.channels.get(channel.key)
            if record is not None:
                chat.records.store_soon(with_state(record, channel))


def _is_by(chat: Chat, channel: Channel, account: Account) -> bool:
    """Whether the topic was set under a nick of the account: the history may no longer hold that it was."""
    owner = chat.world.registry.owner(channel.topic_by.partition("!")[0])
    return owner is not None and owner.id == account.id
