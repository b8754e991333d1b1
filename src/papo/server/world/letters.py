"""Which characters a name may have: the classes and rules of PRECIS (RFC 8264, 8265), and Unicode UTS 39 on scripts.

All of it is about names beyond ASCII. The library's tables and Python's Unicode data agree on what is assigned: what
this Python does not know is in no name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

MAX_MARKS = 4
"""Marks on one letter (UTS 39, section 5.4): more of them cover the lines above and below."""
_JOINERS = "\u200c\u200d"
"""PRECIS has let them pass: only between letters that they join or part."""
VARIATION, JOINER, FLAG = "\ufe0f", "\u200d", "\U0001f3f4"
_EMOJI_PUNCTUATION = "\u203c\u2049\u3030"
_KEYCAPS = "0123456789"
_BLANK = frozenset("\u2800\U0001d159\ufffc")
"""Symbols without a shape, which Unicode does not call ignorable."""
_NEUTRAL = frozenset({"ON", "ES", "CS", "ET"})
_RECOMMENDED = """
ARABIC ARMENIAN BENGALI BOPOMOFO CYRILLIC DEVANAGARI ETHIOPIC GEORGIAN GREEK GUJARATI GURMUKHI HAN HANGUL HEBREW
HIRAGANA KANNADA KATAKANA KHMER LAO LATIN MALAYALAM MYANMAR ORIYA SINHALA TAMIL TELUGU THAANA THAI TIBETAN
"""
"""UAX 31, table 5."""
_LIMITED_USE = """
ADLAM BALINESE BAMUM BATAK CANADIAN_ABORIGINAL CHAKMA CHAM CHEROKEE HANIFI_ROHINGYA JAVANESE KAYAH_LI LEPCHA LIMBU
LISU MANDAIC MEETEI_MAYEK MIAO NEWA NEW_TAI_LUE NKO NYIAKENG_PUACHUE_HMONG OL_CHIKI OSAGE SAURASHTRA SUNDANESE
SYLOTI_NAGRI SYRIAC TAI_LE TAI_THAM TAI_VIET TIFINAGH VAI WANCHO YI
"""
"""UAX 31, table 7."""
_MODERN = frozenset((_RECOMMENDED + _LIMITED_USE).split())
"""Scripts that people write today; in the others are marks without a shape, and nobody's name."""
_ANY = frozenset({"COMMON", "INHERITED"})
_IN_TITLES = _ANY | {"BRAILLE", "Unknown"}
"""Scripts of symbols too; unknown are emoji that are newer than the table."""
_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Scripts of one name (UTS 39, section 5.2, "highly restrictive")."""


class _Precis(NamedTuple):
    username: Any
    freeform: Any
    bidi_rule: Any
    has_rtl: Any
    data: Any


@lru_cache(maxsize=1)
def _precis() -> _Precis:
    from precis_i18n import bidi, get_profile, unicode  # noqa: PLC0415 -- for names beyond ASCII only

    return _Precis(
        get_profile("UsernameCasePreserved"),
        get_profile("FreeFormClass"),
        bidi.bidi_rule,
        bidi.has_rtl,
        unicode.UnicodeData(),
    )


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """The script that a character belongs to, as in Unicode's Scripts.txt: `LATIN`, `COMMON`."""
    from confusable_homoglyphs import categories  # noqa: PLC0415 -- for names beyond ASCII only

    return str(categories.alias(char))


@lru_cache(maxsize=4096)
def is_unseen(char: str) -> bool:
    """Whether the character has no shape of its own (Unicode's Default_Ignorable_Code_Point, and a few more)."""
    return char in _BLANK or bool(_precis().data.default_ignorable(ord(char)))


def is_identifier(text: str) -> bool:
    """Whether a username may be written like this: RFC 8265, section 3, and the rules of UTS 39 for identifiers."""
    try:
        enforced = _precis().username.enforce(text)
    except UnicodeEncodeError:
        return False
    return bool(enforced == text) and _has_modest_marks(text) and _is_of_one_script(text)


def is_title(text: str) -> bool:
    """Whether a channel may be called so: any symbol and emoji that is seen, no space, each word of one script."""
    plain = unicodedata.normalize("NFC", "".join(_without_emoji_joiners(text)))
    try:
        _precis().freeform.enforce(plain)
    except UnicodeEncodeError:
        return False
    if any(is_unseen(char) or unicodedata.category(char)[0] == "Z" for char in plain if char not in _JOINERS):
        return False
    if not {script(char) for char in plain} <= _MODERN | _IN_TITLES:
        return False
    return _has_modest_marks(plain) and _reads_one_way(plain) and all(map(_is_of_one_script, _words(plain)))


def _without_emoji_joiners(text: str) -> Iterator[str]:
    """The text without what only joins emoji (UTS 51): variation selectors, ZWJ between two, tags of a flag."""
    in_flag = False
    for at, char in enumerate(text):
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        in_flag = char == FLAG or (in_flag and "\U000e0020" <= char <= "\U000e007f")
        if char == VARIATION and (_is_emoji(before) or (before in _KEYCAPS and before and after == "\u20e3")):
            continue
        if char == JOINER and (_is_emoji(before) or before == VARIATION) and _is_emoji(after):
            continue
        if in_flag and char != FLAG:
            continue
        yield char


def _is_emoji(char: str) -> bool:
    return char != "" and (unicodedata.category(char)[0] == "S" or char in _EMOJI_PUNCTUATION)


def _words(text: str) -> Iterator[str]:
    """Runs of letters, marks and digits."""
    for is_word, chars in groupby(text, lambda char: unicodedata.category(char)[0] in "LMN"):
        if is_word:
            yield "".join(chars)


def _has_modest_marks(text: str) -> bool:
    """Whether no mark stands alone, is written twice, or is one of many (UTS 39, section 5.4)."""
    bare = unicodedata.normalize("NFD", text)
    if unicodedata.category(bare[0])[0] == "M":
        return False
    for is_mark, run in groupby(bare, lambda char: unicodedata.category(char) in {"Mn", "Me"}):
        marks = list(run) if is_mark else []
        if len(marks) > MAX_MARKS or any(one == other for one, other in pairwise(marks)):
            return False
    return True


def _is_of_one_script(text: str) -> bool:
    return are_one_script(script(char) for char in text if not char.isascii() or char.isalpha())


def are_one_script(scripts: Iterable[str]) -> bool:
    """Whether the scripts are of today, and one, or several that are written together."""
    found = set(scripts) - _ANY
    return found <= _MODERN and (len(found) <= 1 or any(found <= together for together in _TOGETHER))


def _reads_one_way(text: str) -> bool:
    """Whether the letters have one direction (the Bidi Rule of RFC 5893), so that no two orders look the same."""
    letters = "".join(char for char in text if unicodedata.bidirectional(char) not in _NEUTRAL)
    precis = _precis()
    return not precis.has_rtl(letters, precis.data) or bool(precis.bidi_rule(letters, precis.data))
