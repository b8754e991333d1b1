"""Servers and their conversations in a column, with what is unread; members of a channel in another one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

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
from papo.terminal.theme import Look

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp

MOST_MEMBERS = 2_000
CROWD = 1_000
"""With more people than this the column follows every `CROWD_S` seconds: sorting 20,000 takes as long as a frame."""
CROWD_S = 1.0


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
        self.behind = False
        self._about: object = None
        self._filled_s = 0.0
        self._top = 0
        self._shown: tuple[Buffer | None, int, int] = (None, 0, 0)
        """The current conversation, its place and our height when it was brought into sight."""

    def waits(self, about: object, count: int) -> bool:
        """Whether rows about the same are too many to be made anew for each frame; `behind` until they are."""
        now = time.monotonic()
        self.behind = count > CROWD and about == self._about and now < self._filled_s + CROWD_S
        if not self.behind:
            self._about, self._filled_s = about, now
        return self.behind

    def fill(self, rows: list[Row]) -> None:
        """Other rows; another current one is brought into sight, and the wheel may take it away again."""
        self.rows = rows
        height = max(1, self.size.height)
        current = next((at for at, row in enumerate(rows) if row.current), None)
        shown = (rows[current].buffer, current, height) if current is not None else (None, 0, height)
        if current is not None and shown != self._shown and not self._top <= current < self._top + height:
            self._top = current - height // 2
        self._shown = shown
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
        known = network.find_user(member.nick)
        away = known is not None and known.away
        sign = member.signs[:1] or " "
        bot = " ⚙" if known is not None and known.bot else ""
        style = look.dim if away else look.nick(member.nick) + Style(bold=False)
        rows.append(Row(f" {sign}{plain(member.nick)}{bot}", style, network=network, buffer=buffer, nick=member.nick))
    return rows


def toggle(app: ChatApp, name: str) -> None:
    """A column on or off."""
    column = app.query_one(f"#{name}", Column)
    wanted = not column.display
    (app.put_away.discard if wanted else app.put_away.add)(name)
    narrow = app.screen.has_class("-narrow")
    if wanted and narrow:
        app.query(Column).remove_class("forced")  # there is room for one of them
    # What is as usual for this width may follow the next width.
    usual = not narrow and not (name == "members" and app.screen.has_class("-middle"))
    column.set_class(usual and not wanted, "hidden")
    column.set_class(wanted and not usual, "forced")
