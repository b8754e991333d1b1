"""The language of what the command line says: `_()`, from LANGUAGE, LC_ALL, LC_MESSAGES or LANG."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
_translations: gettext.NullTranslations | None = None


def _(message: str) -> str:
    """`message` in the user's language, or as it is where there is no translation."""
    return translations().gettext(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's customary name
    """`message` as it is: marks a text for the catalogue that `_()` will be given later."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """The form of the message that goes with `count` in the user's language."""
    return translations().ngettext(one, many, count)


def translations() -> gettext.NullTranslations:
    """The catalogue of the process, read when the first message is needed."""
    return _translations if _translations is not None else choose(os.environ)


def choose(environ: Mapping[str, str]) -> gettext.NullTranslations:
    """Take the language of the process from `environ`."""
    global _translations  # noqa: PLW0603 - a process speaks one language, and gettext's own functions are global too
    languages = languages_of(environ)
    _translations = gettext.translation("papo", LOCALE, languages=languages, fallback=True)
    # argparse looks its sentences up in the global domain, by the same variables of the process.
    gettext.textdomain("papo")
    gettext.bindtextdomain("papo", str(LOCALE))
    return _translations


@lru_cache(maxsize=8)
def in_language(language: str) -> gettext.NullTranslations:
    """The catalogue of one language (`en`, `pt_BR`), for what a server says to somebody who chose it."""
    return gettext.translation("papo", LOCALE, languages=[language], fallback=True)


def known_languages() -> list[str]:
    """Those that we speak: `en`, and one for each catalogue."""
    return ["en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())]


def named(language: str) -> str:
    """One of ours by what people write: `pt_BR`, `pt-br`, `pt`; "" where we do not speak it."""
    wanted = language.replace("-", "_").partition(".")[0].lower()
    ours = known_languages()
    return next((each for each in ours if each.lower() == wanted), "") or next(
        (each for each in ours if wanted and each.lower().partition("_")[0] == wanted), ""
    )


def languages_of(environ: Mapping[str, str]) -> list[str]:
    """Languages in order of preference, by the first variable that is set, as Python's gettext reads them."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return [language for language in environ[name].split(":") if language]
    return []
