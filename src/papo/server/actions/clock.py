"""The server's clock: reviewed regularly, accepted by its administrator, and what a wrong one has left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from papo.i18n import N_
from papo.protocol.times import DAY_MS, iso_time
from papo.server.actions.actor import user_of
from papo.server.actions.alarms import clear_alarm, set_alarm
from papo.server.delivery.clock import SLEW_MS
from papo.server.world.events import MarkerSet
from papo.server.world.records import Account, Ban, ClockRecord, Presence

if TYPE_CHECKING:
    from papo.server.actions.accounts.administer import Sentence
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat

KEEP_INTERVAL_MS = 3_600_000
"""How far the believed time goes before it is stored again."""
AHEAD = N_(
    "the clock of this machine is {days} days ahead of the time at which the server ran last, so nothing is "
    "deleted for its age; set the clock, or if it is right, run: papo clock accept"
)
BEHIND = N_(
    "the clock of this machine is {days} days behind the time at which the server ran last; set the clock, or "
    "if it is right, run: papo clock accept"
)
Correct = Callable[[int], int]
"""A time to the right one; one that is not after now stays."""


def review(chat: Chat) -> None:
    """Bring the believed time up to date, and store it; sound the alarm if the clock cannot be believed."""
    clock = chat.clock
    clock.review()
    if clock.is_doubted:
        text = AHEAD if clock.skew_ms > 0 else BEHIND
        set_alarm(chat, "clock", text, days=abs(clock.skew_ms) // DAY_MS)
        return
    clear_alarm(chat, "clock", N_("the clock of this machine agrees with what the server has stored again"))
    if clock.leaves_traces:
        # The store may refuse the corrections, so only finding none says that there are none to make.
        clock.leaves_traces = _correct_times(chat)
    record = chat.world.registry.clock.get("")
    believed_ms = clock.believed_ms
    if record is None or abs(believed_ms - record.believed_ms) >= KEEP_INTERVAL_MS:
        chat.records.store_soon(ClockRecord(believed_ms=believed_ms))


async def show(chat: Chat, actor: Actor) -> list[Sentence]:
    """What `papo clock` prints."""
    del actor
    clock = chat.clock
    lines: list[Sentence] = [
        (N_("The clock of this machine shows {time}."), {"time": iso_time(chat.now_ms())}),
    ]
    if clock.is_doubted:
        lines += [
            (N_("By what the server has stored, it should show about {time}."), {"time": iso_time(clock.expected_ms)}),
            (N_("Nothing is deleted for its age. If the clock is right, run: papo clock accept"), {}),
        ]
    else:
        lines.append((N_("The server believes it."), {}))
    return lines


async def accept(chat: Chat, actor: Actor) -> list[Sentence]:
    """Believe the machine's clock, once that is on disk: `papo clock accept`. Raises Refused."""
    now_ms = chat.now_ms()
    chat.audit(user_of(actor), "CLOCK accept", iso_time(now_ms))
    await chat.records.store(ClockRecord(believed_ms=now_ms))
    chat.clock.accept()
    review(chat)
    time = iso_time(now_ms)
    return [(N_("The server believes {time}, and deletes what is older than it keeps."), {"time": time})]


ACTIONS = {"clock": show, "clock accept": accept}
"""What `papo clock` may ask of a server, running or stopped."""


def _correct_times(chat: Chat) -> bool:
    """Correct times to come that a clock which was ahead has left where they would matter until then.

    Returns whether there were any.

    A read marker would hide what is unread, a device would miss its replay, an account not own what it says. Times of
    messages, topics and the like stay as they were shown.
    """
    now_ms, stepped_ms, found = chat.now_ms(), chat.clock.stepped_back_ms, False

    def correct(at_ms: int) -> int:
        return at_ms if at_ms <= now_ms + SLEW_MS else min(now_ms, at_ms - stepped_ms)

    for record in tuple(chat.world.registry.records()):
        corrected = _CORRECTED[type(record)](record, correct) if type(record) in _CORRECTED else record
        if corrected != record:
            found = True
            chat.records.store_soon(corrected)
    uids = {user.identity: user.uid for user in chat.world.users.values()}
    for identity, markers in tuple(chat.world.read_markers.items()):
        for target, read_at_ms in tuple(markers.items()):
            right_ms = correct(read_at_ms)
            if right_ms != read_at_ms:
                found = True
                account = None if identity[:1] == "~" else chat.world.registry.name_of(identity)
                stamp = chat.server_stamp() | {"uid": uids.get(identity, ""), "account": account}
                chat.emit(MarkerSet(**stamp, identity=identity, target=target, read_at_ms=right_ms))
    return found


def _account(record: Account, correct: Correct) -> Account:
    times = {name: correct(getattr(record, name)) for name in ("named_at_ms", "seen_ms", "not_before_ms")}
    return msgspec.structs.replace(record, **times)


def _presence(record: Presence, correct: Correct) -> Presence:
    devices = {device: correct(at_ms) for device, at_ms in record.devices.items()}
    return msgspec.structs.replace(record, devices=devices)


def _ban(record: Ban, correct: Correct) -> Ban:
    at_ms = correct(record.at_ms)
    until_ms = record.until_ms and record.until_ms - (record.at_ms - at_ms)
    return msgspec.structs.replace(record, at_ms=at_ms, until_ms=until_ms)


_CORRECTED: dict[type, Callable[[Any, Correct], Any]] = {Account: _account, Presence: _presence, Ban: _ban}
