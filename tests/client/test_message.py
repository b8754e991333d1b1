"""Buffer lines from lines of IRC."""

from __future__ import annotations

import pytest

from papo.client.state.message import message_line
from papo.protocol.irc import Line


@pytest.mark.parametrize(
    ("time", "at_ms"),
    [
        ("2026-11-20T22:15:00.123Z", 1_795_212_900_123), ("2026-11-20T22:15:00Z", 1_795_212_900_000),
        ("2026-11-20T22:15:00.5Z", 1_795_212_900_500), ("x", None), ("2026-99-20T22:15:00.123Z", None), ("", None),
        ("2026-11-20T22:15:00.1x3Z", None),
    ],
)  # fmt: skip
def test_times(time: str, at_ms: int | None) -> None:
    line = message_line(Line("PRIVMSG", ["#a", "x"], "bia!b@h", {"time": time}), mine=False)
    assert line.at_ms == at_ms or (at_ms is None and line.at_ms > 1_700_000_000_000)
