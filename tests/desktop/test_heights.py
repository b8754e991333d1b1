"""Heights of rows: pure logic."""

from __future__ import annotations

import random

from papo.desktop.timeline.heights import Heights


def test_heights_are_sums_of_what_is_known() -> None:
    """Against a expected list."""
    chance = random.Random(3)
    heights = Heights(40)
    heights.reset(2_000)
    expected = [40] * 2_000
    for _ in range(500):
        at, height = chance.randrange(len(expected)), chance.randrange(20, 300)
        heights.set(at, height)
        expected[at] = height
    heights.resize(1_700, 1_900)
    expected = expected[:1_700] + [40] * 200
    assert len(heights) == len(expected)
    assert heights.total == sum(expected)
    for at in (0, 1, 511, 512, 513, 1_699, 1_700, 1_899):
        assert heights.top(at) == sum(expected[:at])
        assert heights.row(heights.top(at)) == (at, heights.top(at))
    assert heights.row(10**9)[0] == 1_899
    assert Heights(40).row(5) == (0, 0)
