"""One row of the timeline, laid out at a width: where its parts stand, how they are painted, what is under a point."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, TypeAlias

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.desktop import sentences
from papo.desktop.theme import icons
from papo.desktop.theme.theme import Look
from papo.desktop.timeline.avatar import paint_avatar
from papo.desktop.timeline.rich_text import Rich
from papo.desktop.timeline.rows import FEW, Row
from papo.desktop.times import clock, day
from papo.i18n import _

Act: TypeAlias = Literal["jump", "person", "react", "retry", "give up", "open", "link"]
_ICONS = {"topic": "hash", "kick": "door", "error": "warn"}


class Spot(msgspec.Struct):
    """Something that can be pressed."""

    area: QRectF
    act: Act
    about: str = ""
    hint: str = ""


class Text(msgspec.Struct):
    """A few words on one line."""

    area: QRectF
    words: str
    font: QFont
    colour: str
    nick: str = ""
    """Whose colour it has instead."""
    underlined: bool = False


class Chip(msgspec.Struct):
    """A reaction, or (`is_badge`) a small note beside a name."""

    area: QRectF
    words: str
    mine: bool = False
    is_badge: bool = False


class RowLayout:
    """A row at a width. Everything is measured from its own top left corner."""

    def __init__(self, row: Row, look: Look, width: int, network: Network, buffer: Buffer) -> None:
        self.row = row
        self.look = look
        self.width = width
        self.network = network
        self.buffer = buffer
        self.rich: Rich | None = None
        self.rich_at = QPointF()
        self.spots: list[Spot] = []
        self._texts: list[Text] = []
        self._chips: list[Chip] = []
        self._icons: list[tuple[QRectF, str, str]] = []
        self._avatar: QRectF | None = None
        self._y = 0.0
        self._left = look.px(20) if width > look.px(420) else look.px(10)
        self._content = self._left + look.px(48)
        self._right = width - self._left
        {
            "message": self._message,
            "quiet": self._quiet,
            "day": self._day,
            "line": self._line,
            "beginning": self._beginning,
        }[row.kind]()
        self.height = max(1, round(self._y))

    # --- laying out

    def _word(
        self,
        words: str,
        font: QFont,
        colour: str,
        x: float,
        y: float,
        *,
        most: float = 0,
        nick: str = "",
        high: float = 0,
    ) -> QRectF:
        """Place words on one line, cut with an ellipsis where they are too long."""
        metrics = QFontMetricsF(font)
        if most:
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, most)
        area = QRectF(x, y, metrics.horizontalAdvance(words) + 1, high or metrics.height())
        self._texts.append(Text(area, words, font, colour, nick))
        return area

    def _message(self) -> None:
        entry = self.row.entry
        assert entry is not None
        if not entry.is_message:
            self._notice(entry)
            return
        look, px = self.look, self.look.px
        self._y = px(9) if self.row.head else px(2)
        if self.row.head:
            self._avatar = QRectF(self._left, self._y + px(2), px(36), px(36))
        if entry.reply_to:
            self._quote(entry.reply_to)
        if self.row.head:
            self._by(entry)
        dim = entry.redacted or entry.pending == "waiting"
        before = f"{entry.nick} " if entry.kind == "action" else ""
        after = f" {_('(edited)')}" if entry.edited and not entry.redacted else ""
        text = _("This message was deleted.") if entry.redacted else entry.text
        self.rich = Rich(text, look, self._right - self._content, before=before, after=after, dim=dim)
        self.rich_at = QPointF(self._content, self._y)
        self._y += self.rich.height
        if entry.reactions:
            self._reactions(entry.reactions)
        if entry.pending:
            self._waiting(entry)
        self._y += px(2)
        if self.row.head:
            self._y = max(self._y, px(9) + px(39))

    def _by(self, entry: BufferLine) -> None:
        look, px = self.look, self.look.px
        line = QFontMetricsF(look.bold).height()
        area = self._word(entry.nick, look.bold, "ink", self._content, self._y, nick=entry.nick, most=px(320))
        self.spots.append(Spot(area, "person", entry.nick))
        x = area.right() + px(8)
        notes = [
            _("bot") if entry.bot else "",
            _("only for {sign} and above").format(sign=entry.rank) if entry.rank else "",
            _("notice") if entry.kind == "notice" else "",
        ]
        metrics = QFontMetricsF(look.tiny)
        for note in filter(None, notes):
            badge = QRectF(x, self._y + px(2), metrics.horizontalAdvance(note) + px(10), line - px(3))
            self._chips.append(Chip(badge, note, is_badge=True))
            x = badge.right() + px(8)
        drop = QFontMetricsF(look.bold).ascent() - metrics.ascent()
        self._word(clock(entry.at_ms), look.tiny, "soft", x, self._y + drop)
        self._y += line + px(1)

    def _quote(self, msgid: str) -> None:
        look, px = self.look, self.look.px
        metrics = QFontMetricsF(look.small)
        line = metrics.height()
        x = float(self._content)
        self._icons.append((QRectF(x, self._y + px(1), px(14), px(14)), "reply", "soft"))
        x += px(19)
        of = self.buffer.find(msgid)
        if of is not None:
            bold = QFont(look.small)
            bold.setWeight(QFont.Weight.DemiBold)
            x = self._word(of.nick, bold, "soft", x, self._y, nick=of.nick, most=px(160)).right() + px(6)
        words = _("an earlier message")
        if of is not None:
            words = _("This message was deleted.") if of.redacted else one_line(of.text)[:200]
        self._word(words, look.small, "soft", x, self._y, most=max(px(20), self._right - x))
        area = QRectF(self._content, self._y, self._right - self._content, line)
        self.spots.append(Spot(area, "jump", msgid, _("Show the message")))
        self._y += line + px(2)

    def _reactions(self, reactions: dict[str, list[str]]) -> None:
        look, px = self.look, self.look.px
        metrics = QFontMetricsF(look.small)
        high = max(px(24), metrics.height() + px(6))
        x, self._y = float(self._content), self._y + px(4)
        for emoji, nicks in reactions.items():
            words = f"{emoji}  {len(nicks)}"
            wide = metrics.horizontalAdvance(words) + px(18)
            if x + wide > self._right and x > self._content:
                x, self._y = float(self._content), self._y + high + px(4)
            mine = any(self.network.is_me(nick) for nick in nicks)
            area = QRectF(x, self._y, wide, high)
            self._chips.append(Chip(area, words, mine))
            self.spots.append(Spot(area, "react", emoji, sentences.reaction(emoji, nicks)))
            x += wide + px(5)
        self._y += high + px(3)

    def _waiting(self, entry: BufferLine) -> None:
        look, px = self.look, self.look.px
        if entry.pending == "waiting" and self.network.status == "online":
            return
        failed = entry.pending == "failed"
        words = _("Not sent: {why}").format(why=entry.error) if failed else _("Waiting for the connection")
        colour = "danger" if failed else "soft"
        line = QFontMetricsF(look.small).height()
        self._y += px(2)
        self._icons.append((QRectF(self._content, self._y, px(15), px(15)), "warn" if failed else "clock", colour))
        room = self._right - self._content
        x = self._word(words, look.small, colour, self._content + px(20), self._y, most=room - px(20)).right() + px(10)
        buttons: list[tuple[str, Act]] = [(_("Discard"), "give up")]
        if failed:
            buttons.insert(0, (_("Try again"), "retry"))
        for label, act in buttons:
            wide = QFontMetricsF(look.small).horizontalAdvance(label)
            if x + wide > self._right:
                x, self._y = self._content + px(20), self._y + line + px(2)
            area = self._word(label, look.small, "accent", x, self._y)
            self._texts[-1].underlined = True
            self.spots.append(Spot(area.adjusted(-2, -2, 2, 2), act, entry.nonce))
            x = area.right() + px(12)
        self._y += line + px(2)

    def _notice(self, entry: BufferLine) -> None:
        look, px = self.look, self.look.px
        self._y = px(4)
        colour = "danger" if entry.kind == "error" else "soft"
        at = QRectF(self._content - px(26), self._y + px(1), px(16), px(16))
        self._icons.append((at, _ICONS.get(entry.kind, "help"), colour))
        spoken = entry.kind in {"info", "error"}
        text = entry.text if spoken else sentences.happening(entry)
        after = f"  {clock(entry.at_ms)}"
        self.rich = Rich(text, look, self._right - self._content, after=after, dim=entry.kind != "error")
        self.rich_at = QPointF(self._content, self._y)
        self._y += self.rich.height + px(4)

    def _quiet(self) -> None:
        look, px = self.look, self.look.px
        entries = self.row.entries
        self._y = px(3)
        line = QFontMetricsF(look.small).height() + px(2)
        room = self._right - self._content
        if len(entries) > FEW and not self.row.opened:
            area = self._word(sentences.summary(entries), look.small, "soft", self._content, self._y, most=room)
            self.spots.append(Spot(area, "open"))
            self._y += line + px(3)
            return
        for entry in entries:
            words = f"{sentences.happening(entry)}  {clock(entry.at_ms)}"
            self._word(words, look.small, "soft", self._content, self._y, most=room)
            self._y += line
        if self.row.opened:
            area = self._word(_("Show less"), look.small, "accent", self._content, self._y)
            self.spots.append(Spot(area, "open"))
            self._y += line
        self._y += px(3)

    def _day(self) -> None:
        look, px = self.look, self.look.px
        metrics = QFontMetricsF(look.tiny)
        words = day(self.row.at_ms)
        wide, high = metrics.horizontalAdvance(words) + px(24), metrics.height() + px(6)
        area = QRectF((self.width - wide) / 2, px(12), wide, high)
        self._chips.append(Chip(area, words, is_badge=True))
        self._y = area.bottom() + px(6)

    def _line(self) -> None:
        look, px = self.look, self.look.px
        metrics = QFontMetricsF(look.tiny)
        words = _("New messages")
        self._y = px(6)
        self._word(words, look.tiny, "danger", (self.width - metrics.horizontalAdvance(words)) / 2, self._y)
        self._y += metrics.height() + px(6)

    def _beginning(self) -> None:
        look, px = self.look, self.look.px
        self._y = px(28)
        title = QFont(look.large)
        title.setPointSizeF(title.pointSizeF() * 1.25)
        name = self.buffer.name or self.network.title
        self._word(name, title, "ink", self._left, self._y, most=self._right - self._left)
        self._y += QFontMetricsF(title).height() + px(2)
        self._word(
            sentences.beginning(self.buffer), look.text, "soft", self._left, self._y, most=self._right - self._left
        )
        self._y += QFontMetricsF(look.text).height() + px(12)

    # --- painting

    def paint(self, painter: QPainter, top: float, *, hovered: bool, current: bool, flash: bool) -> None:
        """Draw it at a height of the viewport."""
        look = self.look
        entry = self.row.entry
        whole = QRectF(0, top, self.width, self.height)
        is_message = self.row.kind == "message" and entry is not None and entry.is_message
        if flash:
            painter.fillRect(whole, look.colour("accent_ground"))
        elif is_message and entry is not None and entry.mention:
            painter.fillRect(whole, look.colour("mention"))
            painter.fillRect(QRectF(0, top, look.px(3), self.height), look.colour("mention_edge"))
        elif is_message and (hovered or current):
            painter.fillRect(whole, look.colour("panel"))
        painter.translate(0, top)
        if self._avatar is not None and entry is not None:
            paint_avatar(painter, look, self._avatar, entry.nick)
        elif is_message and (hovered or current) and entry is not None:
            painter.setFont(look.tiny)
            painter.setPen(look.colour("soft"))
            side = QRectF(self._left - look.px(6), look.px(4), look.px(44), QFontMetricsF(look.tiny).height())
            painter.drawText(side, Qt.AlignmentFlag.AlignRight, clock(entry.at_ms))
        if self.row.kind == "line":
            self._rule(painter)
        for area, name, colour in self._icons:
            icons.paint(painter, name, look.colour(colour), area)
        for chip in self._chips:
            self._chip(painter, chip)
        for text in self._texts:
            self._text(painter, text)
        if self.rich is not None:
            self.rich.paint(painter, self.rich_at, QRectF(0, 0, self.width, self.height))
        if current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(1, 1, self.width - 2, self.height - 2), look.px(4), look.px(4))
        painter.translate(0, -top)

    def _text(self, painter: QPainter, text: Text) -> None:
        font = text.font
        if text.underlined:
            font = QFont(font)
            font.setUnderline(True)
        painter.setFont(font)
        painter.setPen(self.look.nick(text.nick) if text.nick else self.look.colour(text.colour))
        painter.drawText(
            text.area,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
            text.words,
        )

    def _chip(self, painter: QPainter, chip: Chip) -> None:
        look = self.look
        ground = "accent_ground" if chip.mine else "raised"
        painter.setBrush(look.colour(ground))
        painter.setPen(QPen(look.colour("accent" if chip.mine else "edge"), 1))
        round_ = look.px(4) if chip.is_badge and self.row.kind != "day" else chip.area.height() / 2
        painter.drawRoundedRect(chip.area.adjusted(0.5, 0.5, -0.5, -0.5), round_, round_)
        painter.setFont(look.tiny if chip.is_badge else look.small)
        painter.setPen(look.colour("soft" if chip.is_badge else "ink"))
        painter.drawText(chip.area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, chip.words)

    def _rule(self, painter: QPainter) -> None:
        words = self._texts[0].area
        middle = round(words.center().y()) + 0.5
        colour = self.look.colour("danger")
        colour.setAlphaF(0.55)
        painter.setPen(QPen(colour, 1))
        gap = self.look.px(12)
        painter.drawLine(QPointF(self._left, middle), QPointF(words.left() - gap, middle))
        painter.drawLine(QPointF(words.right() + gap, middle), QPointF(self._right, middle))

    # --- what is under a point

    def spot_at(self, point: QPointF) -> Spot | None:
        """What can be pressed there."""
        for each in self.spots:
            if each.area.contains(point):
                return each
        if self.rich is not None:
            link = self.rich.link_at(point - self.rich_at)
            if link:
                return Spot(QRectF(), "link", link, link if link[0] not in "#&" else "")
        return None


def depends_on(row: Row, width: int, network: Network, buffer: Buffer) -> Hashable:
    """While this is the same, so is the drawing."""
    entry = row.entry
    if entry is None:
        return (width, day(row.at_ms) if row.kind == "day" else "")
    if row.more is not None:
        return (width, len(row.more), row.opened)
    waits = network.status if entry.pending else ""
    of = buffer.find(entry.reply_to) if entry.reply_to else None
    return (width, entry.version, row.head, waits, entry.text, (id(of), of.version) if of is not None else None)
