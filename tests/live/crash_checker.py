"""What is wrong between what clients were told and what is there after a crash: a pure function of both.

Everything that happens has a key of its own, `AUTHOR NUMBER`, whatever it is. A setting that replaces another (a topic,
a password, a read marker) is in `Written` besides, because it must be in force too.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

What = Literal["sent", "acked", "refused", "seen"]


class Entry(NamedTuple):
    """One thing that a client has noted."""

    what: What
    key: str
    of: str = ""
    """Of an edit or a deletion: the key of the message."""
    kind: str = "message"
    """`message`, `edit`, `redaction`, or another kind that is only there or not."""


class Client(NamedTuple):
    """What one client has sent and received, in order."""

    name: str
    entries: list[Entry]


class Row(NamedTuple):
    """One event in the history."""

    msgid: str
    key: str
    kind: str = "message"
    of: str = ""
    text: str = ""
    """Of a message: its text as it is now."""


class Written(NamedTuple):
    """One value of a setting, in the order in which its only author has sent them."""

    setting: str
    value: str
    what: Literal["sent", "acked", "refused"]


class Log(NamedTuple):
    """A crash: what clients know, and what the next start shows."""

    clients: list[Client]
    stored: list[Row]
    """Everything since the last crash, in the order of the history."""
    written: Sequence[Written] = ()
    found: Mapping[str, str] = MappingProxyType({})
    """Setting to its value after the crash; those that are missing are not looked at."""


def violations(log: Log) -> list[str]:
    """One sentence each; [] if every promise is kept."""
    return [
        *_twice(log),
        *_never_sent(log),
        *_lost(log),
        *_refused(log),
        *_reordered(log),
        *_changes_undone(log),
        *_settings_undone(log),
    ]


def _keys(log: Log, *wanted: What) -> dict[str, Entry]:
    return {each.key: each for client in log.clients for each in client.entries if each.what in wanted}


def _gone(log: Log) -> tuple[set[str], set[str]]:
    """(keys whose deletion is stored, keys whose deletion was asked for)."""
    stored = {row.of for row in log.stored if row.kind == "redaction"}
    asked = {each.of for each in _keys(log, "sent").values() if each.kind == "redaction"}
    return stored, asked


def _twice(log: Log) -> Iterator[str]:
    for key, count in Counter(row.key for row in log.stored).items():
        if count > 1:
            yield f"doubled: {key} is stored {count} times"
    for msgid, count in Counter(row.msgid for row in log.stored).items():
        if count > 1:
            yield f"doubled: the msgid {msgid} is stored {count} times"
    for client in log.clients:
        received = Counter(each.key for each in client.entries if each.what in {"acked", "seen"})
        yield from (f"doubled: {client.name} has received {key} twice" for key, count in received.items() if count > 1)


def _never_sent(log: Log) -> Iterator[str]:
    sent = _keys(log, "sent")
    yield from (f"never sent: {row.key}" for row in log.stored if row.key not in sent)


def _lost(log: Log) -> Iterator[str]:
    stored = {row.key for row in log.stored}
    _, asked = _gone(log)
    for client in log.clients:
        for each in client.entries:
            if each.what in {"acked", "seen"} and each.key not in stored:
                # With its message, an edit's text goes too.
                if each.key in asked or (each.kind == "edit" and each.of in asked):
                    continue
                word = "acknowledged" if each.what == "acked" else "seen"
                yield f"lost: {each.key} was {word} by {client.name} and is not stored"


def _refused(log: Log) -> Iterator[str]:
    refused = _keys(log, "refused")
    yield from (f"refused but stored: {row.key}" for row in log.stored if row.key in refused)


def _reordered(log: Log) -> Iterator[str]:
    place = {row.key: at for at, row in enumerate(log.stored)}
    for client in log.clients:
        for what in (("acked", "seen"), ("sent",)):
            known = [each.key for each in client.entries if each.what in what and each.key in place]
            for one, other in itertools.pairwise(known):
                if place[one] > place[other]:
                    order = "sent" if what == ("sent",) else "received"
                    yield f"reordered: {client.name} has {order} {one} before {other}"


def _changes_undone(log: Log) -> Iterator[str]:
    gone, asked = _gone(log)
    texts = {row.key: row.text for row in log.stored if row.kind == "message"}
    yield from (f"undone: {key} is deleted and can be read" for key in gone if key in texts)
    for key, text in texts.items():
        edits = [row for row in log.stored if row.kind == "edit" and row.of == key]
        if edits and text != edits[-1].text and key not in asked:
            yield f"undone: {key} reads {text!r} and not {edits[-1].text!r}"


def _settings_undone(log: Log) -> Iterator[str]:
    for setting, value in log.found.items():
        mine = [each for each in log.written if each.setting == setting]
        acked = max((at for at, each in enumerate(mine) if each.what == "acked"), default=-1)
        places = [at for at, each in enumerate(mine) if each.value == value]
        if not places:
            if acked >= 0:
                yield f"undone: {setting} is {value!r}, which nobody has written"
        elif mine[places[-1]].what == "refused":
            yield f"refused but stored: {setting} is {value!r}"
        elif places[-1] < acked:
            yield f"undone: {setting} is {value!r} again, {mine[acked].value!r} was acknowledged later"
