"""Catalogues: complete, in step with the source, and chosen by the environment."""

from __future__ import annotations

import pytest

from messages import Language, client_texts, compiled, is_translated, languages, of_argparse, of_papo, placeholders
from papo.i18n import choose, find_language, known_languages, languages_of

HOW = "run `python dev.py messages`, translate what it lists in papo.po, and run it again"
every_language = pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)


@every_language
def test_every_text_is_translated(language: Language) -> None:
    """Each text of the source, of the settings' docstrings and of argparse has a translation."""
    catalog = language.read()
    missing = [
        message
        for message in of_papo() | of_argparse()
        if not is_translated(catalog.get(message if isinstance(message, str) else message[0]))
    ]

    assert missing == [], HOW


@every_language
def test_no_translation_is_left_over(language: Language) -> None:
    """The catalogue holds nothing that the source no longer says."""
    ours = of_papo()
    left_over = [entry.id for entry in language.read() if entry.id and "argparse" not in entry.auto_comments]

    assert [message for message in left_over if message not in ours] == [], HOW


@every_language
def test_made_files_are_in_step(language: Language) -> None:
    """The .mo file and the JSON file were made of the .po file."""
    assert language.mo.read_bytes() == compiled(language.read()), HOW
    assert language.json.read_text(encoding="utf-8") == client_texts(language.read()), HOW


@every_language
def test_placeholders_are_kept(language: Language) -> None:
    """A translation fills in what the original fills in."""
    for entry in language.read():
        if not entry.id:
            continue
        originals = (entry.id,) if isinstance(entry.id, str) else entry.id
        translations = (entry.string,) if isinstance(entry.string, str) else entry.string or ()
        for form, translation in enumerate(translations):
            assert placeholders(originals[min(form, len(originals) - 1)]) == placeholders(translation), entry.id


def test_first_variable_decides() -> None:
    """LANGUAGE, LC_ALL, LC_MESSAGES, LANG, in this order; without them, the language of the source."""
    assert languages_of({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}) == ["C"]
    assert languages_of({"LANG": "pt_BR.UTF-8", "LC_MESSAGES": ""}) == ["pt_BR.UTF-8"]
    assert languages_of({"LANG": "en", "LANGUAGE": "pt_BR:en"}) == ["pt_BR", "en"]
    assert languages_of({}) == []


def test_environment_chooses_the_catalogue() -> None:
    """The language of the source for one that has no catalogue."""
    try:
        assert choose({"LANG": "pt_BR.UTF-8"}).gettext("true or false") == "true ou false"
        assert choose({"LANG": "xx"}).gettext("true or false") == "true or false"
    finally:
        choose({})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("pt_BR", "pt_BR"), ("pt-br", "pt_BR"), ("PT", "pt_BR"), ("pt_BR.UTF-8", "pt_BR"), ("pt-PT", "pt_BR"),
     ("en-GB", "en"), ("de", ""), ("", ""), ("*", "")],
)  # fmt: skip
def test_languages_are_found_by_code_or_tag(wanted: str, found: str) -> None:
    """Case, hyphens and regions do not matter."""
    assert find_language(wanted) == found


def test_languages_are_the_catalogues() -> None:
    """Nothing lists them but their folders."""
    assert known_languages() == ("en", *(language.code for language in languages()))
