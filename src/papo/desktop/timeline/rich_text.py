"""A message's text, laid out: paragraphs, quotations with a bar beside them, code in a box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPainter,
    QPen,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)

from papo.client.text.markup import Run, runs
from papo.desktop.theme.colours import irc_colour
from papo.desktop.theme.theme import Theme

LINE_PERCENT = 118


class Part:
    """A stretch of text in one frame: paragraphs, a quotation or a block of code."""

    def __init__(self, kind: str, document: QTextDocument, top: float, frame: QRectF, inset: QPointF) -> None:
        self.kind = kind
        self.document = document
        self.top = top
        self.frame = frame
        """The area of the part with what is drawn around its text."""
        self.inset = inset

    @property
    def origin(self) -> QPointF:
        """Top left corner of the text."""
        return self.frame.topLeft() + self.inset


class RichText:
    """A message's text, laid out at one width. `before` and `after` are drawn in a muted colour."""

    def __init__(
        self, text: str, theme: Theme, width: float, *, before: str = "", after: str = "", dim: bool = False
    ) -> None:
        self._theme = theme
        self.parts: list[Part] = []
        self.height = 0.0
        self.selection: tuple[int, int, int] | None = None
        """Index of a part, and the start and end of the selected text in it."""
        groups = [(kind, list(each)) for kind, each in groupby(runs(text), key=_kind)] or [("text", [])]
        for at, (kind, each) in enumerate(groups):
            first, last = at == 0, at == len(groups) - 1
            self._add(kind, each, width, before if first else "", after if last and kind == "text" else "", dim=dim)
        if after and groups[-1][0] != "text":
            self._add("text", [], width, "", after.strip(), dim=dim)

    def _add(self, kind: str, each: list[Run], width: float, before: str, after: str, *, dim: bool) -> None:
        theme = self._theme
        px = theme.px
        pad_x, pad_y, gap = {"code": (px(12), px(7), px(5)), "quote": (px(12), 0, px(3)), "text": (0, 0, 0)}[kind]
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setDefaultFont(theme.mono if kind == "code" else theme.text)
        wrap = QTextOption(Qt.AlignmentFlag.AlignLeft)
        wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(wrap)
        cursor = QTextCursor(document)
        block = QTextBlockFormat()
        block.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(block)
        colour = theme.colour("muted" if dim or kind == "quote" else "text")
        if before:
            cursor.insertText(before, _uniform(theme.colour("muted"), theme.text))
        for run, shown in _trimmed(each):
            # Only text is inserted, never HTML, so that a message cannot contain markup of Qt's.
            cursor.insertText(shown.replace("\n", "\u2029"), self._format(run, colour, in_box=kind == "code"))
        if after:
            cursor.insertText(after, _uniform(theme.colour("muted"), theme.tiny))
        document.setTextWidth(max(width - 2 * pad_x, px(40)))
        top = self.height + (gap if self.parts else 0)
        used = document.size().height()
        frame = QRectF(0, top, width, used + 2 * pad_y)
        self.parts.append(Part(kind, document, top, frame, QPointF(pad_x, pad_y)))
        self.height = frame.bottom() + (gap if kind != "text" else 0)

    def _format(self, run: Run, colour: QColor, *, in_box: bool) -> QTextCharFormat:
        theme = self._theme
        made = QTextCharFormat()
        font = QFont(theme.mono if run.mono else theme.text)
        if run.bold:
            font.setWeight(QFont.Weight.Bold)
        font.setItalic(run.italic)
        font.setUnderline(run.underline)
        font.setStrikeOut(run.strike)
        made.setFont(font)
        made.setForeground(colour if run.colour is None else irc_colour(theme.colours, run.colour))
        if run.mono and not in_box:
            made.setBackground(theme.colour("code"))
        if run.link:
            made.setAnchor(True)
            made.setAnchorHref(run.link)
            made.setForeground(theme.colour("accent"))
            if run.link[0] in "#&":
                made.setBackground(theme.colour("accent_background"))
                made.setFontWeight(QFont.Weight.DemiBold)
            else:
                made.setFontUnderline(True)
        return made

    def paint(self, painter: QPainter, origin: QPointF, clip: QRectF) -> None:
        """Paint the text at `origin`; parts outside of `clip`, in the painter's coordinates, are left out."""
        for at, part in enumerate(self.parts):
            frame = part.frame.translated(origin)
            if not frame.intersects(clip):
                continue
            self._frame(painter, part.kind, frame)
            painter.save()
            painter.translate(origin + part.origin)
            context = QAbstractTextDocumentLayout.PaintContext()
            if self.selection is not None and self.selection[0] == at and self.selection[1] != self.selection[2]:
                context.selections = [self._selection(part, self.selection[1], self.selection[2])]
            part.document.documentLayout().draw(painter, context)
            painter.restore()

    def _frame(self, painter: QPainter, kind: str, frame: QRectF) -> None:
        theme = self._theme
        if kind == "code":
            painter.setPen(QPen(theme.colour("border"), 1))
            painter.setBrush(theme.colour("code"))
            painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(8), theme.px(8))
        elif kind == "quote":
            painter.fillRect(QRectF(frame.left(), frame.top(), theme.px(3), frame.height()), theme.colour("border"))

    def _selection(self, part: Part, start: int, end: int) -> QAbstractTextDocumentLayout.Selection:
        cursor = QTextCursor(part.document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made = QAbstractTextDocumentLayout.Selection()
        made.cursor = cursor
        inverse = QTextCharFormat()
        inverse.setBackground(self._theme.colour("accent"))
        inverse.setForeground(self._theme.colour("on_accent"))
        made.format = inverse
        return made

    def selected_text(self) -> str:
        """The selected text; "" for none."""
        if self.selection is None:
            return ""
        at, start, end = self.selection
        cursor = QTextCursor(self.parts[at].document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    def link_at(self, point: QPointF) -> str:
        """The address or channel under a point; "" for none."""
        part = self._part_at(point)
        if part is None:
            return ""
        return self.parts[part].document.documentLayout().anchorAt(point - self.parts[part].origin)

    def position_at(self, point: QPointF, within: int | None = None) -> tuple[int, int] | None:
        """The part under a point (or `within`, if it is given) and the nearest position in its text."""
        part = self._part_at(point) if within is None else within
        if part is None:
            return None
        each = self.parts[part]
        place = each.document.documentLayout().hitTest(point - each.origin, Qt.HitTestAccuracy.FuzzyHit)
        return (part, max(0, place))

    def _part_at(self, point: QPointF) -> int | None:
        return next((at for at, each in enumerate(self.parts) if each.frame.contains(point)), None)


def _kind(run: Run) -> str:
    return "code" if run.block else "quote" if run.quote else "text"


def _trimmed(each: list[Run]) -> Iterator[tuple[Run, str]]:
    """Runs without the line breaks at both ends: a frame has lines of its own anyway."""
    for at, run in enumerate(each):
        text = run.text
        if at == 0:
            text = text.lstrip("\n")
        if at == len(each) - 1:
            text = text.rstrip("\n")
        if text:
            yield run, text


def _uniform(colour: QColor, font: QFont) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(font)
    made.setForeground(colour)
    return made
