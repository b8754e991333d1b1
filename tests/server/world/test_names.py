from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papo.server.world.confusables import skeletons
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


UNSEEN = "\ufe0f\u034f\u180b\u3164\u115f\u1160\uffa0\u17b4\u200b\u200c\u200d\u2060\u2800\u00ad\u061c\u202e\u2066\ufeff"
UNSEEN += "\U000e0100\U000e0041\U0001d159\U00016fe4\U00013440\ue000\U0010fffd\u0085\u2028\u2029\x9b\ufff9\ufffc"
UNSEEN += "\u2065\u0378\U0001da7f\U0001da80"
WORDS: tuple[str, ...] = (
    "FILLER",
    "VARIATION SELECTOR",
    "INVISIBLE",
    "ZERO WIDTH",
    "BLANK",
    "JOINER",
    "NULL NOTEHEAD",
    "SEPARATOR",
)
WORDS += ("SPACE", "SOFT HYPHEN", "DIRECTIONAL", "LEFT-TO-RIGHT", "RIGHT-TO-LEFT", "TAG ", "WORD JOINER")


@pytest.mark.parametrize("char", UNSEEN, ids=lambda char: f"U+{ord(char):04X}")
def test_what_is_not_seen_is_in_no_name(char: str) -> None:
    """Neither alone nor beside letters: `ana` would be two people."""
    for nick in (char, f"ana{char}", f"{char}ana", f"a{char}na", f"joão{char}", f"_{char}"):
        assert not valid_nick(nick, 64), ascii(nick)
    for channel in (f"#{char}", f"#sala{char}", f"#{char}sala", f"#sa{char}la", f"#{char}{char}"):
        assert not valid_channel(channel, 64), ascii(channel)
    assert to_nick(f"ana{char}", 64) == "ana"


def test_no_character_without_a_shape_is_in_a_name() -> None:
    """Unicode's own names say which those are, whatever tables we use."""
    for number in range(0x80, sys.maxunicode):
        char = chr(number)
        category = unicodedata.category(char)
        many = (
            category in {"Co", "Cn", "Cs"} and number % 997
        )  # unassigned, private: hundreds of thousands, all the same
        if category[0] not in "CZM" or many:
            continue
        name = unicodedata.name(char, "")
        if category[0] in "CZ" or any(word in name for word in WORDS):
            assert not valid_nick(f"ana{char}", 64), name or hex(number)
            assert not valid_channel(f"#sala{char}", 64), name or hex(number)


@pytest.mark.parametrize(
    "name",
    [
        *("João", "Conceição", "ß", "Ærø", "naïve", "Łukasz", "İbrahim", "Ðorđe"),
        *("محمد", "علي_1", "نیم\u200cفاصله", "فاطمة"),
        *("दुःख", "क्\u200dष", "हिन्दी", "श्री"),
        *("한글", "김철수_2", "太郎", "さくら", "カタカナ", "佐々木", "たろうtaro", "スーパー", "王小明abc"),
        *("Зоя", "Μαρία", "שלום", "தமிழ்", "ქართული"),
    ],
)
def test_ordinary_names_work(name: str) -> None:
    """Of people and of channels."""
    assert valid_nick(name, 32)
    assert valid_channel(f"#{name}", 64)
    assert to_nick(name, 32) == name
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "#💥",
            "#❤️",
            "#❤",
            "#👨\u200d👩\u200d👧",
            "#🏳️\u200d🌈",
            "#🇧🇷",
            "#👍🏽",
            "#⠃⠗⠇",
            "#1️⃣",
            "#🏴\U000e0067\U000e0062\U000e007f",
        ),
        *(
            "#ação",
            "#ac\u0327a\u0303o",
            "#aula-русский",
            "#c++",
            "#¿qué?",
            "#50%-off",
            "#قناة-عربية",
            "#한국-channel",
            "#日本語🎉",
        ),
    ],
)
def test_channels_have_emoji_and_words(name: str) -> None:
    """A channel's name is a title."""
    assert valid_channel(name, 64)


@pytest.mark.parametrize(
    "name",
    [
        "аnа",
        "pаypal",
        "ανaλ",
        "ana\u0301\u0301",
        "a\u0300\u0302\u0303\u0308\u0323",
        "ａｎａ",
        "a²",
        "a\u20dd",
        "שa",
        "𓀀a",
        "①a",
    ],
)
def test_no_nick_mixes_what_looks_alike(name: str) -> None:
    """One script, few marks, no other shapes of the same letters (UTS 39; RFC 8265)."""
    assert not valid_nick(name, 64)


@pytest.mark.parametrize(
    "name", ["#pаypal", "#\u0301a", "#\u20e3", "#ab אב cd", "#1א", "#a\ufe0fb", "#a\u200db", "#🏴x\U000e0067"]
)
def test_no_channel_plays_tricks(name: str) -> None:
    """Mixed words, marks on the `#`, letters that change places, joiners where there is nothing to join."""
    assert not valid_channel(name, 64)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("ana", f"ana{char}") for char in "\ufe0f\u034f\u180b\u3164\u115f\U000e0100\u2800"),
        *(
            ("cora", "сога"),
            ("ANA", "ΑΝΑ"),
            ("maria", "mari\u0307a"),
            ("ibrahim", "İbrahim"),
            ("ANI", "ΑΝΙ"),
            ("#❤", "#❤️"),
        ),
        *(("joão", "joa\u0303o"), ("strasse", "STRAẞE"), ("ana", "ａｎａ"), ("pola", "роІа")),
    ],
)
def test_names_that_look_alike_have_a_key_in_common(one: str, other: str) -> None:
    """However they are written."""
    assert set(skeletons(one)) & set(skeletons(other))


@given(name=ANY)
def test_a_skeleton_is_its_own(name: str) -> None:
    """What looks like a name has the same key, however often it is asked."""
    for key in skeletons(name):
        assert key in skeletons(key)


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
