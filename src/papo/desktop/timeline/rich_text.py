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
from papo.desktop.theme.theme import Look

LINE_PERCENT = 118


class Part:
    """Some of the text in one frame."""

    def __init__(self, kind: str, document: QTextDocument, top: float, frame: QRectF, inset: QPointF) -> None:
        self.kind = kind
        self.document = document
        self.top = top
        self.frame = frame
        """With what is drawn around the text."""
        self.inset = inset

    @property
    def origin(self) -> QPointF:
        """Where the text begins."""
        return self.frame.topLeft() + self.inset


class Rich:
    """All of a text at one width."""

    def __init__(
        self, text: str, look: Look, width: float, *, before: str = "", after: str = "", dim: bool = False
    ) -> None:
        self._look = look
        self.parts: list[Part] = []
        self.height = 0.0
        self.chosen: tuple[int, int, int] | None = None
        """Part, and from where to where in it somebody has marked the text."""
        groups = [(kind, list(each)) for kind, each in groupby(runs(text), key=_kind)] or [("text", [])]
        for at, (kind, each) in enumerate(groups):
            first, last = at == 0, at == len(groups) - 1
            self._add(kind, each, width, before if first else "", after if last and kind == "text" else "", dim=dim)
        if after and groups[-1][0] != "text":
            self._add("text", [], width, "", after.strip(), dim=dim)

    def _add(self, kind: str, each: list[Run], width: float, before: str, after: str, *, dim: bool) -> None:
        look = self._look
        px = look.px
        pad_x, pad_y, gap = {"code": (px(12), px(7), px(5)), "quote": (px(12), 0, px(3)), "text": (0, 0, 0)}[kind]
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.setDefaultFont(look.mono if kind == "code" else look.text)
        wrap = QTextOption(Qt.AlignmentFlag.AlignLeft)
        wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(wrap)
        cursor = QTextCursor(document)
        block = QTextBlockFormat()
        block.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(block)
        ink = look.colour("soft" if dim or kind == "quote" else "ink")
        if before:
            cursor.insertText(before, _plain(look.colour("soft"), look.text))
        for run, shown in _trimmed(each):
            # Only text goes in, never HTML: what people write stays what it is.
            cursor.insertText(shown.replace("\n", "\u2029"), self._format(run, ink, in_box=kind == "code"))
        if after:
            cursor.insertText(after, _plain(look.colour("soft"), look.tiny))
        document.setTextWidth(max(width - 2 * pad_x, px(40)))
        top = self.height + (gap if self.parts else 0)
        used = document.size().height()
        frame = QRectF(0, top, width, used + 2 * pad_y)
        self.parts.append(Part(kind, document, top, frame, QPointF(pad_x, pad_y)))
        self.height = frame.bottom() + (gap if kind != "text" else 0)

    def _format(self, run: Run, ink: QColor, *, in_box: bool) -> QTextCharFormat:
        look = self._look
        made = QTextCharFormat()
        font = QFont(look.mono if run.mono else look.text)
        if run.bold:
            font.setWeight(QFont.Weight.Bold)
        font.setItalic(run.italic)
        font.setUnderline(run.underline)
        font.setStrikeOut(run.strike)
        made.setFont(font)
        made.setForeground(ink if run.colour is None else irc_colour(look.colours, run.colour))
        if run.mono and not in_box:
            made.setBackground(look.colour("code"))
        if run.link:
            made.setAnchor(True)
            made.setAnchorHref(run.link)
            made.setForeground(look.colour("accent"))
            if run.link[0] in "#&":
                made.setBackground(look.colour("accent_ground"))
                made.setFontWeight(QFont.Weight.DemiBold)
            else:
                made.setFontUnderline(True)
        return made

    def paint(self, painter: QPainter, origin: QPointF, clip: QRectF) -> None:
        """Draw it; `clip` in the coordinates of the painter."""
        for at, part in enumerate(self.parts):
            frame = part.frame.translated(origin)
            if not frame.intersects(clip):
                continue
            self._frame(painter, part.kind, frame)
            painter.save()
            painter.translate(origin + part.origin)
            context = QAbstractTextDocumentLayout.PaintContext()
            if self.chosen is not None and self.chosen[0] == at and self.chosen[1] != self.chosen[2]:
                context.selections = [self._selection(part, self.chosen[1], self.chosen[2])]
            part.document.documentLayout().draw(painter, context)
            painter.restore()

    def _frame(self, painter: QPainter, kind: str, frame: QRectF) -> None:
        look = self._look
        if kind == "code":
            painter.setPen(QPen(look.colour("edge"), 1))
            painter.setBrush(look.colour("code"))
            painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), look.px(8), look.px(8))
        elif kind == "quote":
            painter.fillRect(QRectF(frame.left(), frame.top(), look.px(3), frame.height()), look.colour("edge"))

    def _selection(self, part: Part, start: int, end: int) -> QAbstractTextDocumentLayout.Selection:
        cursor = QTextCursor(part.document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made = QAbstractTextDocumentLayout.Selection()
        made.cursor = cursor
        chosen = QTextCharFormat()
        chosen.setBackground(self._look.colour("accent"))
        chosen.setForeground(self._look.colour("accent_ink"))
        made.format = chosen
        return made

    def chosen_text(self) -> str:
        """What is marked."""
        if self.chosen is None:
            return ""
        at, start, end = self.chosen
        cursor = QTextCursor(self.parts[at].document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    def link_at(self, point: QPointF) -> str:
        """The address under a point; "" for none."""
        part = self._part_at(point)
        if part is None:
            return ""
        return self.parts[part].document.documentLayout().anchorAt(point - self.parts[part].origin)

    def position_at(self, point: QPointF, within: int | None = None) -> tuple[int, int] | None:
        """The part and the place in its text; near it, where `within` says which part."""
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
    """Without the line breaks at both ends: the frame stands on lines of its own anyway."""
    for at, run in enumerate(each):
        text = run.text
        if at == 0:
            text = text.lstrip("\n")
        if at == len(each) - 1:
            text = text.rstrip("\n")
        if text:
            yield run, text


def _plain(colour: QColor, font: QFont) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(font)
    made.setForeground(colour)
    return made
