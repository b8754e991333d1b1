"""The catalogue of translations: what it must contain, and how it is written. Run as a script, it writes it."""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import sys
from pathlib import Path

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file

from papo.config.text import documentation
from papo.protocol.commands import COMMANDS

STATIC = Path(__file__).parent.parent / "src" / "papo" / "server" / "web" / "static"
JSON = STATIC / "i18n" / "pt_BR.json"
"""What browsers read: the texts of the web client, and nothing else."""
_STRING = r'"((?:[^"\\\\]|\\\\.)*)"'
_TEXT = re.compile(rf"\bt\(\s*{_STRING}")
_PLURAL = re.compile(rf"\btn\(\s*{_STRING},\s*{_STRING}")
# Babel's reader of JavaScript loses its way in templates inside templates, which components are made of.
SOURCE = Path(__file__).parent.parent / "src" / "papo"
PO = SOURCE / "locale" / "pt_BR" / "LC_MESSAGES" / "papo.po"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "say_in": None, "tell": (3,)}

MessageId = str | tuple[str, ...]


def of_papo() -> set[MessageId]:
    """Every text that our own code translates, the settings' docstrings and the web client's texts included."""
    found = {
        message for _file, _line, message, *_rest in extract_from_dir(SOURCE, [("**.py", "python")], keywords=KEYWORDS)
    }
    found |= in_f_strings()
    return {message for message in found | set(documentation().values()) | of_client() if message}


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


def of_client() -> set[MessageId]:
    """Every text of the web client, those of the slash commands included."""
    found: set[MessageId] = {text for row in COMMANDS for text in (row.usage, row.about) if text}
    for path in STATIC.rglob("*.js"):
        if "vendor" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        found |= {json.loads(f'"{one}"') for one in _TEXT.findall(text)}
        found |= {(json.loads(f'"{one}"'), json.loads(f'"{many}"')) for one, many in _PLURAL.findall(text)}
    return found


def client_texts(catalog: Catalog) -> str:
    """The JSON file of a catalogue, the same characters for the same texts."""
    texts = {}
    for message in sorted(of_client(), key=str):
        entry = catalog.get(message if isinstance(message, str) else message[0])
        if entry is not None and is_translated(entry):
            string = entry.string or ()
            texts[message if isinstance(message, str) else message[0]] = (
                string if isinstance(string, str) else list(string)
            )
    return json.dumps({"plural": "n > 1", "texts": texts}, ensure_ascii=False, indent=0) + "\n"


def of_argparse() -> set[MessageId]:
    """Every text of this Python's argparse."""
    path = argparse.__file__
    return {message for _line, message, *_rest in extract_from_file("python", path, keywords=KEYWORDS) if message}


def read() -> Catalog:
    """The catalogue as it is."""
    with PO.open("rb") as file:
        return pofile.read_po(file, locale="pt_BR", domain="papo", abort_invalid=True)


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalogue, the same bytes for the same texts."""
    output = io.BytesIO()
    mofile.write_mo(output, catalog)
    return output.getvalue()


def placeholders(text: str) -> list[str]:
    """`{name}` and `%(name)s` in a text, sorted."""
    return sorted(re.findall(r"\{\w*\}|%\(\w+\)\w|%\w", text))


def id_of(entry: Message) -> MessageId:
    """What the source says: a text, or singular and plural."""
    return entry.id if isinstance(entry.id, str) else tuple(entry.id)


def is_translated(entry: Message | None) -> bool:
    """True where every form of the text has its translation, and nobody doubts it."""
    return entry is not None and bool(entry.string) and all(entry.string or ()) and not entry.fuzzy


def update() -> list[MessageId]:
    """Write the .po and .mo anew; what is still to be translated comes back.

    Texts of argparse stay even where this Python does not have them: another version does.
    """
    old = read()
    new = Catalog(
        locale="pt_BR",
        domain="papo",
        project="Papo",
        version="0.1.0",
        copyright_holder="Papo contributors",
        header_comment="# Papo in Brazilian Portuguese.\n# `python dev.py messages` keeps it in step with the source.",
        last_translator="Papo contributors",
        language_team="Papo contributors",
        msgid_bugs_address="Papo contributors",
        creation_date=old.creation_date,  # not today's: the file changes only where a text does
        revision_date=old.creation_date,
        fuzzy=False,
    )
    from_argparse = of_argparse() | {id_of(entry) for entry in old if entry.id and "argparse" in entry.auto_comments}
    missing: list[MessageId] = []
    for message in sorted(of_papo() | from_argparse, key=str):
        entry = old.get(message if isinstance(message, str) else message[0])
        translation = entry.string if entry is not None else ""
        if not is_translated(entry):
            missing.append(message)
            translation = ""
        comments = ["argparse"] if message in from_argparse and message not in of_papo() else []
        new.add(message, translation, auto_comments=comments)
    with PO.open("wb") as file:
        pofile.write_po(file, new, width=110, omit_header=False)
    PO.with_suffix(".mo").write_bytes(compiled(read()))
    JSON.write_text(client_texts(read()), encoding="utf-8")
    return missing


if __name__ == "__main__":
    untranslated = update()
    for each in untranslated:
        sys.stdout.write(f"not translated: {each}\n")
    sys.exit(bool(untranslated))
