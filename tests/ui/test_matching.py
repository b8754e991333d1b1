"""Lists that shrink while the user types."""

from __future__ import annotations

import pytest

from papo.ui.matching import matching

NAMES = ["#geral", "Coração", "#redes de computadores", "@bia", "computação"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", NAMES),
        ("coracao", ["Coração"]),
        ("#comp", ["computação", "#redes de computadores"]),
        ("comp red", ["#redes de computadores"]),
        ("bia", ["@bia"]),
        ("nothing", []),
    ],
)
def test_every_word_must_be_contained(typed: str, found: list[str]) -> None:
    """What begins with the first word comes first."""
    assert matching(NAMES, typed, str) == found
