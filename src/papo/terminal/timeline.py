"""The rows of a conversation: only those on the screen are ever laid out, however many there are."""

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
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.i18n import N_
from papo.terminal.rows import NOISE, SAME_AUTHOR_MS, Place, day_of, lines_of
from papo.terminal.theme import Look

MOST_KEPT = 3_000
NEAR_EDGE = 30
"""Rows from the first at which older ones are asked for."""
MOST_NOISE = 60
KEYS = frozenset({"r", "x", "e", "d", "c", "o", "g", "plus", "question_mark"})
"""Letters that act on the selected message."""
WRITES = frozenset({"r", "enter", "e"})  # after these one writes
WHEEL_LINES = 3


class Timeline(Widget, can_focus=True):
    """A window on a buffer, held at its lower edge: at the newest row, or at a row and a number of its lines."""

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
        Binding("g", "act('quoted')", N_("go to what is answered")),
        Binding("question_mark", "app.help", N_("help")),
        Binding("escape,tab", "leave", N_("back to writing")),
    ]

    class Act(Message):
        """Something is to be done with an entry."""

        def __init__(self, what: str, entry: BufferLine, detail: str = "") -> None:
            super().__init__()
            self.what = what
            self.entry = entry
            self.detail = detail

    class Typed(Message):
        """A letter was typed here: it belongs into the composer."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Moved(Message):
        """Another part is on the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id)
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.look: Look | None = None
        self.shows_joins = True
        self.selected: int | None = None
        """Number of the entry that the keys act on."""
        self._width = self._height = 0
        self._bottom: int | None = None
        """Number of the entry at the lower edge; None: always the newest."""
        self._below = 0
        """How many of its lines are beneath the edge."""
        self._kept: dict[int, tuple[object, list[Strip]]] = {}
        self._on_screen: list[tuple[int, Strip] | None] = []
        self._drawn = (-1, -1, -1)
        self.gives_way = False  # whether letters go to the composer, which has no focus yet

    @property
    def follows(self) -> bool:
        """Whether the newest row is on the screen."""
        return self._bottom is None

    def show(self, network: Network | None, buffer: Buffer | None) -> None:
        """Another conversation."""
        self.network, self.buffer = network, buffer
        self._kept.clear()
        self.selected = None
        self._bottom = None
        self._below = 0
        self.refresh()

    def restyle(self, look: Look) -> None:
        """Another theme."""
        self.look = look
        self._kept.clear()
        self.refresh()

    # --- which lines

    def _place(self, buffer: Buffer, number: int) -> Place:
        entry = buffer.at(number)
        before = buffer.at(number - 1) if number > buffer.start else None
        new_day = before is None or day_of(before.at_ms) != day_of(entry.at_ms)
        unread = bool(buffer.line_at_ms) and entry.at_ms > buffer.line_at_ms
        unread_line = unread and not entry.mine and (before is not None and before.at_ms <= buffer.line_at_ms)
        width = self._width
        if entry.kind in NOISE:
            return self._noise(buffer, number, new_day=new_day)
        same = (
            before is not None and not new_day and not unread_line and entry.is_message and before.is_message
            and before.nick == entry.nick and entry.kind != "action" and before.kind != "action"
            and entry.at_ms - before.at_ms < SAME_AUTHOR_MS
        )  # fmt: skip
        same_minute = same and before is not None and before.at_ms // 60_000 == entry.at_ms // 60_000
        quoted = ("", "")
        if entry.reply_to:
            answered = buffer.find(entry.reply_to)
            if answered is not None:
                quoted = (answered.nick, one_line(answered.text)[:200])
        return Place(
            width, new_day=new_day, same_author=same, same_minute=same_minute, unread_line=unread_line, quoted=quoted
        )

    def _noise(self, buffer: Buffer, number: int, *, new_day: bool) -> Place:
        width = self._width
        if not self.shows_joins:
            return Place(width, hidden=True)
        entry = buffer.at(number)
        if number + 1 < buffer.end:
            after = buffer.at(number + 1)
            if after.kind in NOISE and day_of(after.at_ms) == day_of(entry.at_ms):
                return Place(width, hidden=True)
        said: list[tuple[str, str]] = []
        first = number
        while first >= buffer.start and number - first < MOST_NOISE:
            each = buffer.at(first)
            if each.kind not in NOISE or day_of(each.at_ms) != day_of(entry.at_ms):
                break
            said.append((each.kind, each.nick))
            first -= 1
        first_of_day = first < buffer.start or day_of(buffer.at(first).at_ms) != day_of(entry.at_ms)
        noise = tuple(reversed(said))
        return Place(width, new_day=new_day or first_of_day, noise=noise, noise_count=len(noise))

    def on_resize(self) -> None:
        """Another size."""
        # Asked for every row: the widget's own `size` is computed anew each time.
        self._width, self._height = self.size
        self.refresh()

    def _lines(self, number: int) -> list[Strip]:
        buffer = self.buffer
        assert buffer is not None
        assert self.look is not None
        entry = buffer.at(number)
        place = self._place(buffer, number)
        key = (id(entry), entry.version, entry.pending, place)
        have = self._kept.get(number)
        if have is not None and have[0] == key:
            return have[1]
        lines = lines_of(entry, place, self.look)
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        self._kept[number] = (key, lines)
        return lines

    def _lay_out(self) -> None:
        """Find the lines on the screen, from the lower edge upwards."""
        height = self._height
        buffer = self.buffer
        found: list[tuple[int, Strip] | None] = []
        if buffer is not None and self.look is not None and buffer.lines and self._width > 4:
            if self._bottom is not None and not buffer.start <= self._bottom < buffer.end:
                self._bottom, self._below = None, 0
            number = buffer.end - 1 if self._bottom is None else self._bottom
            skip = self._below
            while number >= buffer.start and len(found) < height + skip:
                found += [(number, line) for line in reversed(self._lines(number))]
                number -= 1
            found = found[skip : skip + height]
            if number < buffer.start + NEAR_EDGE and self.network is not None and not buffer.cleared:
                history.load_older(self.network, buffer)
        found.reverse()
        # What is short stands at the lower edge, beside the place where one writes.
        self._on_screen = [*([None] * (height - len(found))), *found]

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        buffer = self.buffer
        drawn = (buffer.revision if buffer is not None else -1, self._width, self._height)
        if y == 0 or drawn != self._drawn:
            self._lay_out()
            self._drawn = drawn
        width = self._width
        style = self.look.text if self.look is not None else None
        here = self._on_screen[y] if y < len(self._on_screen) else None
        if here is None:
            return Strip([Segment(" " * width, style)], width)
        number, strip = here
        if number == self.selected and self.look is not None:
            return strip.apply_style(self.look.selected)
        return strip

    # --- moving

    def scroll_lines(self, lines: int) -> None:
        """Down by so many lines; up where it is negative."""
        buffer = self.buffer
        if buffer is not None and buffer.cleared and lines < 0 and self.network is not None:
            history.uncover(self.network, buffer)
        if buffer is None or not buffer.lines:
            return
        number = buffer.end - 1 if self._bottom is None else self._bottom
        below = self._below - lines
        while below < 0:
            if number + 1 >= buffer.end:
                self._at_end(buffer)
                return
            number += 1
            below += len(self._lines(number))
        while number > buffer.start and below >= len(self._lines(number)):
            below -= len(self._lines(number))
            number -= 1
        self._bottom, self._below = number, below
        self._hold(buffer)
        self.refresh()
        self.post_message(self.Moved())

    def _at_end(self, buffer: Buffer) -> None:
        if buffer.has_newer and self.network is not None:
            self._bottom, self._below = buffer.end - 1, 0
            history.load_newer(self.network, buffer)
        else:
            self._bottom, self._below = None, 0
        self.refresh()
        self.post_message(self.Moved())

    def _hold(self, buffer: Buffer) -> None:
        """Keep the screen full: the first row does not come further down than its upper edge."""
        assert self._bottom is not None
        lines, number = -self._below, self._bottom
        while number >= buffer.start and lines < self._height:
            lines += len(self._lines(number))
            number -= 1
        if lines >= self._height:
            return
        missing = self._height - lines
        while missing > 0:
            if self._below:
                step = min(missing, self._below)
                self._below -= step
                missing -= step
            elif self._bottom + 1 < buffer.end:
                self._bottom += 1
                self._below = len(self._lines(self._bottom))
            else:
                break
        if not self._below and self._bottom + 1 >= buffer.end and not buffer.has_newer:
            self._bottom = None

    def show_entry(self, entry: BufferLine) -> None:
        """Bring a row into the middle, and select it."""
        buffer = self.buffer
        if buffer is None:
            return
        number = buffer.number_of(entry)
        self.selected = number
        self._bottom, self._below = number, 0
        lines = self._height // 2
        while lines > 0 and self._bottom + 1 < buffer.end:
            self._bottom += 1
            lines -= len(self._lines(self._bottom))
        if self._bottom + 1 >= buffer.end and not buffer.has_newer:
            self._bottom = None
        self.refresh()
        self.post_message(self.Moved())

    def action_select(self, by: int) -> None:
        """The next message, or the one before."""
        buffer = self.buffer
        if buffer is None or not buffer.lines:
            return
        number = self.selected if self.selected is not None else buffer.end
        number = min(max(number, buffer.start), buffer.end)
        while buffer.start <= number + by < buffer.end:
            number += by
            if buffer.at(number).is_message:
                self.selected = number
                self._reveal(number)
                return
        if by > 0:
            self.action_leave()

    def _reveal(self, number: int) -> None:
        self.refresh()
        on_screen = [each[0] for each in self._on_screen if each is not None]
        if not on_screen:
            return
        if number < on_screen[0] or (number == on_screen[0] and len(self._lines(number)) > on_screen.count(number)):
            self.scroll_lines(-max(1, len(self._lines(number))))
        elif number > on_screen[-1] or (self._bottom == number and self._below):
            self.scroll_lines(max(1, len(self._lines(number))))

    def action_first(self) -> None:
        """The oldest row that is here."""
        if self.buffer is not None and self.buffer.lines:
            self._bottom, self._below = self.buffer.start, 0
            self._hold(self.buffer)
            self.refresh()
            self.post_message(self.Moved())

    def action_follow(self) -> None:
        """The newest row."""
        self.selected = None
        if self.buffer is not None and self.buffer.has_newer and self.network is not None:
            history.to_present(self.network, self.buffer)
        self._bottom, self._below = None, 0
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, direction: int) -> None:
        """A screen up or down."""
        self.scroll_lines(direction * max(1, self._height - 2))

    def action_leave(self) -> None:
        """Back to where one writes."""
        self.selected = None
        self.refresh()
        self.post_message(self.Typed(""))

    def action_act(self, what: str) -> None:
        """Do something with the selected message."""
        if self.selected is None:
            self.action_select(-1)
        elif self.buffer is not None and self.buffer.start <= self.selected < self.buffer.end:
            self.post_message(self.Act(what, self.buffer.at(self.selected)))

    # --- mouse and keys

    def on_key(self, event: events.Key) -> None:
        """Letters belong into the composer: also those that come before it has the focus."""
        if event.is_printable and event.character and (self.gives_way or event.key not in KEYS):
            event.stop()
            event.prevent_default()
            if not self.gives_way:  # else the key before it is about to act on what is selected
                self.selected = None
            self.gives_way = True
            self.refresh()
            self.post_message(self.Typed(event.character))
        elif event.key in WRITES and self.selected is not None:
            self.gives_way = True

    def on_focus(self) -> None:
        """Something is selected as soon as keys act here."""
        self.gives_way = False
        if self.selected is None:
            self.action_select(-1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_click(self, event: events.Click) -> None:
        """A link, a quotation, a reaction, a nick, or the row itself."""
        here = self._on_screen[event.y] if 0 <= event.y < len(self._on_screen) else None
        if here is None or self.buffer is None:
            return
        entry = self.buffer.at(here[0])
        meta = event.style.meta
        link = meta.get("link", "")
        if link and "://" in link:
            webbrowser.open(link)
        elif link:
            self.post_message(self.Act("join", entry, link))
        elif "react" in meta:
            self.post_message(self.Act("toggle", entry, meta["react"]))
        elif "reply" in meta:
            self.post_message(self.Act("quoted", entry))
        elif "nick" in meta:
            self.post_message(self.Act("nick", entry, meta["nick"]))
        elif entry.is_message:
            self.selected = here[0]
            self.refresh()
