"""The timeline of a conversation: only the rows on the screen are ever laid out, however many there are."""

from __future__ import annotations

import webbrowser
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from papo.client.state import history
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.i18n import N_
from papo.terminal.row_layout import Context, lines_of
from papo.terminal.theme import TextStyles
from papo.terminal.viewport import Viewport
from papo.ui.rows import Row, Rows
from papo.ui.sentences import excerpt
from papo.ui.times import day_name

MAX_CACHED = 3_000
"""Rows whose strips are kept."""
NEAR_TOP = 30
"""Rows above the screen at which older ones are asked for."""
ACTION_KEYS = frozenset({"r", "x", "e", "d", "c", "o", "g", "plus", "question_mark"})
"""Letters that act on the selected message."""
WRITING_KEYS = frozenset({"r", "enter", "e"})
"""Keys after which the user writes."""
WHEEL_LINES = 3


class Timeline(Widget, can_focus=True):
    """A view of a buffer that is anchored at its lower edge: at the newest row, or at a row and one of its lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "select(-1)", N_("previous message"), show=False),
        Binding("down", "select(1)", N_("next message"), show=False),
        Binding("home", "first", N_("oldest"), show=False),
        Binding("end", "follow", N_("newest"), show=False),
        Binding("enter,r", "act('reply')", N_("reply")),
        Binding("plus,x", "act('react')", N_("react")),
        Binding("e", "act('edit')", N_("edit")),
        Binding("d,delete", "act('delete')", N_("delete")),
        Binding("c", "act('copy')", N_("copy")),
        Binding("o", "act('open')", N_("open link")),
        Binding("g", "act('quoted')", N_("go to the message that is answered")),
        Binding("question_mark", "app.help", N_("help")),
        Binding("escape,tab", "leave", N_("back to writing")),
    ]

    class Act(Message):
        """The user wants something done with a line. `detail`: the channel, emoji or nick that was clicked."""

        def __init__(self, action: str, line: BufferLine, detail: str = "") -> None:
            super().__init__()
            self.action = action
            self.line = line
            self.detail = detail

    class Typed(Message):
        """A letter was typed here and belongs into the composer; "" for none."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Moved(Message):
        """Another part is on the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id)
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.text_styles: TextStyles | None = None
        self.shows_events = True
        self.selected: BufferLine | None = None
        """The message that keys act on."""
        self.composer_pending = False
        """Letters go to the composer, which is about to have the focus."""
        self._width = self._height = 0
        self._view = self._new_view()
        self._made_of: tuple[object, ...] = ()
        """What the rows were made of."""
        self._cache: dict[int, tuple[Row, object, list[Strip]]] = {}
        """By `id` of a row: the row, what its strips depend on, and the strips."""
        self._on_screen: list[tuple[int, Row, Strip] | None] = []
        """For each line of the screen its row, with its index, and what is drawn."""
        self._drawn: tuple[object, ...] = ()

    @property
    def follows(self) -> bool:
        """Whether the newest row is on the screen."""
        return self._view.follows

    def _new_view(self) -> Viewport:
        return Viewport(Rows(), lambda at: len(self._strips(at)))

    def show(self, network: Network | None, buffer: Buffer | None) -> None:
        """Show another conversation, from its newest row."""
        self.network, self.buffer = network, buffer
        self._view = self._new_view()
        self._view.height = self._height
        self._made_of = ()
        self._cache.clear()
        self.selected = None
        self.refresh()

    def restyle(self, styles: TextStyles) -> None:
        """Draw everything again in these styles."""
        self.text_styles = styles
        self._cache.clear()
        self.refresh()

    # --- rows

    def _update_rows(self) -> list[Row]:
        """The rows, in step with the buffer; what is at the lower edge stays there."""
        buffer, rows = self.buffer, self._view.rows
        if buffer is None:
            return []
        made_of = (buffer.revision, buffer.line_at_ms, self.shows_events)
        if made_of != self._made_of:
            self._made_of = made_of
            anchor = self._view.anchor()
            lines = buffer.lines
            kept = rows.update(lines, read_at_ms=buffer.line_at_ms, shows_events=self.shows_events, beginning=False)
            self._view.hold(anchor, kept)
        return rows.all

    def _strips(self, at: int) -> list[Strip]:
        """The lines of a row."""
        assert self.text_styles is not None
        row = self._view.rows.all[at]
        context = self._context_of(at, row)
        state = (row.line.version, row.line.pending) if row.line is not None else day_name(row.at_ms)
        key = (context, row.names_author, len(row.lines), state)
        cached = self._cache.get(id(row))
        if cached is not None and cached[1] == key:
            return cached[2]
        strips = lines_of(row, context, self.text_styles)
        if len(self._cache) > MAX_CACHED:
            self._cache.clear()
        self._cache[id(row)] = (row, key, strips)
        return strips

    def _context_of(self, at: int, row: Row) -> Context:
        line = row.line
        if line is None or row.kind != "line":
            return Context(self._width)
        above = self._view.rows.all[at - 1].line if at and not row.names_author else None
        quoted = ("", "")
        answered = self.buffer.find(line.reply_to) if line.reply_to and self.buffer is not None else None
        if answered is not None:
            quoted = (answered.nick, excerpt(answered.text))
        same_minute = above is not None and above.at_ms // 60_000 == line.at_ms // 60_000
        return Context(self._width, same_minute=same_minute, quoted=quoted)

    # --- drawing

    def on_resize(self) -> None:
        """Keep the size: Textual computes `size` at each access, and every row needs it."""
        self._width, self._height = self.size
        self._view.height = self._height
        self.refresh()

    def _lay_out(self) -> None:
        """Find the lines on the screen, from the lower edge upwards."""
        height, view = self._height, self._view
        found: list[tuple[int, Row, Strip] | None] = []
        rows = self._update_rows()
        if rows and self.buffer is not None and self.text_styles is not None and self._width > 4:
            at = view.bottom
            while at >= 0 and len(found) < height + view.below:
                found += [(at, rows[at], strip) for strip in reversed(self._strips(at))]
                at -= 1
            found = found[view.below : view.below + height]
            if at < NEAR_TOP and self.network is not None and not self.buffer.cleared:
                history.load_older(self.network, self.buffer)
        found.reverse()
        # A short conversation is at the lower edge, next to the composer.
        self._on_screen = [*([None] * (height - len(found))), *found]

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        buffer, styles = self.buffer, self.text_styles
        drawn = (buffer.revision if buffer is not None else -1, self._width, self._height)
        if y == 0 or drawn != self._drawn:
            self._lay_out()
            self._drawn = drawn
        here = self._on_screen[y] if y < len(self._on_screen) else None
        if here is None or styles is None:
            return Strip([Segment(" " * self._width, styles.text if styles is not None else None)], self._width)
        _at, row, strip = here
        is_selected = self.selected is not None and row.line is self.selected
        return strip.apply_style(styles.selected) if is_selected else strip

    # --- scrolling

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by so many lines; up if it is negative."""
        network, buffer = self.network, self.buffer
        if network is None or buffer is None:
            return
        if buffer.cleared and lines < 0:
            history.uncover(network, buffer)
        if not self._update_rows():
            return
        if not self._view.scroll(lines, is_end=not buffer.has_newer):
            if buffer.has_newer:
                self._view.stop_at_end()
                history.load_newer(network, buffer)
            else:
                self._view.follow()
        self._moved()

    def _moved(self) -> None:
        self.refresh()
        self.post_message(self.Moved())

    def show_line(self, line: BufferLine) -> None:
        """Scroll a message into the middle and select it."""
        self._update_rows()
        at = self._view.rows.find(line)
        if self.buffer is not None and at >= 0:
            self.selected = line
            self._view.center(at, is_end=not self.buffer.has_newer)
            self._moved()

    # --- actions of keys

    def action_select(self, by: int) -> None:
        """Select the next message (1) or the previous one (-1); behind the newest one is the composer."""
        rows = self._update_rows()
        if not rows:
            return
        at = self._view.rows.find(self.selected) if self.selected is not None else -1
        at = at if at >= 0 else len(rows)
        while 0 <= at + by < len(rows):
            at += by
            line = rows[at].line
            if line is not None and line.is_message:
                self.selected = line
                self._reveal(at)
                return
        if by > 0:
            self.action_leave()

    def _reveal(self, at: int) -> None:
        """Scroll until a row is on the screen."""
        self.refresh()
        on_screen = [each[0] for each in self._on_screen if each is not None]
        if not on_screen:
            return
        lines = len(self._strips(at))
        if at < on_screen[0] or (at == on_screen[0] and lines > on_screen.count(at)):
            self.scroll_lines(-max(1, lines))
        elif at > on_screen[-1] or (self._view.bottom == at and self._view.below):
            self.scroll_lines(max(1, lines))

    def action_first(self) -> None:
        """Go to the oldest row that is here."""
        if self.buffer is not None and self._update_rows():
            self._view.to_first(is_end=not self.buffer.has_newer)
            self._moved()

    def action_follow(self) -> None:
        """Go to the newest row and stay there."""
        self.selected = None
        if self.buffer is not None and self.buffer.has_newer and self.network is not None:
            history.to_present(self.network, self.buffer)
        self._view.follow()
        self._moved()

    def action_page(self, direction: int) -> None:
        """Scroll a screen up (-1) or down (1)."""
        self.scroll_lines(direction * max(1, self._height - 2))

    def action_leave(self) -> None:
        """Go back to writing."""
        self.selected = None
        self.refresh()
        self.post_message(self.Typed(""))

    def action_act(self, action: str) -> None:
        """Ask for something to be done with the selected message; select one if there is none."""
        if self.selected is None or self._view.rows.find(self.selected) < 0:
            self.action_select(-1)
        else:
            self.post_message(self.Act(action, self.selected))

    # --- mouse and keys

    def on_key(self, event: events.Key) -> None:
        """Letters belong into the composer, also those that come before it has the focus."""
        if event.is_printable and event.character and (self.composer_pending or event.key not in ACTION_KEYS):
            event.stop()
            event.prevent_default()
            if not self.composer_pending:  # otherwise the last key's action still needs the selection
                self.selected = None
            self.composer_pending = True
            self.refresh()
            self.post_message(self.Typed(event.character))
        elif event.key in WRITING_KEYS and self.selected is not None:
            self.composer_pending = True

    def on_focus(self) -> None:
        """Select a message, so that keys have something to act on."""
        self.composer_pending = False
        if self.selected is None:
            self.action_select(-1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_click(self, event: events.Click) -> None:
        """Follow a link, a quotation, a reaction or a nick; otherwise select the message."""
        here = self._on_screen[event.y] if 0 <= event.y < len(self._on_screen) else None
        line = here[1].line if here is not None else None
        if line is None:
            return
        meta = event.style.meta
        link = meta.get("link", "")
        if link and "://" in link:
            webbrowser.open(link)
        elif link:
            self.post_message(self.Act("join", line, link))
        elif "react" in meta:
            self.post_message(self.Act("toggle", line, meta["react"]))
        elif "reply" in meta:
            self.post_message(self.Act("quoted", line))
        elif "nick" in meta:
            self.post_message(self.Act("nick", line, meta["nick"]))
        elif line.is_message:
            self.selected = line
            self.refresh()
