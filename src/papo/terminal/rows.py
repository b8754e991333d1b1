"""An entry as lines of a terminal: who, when and what, wrapped. No widget; the same input gives the same lines."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from papo.client.state.message import BufferLine, one_line
from papo.client.text.markup import Run, plain, runs
from papo.i18n import _, ngettext
from papo.terminal.theme import Look

SAME_AUTHOR_MS = 5 * 60_000
NICK_CELLS = 12
NARROW = 64
"""Below this, nicks stand before the text instead of beside it."""
MOST_NAMES = 8
NOISE = frozenset({"join", "part", "quit"})
_console = Console(width=200, color_system="truecolor", legacy_windows=False)


class Place(msgspec.Struct, frozen=True):
    """What an entry's lines depend on besides itself; equal places give equal lines."""

    width: int
    new_day: bool = False
    same_author: bool = False
    same_minute: bool = False
    unread_line: bool = False
    noise: tuple[tuple[str, str], ...] = ()
    """Kinds and nicks of the happenings that this row sums up; empty where it stands for itself."""
    noise_count: int = 0
    quoted: tuple[str, str] = ("", "")
    """Nick and words of what is answered."""
    hidden: bool = False
    """Summed up in a later row."""


def day_of(at_ms: int) -> str:
    """The local day, for comparing."""
    return time.strftime("%Y%m%d", time.localtime(at_ms / 1000))


def day_name(at_ms: int) -> str:
    """The local day for a person."""
    here = time.localtime(at_ms / 1000)
    today = time.localtime()
    if here[:3] == today[:3]:
        return _("today")
    months = [
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    ]  # fmt: skip
    days = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    return _("{weekday}, {month} {day}, {year}").format(
        weekday=days[here.tm_wday], month=months[here.tm_mon - 1], day=here.tm_mday, year=here.tm_year
    )


def clock(at_ms: int) -> str:
    """The local time."""
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))


def lines_of(entry: BufferLine, place: Place, look: Look) -> list[Strip]:
    """All lines of an entry, without those of the ones around it. Every line is `place.width` cells."""
    if place.hidden:
        return []
    lines = []
    if place.new_day:
        lines.append(_rule(day_name(entry.at_ms), place.width, look.text + look.dim, look.text + look.faint))
    if place.unread_line:
        lines.append(_rule(_("new"), place.width, look.text + look.accent, look.text + look.accent))
    base = look.text
    if entry.mention and not look.is_ansi:
        base += look.mention
    for head, text in _body(entry, place, look, base):
        strip = Strip([*head, *text])
        lines.append(strip.adjust_cell_length(place.width, base))
    return lines


