"""Servers and their conversations in a column, with what is unread; members of a channel in another one."""

from __future__ import annotations

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from papo.client.buffer import Buffer
from papo.client.markup import plain
from papo.client.network import Network
from papo.i18n import ngettext
from papo.terminal.look import Look

MOST_MEMBERS = 2_000


class Row(msgspec.Struct):
    """A line of a column."""

    text: str
    style: Style
    badge: str = ""
    badge_style: Style = Style()
    current: bool = False
    network: Network | None = None
    buffer: Buffer | None = None
    nick: str = ""


class Column(Widget):
    """Lines to click on, with the wheel to scroll."""

    class Chosen(Message):
        """Somebody clicked a row."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id)
        self.rows: list[Row] = []
        self.look: Look | None = None
        self._top = 0

    def fill(self, rows: list[Row]) -> None:
        """Other rows; the current one is brought into sight."""
        self.rows = rows
        height = max(1, self.size.height)
        current = next((at for at, row in enumerate(rows) if row.current), None)
        if current is not None and not self._top <= current < self._top + height:
            self._top = current - height // 2
        self._top = max(0, min(self._top, len(rows) - height))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, at = self.size.width, y + self._top
        base = self.visual_style.rich_style
        if at >= len(self.rows) or self.look is None:
            return Strip([Segment(" " * width, base)], width)
        row = self.rows[at]
        style = base + row.style + (self.look.selected if row.current else Style())
        room = width - cell_len(row.badge) - (1 if row.badge else 0)
        text = row.text if cell_len(row.text) <= room else set_cell_size(row.text, room - 1) + "…"
        segments = [Segment(set_cell_size(text, room), style)]
        if row.badge:
            segments += [Segment(row.badge, style + row.badge_style), Segment(" ", style)]
        return Strip(segments).adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        """A row was chosen."""
        at = event.y + self._top
        if 0 <= at < len(self.rows):
            self.post_message(self.Chosen(self.rows[at]))

    def on_mouse_scroll_up(self) -> None:
        """The wheel."""
        self._top = max(0, self._top - 3)
        self.refresh()

    def on_mouse_scroll_down(self) -> None:
        """The wheel."""
        self._top = max(0, min(self._top + 3, len(self.rows) - self.size.height))
        self.refresh()


def conversations(networks: list[Network], shown: Buffer | None, look: Look) -> list[Row]:
    """The rows of all servers."""
    rows = []
    for network in networks:
        online = network.status == "online"
        sign = "●" if online else "○"
        style = Style(bold=True) if online else look.dim
        rows.append(
            Row(
                f" {sign} {plain(network.title)}", style, network=network, buffer=network.server,
                current=shown is network.server,
            )
        )  # fmt: skip
        for buffer in network.conversations():
            name = plain(buffer.name) if buffer.kind == "channel" else f"@{plain(buffer.name)}"
            style = Style(bold=True) if buffer.unread else Style()
            if not buffer.joined or buffer.muted:
                style = look.dim
            badge = str(buffer.mentions or buffer.unread or "")
            badge_style = look.mention_mark if buffer.mentions else look.dim
            rows.append(
                Row(
                    f"   {name}", style, badge, badge_style, current=buffer is shown, network=network, buffer=buffer
                )
            )  # fmt: skip
    return rows


def members(network: Network, buffer: Buffer, look: Look) -> list[Row]:
    """The rows of who is here: by rank, then by name."""
    support = network.session.support
    everybody = sorted(buffer.members.values(), key=lambda member: (-support.rank(member.signs), member.nick.lower()))[
        :MOST_MEMBERS
    ]
    count = len(buffer.members)
    rows = [Row(" " + ngettext("{count} person", "{count} people", count).format(count=count), look.dim)]
    for member in everybody:
        known = network.known(member.nick)
        away = known is not None and known.away
        sign = member.signs[:1] or " "
        bot = " ⚙" if known is not None and known.bot else ""
        style = look.dim if away else look.nick(member.nick) + Style(bold=False)
        rows.append(Row(f" {sign}{plain(member.nick)}{bot}", style, network=network, buffer=buffer, nick=member.nick))
    return rows
