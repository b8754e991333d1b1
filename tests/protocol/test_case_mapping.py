"""Which names are the same: for the server, its 005, and both clients (the web client: `case_mapping.test.js`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.case_mapping import OURS, UTF8MAPPINGS
from papo.client.session.isupport import Support
from papo.server.world.names import fold

MAPPINGS: list[Any] = json.loads(Path(__file__).with_name("case_mapping.json").read_text(encoding="utf-8"))


def support(tokens: str) -> Support:
    """A client that has read this 005."""
    read = Support()
    read.update(["CASEMAPPING=ascii", *tokens.split()])
    return read


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda each: each["tokens"])
def test_names_fold_as_the_server_says(mapping: Any) -> None:
    """The client's fold is that of the tokens; of ours, the server's own."""
    read = support(mapping["tokens"])
    for name, folded in mapping["names"]:
        assert read.fold(name) == folded, ascii(name)
        assert read.fold(folded) == folded, ascii(name)
        if mapping["tokens"] == f"UTF8MAPPING={OURS}":
            assert fold(name) == folded, ascii(name)


@given(name=st.text(max_size=12))
def test_client_and_server_agree_about_every_name(name: str) -> None:
    """Whatever it is, folded once or twice."""
    read = support(f"UTF8MAPPING={OURS}")
    assert read.fold(name) == fold(name) == UTF8MAPPINGS[OURS](name) == fold(fold(name))
