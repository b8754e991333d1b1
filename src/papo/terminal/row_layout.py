"""A row of the timeline as lines of a terminal: time, author and text, wrapped. Pure: equal input, equal lines."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from papo.client.state.message import BufferLine
from papo.client.text.markup import Run, plain, runs
from papo.i18n import _
from papo.terminal.theme import TextStyles
from papo.ui import sentences
from papo.ui.rows import Row
from papo.ui.times import clock, day_name

NICK_CELLS = 12
TIME_CELLS = 6
NARROW = 64
"""On narrower screens nicks stand above the text instead of beside it."""
_MARKS = {"join": "→", "part": "←", "quit": "←", "kick": "←", "error": "✗"}
_console = Console(width=200, color_system="truecolor", legacy_windows=False)

Body = list[tuple[list[Segment], list[Segment]]]
"""For each line of the screen the margin and the text."""


class Context(msgspec.Struct, frozen=True):
    """What the lines of a row depend on besides the row itself."""

    width: int
    same_minute: bool = False
    """The author's last message shows the same time."""
    quoted: tuple[str, str] = ("", "")
    """Nick and text of the message that is answered."""


def lines_of(row: Row, context: Context, styles: TextStyles) -> list[Strip]:
    """All lines of a row, each `context.width` cells wide."""
    match row.kind:
        case "day":
            return [_rule(day_name(row.at_ms), context.width, styles.text + styles.dim, styles.text + styles.faint)]
        case "unread":
            accent = styles.text + styles.accent
            return [_rule(_("New messages"), context.width, accent, accent)]
        case "beginning":
            return []
    line = row.lines[-1]
    base = styles.text
    if line.mention and not styles.is_ansi:
        base += styles.highlight
    texts = [Text(sentences.summary(row.lines), styles.dim)] if row.group else _texts(line, context, styles)
    layout = _narrow if context.width < NARROW else _wide
    body = layout(row, line, texts, context, styles, base)
    return [Strip([*margin, *text]).adjust_cell_length(context.width, base) for margin, text in body]


