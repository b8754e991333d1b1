"""The catalogues of translations: what they must contain, and how they are written. Run as a script, it writes them.

A language is the one file `locale/CODE/LC_MESSAGES/papo.po`. Its .mo, and the JSON that browsers read, are made of it.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file

from papo.config.text import documentation
from papo.protocol.commands import COMMANDS

SOURCE = Path(__file__).parent.parent / "src" / "papo"
# Babel's reader of JavaScript loses its way in templates inside templates, which components are made of.
_STRING = r'"((?:[^"\\\\]|\\\\.)*)"'
_TEXT = re.compile(rf"\bt\(\s*{_STRING}")
_PLURAL = re.compile(rf"\btn\(\s*{_STRING},\s*{_STRING}")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "translate": None, "send_reply": (3,)}

MessageId = str | tuple[str, ...]
"""A text of the source, or its singular and its plural."""


class Language(NamedTuple):
    """The files of one language below a copy of the package."""

    code: str
    source: Path

    @property
    def po(self) -> Path:
        """What a translator edits."""
        return self.source / "locale" / self.code / "LC_MESSAGES" / "papo.po"

    @property
    def mo(self) -> Path:
        """What Python reads."""
        return self.po.with_suffix(".mo")

    @property
    def json(self) -> Path:
        """What browsers read: the texts of the web client, and nothing else."""
        return self.source / "server" / "web" / "static" / "i18n" / f"{self.code}.json"

    def read(self) -> Catalog:
        """The catalogue as it is."""
        with self.po.open("rb") as file:
            return pofile.read_po(file, locale=self.code, domain="papo", abort_invalid=True)


def languages(source: Path = SOURCE) -> list[Language]:
    """Every language that has a catalogue."""
    return [Language(path.parts[-3], source) for path in sorted(source.glob("locale/*/LC_MESSAGES/papo.po"))]


# --- texts of the source


@lru_cache(maxsize=1)
def of_papo() -> frozenset[MessageId]:
    """Every text that our own code translates: Python's, the settings' docstrings and the web client's."""
    found = {
        message for _file, _line, message, *_rest in extract_from_dir(SOURCE, [("**.py", "python")], keywords=KEYWORDS)
    }
    found |= in_f_strings()
    return frozenset(message for message in found | set(documentation().values()) | of_client() if message)


def in_f_strings() -> set[MessageId]:
    """Texts inside braces of f-strings, which Babel's reader does not look into before Python 3.12."""
    found: set[MessageId] = set()
    for path in SOURCE.rglob("*.py"):
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for node in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                    texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                    words = tuple(each for each in texts if isinstance(each, str))
                    found.add(words[:2] if node.func.id == "ngettext" else words[0] if words else "")
    return found


@lru_cache(maxsize=1)
def of_client() -> frozenset[MessageId]:
    """Every text of the web client, those of the slash commands included."""
    found: set[MessageId] = {text for row in COMMANDS for text in (row.usage, row.about) if text}
    for path in (SOURCE / "server" / "web" / "static").rglob("*.js"):
        if "vendor" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        found |= {json.loads(f'"{one}"') for one in _TEXT.findall(text)}
        found |= {(json.loads(f'"{one}"'), json.loads(f'"{many}"')) for one, many in _PLURAL.findall(text)}
    return frozenset(found)


@lru_cache(maxsize=1)
def of_argparse() -> frozenset[MessageId]:
    """Every text of this Python's argparse."""
    path = argparse.__file__
    found = extract_from_file("python", path, keywords=KEYWORDS)
    return frozenset(message for _line, message, *_rest in found if message)


# --- catalogues


def placeholders(text: str) -> list[str]:
    """`{name}` and `%(name)s` in a text, sorted."""
    return sorted(re.findall(r"\{\w*\}|%\(\w+\)\w|%\w", text))


def id_of(entry: Message) -> MessageId:
    """The text of the source, or its singular and its plural."""
    return entry.id if isinstance(entry.id, str) else tuple(entry.id)


def is_translated(entry: Message | None) -> bool:
    """Whether every form of the text has a translation that is not marked as fuzzy."""
    return entry is not None and bool(entry.string) and all(entry.string or ()) and not entry.fuzzy


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalogue, the same bytes for the same texts."""
    output = io.BytesIO()
    mofile.write_mo(output, catalog)
    return output.getvalue()


def client_texts(catalog: Catalog) -> str:
    """The JSON file of a catalogue, the same characters for the same texts.

    `plural` is the C expression of the header Plural-Forms; a text with a plural has one form for each of its values.
    """
    texts = {}
    for message in sorted(of_client(), key=str):
        key = message if isinstance(message, str) else message[0]
        entry = catalog.get(key)
        if entry is not None and is_translated(entry):
            string = entry.string or ()
            texts[key] = string if isinstance(string, str) else list(string)
    return json.dumps({"plural": catalog.plural_expr, "texts": texts}, ensure_ascii=False, indent=0) + "\n"


def updated(old: Catalog) -> tuple[Catalog, list[MessageId]]:
    """The catalogue in step with the source, and what is still to be translated in it.

    Texts of argparse stay even if this Python does not have them: another version does.
    """
    new = Catalog(
        locale=old.locale_identifier,
        domain="papo",
        project="Papo",
        version="0.1.0",
        copyright_holder="Papo contributors",
        header_comment=old.header_comment,
        last_translator="Papo contributors",
        language_team="Papo contributors",
        msgid_bugs_address="Papo contributors",
        creation_date=old.creation_date,  # not today's: the file changes only where a text does
        revision_date=old.creation_date,
        fuzzy=False,
    )
    # Babel has a plural rule for every language it knows; the catalogue's own counts.
    new.mime_headers = [(name, value) for name, value in old.mime_headers if name == "Plural-Forms"]
    ours = of_papo()
    from_argparse = of_argparse() | {id_of(entry) for entry in old if entry.id and "argparse" in entry.auto_comments}
    missing: list[MessageId] = []
    for message in sorted(ours | from_argparse, key=str):
        entry = old.get(message if isinstance(message, str) else message[0])
        translation = entry.string if entry is not None else ""
        if not is_translated(entry):
            missing.append(message)
            translation = ""
        new.add(message, translation, auto_comments=["argparse"] if message in from_argparse - ours else [])
    return new, missing


def update(language: Language) -> list[MessageId]:
    """Write the files of a language; returns what is still to be translated."""
    catalog, missing = updated(language.read())
    with language.po.open("wb") as file:
        pofile.write_po(file, catalog, width=110, omit_header=False)
    language.mo.write_bytes(compiled(language.read()))
    language.json.write_text(client_texts(language.read()), encoding="utf-8")
    return missing


if __name__ == "__main__":
    untranslated = [(language.code, message) for language in languages() for message in update(language)]
    for code, text in untranslated:
        sys.stdout.write(f"{code}: not translated: {text}\n")
    sys.exit(bool(untranslated))
