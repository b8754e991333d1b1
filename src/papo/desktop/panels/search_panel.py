"""The search: words, where, who, when; a result leads to the message."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from papo.client.state import search
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.desktop.theme import theme
from papo.desktop.theme.controls import button, label, tool
from papo.i18n import _, ngettext
from papo.ui.sentences import excerpt
from papo.ui.times import short_date

Index = QModelIndex | QPersistentModelIndex
RESULT = Qt.ItemDataRole.UserRole + 1


class Delegate(QStyledItemDelegate):
    """Paints a result: who, where, when, what."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Up to four lines of text."""
        current = theme.current()
        _unused = option
        _target, line = index.data(RESULT)
        view = self.parent()
        wide = (view.viewport().width() if isinstance(view, QListWidget) else current.px(200)) - current.px(40)
        text = excerpt(line.text)
        metrics = QFontMetricsF(current.small)
        used = metrics.boundingRect(QRectF(0, 0, wide, 10_000), int(Qt.TextFlag.TextWordWrap.value), text).height()
        return QSize(wide, round(min(used, metrics.lineSpacing() * 4) + metrics.height() + current.px(26)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint it in a box."""
        current = theme.current()
        target, line = index.data(RESULT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = option.state
        area = QRectF(option.rect).adjusted(current.px(10), current.px(3), -current.px(10), -current.px(3))
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(current.colour("accent" if focused else "border"), 2 if focused else 1))
        painter.setBrush(current.colour("hover" if state & QStyle.StateFlag.State_MouseOver else "raised"))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), current.px(8), current.px(8))
        inside = area.adjusted(current.px(9), current.px(6), -current.px(9), -current.px(6))
        bold = QFont(current.small)
        bold.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetricsF(bold)
        painter.setFont(bold)
        painter.setPen(current.nick(line.nick))
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, line.nick)
        painter.setFont(current.tiny)
        painter.setPen(current.colour("muted"))
        top = QRectF(inside.left(), inside.top(), inside.width(), metrics.height())
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short_date(line.at_ms))
        place = top.adjusted(metrics.horizontalAdvance(line.nick) + current.px(7), 0, -current.px(60), 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, target)
        painter.setFont(current.small)
        painter.setPen(current.colour("text"))
        text = inside.adjusted(0, metrics.height() + current.px(2), 0, 0)
        painter.drawText(text, int(Qt.TextFlag.TextWordWrap.value), excerpt(line.text))
        painter.restore()


class SearchPanel(QWidget):
    """The column at the right while the user searches."""

    closed = Signal()
    chosen = Signal(object, str, object)
    """The network, the name of the conversation, and the message."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("search-panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._network: Network | None = None
        self._buffer: Buffer | None = None
        self.words = QLineEdit()
        self.words.setPlaceholderText(_("Words, or “a phrase”"))
        self.words.setAccessibleName(_("Words"))
        self.words.setClearButtonEnabled(True)
        self.only_here = QCheckBox()
        self.only_here.setObjectName("small")
        self.author = _field(_("From"), _("nick"))
        self.since = _field(_("Since"), "2026-01-31")
        self.until = _field(_("Until"), "2026-12-31")
        self.search_button = button(_("Search"), "primary")
        self.note = label("", "note")
        self.list = QListWidget()
        self.list.setItemDelegate(Delegate(self.list))
        self.list.setAccessibleName(_("Search"))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.close_button = tool("close", _("Close"))
        title = label(_("Search"), "heading")
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self.close_button)
        self.filters = button(_("Filters"), "link")
        self.filters.setCheckable(True)
        self.filters.toggled.connect(self._show_filters)
        self._show_filters(False)
        form = QVBoxLayout()
        form.setContentsMargins(12, 10, 12, 4)
        form.setSpacing(8)
        form.addLayout(top)
        form.addWidget(self.words)
        form.addWidget(self.only_here)
        form.addWidget(self.filters, 0, Qt.AlignmentFlag.AlignLeft)
        for each in (self.author, self.since, self.until):
            form.addWidget(each)
        form.addWidget(self.search_button)
        form.addWidget(self.note)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addLayout(form)
        body.addWidget(self.list, 1)
        for each in (self.words, self.author, self.since, self.until):
            each.returnPressed.connect(self.search)
        self.search_button.clicked.connect(self.search)
        self.close_button.clicked.connect(self.closed)
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)

    def _show_filters(self, shown: bool) -> None:  # noqa: FBT001 - a slot of a Qt signal
        for each in (self.author, self.since, self.until):
            each.setVisible(shown)

    def show_buffer(self, network: Network | None, buffer: Buffer | None) -> None:
        """Take over the conversation that is shown: "only here" means this one."""
        self._network, self._buffer = network, buffer
        self.only_here.setVisible(buffer is not None and buffer.kind != "server")
        if buffer is not None:
            self.only_here.setText(_("only in {name}").format(name=buffer.name))

    def begin(self, words: str) -> None:
        """Focus the field. With `words` search for them at once."""
        if words:
            self.words.setText(words)
        self.words.setFocus()
        self.words.selectAll()
        if words:
            self.search()

    def search(self) -> None:
        """Ask the server."""
        network, buffer = self._network, self._buffer
        if network is None or buffer is None:
            return
        if network.status != "online" or not search.can_search(network):
            self.note.setText(_("You are offline; try again when the connection is back."))
            return
        try:
            after, before = _moment(self.since.text()), _moment(self.until.text(), end=True)
        except ValueError:
            self.note.setText(_("Write a day as 2026-01-31."))
            return
        only_here = self.only_here.isVisible() and self.only_here.isChecked()
        query = {
            "text": self.words.text().strip(), "in": buffer.name if only_here else "",
            "from": self.author.text().strip(), "after": after, "before": before,
        }  # fmt: skip
        if not any(query.values()):
            return
        self.note.setText(_("Loading…"))
        search.search(network, query, lambda found, wrong: self._received(network, found, wrong))

    def _received(self, network: Network, found: list[tuple[str, BufferLine]] | None, problem: str) -> None:
        self.list.clear()
        if found is None:
            self.note.setText(problem or _("The connection ended before the server answered."))
            return
        self.note.setText(
            ngettext("{count} message", "{count} messages", len(found)).format(count=len(found))
            if found else _("Nothing was found.")
        )  # fmt: skip
        for target, line in found:
            item = QListWidgetItem()
            item.setData(RESULT, (target, line))
            spoken = f"{line.nick}: {one_line(line.text)}, {target}, {short_date(line.at_ms)}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self.list.addItem(item)
        self._network = network

    def _open(self, item: QListWidgetItem) -> None:
        target, line = item.data(RESULT)
        self.chosen.emit(self._network, target, line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes, Down goes to the results."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() == Qt.Key.Key_Down and not self.list.hasFocus():
            self.list.setFocus()
            self.list.setCurrentRow(max(0, self.list.currentRow()))
        else:
            super().keyPressEvent(event)


def _field(name: str, hint: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(f"{name}: {hint}")
    made.setAccessibleName(name)
    return made


def _moment(text: str, *, end: bool = False) -> str:
    """The beginning of a local day, or its end, as ISO 8601; "" for an empty text. Raises ValueError."""
    if not text.strip():
        return ""
    there = datetime.strptime(text.strip(), "%Y-%m-%d")  # noqa: DTZ007 - the user's own day is meant
    if end:
        there = there.replace(hour=23, minute=59, second=59)
    return there.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
