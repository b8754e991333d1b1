"""The text of a message as runs of one style: IRC formatting, or Markdown as people write it in chats.

The only control characters in the result are line breaks and tabs.
Sources: modern.ircdocs.horse/formatting; CommonMark without HTML, headings and images.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from papo.protocol.text import has_colours

MAX_TEXT = 10_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_CHANNEL = re.compile(r"(?<![\w&#/])[#&][^\s,\x07:;!?()\[\]{}\"'<>]*[^\s,\x07:;!?()\[\]{}\"'<>.]")
_INTERESTING = re.compile(r"[*_`~>\[\]\\]|://|www\.|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)
_NESTED = re.compile(r"^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])[ \t]*){15}", re.MULTILINE)
"""Quotations in lists in quotations: the parser drops what is nested too deeply."""
_COLOUR = re.compile("\x03(?:(\\d{1,2})(?:,\\d{1,2})?)?")
_HEX = re.compile("\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?")
_TOGGLES = {"\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike", "\x11": "mono"}
_QUOTED = re.compile(r"^(>[^\n]*)\n(?=[^>\n])", re.MULTILINE)
_SCHEMES = re.compile(r"(?:https?|mailto|ircs?):", re.IGNORECASE)


class Run(msgspec.Struct, frozen=True):
    """Text in one style. The runs of a text joined together are the text."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    mono: bool = False
    block: bool = False
    """Part of a code block."""
    quote: bool = False
    colour: int | None = None
    """One of mIRC's first sixteen, 0 to 15."""
    link: str = ""
    """A URL, or the name of a channel; "" for none."""
    language: str = ""
    """Of a code block."""


def plain(text: str) -> str:
    """A text of others on one line, without control characters."""
    return _CONTROLS.sub("", text.replace("\n", " ").replace("\t", " "))


@lru_cache(maxsize=2048)
def runs(text: str) -> tuple[Run, ...]:
    """The runs of a message."""
    if has_colours(text):
        return tuple(_formatted(text))
    text = _CONTROLS.sub("", text)
    if len(text) > MAX_TEXT or not _INTERESTING.search(text) or _NESTED.search(text):
        return tuple(_words(Run(text)))
    if "```" not in text:
        # In a chat the line after a quotation answers it and is not part of it.
        text = _QUOTED.sub(r"\1\n\n", text)
    found = [run for run in _blocks(_markdown().parse(text)) if run.text]
    while found and not found[-1].text.strip("\n"):
        found.pop()
    if not found:
        return tuple(_words(Run(text)))  # nothing but markup
    found[-1] = msgspec.structs.replace(found[-1], text=found[-1].text.rstrip("\n"))
    return tuple(each for run in found for each in (_words(run) if not run.mono and not run.link else [run]))


def _words(run: Run) -> Iterator[Run]:
    """Split a run so that names of channels are links."""
    at = 0
    for found in _CHANNEL.finditer(run.text):
        if found.start() > at:
            yield msgspec.structs.replace(run, text=run.text[at : found.start()])
        yield msgspec.structs.replace(run, text=found[0], link=found[0])
        at = found.end()
    if at < len(run.text):
        yield msgspec.structs.replace(run, text=run.text[at:])


def _formatted(text: str) -> Iterator[Run]:
    style = Run("")
    at = start = 0
    while at <= len(text):
        char = text[at : at + 1]
        if char and char not in "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f":
            at += 1
            continue
        if at > start:
            yield from _words(msgspec.structs.replace(style, text=_CONTROLS.sub("", text[start:at])))
        if not char:
            return
        if char in _TOGGLES:
            style = _toggle(style, _TOGGLES[char])
            at += 1
        elif char == "\x0f":
            style = Run("")
            at += 1
        elif char == "\x03":
            found = _COLOUR.match(text, at)
            assert found is not None
            style = msgspec.structs.replace(style, colour=int(found[1]) % 16 if found[1] else None)
            at = found.end()
        else:
            found = _HEX.match(text, at)
            at = found.end() if found is not None else at + 1
        start = at


def _toggle(style: Run, name: str) -> Run:
    return msgspec.structs.replace(style, **{name: not getattr(style, name)})


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    rules = MarkdownIt("commonmark", {"linkify": True, "breaks": True, "html": False})
    rules.enable(["strikethrough", "linkify"])
    rules.disable(["html_block", "html_inline", "image", "entity", "heading", "lheading", "hr", "reference", "code"])
    return rules


def _blocks(tokens: list[Token]) -> Iterator[Run]:
    style = Run("")
    lists: list[int | None] = []
    for token in tokens:
        kind = token.type
        if kind == "fence" and not token.content:
            yield Run(f"{token.markup}{token.info}\n")
        elif kind == "fence":
            yield Run(token.content.rstrip("\n"), mono=True, block=True, language=plain(token.info.split(" ")[0]))
            yield Run("\n")
        elif kind == "inline":
            yield from _inline(token.children or [], style)
        elif kind == "paragraph_close":
            yield Run("\n")
        elif kind == "blockquote_open":
            style = msgspec.structs.replace(style, quote=True)
        elif kind == "blockquote_close":
            style = msgspec.structs.replace(style, quote=False)
        elif kind == "bullet_list_open":
            lists.append(None)
        elif kind == "ordered_list_open":
            lists.append(int(token.attrs.get("start", 1)))
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif kind == "list_item_open" and lists:
            number = lists[-1]
            yield Run("  " * (len(lists) - 1) + ("• " if number is None else f"{number}. "))
            if number is not None:
                lists[-1] = number + 1


def _disguise(tokens: list[Token]) -> str:
    """The link that they begin with as it was written, if its text names another address than it leads to; else ""."""
    href = str(tokens[0].attrs.get("href", ""))
    shown = "".join(token.content for token in itertools.takewhile(lambda token: token.type != "link_close", tokens))
    rules = _markdown().linkify
    assert rules is not None
    if all(_place_of(found.url) == _place_of(href) for found in rules.match(shown) or ()):
        return ""
    return f"[{shown}]({href})"


def _place_of(url: str) -> str:
    """The host of an address, or who gets the mail."""
    try:
        parts = urlsplit(url)
        return parts.hostname or parts.path.lower()
    except ValueError:
        return ""


_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def _inline(tokens: list[Token], style: Run) -> Iterator[Run]:
    rest = iter(enumerate(tokens))
    for at, token in rest:
        kind = token.type
        name, _underscore, end = kind.rpartition("_")
        if kind == "link_open" and (written := _disguise(tokens[at:])):
            yield msgspec.structs.replace(style, text=written)
            next(each for _, each in rest if each.type == "link_close")
        elif kind == "text":
            yield msgspec.structs.replace(style, text=token.content)
        elif kind in {"softbreak", "hardbreak"}:
            yield msgspec.structs.replace(style, text="\n")
        elif kind == "code_inline":
            yield msgspec.structs.replace(style, text=token.content, mono=True)
        elif kind == "link_open":
            href = str(token.attrs.get("href", ""))
            style = msgspec.structs.replace(style, link=href if _SCHEMES.match(href) else "")
        elif kind == "link_close":
            style = msgspec.structs.replace(style, link="")
        elif name in _STYLES:
            style = msgspec.structs.replace(style, **{_STYLES[name]: end == "open"})
        elif token.content:
            yield msgspec.structs.replace(style, text=token.content)
