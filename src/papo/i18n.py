"""Languages: the process's own, by `_()`, and those of other people, by `in_language`.

A language is one catalogue, `locale/CODE/LC_MESSAGES/papo.po`; nothing else names it. `python dev.py messages` makes
what programs read of it.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
"""The language of the texts in the source, which needs no catalogue."""
SOURCE_LOCALE = "en_GB"
"""How dates and times look in it: the day before the month, and 24 hours."""
_translations: gettext.NullTranslations | None = None


def _(message: str) -> str:
    """`message` in the language of the process, or unchanged if it has no translation."""
    return translations().gettext(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's customary name
    """`message` unchanged: marks a text that is translated later."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """The form for `count`, by the plural rule of the language of the process."""
    return translations().ngettext(one, many, count)


def translations() -> gettext.NullTranslations:
    """The catalogue of the process, chosen by the environment at the first call."""
    return _translations if _translations is not None else choose(os.environ)


def choose(environ: Mapping[str, str]) -> gettext.NullTranslations:
    """Choose the language of the process by LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""
    global _translations  # noqa: PLW0603 - a process has one language, and gettext's own functions are global too
    languages = languages_of(environ)
    _translations = gettext.translation("papo", LOCALE, languages=languages, fallback=True)
    # argparse translates through the global domain, by the same variables of the process.
    gettext.textdomain("papo")
    gettext.bindtextdomain("papo", str(LOCALE))
    return _translations


def current_language() -> str:
    """The code of the language of the process."""
    return str(translations().info().get("language", "")) or SOURCE_LANGUAGE


@lru_cache(maxsize=8)
def in_language(code: str) -> gettext.NullTranslations:
    """The catalogue of one language, for a user of the server who chose it."""
    return gettext.translation("papo", LOCALE, languages=[code], fallback=True)


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """The codes of all languages: that of the source, then one for each catalogue."""
    return (SOURCE_LANGUAGE, *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


def find_language(wanted: str) -> str:
    """The known language for a code or a language tag, "" if there is none.

    A language of another region is better than none: `pt` and `pt-PT` find `pt_BR`.
    """
    code = wanted.replace("-", "_").partition(".")[0].lower()
    exact = (each for each in known_languages() if each.lower() == code)
    related = (each for each in known_languages() if each.lower().partition("_")[0] == code.partition("_")[0])
    return next(exact, "") or next(related, "")


def languages_of(environ: Mapping[str, str]) -> list[str]:
    """Languages in order of preference, by the first variable that is set, as Python's gettext reads them."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return [language for language in environ[name].split(":") if language]
    return []
