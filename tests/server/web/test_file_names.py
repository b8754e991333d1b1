"""Names and ids of uploaded files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.web.uploads import clean_name, new_id


def test_an_id_is_a_day_and_cannot_be_guessed() -> None:
    """Its length is fixed."""
    made = {new_id(0) for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith("19700101") and len(each) == 30 for each in made)


@given(st.text(max_size=200))
def test_a_name_is_harmless_whatever_it_was(name: str) -> None:
    """No path, no header, no change of text direction."""
    clean = clean_name(name)
    assert 0 < len(clean) <= 100
    assert clean == clean.strip(" .")
    assert clean.isprintable()
    assert not set(clean) & set('/\\:*?"<>|\0\u202e\u2066\u200f')
    clean.encode()


@pytest.mark.parametrize(("name", "clean"), [
    ("", "file"), ("..", "file"), (" . ", "file"), ("/etc/passwd", "passwd"), ("C:\\a\\b.txt", "b.txt"),
    ("../../x", "x"), ("a\u202egpj.exe", "a_gpj.exe"), ("a\r\nb", "a_b"), ("n" * 300 + ".jpeg", "n" * 95 + ".jpeg"),
])  # fmt: skip
def test_names(name: str, clean: str) -> None:
    """Names that clients send."""
    assert clean_name(name) == clean
