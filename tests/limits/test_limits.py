"""The table of limits: complete, as it is in docs/limits.md, and true."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import reach_chat
import reach_server

DOCS = Path(__file__).parents[2] / "docs"
_SPEC = importlib.util.spec_from_file_location("make_limits", DOCS / "make_limits.py")
assert _SPEC is not None
assert _SPEC.loader is not None
make_limits = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make_limits)

REACH = {**reach_chat.REACH, **reach_server.REACH}


def test_the_page_is_up_to_date() -> None:
    """`python docs/make_limits.py` writes it again."""
    assert (DOCS / "limits.md").read_text(encoding="utf-8") == make_limits.text()


def test_every_number_of_the_settings_has_a_row() -> None:
    """Or a reason why it is no limit; no row is there twice, and none for what is gone."""
    keys = [row.key for row in make_limits.rows()]
    assert len(keys) == len(set(keys))
    settings = {key for key in keys if key.split(".")[0] in make_limits.SECTIONS}
    assert settings | set(make_limits.NOT_LIMITS) == set(make_limits.numbers())
    assert not settings & set(make_limits.NOT_LIMITS)


def test_every_row_is_reached() -> None:
    """A row without a test fails, and a test without a row."""
    assert set(REACH) == {row.key for row in make_limits.rows()}


@pytest.mark.parametrize("key", [row.key for row in make_limits.rows()])
def test_the_answer_is_what_the_table_says(key: str) -> None:
    """Each part in `code` is in what is answered above the limit."""
    (row,) = (row for row in make_limits.rows() if row.key == key)
    expected = re.findall("`([^`]+)`", row.answer)
    assert expected
    found = REACH[key]()
    for part in expected:
        assert part in found
