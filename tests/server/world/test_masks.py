"""Masks: as the obvious matcher says, whatever is in them, and never slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.world.masks import ACCOUNT, MUTE, matches, normalise

SMALL = st.text("ab*?!@", max_size=8)
AWKWARD = st.text("a*?\\.[](){}^$|+-\n", max_size=7)


def naive(mask: str, text: str) -> bool:
    """The obvious matcher."""
    if not mask:
        return not text
    if mask[0] == "*":
        return any(naive(mask[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and mask[0] in ("?", text[0]) and naive(mask[1:], text[1:])


@given(mask=SMALL, text=st.text("ab!@", max_size=10))
def test_masks_match_as_the_obvious_matcher_does(mask: str, text: str) -> None:
    """`*` is any run, `?` any one character."""
    assert matches(mask, text) == naive(mask, text)


@given(mask=AWKWARD, text=st.text("a\\.[](){}^$|+-\n", max_size=7))
def test_no_other_character_means_anything(mask: str, text: str) -> None:
    """What regular expressions give a meaning stands for itself; nicks are full of it."""
    assert matches(mask, text) == naive(mask, text)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_everything_fits_itself_and_a_star(text: str) -> None:
    """And the same in another case."""
    plain = text.replace("*", "").replace("?", "")
    assert matches("*", text)
    assert matches(plain, plain)
    assert matches(plain.swapcase().swapcase(), plain) or plain.swapcase().swapcase() != plain


@pytest.mark.parametrize(
    "mask",
    ["*a" * 60 + "b", "*" * 500 + "b", "*a?" * 80 + "b", "*?" * 120 + "b", "*" + "?a" * 100 + "*b", "*ab" * 80 + "*c"],
)
@pytest.mark.parametrize("text", ["a" * 5_000, "ab" * 2_500])
def test_a_mask_of_many_stars_takes_no_longer(mask: str, text: str) -> None:
    """No mask makes the matcher try all combinations (F18): with them, this would take years."""
    began_s = time.process_time()
    matches(mask, text)

    assert time.process_time() - began_s < 20  # a bound against years, not a measurement


def test_masks_are_filled_in() -> None:
    """What a person leaves out is a star."""
    assert normalise("ana") == "ana!*@*"
    assert normalise("*@host") == "*!*@host"
    assert normalise("a!b@c") == "a!b@c"
    assert normalise("a!b") == "a!b@*"
    assert normalise("") == "*!*@*"


@given(mask=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_a_filled_in_mask_stays_as_it_is(mask: str) -> None:
    """It names an account or has three parts, is one word and no client's last parameter, and completes itself."""
    full = normalise(mask)
    assert normalise(full) == full
    if not full.removeprefix(MUTE).startswith(ACCOUNT):
        assert "!" in full
        assert "@" in full
    assert " " not in full
    assert full[0] != ":"