def _rule(text: str, width: int, words: Style, line: Style) -> Strip:
    text = f" {text} "
    left = max(0, (width - cell_len(text)) // 2)
    right = max(0, width - left - cell_len(text))
    return Strip([Segment("─" * left, line), Segment(text, words), Segment("─" * right, line)]).adjust_cell_length(
        width
    )


def _body(entry: BufferLine, place: Place, look: Look, base: Style) -> list[tuple[list[Segment], list[Segment]]]:
    narrow = place.width < NARROW
    at = Text(clock(entry.at_ms), look.dim)
    if narrow:
        head = [Segment(_mark(entry, look)[0], base + _mark(entry, look)[1])]
        texts = _texts(entry, place, look)
        if not entry.is_message or entry.kind == "action":
            return [(head, _segments(line, base)) for text in texts for line in _wrap(text, place.width - 1)]
        found = []
        if not place.same_author:
            found.append((head, _segments(Text.assemble((plain(entry.nick), look.nick(entry.nick)), " ", at), base)))
        beside = [*head, Segment("  ", base)]
        return found + [(beside, _segments(line, base)) for text in texts for line in _wrap(text, place.width - 3)]
    time_cells, margin = 6, 3
    room = max(10, place.width - 2 - time_cells - NICK_CELLS - margin)
    nick = _nick(entry, place, look)
    mark = _mark(entry, look)
    found = []
    first = True
    for text in _texts(entry, place, look):
        for line in _wrap(text, room):
            shown = at.plain if first and not place.same_minute else ""
            name = nick if first else Text("")
            head = [
                Segment(mark[0], base + mark[1]),
                Segment(set_cell_size(shown, time_cells), base + look.dim),
                Segment(" " * (NICK_CELLS - cell_len(name.plain)), base),
                *_segments(name, base),
                Segment(" │ ", base + look.faint),
            ]
            found.append((head, _segments(line, base)))
            first = False
    return found


def _mark(entry: BufferLine, look: Look) -> tuple[str, Style]:
    if entry.mention:
        return "▌", look.mention_mark
    return " ", Style()


def _nick(entry: BufferLine, place: Place, look: Look) -> Text:
    if not entry.is_message:
        signs = {"join": "→", "part": "←", "quit": "←", "kick": "←", "error": "✗"}
        return Text(signs.get(entry.kind, "•"), look.error if entry.kind == "error" else look.dim)
    if entry.kind == "action":
        return Text("*", look.nick(entry.nick))
    if place.same_author:
        return Text("")
    name = plain(entry.nick)
    if cell_len(name) > NICK_CELLS:
        name = set_cell_size(name, NICK_CELLS - 1) + "…"
    return Text(name, look.nick(entry.nick) + Style.from_meta({"nick": plain(entry.nick)}))


def _texts(entry: BufferLine, place: Place, look: Look) -> list[Text]:
    """The parts of a row that begin on a line of their own."""
    if place.noise_count:
        return [Text(_noise(place), look.dim)]
    if not entry.is_message:
        return [_happening(entry, look)]
    found = []
    if entry.reply_to:
        nick, words = place.quoted
        quotation = Text.assemble(
            ("↳ ", look.dim), (plain(nick), look.nick(nick) + Style(bold=False)), " " if nick else ""
        )
        quotation.append(plain(words) or _("an older message"), look.quote)
        quotation.truncate(max(12, place.width - 26), overflow="ellipsis")
        quotation.stylize(Style.from_meta({"reply": entry.reply_to}))
        found.append(quotation)
    if entry.redacted:
        found.append(Text(_("deleted"), look.dim + Style(italic=True)))
        return found
    text = text_of(entry.text, look)
    if entry.kind == "action":
        text = Text.assemble((plain(entry.nick), look.nick(entry.nick)), " ", text)
    if entry.kind == "notice":
        text.stylize(look.dim)
    if entry.rank:
        to = _("to")
        text = Text.assemble((f"{to} {plain(entry.rank)} ", look.accent), text)
    if entry.edited:
        edited = _("edited")
        text.append(f" ({edited})", look.dim)
    if entry.pending == "waiting":
        text.stylize(look.dim)
        text.append(" …", look.dim)
    found.append(text)
    if entry.pending == "failed":
        found.append(Text(f"✗ {plain(entry.error)}", look.error))
    if entry.reactions:
        found.append(_reactions(entry, look))
    return found


def _reactions(entry: BufferLine, look: Look) -> Text:
    line = Text("")
    for emoji, nicks in (entry.reactions or {}).items():
        shown = f" {plain(emoji)} {len(nicks)} "
        style = look.code if not look.is_ansi else look.dim
        line.append(shown, style + Style.from_meta({"react": emoji}))
        line.append(" ")
    return line


def text_of(text: str, look: Look) -> Text:
    """What was said, styled."""
    found = Text("")
    for run in runs(text):
        style = _style(run, look)
        if run.block:
            found.append("\n" if found.plain and not found.plain.endswith("\n") else "")
            for number, line in enumerate(run.text.split("\n")):
                found.append("\n" if number else "")
                found.append(f" {line} ".expandtabs(4), style)
        elif run.quote:
            found.append(f"▏{run.text}" if not found.plain or found.plain.endswith("\n") else run.text, style)
        else:
            found.append(run.text.expandtabs(4), style)
    return found


def _style(run: Run, look: Look) -> Style:
    style = Style(
        bold=run.bold or None, italic=run.italic or None, underline=run.underline or None, strike=run.strike or None
    )
    if run.mono:
        style = look.code + style
    if run.quote:
        style = look.quote + style
    if run.colour is not None:
        style += look.mirc(run.colour)
    if run.link:
        style = style + look.link + Style.from_meta({"link": run.link})
        if "://" in run.link:
            style += Style(link=run.link)
    return style


def _noise(place: Place) -> str:
    """Who is here and was not, and the other way round; who came and went is worth a word only where nobody else is."""
    changes: dict[str, list[bool]] = {}
    for kind, nick in place.noise:
        changes.setdefault(nick, []).append(kind == "join")
    came = [nick for nick, joined in changes.items() if joined[0] and joined[-1]]
    went = [nick for nick, joined in changes.items() if not joined[0] and not joined[-1]]
    parts = []
    if not came and not went:
        both = list(changes)
        parts.append(ngettext("{names} came and went", "{names} came and went", len(both)).format(names=_names(both)))
    if came:
        parts.append(ngettext("{names} joined", "{names} joined", len(came)).format(names=_names(came)))
    if went:
        parts.append(ngettext("{names} left", "{names} left", len(went)).format(names=_names(went)))
    return "; ".join(parts)


def _names(nicks: list[str]) -> str:
    shown = ", ".join(plain(nick) for nick in nicks[:MOST_NAMES])
    more = len(nicks) - MOST_NAMES
    return shown + (ngettext(" and {count} more", " and {count} more", more).format(count=more) if more > 0 else "")


def _happening(entry: BufferLine, look: Look) -> Text:
    nick, other, text = plain(entry.nick), plain(entry.detail), one_line(entry.text)
    why = f" ({text})" if text else ""
    sentences = {
        "join": _("{nick} joined"),
        "part": _("{nick} left"),
        "quit": _("{nick} left"),
        "kick": _("{nick} put {other} out"),
        "nick": _("{nick} is now {other}"),
        "mode": _("{nick} changed modes: {other}"),
    }
    if entry.kind in sentences:
        return Text(sentences[entry.kind].format(nick=nick, other=other) + why, look.dim)
    if entry.kind == "topic":
        if other:
            return Text(_("{nick} renamed the channel to {other}").format(nick=nick, other=other), look.dim)
        if not text:
            return Text(_("{nick} removed the topic").format(nick=nick), look.dim)
        return Text(_("{nick} set the topic: {text}").format(nick=nick, text=text), look.dim)
    shown = text_of(entry.text, look)
    if entry.kind == "error":
        shown.stylize(look.error)
    return shown


def _wrap(text: Text, width: int) -> Sequence[Text]:
    return list(text.wrap(_console, max(4, width), overflow="fold", tab_size=4)) or [Text("")]


def _segments(line: Text, base: Style) -> list[Segment]:
    line.rstrip()
    if isinstance(line.style, Style):
        base += line.style  # rich leaves it out where there are no spans
    return [
        Segment(segment.text, base + segment.style if segment.style else base)
        for segment in line.render(_console)
        if segment.text and segment.text != "\n"
    ]