def _rule(text: str, width: int, words: Style, rule: Style) -> Strip:
    text = f" {text} "
    left = max(0, (width - cell_len(text)) // 2)
    right = max(0, width - left - cell_len(text))
    segments = [Segment("─" * left, rule), Segment(text, words), Segment("─" * right, rule)]
    return Strip(segments).adjust_cell_length(width)


def _narrow(  # noqa: PLR0917 -- the same arguments as `_wide`
    row: Row, line: BufferLine, texts: list[Text], context: Context, styles: TextStyles, base: Style
) -> Body:
    sign, sign_style = _mark(line, styles)
    margin = [Segment(sign, base + sign_style)]
    if not line.is_message or line.kind == "action":
        return [(margin, _segments(part, base)) for text in texts for part in _wrap(text, context.width - 1)]
    body: Body = []
    if row.names_author:
        at = (clock(line.at_ms), styles.dim)
        heading = Text.assemble((plain(line.nick), styles.nick(line.nick)), " ", at)
        body.append((margin, _segments(heading, base)))
    indented = [*margin, Segment("  ", base)]
    return body + [(indented, _segments(part, base)) for text in texts for part in _wrap(text, context.width - 3)]


def _wide(  # noqa: PLR0917 -- as above
    row: Row, line: BufferLine, texts: list[Text], context: Context, styles: TextStyles, base: Style
) -> Body:
    separator = " │ "
    width = max(10, context.width - 2 - TIME_CELLS - NICK_CELLS - len(separator))
    sign, sign_style = _mark(line, styles)
    time = "" if context.same_minute else clock(line.at_ms)
    nick = _nick(row, line, styles)
    body: Body = []
    for part in (part for text in texts for part in _wrap(text, width)):
        margin = [
            Segment(sign, base + sign_style),
            Segment(set_cell_size(time, TIME_CELLS), base + styles.dim),
            Segment(" " * (NICK_CELLS - cell_len(nick.plain)), base),
            *_segments(nick, base),
            Segment(separator, base + styles.faint),
        ]
        body.append((margin, _segments(part, base)))
        time, nick = "", Text("")  # on the first line only
    return body


def _mark(line: BufferLine, styles: TextStyles) -> tuple[str, Style]:
    return ("▌", styles.highlight_mark) if line.mention else (" ", Style())


def _nick(row: Row, line: BufferLine, styles: TextStyles) -> Text:
    if not line.is_message:
        return Text(_MARKS.get(line.kind, "•"), styles.error if line.kind == "error" else styles.dim)
    if line.kind == "action":
        return Text("*", styles.nick(line.nick))
    if not row.names_author:
        return Text("")
    name = plain(line.nick)
    if cell_len(name) > NICK_CELLS:
        name = set_cell_size(name, NICK_CELLS - 1) + "…"
    return Text(name, styles.nick(line.nick) + Style.from_meta({"nick": plain(line.nick)}))


def _texts(line: BufferLine, context: Context, styles: TextStyles) -> list[Text]:
    """The parts of a line that each begin on a new line of the screen."""
    if line.kind in {"info", "error"}:
        text = styled(line.text, styles)
        if line.kind == "error":
            text.stylize(styles.error)
        return [text]
    if not line.is_message:
        return [Text(sentences.event(line), styles.dim)]
    texts = [_quotation(line, context, styles)] if line.reply_to else []
    if line.redacted:
        return [*texts, Text(_("deleted"), styles.dim + Style(italic=True))]
    texts.append(_message(line, styles))
    if line.pending == "failed":
        texts.append(Text(f"✗ {plain(line.error)}", styles.error))
    if line.reactions:
        texts.append(_reactions(line.reactions, styles))
    return texts


def _quotation(line: BufferLine, context: Context, styles: TextStyles) -> Text:
    nick, words = context.quoted
    author = (plain(nick), styles.nick(nick) + Style(bold=False))
    text = Text.assemble(("↳ ", styles.dim), author, " " if nick else "")
    text.append(plain(words) or _("an older message"), styles.quote)
    text.truncate(max(12, context.width - 26), overflow="ellipsis")
    text.stylize(Style.from_meta({"reply": line.reply_to}))
    return text


def _message(line: BufferLine, styles: TextStyles) -> Text:
    text = styled(line.text, styles)
    if line.kind == "action":
        text = Text.assemble((plain(line.nick), styles.nick(line.nick)), " ", text)
    if line.kind == "notice":
        text.stylize(styles.dim)
    if line.statusmsg:
        to = _("to")
        text = Text.assemble((f"{to} {plain(line.statusmsg)} ", styles.accent), text)
    if line.edited:
        text.append(f" {sentences.edited()}", styles.dim)
    if line.pending == "waiting":
        text.stylize(styles.dim)
        text.append(" …", styles.dim)
    return text


def _reactions(reactions: dict[str, list[str]], styles: TextStyles) -> Text:
    text = Text("")
    style = styles.dim if styles.is_ansi else styles.code
    for emoji, nicks in reactions.items():
        text.append(f" {plain(emoji)} {len(nicks)} ", style + Style.from_meta({"react": emoji}))
        text.append(" ")
    return text


def styled(text: str, styles: TextStyles) -> Text:
    """A message's text with its formatting, blocks of code and quotations on lines of their own."""
    found = Text("")
    for run in runs(text):
        style = _style(run, styles)
        if run.block:
            found.append("\n" if found.plain and not found.plain.endswith("\n") else "")
            for number, code in enumerate(run.text.split("\n")):
                found.append("\n" if number else "")
                found.append(f" {code} ".expandtabs(4), style)
        elif run.quote:
            starts_line = not found.plain or found.plain.endswith("\n")
            found.append(f"▏{run.text}" if starts_line else run.text, style)
        else:
            found.append(run.text.expandtabs(4), style)
    return found


def _style(run: Run, styles: TextStyles) -> Style:
    style = Style(
        bold=run.bold or None, italic=run.italic or None, underline=run.underline or None, strike=run.strike or None
    )
    if run.mono:
        style = styles.code + style
    if run.quote:
        style = styles.quote + style
    if run.colour is not None:
        style += styles.mirc(run.colour)
    if run.link:
        style = style + styles.link + Style.from_meta({"link": run.link})
        if "://" in run.link:
            style += Style(link=run.link)
    return style


def _wrap(text: Text, width: int) -> Sequence[Text]:
    return list(text.wrap(_console, max(4, width), overflow="fold", tab_size=4)) or [Text("")]


def _segments(text: Text, base: Style) -> list[Segment]:
    text.rstrip()
    if isinstance(text.style, Style):
        base += text.style  # rich leaves it out if there are no spans
    return [
        Segment(segment.text, base + segment.style if segment.style else base)
        for segment in text.render(_console)
        if segment.text and segment.text != "\n"
    ]
