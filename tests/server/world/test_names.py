from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from papo.server.world.masks import matches, normalise
from papo.server.world.names import fold, to_nick, valid_channel, valid_nick

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
SMALL = st.text("ab*?!@", max_size=8)


@given(wanted=ANY, limit=st.integers(9, 64))
def test_any_name_becomes_a_valid_nick(wanted: str, limit: int) -> None:
    """What people call themselves in a classroom dialect always gives a nick that IRC accepts."""
    assert valid_nick(to_nick(wanted, limit), limit)


@given(name=ANY)
def test_folding_twice_is_folding_once(name: str) -> None:
    """The key of a key is itself, so keys can be stored and compared."""
    assert fold(fold(name)) == fold(name)


def test_names_that_look_alike_by_case_or_composition_are_one() -> None:
    """`JOÃO`, `joão` composed and decomposed."""
    assert fold("JOÃO") == fold("joão") == fold("joa\u0303o")
    assert fold("ANA[") == "ana["


def test_what_a_nick_may_not_be() -> None:
    """Digits or dashes first, spaces, masks, control and invisible characters, services."""
    for bad in (
        "",
        "9a",
        "-a",
        "a b",
        "a!b",
        "a@b",
        "a*",
        "a:b",
        "#a",
        "a\u200bb",
        "a\u202eb",
        "\x02a",
        "NickServ",
        "a" * 33,
    ):
        assert not valid_nick(bad, 32), bad
    for good in ("a", "[x]", "joão", "Зоя", "太郎", "a-9", "_"):
        assert valid_nick(good, 32), good


def test_what_a_channel_may_not_be() -> None:
    """No spaces, commas, colons, control or invisible characters."""
    for bad in ("", "#", "sala", "#a b", "#a,b", "#a:b", "#a\x07", "#a\u200b", "#" + "a" * 64):
        assert not valid_channel(bad, 64), bad
    for good in ("#a", "##", "#sala-1", "#ação", "#💥"):
        assert valid_channel(good, 64), good


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


def test_a_mask_of_many_stars_takes_no_longer() -> None:
    """No mask makes the matcher try all combinations (F18): this would take years."""
    began = time.process_time()

    assert not matches("*a" * 60 + "b", "a" * 5_000)
    assert time.process_time() - began < 20  # a bound against years, not a measurement


def test_masks_are_filled_in() -> None:
    """What a person leaves out is a star."""
    assert normalise("ana") == "ana!*@*"
    assert normalise("*@host") == "*!*@host"
    assert normalise("a!b@c") == "a!b@c"
    assert normalise("") == "*!*@*"
