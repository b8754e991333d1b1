"""The clock of the events, and the msgids made with it, on clocks that jump."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.times import DAY_MS
from papo.server.delivery import msgid
from papo.server.delivery.clock import SLEW_MS, Clock
from papo.server.delivery.msgid import IdGenerator

NOW_MS = 1_700_000_000_000


class Machine:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.uptime_s = 100.0

    def monotonic_s(self) -> float:
        """As `time.monotonic`."""
        return self.uptime_s

    def pass_s(self, seconds: float) -> None:
        """Time passes, on both clocks."""
        self.uptime_s += seconds
        self.now_ms += int(seconds * 1000)

    def clock_s(self) -> float:
        """As `time.time`."""
        return self.now_ms / 1000


@pytest.fixture(name="machine")
def _machine() -> Machine:
    return Machine()


def test_after_a_jump_forward_and_back_times_follow_the_right_clock(machine: Machine) -> None:
    """Not that of the jump."""
    clock = Clock(machine.clock_s, machine.monotonic_s)
    machine.now_ms += 365 * DAY_MS
    assert clock.now_ms() == machine.now_ms
    machine.now_ms = NOW_MS + 5
    assert clock.now_ms() == machine.now_ms


def test_a_start_after_events_of_a_time_to_come_follows_the_clock(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    """What is on disk does not keep the server in another year; the log says so, once."""
    clock = Clock(machine.clock_s, machine.monotonic_s, NOW_MS + 365 * DAY_MS)
    assert [clock.now_ms(), clock.now_ms()] == [NOW_MS, NOW_MS]
    assert caplog.text.count("365 days behind the newest event") == 1


def test_a_clock_that_is_set_back_a_little_is_waited_for(machine: Machine) -> None:
    """Time runs at half speed, and never back, until both agree; another step back begins again."""
    clock = Clock(machine.clock_s, machine.monotonic_s)
    for start_ms in (NOW_MS, NOW_MS + 50_000):
        machine.now_ms = start_ms + 4_000
        assert clock.now_ms() == start_ms + 4_000
        given_out = []
        for _ in range(10):
            given_out.append(clock.now_ms() - start_ms)
            machine.now_ms += 1_000 if given_out[1:] else -3_000
        assert given_out == [4_000, 4_000, 4_500, 5_000, 5_500, 6_000, 6_000, 7_000, 8_000, 9_000]


@given(st.lists(st.integers(-2 * SLEW_MS, 2 * SLEW_MS), max_size=60))
def test_time_stays_near_the_clock_and_runs_back_only_with_it(steps: list[int]) -> None:
    """Never behind the machine's clock, ahead of it by at most the slew, and back only over more than the slew."""
    machine = Machine()
    clock = Clock(machine.clock_s, machine.monotonic_s)
    before_ms = clock.now_ms()
    for step in steps:
        machine.now_ms += step
        at_ms = clock.now_ms()
        assert machine.now_ms <= at_ms <= machine.now_ms + SLEW_MS
        assert at_ms >= before_ms or before_ms - machine.now_ms > SLEW_MS
        before_ms = at_ms


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 12)), max_size=40))
def test_msgids_are_unique_and_sorted_whatever_the_clock_does(turns: list[tuple[int, int]]) -> None:
    """With a counter of four for a millisecond: sorted from one step back to the next, unique over all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(msgid, "_PAIRS", ["a", "b", "c", "d"])
        ids, at_ms = IdGenerator(), NOW_MS
        runs: list[list[str]] = [[]]
        for step, count in turns:
            at_ms += step
            if step < 0:
                runs.append([])
            runs[-1] += [ids.msgid(at_ms) for _ in range(count)]
    for run in runs:
        assert run == sorted(run)
    made = list(itertools.chain(*runs))
    assert len({*made}) == len(made)


def test_the_counter_carries_into_the_next_millisecond() -> None:
    """More msgids in one than it has numbers for: a million."""
    ids = IdGenerator()
    before = ids.msgid(NOW_MS)
    for _ in range((1 << 20) + 5):
        made = ids.msgid(NOW_MS)
        assert made > before
        before = made
    following = ids.msgid(NOW_MS + 1)
    assert following > before
    assert ids.msgid(NOW_MS + 2) > following
