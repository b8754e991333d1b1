"""Translations: complete, in step with the source, and chosen by the environment."""

from __future__ import annotations

from messages import PO, compiled, is_translated, of_argparse, of_papo, placeholders, read
from papo.i18n import choose, languages_of

HOW = "run `python dev.py messages`, translate what it lists in papo.po, and run it again"


def test_every_text_is_translated() -> None:
    """Each text in the source, in the settings' docstrings and in argparse has a translation."""
    catalog = read()
    missing = [
        message
        for message in of_papo() | of_argparse()
        if not is_translated(catalog.get(message if isinstance(message, str) else message[0]))
    ]

    assert missing == [], HOW


def test_no_translation_is_left_over() -> None:
    """The catalogue holds nothing that the source does not say any more."""
    ours = of_papo()
    left_over = [entry.id for entry in read() if entry.id and "argparse" not in entry.auto_comments]

    assert [message for message in left_over if message not in ours] == [], HOW


def test_compiled_catalogue_is_the_readable_one() -> None:
    """The .mo file was made from the .po file beside it."""
    assert PO.with_suffix(".mo").read_bytes() == compiled(read()), HOW


def test_placeholders_are_kept() -> None:
    """A translation fills in what the original fills in."""
    for entry in read():
        if not entry.id:
            continue
        originals = (entry.id,) if isinstance(entry.id, str) else entry.id
        translations = (entry.string,) if isinstance(entry.string, str) else entry.string or ()
        for original, translation in zip(originals, translations, strict=True):
            assert placeholders(original) == placeholders(translation), original


def test_first_variable_decides() -> None:
    """LANGUAGE, LC_ALL, LC_MESSAGES, LANG, in this order; none of them means English."""
    assert languages_of({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}) == ["C"]
    assert languages_of({"LANG": "pt_BR.UTF-8", "LC_MESSAGES": ""}) == ["pt_BR.UTF-8"]
    assert languages_of({"LANG": "en", "LANGUAGE": "pt_BR:en"}) == ["pt_BR", "en"]
    assert languages_of({}) == []


def test_language_is_chosen() -> None:
    """Brazilian Portuguese where it is asked for; English for everything that we do not have."""
    try:
        assert choose({"LANG": "pt_BR.UTF-8"}).gettext("true or false") == "true ou false"
        assert choose({"LANG": "xx"}).gettext("true or false") == "true or false"
    finally:
        choose({})
