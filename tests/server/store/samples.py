"""Events for tests of a store, and hypothesis strategies for every kind that is kept."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from papo.server.delivery.msgid import IdGenerator
from papo.server.world.events import (
    AnyEvent,
    Joined,
    Kicked,
    MarkerSet,
    MessageSent,
    ModesChanged,
    Parted,
    Renamed,
    TopicSet,
    UserQuit,
)

START_MS = 1_700_000_000_000
_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_KEYS = st.sampled_from(["#sala", "#été", "#日本"])
_SCOPES = st.sampled_from([0, START_MS])
_RANKS = st.integers(0, 5)


class Maker:
    """Makes events whose times rise by a second and whose msgids sort as they were made."""

    def __init__(self) -> None:
        self._names = IdGenerator("testmark")
        self._seconds = itertools.count()

    def stamp(self) -> dict[str, Any]:
        """What every event carries."""
        at_ms = START_MS + 1000 * next(self._seconds)
        return {"uid": "u1", "source": "ana!ana@host", "at_ms": at_ms, "msgid": self._names.msgid(at_ms)}

    def message(self, text: str, conversation: str = "#sala", **more: Any) -> MessageSent:
        """A message."""
        channel = conversation if conversation[0] == "#" else None
        values = {
            **self.stamp(),
            "verb": "PRIVMSG",
            "target": conversation,
            "channel": channel,
            "conversation": conversation,
            "text": text,
            **more,
        }
        return MessageSent(**values)

    def quit_of(self, *channels: str) -> UserQuit:
        """A user who was in these channels has left the network."""
        return UserQuit(**self.stamp(), reason="", channels=channels, history_scopes=(0,) * len(channels))

    def join(self, channel: str = "#sala", **more: Any) -> Joined:
        """A user has joined."""
        return Joined(**self.stamp(), channel=channel, name=channel, realname="Ana", **more)


def _happened(maker: Maker) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda source, account, bot: {**maker.stamp(), "source": source, "account": account, "bot": bot},
        _ANY,
        st.none() | _ANY,
        st.booleans(),
    )


def kept(maker: Maker) -> st.SearchStrategy[AnyEvent]:
    """Any event that gets a row in a channel or a private conversation."""
    base = _happened(maker)
    place = st.builds(lambda key, name: {"channel": key, "name": name}, _KEYS, _ANY)
    seen = st.builds(lambda rank, history_scope: {"rank": rank, "history_scope": history_scope}, _RANKS, _SCOPES)
    channels = st.lists(_KEYS, min_size=1, max_size=3, unique=True).flatmap(
        lambda keys: st.builds(
            lambda history_scopes: {"channels": tuple(keys), "history_scopes": tuple(history_scopes)},
            st.lists(_SCOPES, min_size=len(keys), max_size=len(keys)),
        )
    )

    def build(cls: type[Any], *parts: st.SearchStrategy[dict[str, Any]], **fields: Any) -> st.SearchStrategy[Any]:
        def make(*values: Any) -> Any:
            merged = {name: value for part in values[: len(parts)] for name, value in part.items()}
            return cls(**merged, **dict(zip(fields, values[len(parts) :], strict=True)))

        return st.builds(make, *parts, *fields.values())

    where = _KEYS.map(lambda key: {"channel": key, "conversation": key}) | st.sampled_from(
        [{"channel": None, "conversation": "~u1 bia"}, {"channel": None, "conversation": "ana ana"}]
    )
    verbs = st.sampled_from(["PRIVMSG", "NOTICE"])
    tags = st.dictionaries(_ANY, _ANY, max_size=2)
    change = st.tuples(st.sampled_from("+-"), _ANY, st.none() | _ANY)
    uids = st.lists(st.none() | _ANY, max_size=2).map(tuple)
    return st.one_of(
        build(MessageSent, base, where, seen, verb=verbs, target=_ANY, to_uid=st.none() | _ANY, text=_ANY, tags=tags),
        build(Joined, base, place, seen, realname=_ANY, prefix=_ANY),
        build(Parted, base, place, seen, reason=_ANY),
        build(Kicked, base, place, seen, victim_uid=_ANY, victim=_ANY, reason=_ANY),
        build(UserQuit, base, channels, reason=_ANY, dropped=st.booleans()),
        build(Renamed, base, channels, nick=_ANY),
        build(
            ModesChanged,
            base,
            place,
            changes=st.lists(change, max_size=3).map(tuple),
            targets=uids,
            history_scope=_SCOPES,
        ),
        build(TopicSet, base, place, topic=_ANY, history_scope=_SCOPES),
    )


def places_of(event: AnyEvent) -> tuple[str, ...]:
    """The conversations in which the event has a row."""
    if isinstance(event, (UserQuit, Renamed)):
        return event.channels
    if isinstance(event, MessageSent):
        return (event.conversation,)
    assert not isinstance(event, MarkerSet)
    channel: str = getattr(event, "channel")  # noqa: B009 -- not every event has one
    return (channel,)
