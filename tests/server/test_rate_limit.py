"""Buckets and windows, with a clock of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.rate_limit import KeyedBuckets, Rate, SlidingWindow, TokenBucket, per_minute


@given(
    per_s=st.floats(0.1, 100),
    burst=st.floats(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 150)), max_size=60),
)
def test_bucket_never_gives_more_than_burst_and_rate(
    per_s: float, burst: float, steps: list[tuple[float, float]]
) -> None:
    """In any time it gives at most the burst and what has flowed in, and the wait it names is enough."""
    rate = Rate(per_s, burst)
    bucket = TokenBucket(rate, 0.0)
    now_s = given_out = 0.0
    for pause_s, cost in steps:
        now_s += pause_s
        wait_s = bucket.spend(rate, now_s, cost)
        assert wait_s >= 0
        if wait_s:
            now_s += wait_s + 1e-6
            assert bucket.spend(rate, now_s, cost) == 0.0
        given_out += min(cost, burst)
        assert given_out <= burst + now_s * per_s + 1e-3


def test_cost_greater_than_the_burst_is_paid_off_afterwards() -> None:
    """It needs a full bucket, and the next one waits for all of it."""
    rate = Rate(1, 10)
    bucket = TokenBucket(rate, 0.0)
    assert bucket.spend(rate, 0.0, 15) == 0.0
    assert bucket.spend(rate, 0.0, 1) == 6.0
    assert bucket.spend(rate, 5.0, 15) == 10.0
    assert bucket.spend(rate, 15.0, 15) == 0.0


def test_clock_that_goes_back_changes_nothing() -> None:
    """An earlier time neither fills nor empties the bucket."""
    rate = Rate(1, 2)
    bucket = TokenBucket(rate, 100.0)
    assert bucket.spend(rate, 100.0, 2) == 0.0
    assert bucket.spend(rate, 50.0, 1) == 1.0
    assert bucket.spend(rate, 101.0, 1) == 0.0


def test_new_rate_counts_at_once() -> None:
    """A reload may give more or less."""
    bucket = TokenBucket(Rate(1, 2), 0.0)
    assert bucket.spend(Rate(1, 2), 0.0, 2) == 0.0
    assert bucket.spend(Rate(4, 2), 0.0) == 0.25
    assert bucket.spend(Rate(4, 2), 0.25) == 0.0


def test_refused_costs_take_nothing() -> None:
    """Three in a minute, one each 20 s afterwards, however often somebody tries in between."""
    rate = per_minute(3)
    bucket = TokenBucket(rate, 0.0)
    allowed = [now_s for now_s in range(120) if not bucket.spend(rate, float(now_s))]
    assert allowed == [0, 1, 2, 20, 40, 60, 80, 100]


def test_keys_have_a_bucket_each_and_memory_is_bounded() -> None:
    """Full buckets are forgotten first, then the oldest."""
    rate = Rate(1, 1)
    buckets = KeyedBuckets(max_keys=3)
    assert [buckets.spend(key, rate, 0.0) for key in ("ana", "bia", "ana")] == [0.0, 0.0, 1.0]
    assert buckets.spend("cris", rate, 0.5) == 0.0
    assert buckets.spend("davi", rate, 1.0) == 0.0
    assert len(buckets) == 2
    assert buckets.spend("cris", rate, 1.0) == 0.5
    for key in range(10):
        buckets.spend(key, rate, 1.0)
        assert len(buckets) <= 3


@pytest.mark.parametrize("count", [1, 3])
def test_window_allows_so_many_in_any_time(count: int) -> None:
    """The next is allowed when the first leaves the window, not before; refused ones do not count."""
    window = SlidingWindow(max_times=5)
    assert [window.allow("#sala", count, 10, 0.0) for _ in range(count + 1)] == [True] * count + [False]
    assert not window.allow("#sala", count, 10, 9.9)
    assert window.allow("#outra", count, 10, 9.9)
    assert window.allow("#sala", count, 10, 10.0)


def test_window_moves_with_its_key() -> None:
    """A channel that is renamed keeps its count."""
    window = SlidingWindow(max_times=2)
    window.note("#velha", 0.0)
    window.move("#velha", "#nova")
    window.move("#nenhuma", "#outra")
    assert window.count("#velha", 10, 1.0) == 0
    assert window.count("#nova", 10, 1.0) == 1
    assert len(window) == 1


def test_window_memory_is_bounded() -> None:
    """The oldest key goes first; a key keeps no more times than it needs."""
    window = SlidingWindow(max_times=2, max_keys=3)
    for key in range(10):
        for _ in range(5):
            window.note(key, 0.0)
    assert len(window) == 3
    assert [window.count(key, 10, 1.0) for key in (6, 7, 8, 9)] == [0, 2, 2, 2]
