"""The columns at both sides of the timeline: networks with their conversations, and the members of a channel."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import ngettext
from papo.terminal.theme import TextStyles

MAX_MEMBERS = 2_000
CROWD = 1_000
"""With more members than this the column follows every `CROWD_S` seconds: sorting 20,000 takes as long as a frame."""
CROWD_S = 1.0
WHEEL_LINES = 3


class Item(msgspec.Struct):
    """A text on one line, and what a click on it means."""

    text: str
    style: Style
    badge: str = ""
    badge_style: Style = Style()
    current: bool = False
    network: Network | None = None
    buffer: Buffer | None = None
    nick: str = ""


class Column(Widget):
    """A list of items to click, with the wheel to scroll."""

    class Chosen(Message):
        """An item was clicked."""

        def __init__(self, item: Item) -> None:
            super().__init__()
            self.item = item

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id)
        self.items: list[Item] = []
        self.text_styles: TextStyles | None = None
        self.collapsed = False
        """The user does not want to see it."""
        self._top = 0
        self._shown: tuple[Buffer | None, int, int] = (None, 0, 0)
        """The current conversation, its index and the column's height when it was scrolled into sight."""

    def fill(self, items: list[Item]) -> None:
        """Show these. If another one is current it is scrolled into sight, and the wheel may scroll it away again."""
        self.items = items
        height = max(1, self.size.height)
        current = next((at for at, item in enumerate(items) if item.current), None)
        shown = (items[current].buffer, current, height) if current is not None else (None, 0, height)
        if current is not None and shown != self._shown and not self._top <= current < self._top + height:
            self._top = current - height // 2
        self._shown = shown
        self._top = max(0, min(self._top, len(items) - height))
        self.refresh()

    def toggle(self) -> None:
        """Show the column, or put it away."""
        shown = not self.display
        self.collapsed = not shown
        narrow = self.screen.has_class("-narrow")
        if shown and narrow:
            self.screen.query(Column).remove_class("forced")  # there is room for one of them
        # What is as usual at this width may change with the width.
        usual = not narrow and not (self.id == "members" and self.screen.has_class("-middle"))
        self.set_class(usual and not shown, "hidden")
        self.set_class(shown and not usual, "forced")

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, at = self.size.width, y + self._top
        base = self.visual_style.rich_style
        if at >= len(self.items) or self.text_styles is None:
            return Strip([Segment(" " * width, base)], width)
        item = self.items[at]
        style = base + item.style + (self.text_styles.selected if item.current else Style())
        room = width - cell_len(item.badge) - (1 if item.badge else 0)
        text = item.text if cell_len(item.text) <= room else set_cell_size(item.text, room - 1) + "…"
        segments = [Segment(set_cell_size(text, room), style)]
        if item.badge:
            segments += [Segment(item.badge, style + item.badge_style), Segment(" ", style)]
        return Strip(segments).adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        """Report which item was clicked."""
        at = event.y + self._top
        if 0 <= at < len(self.items):
            self.post_message(self.Chosen(self.items[at]))

    def on_mouse_scroll_up(self) -> None:
        """Scroll up."""
        self._top = max(0, self._top - WHEEL_LINES)
        self.refresh()

    def on_mouse_scroll_down(self) -> None:
        """Scroll down."""
        self._top = max(0, min(self._top + WHEEL_LINES, len(self.items) - self.size.height))
        self.refresh()


class Conversations(Column):
    """Every network, and beneath it its conversations."""

    def show(self, networks: Sequence[Network], shown: Buffer | None) -> None:
        """Show these networks. `shown`: the conversation in the timeline."""
        if self.text_styles is not None:
            styles = self.text_styles
            self.fill([item for network in networks for item in _network_items(network, shown, styles)])


def _network_items(network: Network, shown: Buffer | None, styles: TextStyles) -> list[Item]:
    online = network.status == "online"
    server = Item(
        f" {'●' if online else '○'} {plain(network.title)}", Style(bold=True) if online else styles.dim,
        current=shown is network.server, network=network, buffer=network.server,
    )  # fmt: skip
    return [server, *(_conversation_item(network, each, shown, styles) for each in network.conversations())]


def _conversation_item(network: Network, buffer: Buffer, shown: Buffer | None, styles: TextStyles) -> Item:
    name = plain(buffer.name) if buffer.kind == "channel" else f"@{plain(buffer.name)}"
    style = Style(bold=True) if buffer.unread else Style()
    if not buffer.joined or buffer.notifications_off:
        style = styles.dim
    return Item(
        f"   {name}", style, str(buffer.mentions or buffer.unread or ""),
        styles.highlight_mark if buffer.mentions else styles.dim,
        current=buffer is shown, network=network, buffer=buffer,
    )  # fmt: skip


class Members(Column):
    """The members of a channel, by rank, then by nick."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id)
        self.behind = False
        """There are too many members to show each change at once."""
        self._about: object = None
        self._filled_s = 0.0

    def show(self, network: Network, buffer: Buffer, *, now_s: float | None = None) -> None:
        """Show who is in a channel; nothing for other conversations. `now_s`: by a monotonic clock, for tests."""
        self.set_class(buffer.kind != "channel" or self.collapsed, "hidden")
        about = (buffer, self.text_styles)
        is_seen = self.display or about != self._about
        if buffer.kind != "channel" or not is_seen or self.text_styles is None:
            return
        now_s = time.monotonic() if now_s is None else now_s
        self.behind = len(buffer.members) > CROWD and about == self._about and now_s < self._filled_s + CROWD_S
        if not self.behind:
            self._about, self._filled_s = about, now_s
            self.fill(_member_items(network, buffer, self.text_styles))


def _member_items(network: Network, buffer: Buffer, styles: TextStyles) -> list[Item]:
    support = network.session.support
    members = sorted(buffer.members.values(), key=lambda each: (-support.rank(each.prefixes), each.nick.lower()))
    count = len(members)
    items = [Item(" " + ngettext("{count} person", "{count} people", count).format(count=count), styles.dim)]
    for member in members[:MAX_MEMBERS]:
        known = network.find_user(member.nick)
        away = known is not None and known.away
        bot = " ⚙" if known is not None and known.bot else ""
        style = styles.dim if away else styles.nick(member.nick) + Style(bold=False)
        text = f" {member.prefixes[:1] or ' '}{plain(member.nick)}{bot}"
        items.append(Item(text, style, network=network, buffer=buffer, nick=member.nick))
    return items
