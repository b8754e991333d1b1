from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.times import from_iso, iso_time


@given(at_ms=st.integers(0, 253_402_300_799_999))
def test_times_round_trip(at_ms: int) -> None:
    """Every millisecond until the year 9999 reads back as written."""
    assert from_iso(iso_time(at_ms)) == at_ms


def test_a_time_is_written_as_server_time_asks() -> None:
    """IRCv3 server-time: UTC with milliseconds."""
    assert iso_time(1_700_000_000_007) == "2023-11-14T22:13:20.007Z"


def test_what_is_no_time_reads_as_none() -> None:
    """Impossible dates and other forms are refused, not guessed."""
    for text in ("", "ontem", "2023-13-01T00:00:00.000Z", "2023-11-14 22:13:20", "0001-01-01T00:00:00Z", "２０２３"):
        assert from_iso(text) is None
