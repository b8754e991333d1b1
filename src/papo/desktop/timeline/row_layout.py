"""A row of the timeline, laid out at a width: where its parts are, and what is under a point."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.desktop.theme.theme import Theme
from papo.desktop.timeline.rich_text import RichText
from papo.desktop.timeline.row_model import FEW
from papo.desktop.timeline.row_parts import Action, Chip, ClickTarget, Icon, Words
from papo.i18n import _
from papo.ui import sentences
from papo.ui.rows import Row
from papo.ui.times import clock, day_name

_ICONS = {"topic": "hash", "kick": "exit", "error": "warn"}


class RowLayout:
    """The parts of a row at a width. All coordinates are relative to its top left corner."""

    def __init__(self, row: Row, theme: Theme, width: int, network: Network, buffer: Buffer) -> None:
        self.row = row
        self.theme = theme
        self.width = width
        self.network = network
        self.buffer = buffer
        self.text: RichText | None = None
        """The message, or what happened."""
        self.text_at = QPointF()
        self.targets: list[ClickTarget] = []
        self.words: list[Words] = []
        self.chips: list[Chip] = []
        self.icons: list[Icon] = []
        self.avatar: QRectF | None = None
        self.left = theme.px(20) if width > theme.px(420) else theme.px(10)
        self.right = width - self.left
        self._content = self.left + theme.px(48)
        """Left edge of the text, beside the avatar."""
        self._y = 0.0
        match row.kind:
            case "line" if row.line is not None:
                (self._message if row.line.is_message else self._event)(row.line)
            case "events":
                self._events()
            case "day":
                self._day()
            case "unread":
                self._unread()
            case "beginning":
                self._beginning()
        self.height = max(1, round(self._y))

    def _add_words(
        self, text: str, font: QFont, colour: str, x: float, y: float, *, most: float = 0, nick: str = ""
    ) -> QRectF:
        """Place words on one line, with an ellipsis if they are wider than `most`; returns their area."""
        metrics = QFontMetricsF(font)
        if most:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, most)
        area = QRectF(x, y, metrics.horizontalAdvance(text) + 1, metrics.height())
        self.words.append(Words(area, text, font, colour, nick))
        return area

    # --- messages

    def _message(self, line: BufferLine) -> None:
        theme, px = self.theme, self.theme.px
        named = self.row.names_author
        self._y = px(9) if named else px(2)
        if named:
            self.avatar = QRectF(self.left, self._y + px(2), px(36), px(36))
        if line.reply_to:
            self._quotation(line.reply_to)
        if named:
            self._author(line)
        dim = line.redacted or line.pending == "waiting"
        before = f"{line.nick} " if line.kind == "action" else ""
        after = f" {sentences.edited()}" if line.edited and not line.redacted else ""
        text = sentences.deleted() if line.redacted else line.text
        self.text = RichText(text, theme, self.right - self._content, before=before, after=after, dim=dim)
        self.text_at = QPointF(self._content, self._y)
        self._y += self.text.height
        if line.reactions:
            self._reactions(line.reactions)
        if line.pending:
            self._pending(line)
        self._y += px(2)
        if named:
            self._y = max(self._y, px(9) + px(39))

    def _author(self, line: BufferLine) -> None:
        theme, px = self.theme, self.theme.px
        height = QFontMetricsF(theme.bold).height()
        area = self._add_words(line.nick, theme.bold, "text", self._content, self._y, nick=line.nick, most=px(320))
        self.targets.append(ClickTarget(area, "user", line.nick))
        x = area.right() + px(8)
        badges = [
            _("bot") if line.bot else "",
            _("only for {sign} and above").format(sign=line.statusmsg) if line.statusmsg else "",
            _("notice") if line.kind == "notice" else "",
        ]
        metrics = QFontMetricsF(theme.tiny)
        for badge in filter(None, badges):
            area = QRectF(x, self._y + px(2), metrics.horizontalAdvance(badge) + px(10), height - px(3))
            self.chips.append(Chip(area, badge, is_badge=True))
            x = area.right() + px(8)
        drop = QFontMetricsF(theme.bold).ascent() - metrics.ascent()
        self._add_words(clock(line.at_ms), theme.tiny, "muted", x, self._y + drop)
        self._y += height + px(1)

    def _quotation(self, msgid: str) -> None:
        theme, px = self.theme, self.theme.px
        height = QFontMetricsF(theme.small).height()
        x = float(self._content)
        self.icons.append(Icon(QRectF(x, self._y + px(1), px(14), px(14)), "reply", "muted"))
        x += px(19)
        quoted = self.buffer.find(msgid)
        text = _("an older message")
        if quoted is not None:
            text = sentences.deleted() if quoted.redacted else sentences.excerpt(quoted.text)
            bold = QFont(theme.small)
            bold.setWeight(QFont.Weight.DemiBold)
            nick = self._add_words(quoted.nick, bold, "muted", x, self._y, nick=quoted.nick, most=px(160))
            x = nick.right() + px(6)
        self._add_words(text, theme.small, "muted", x, self._y, most=max(px(20), self.right - x))
        area = QRectF(self._content, self._y, self.right - self._content, height)
        self.targets.append(ClickTarget(area, "jump", msgid, _("Show the message")))
        self._y += height + px(2)

    def _reactions(self, reactions: dict[str, list[str]]) -> None:
        px = self.theme.px
        metrics = QFontMetricsF(self.theme.small)
        height = max(px(24), metrics.height() + px(6))
        x, self._y = float(self._content), self._y + px(4)
        for emoji, nicks in reactions.items():
            text = f"{emoji}  {len(nicks)}"
            width = metrics.horizontalAdvance(text) + px(18)
            if x + width > self.right and x > self._content:
                x, self._y = float(self._content), self._y + height + px(4)
            mine = any(self.network.is_me(nick) for nick in nicks)
            area = QRectF(x, self._y, width, height)
            self.chips.append(Chip(area, text, mine))
            self.targets.append(ClickTarget(area, "react", emoji, sentences.reaction(emoji, nicks)))
            x += width + px(5)
        self._y += height + px(3)

    def _pending(self, line: BufferLine) -> None:
        theme, px = self.theme, self.theme.px
        if line.pending == "waiting" and self.network.status == "online":
            return
        failed = line.pending == "failed"
        text = _("Not sent: {why}").format(why=line.error) if failed else _("Waiting for the connection")
        colour = "danger" if failed else "muted"
        height = QFontMetricsF(theme.small).height()
        self._y += px(2)
        icon = QRectF(self._content, self._y, px(15), px(15))
        self.icons.append(Icon(icon, "warn" if failed else "clock", colour))
        left, most = self._content + px(20), self.right - self._content - px(20)
        x = self._add_words(text, theme.small, colour, left, self._y, most=most).right() + px(10)
        buttons: list[tuple[str, Action]] = [(_("Discard"), "give up")]
        if failed:
            buttons.insert(0, (_("Try again"), "retry"))
        for label, action in buttons:
            if x + QFontMetricsF(theme.small).horizontalAdvance(label) > self.right:
                x, self._y = left, self._y + height + px(2)
            area = self._add_words(label, theme.small, "accent", x, self._y)
            self.words[-1].underlined = True
            self.targets.append(ClickTarget(area.adjusted(-2, -2, 2, 2), action, line.nonce))
            x = area.right() + px(12)
        self._y += height + px(2)

    # --- everything else

    def _event(self, line: BufferLine) -> None:
        px = self.theme.px
        self._y = px(4)
        is_error = line.kind == "error"
        icon = QRectF(self._content - px(26), self._y + px(1), px(16), px(16))
        self.icons.append(Icon(icon, _ICONS.get(line.kind, "help"), "danger" if is_error else "muted"))
        text = line.text if line.kind in {"info", "error"} else sentences.event(line)
        after = f"  {clock(line.at_ms)}"
        self.text = RichText(text, self.theme, self.right - self._content, after=after, dim=not is_error)
        self.text_at = QPointF(self._content, self._y)
        self._y += self.text.height + px(4)

    def _events(self) -> None:
        theme, px = self.theme, self.theme.px
        row = self.row
        self._y = px(3)
        height = QFontMetricsF(theme.small).height() + px(2)
        most = self.right - self._content
        if len(row.lines) > FEW and not row.expanded:
            area = self._add_words(
                sentences.summary(row.lines), theme.small, "muted", self._content, self._y, most=most
            )
            self.targets.append(ClickTarget(area, "expand"))
            self._y += height + px(3)
            return
        for line in row.lines:
            text = f"{sentences.event(line)}  {clock(line.at_ms)}"
            self._add_words(text, theme.small, "muted", self._content, self._y, most=most)
            self._y += height
        if row.expanded:
            area = self._add_words(_("Show less"), theme.small, "accent", self._content, self._y)
            self.targets.append(ClickTarget(area, "expand"))
            self._y += height
        self._y += px(3)

    def _day(self) -> None:
        px = self.theme.px
        metrics = QFontMetricsF(self.theme.tiny)
        text = day_name(self.row.at_ms)
        width, height = metrics.horizontalAdvance(text) + px(24), metrics.height() + px(6)
        area = QRectF((self.width - width) / 2, px(12), width, height)
        self.chips.append(Chip(area, text, is_badge=True))
        self._y = area.bottom() + px(6)

    def _unread(self) -> None:
        theme, px = self.theme, self.theme.px
        metrics = QFontMetricsF(theme.tiny)
        text = _("New messages")
        self._y = px(6)
        self._add_words(text, theme.tiny, "danger", (self.width - metrics.horizontalAdvance(text)) / 2, self._y)
        self._y += metrics.height() + px(6)

    def _beginning(self) -> None:
        theme, px = self.theme, self.theme.px
        self._y = px(28)
        title = QFont(theme.large)
        title.setPointSizeF(title.pointSizeF() * 1.25)
        name = self.buffer.name or self.network.title
        most = self.right - self.left
        self._add_words(name, title, "text", self.left, self._y, most=most)
        self._y += QFontMetricsF(title).height() + px(2)
        self._add_words(sentences.beginning(self.buffer), theme.text, "muted", self.left, self._y, most=most)
        self._y += QFontMetricsF(theme.text).height() + px(12)

    # --- what is under a point

    def target_at(self, point: QPointF) -> ClickTarget | None:
        """What a click at this point is on; None for nothing."""
        for each in self.targets:
            if each.area.contains(point):
                return each
        link = self.text.link_at(point - self.text_at) if self.text is not None else ""
        if link:
            return ClickTarget(QRectF(), "link", link, link if link[0] not in "#&" else "")
        return None


def depends_on(row: Row, width: int, network: Network, buffer: Buffer) -> Hashable:
    """As long as this is equal, the layout of a row is still right."""
    line = row.line
    if line is None:
        return (width, day_name(row.at_ms) if row.kind == "day" else "")
    if row.group is not None:
        return (width, len(row.group), row.expanded)
    status = network.status if line.pending else ""
    quoted = buffer.find(line.reply_to) if line.reply_to else None
    quotation = (id(quoted), quoted.version) if quoted is not None else None
    return (width, line.version, row.names_author, status, line.text, quotation)
