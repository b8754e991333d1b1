"""SASL messages in chunks of base64."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.protocol.sasl import CHUNK_LENGTH, chunks


@given(st.binary(max_size=1_000))
def test_chunks_can_be_put_together_again(message: bytes) -> None:
    """All but the last are full, and the last never is: that is how the other side knows it."""
    *full, last = chunks(message)
    assert all(len(chunk) == 400 for chunk in full)
    assert len(last) < CHUNK_LENGTH == 400
    assert base64.b64decode("".join(full) + ("" if last == "+" else last)) == message


@pytest.mark.parametrize("message", [b"", bytes(300)])
def test_an_empty_last_chunk_is_a_plus(message: bytes) -> None:
    """300 bytes are exactly 400 characters."""
    assert chunks(message)[-1] == "+"
