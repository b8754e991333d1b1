"""Where one writes: drafts that last, completion, replies and edits."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QImage, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from papo.client.commands import Frontend, enter
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.text.completion import Offer, offer
from papo.desktop import sentences
from papo.desktop.composer.completion_popup import Options
from papo.desktop.theme import theme
from papo.desktop.theme.controls import label, tool
from papo.i18n import _

MOST_LINES = 9
_ENTERS = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Field(QPlainTextEdit):
    """A field that grows, and asks `composer` before it takes a key."""

    files_came = Signal(list)
    picture_came = Signal(QImage)
    focus_changed = Signal(bool)

    def __init__(self, composer: Composer) -> None:
        super().__init__()
        self._composer = composer
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self.grow)

    def grow(self) -> None:
        """As high as its text, up to some lines."""
        metrics = QFontMetricsF(self.font())
        lines = max(1, round(self.document().size().height()))
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setFixedHeight(round(metrics.lineSpacing() * min(lines, MOST_LINES)) + theme.now().px(10))

    def sizeHint(self) -> QSize:
        """Its height is fixed by `grow`."""
        return QSize(theme.now().px(120), theme.now().px(30))

    def event(self, event: QEvent) -> bool:
        """Tab completes where something stands, and goes on to the next control where nothing does."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            tab = event.key() == Qt.Key.Key_Tab and self._composer.key(event)
            return tab or super().event(event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ours, or the field's own."""
        if not self._composer.key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame around it shows where the keyboard is."""
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """As above."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files and pictures too."""
        return source.hasUrls() or source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasted or dropped: files and pictures are sent, the rest is text."""
        paths = local_files(source)
        if paths:
            self.files_came.emit(paths)
        elif source.hasImage() and not source.hasText():
            self.picture_came.emit(QImage(source.imageData()))
        else:
            self.insertPlainText(source.text())


def local_files(source: QMimeData) -> list[Path]:
    """The files in what was dropped or pasted."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


class Composer(QWidget):
    """The field with what is around it. The window gives it a conversation with `show_buffer`."""

    sent = Signal()
    edit_last = Signal()
    wants_emoji = Signal()
    wants_file = Signal()
    escaped = Signal()

    def __init__(self, window: Frontend, stage: QWidget) -> None:
        """`stage`: where the options float."""
        super().__init__()
        self._window = window
        self._stage = stage
        self.network: Network | None = None
        self.buffer: Buffer | None = None
        self.sends_typing = True
        self._drafts: dict[tuple[int, str], str] = {}
        self._replies: dict[tuple[int, str], BufferLine] = {}
        self.editing: BufferLine | None = None
        self._offered: Offer | None = None
        self.typing = QLabel()
        self.typing.setObjectName("typing")
        self.typing.setTextFormat(Qt.TextFormat.PlainText)
        self.wrong = label("", "wrong")
        self.wrong.setAccessibleName(_("Message"))
        self.wrong.hide()
        self.above = QFrame()
        self.above.setObjectName("above")
        self._above_words = QLabel()
        self._above_words.setTextFormat(Qt.TextFormat.PlainText)
        self.cancel = tool("close", _("Cancel"))
        line = QHBoxLayout(self.above)
        line.setContentsMargins(10, 2, 4, 2)
        line.addWidget(self._above_words, 1)
        line.addWidget(self.cancel)
        self.above.hide()
        self.uploads = QVBoxLayout()
        self.uploads.setSpacing(4)
        self.frame = QFrame()
        self.frame.setObjectName("field")
        self.text = Field(self)
        self.clip = tool("clip", _("Send a file"))
        self.smile = tool("smile", _("Emoji"))
        self.button = tool("send", _("Send"))
        inner = QHBoxLayout(self.frame)
        inner.setContentsMargins(6, 4, 6, 4)
        inner.setSpacing(2)
        for each, share in ((self.clip, 0), (self.text, 1), (self.smile, 0), (self.button, 0)):
            inner.addWidget(each, share, Qt.AlignmentFlag.AlignBottom if share == 0 else Qt.AlignmentFlag.AlignVCenter)
        body = QVBoxLayout(self)
        body.setContentsMargins(16, 0, 16, 12)
        body.setSpacing(4)
        body.addWidget(self.typing)
        body.addWidget(self.above)
        body.addWidget(self.wrong)
        body.addLayout(self.uploads)
        body.addWidget(self.frame)
        self.options = Options(stage)
        self.options.taken.connect(self.take)
        self.text.textChanged.connect(self._changed)
        self.text.focus_changed.connect(self._focused)
        self.cancel.clicked.connect(self.abandon)
        self.button.clicked.connect(self.submit)
        self.smile.clicked.connect(self.wants_emoji)
        self.clip.clicked.connect(self.wants_file)
        self.dress()

    def dress(self) -> None:
        """Other colours or sizes."""
        for each in (self.clip, self.smile, self.button, self.cancel):
            each.dress()
        self.text.setFont(theme.now().text)
        self.text.grow()
        self.typing.setFixedHeight(round(QFontMetricsF(theme.now().tiny).height()) + theme.now().px(3))

    # --- which conversation

    def _key(self) -> tuple[int, str]:
        return (id(self.network), self.buffer.key if self.buffer is not None else "")

    def show_buffer(self, network: Network | None, buffer: Buffer | None) -> None:
        """Another conversation: its draft comes, that of the other is kept."""
        if buffer is self.buffer and network is self.network:
            return
        if self.buffer is not None and self.editing is None:
            self._drafts[self._key()] = self.text.toPlainText()
        self.editing = None
        self.network, self.buffer = network, buffer
        self._write(self._drafts.get(self._key(), ""))
        name = buffer.name if buffer is not None else ""
        server = buffer is None or buffer.kind == "server"
        hint = _("Type a command, such as /join #channel") if server else _("Message to {name}").format(name=name)
        self.text.setPlaceholderText(hint)
        self.text.setAccessibleName(_("Command") if server else hint)
        self.setEnabled(buffer is not None)
        self._show_above()

    def refresh(self) -> None:
        """Who is typing now."""
        self.typing.setText(sentences.typing(self.buffer.typing_nicks()) if self.buffer is not None else "")

    def _write(self, text: str, caret: int | None = None) -> None:
        self.text.blockSignals(True)
        self.text.setPlainText(text)
        cursor = self.text.textCursor()
        cursor.setPosition(len(text.encode("utf-16-le")) // 2 if caret is None else caret)
        self.text.setTextCursor(cursor)
        self.text.blockSignals(False)
        self.text.grow()
        self.say_wrong("")
        self._offer(None)

    def insert(self, text: str) -> None:
        """At the caret, as if it was typed."""
        self.text.insertPlainText(text)
        self.text.setFocus()

    def say_wrong(self, text: str) -> None:
        """What is wrong with what was typed."""
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))

    # --- answering and editing

    @property
    def reply_to(self) -> BufferLine | None:
        """The message that is answered."""
        return self._replies.get(self._key())

    def reply(self, entry: BufferLine) -> None:
        """Answer a message."""
        self._stop_editing()
        self._replies[self._key()] = entry
        self._show_above()
        self.text.setFocus()

    def edit(self, entry: BufferLine) -> None:
        """Write one of ours anew."""
        if self.editing is None:
            self._drafts[self._key()] = self.text.toPlainText()
        self._replies.pop(self._key(), None)
        self.editing = entry
        self._write(entry.text)
        self._show_above()
        self.text.setFocus()

    def _stop_editing(self) -> None:
        if self.editing is not None:
            self.editing = None
            self._write(self._drafts.get(self._key(), ""))

    def abandon(self) -> None:
        """Neither answer nor edit."""
        self._replies.pop(self._key(), None)
        self._stop_editing()
        self._show_above()
        self.say_wrong("")
        self.text.setFocus()

    def _show_above(self) -> None:
        of = self.reply_to
        if self.editing is not None:
            words = _("Editing your message")
        elif of is not None:
            words = f"{_('Reply to {nick}').format(nick=of.nick)}: {one_line(of.text)}"
        else:
            self.above.hide()
            return
        room = max(theme.now().px(160), self.width() - theme.now().px(100))
        shown = QFontMetricsF(theme.now().small).elidedText(words, Qt.TextElideMode.ElideRight, room)
        self._above_words.setText(shown)
        self.above.show()

    # --- typing

    def _changed(self) -> None:
        text = self.text.toPlainText()
        self.say_wrong("")
        if self.network is None or self.buffer is None:
            return
        if self.sends_typing and self.editing is None:
            send.typing(self.network, self.buffer, empty=not text or text.startswith("/"))
        self._offer(offer(self.network, self.buffer, text, self._caret()))

    def _caret(self) -> int:
        """Where the caret is, in characters of Python: Qt counts in UTF-16."""
        before = self.text.toPlainText().encode("utf-16-le")[: self.text.textCursor().position() * 2]
        return len(before.decode("utf-16-le", "replace"))

    def _offer(self, offered: Offer | None) -> None:
        self._offered = offered
        corner = self.frame.mapTo(self._stage, QPoint(0, 0)) if offered is not None else QPoint()
        self.options.offer(offered, QRect(corner, self.frame.size()))

    def take(self, at: int) -> None:
        """One of what was offered takes the place of what was typed."""
        offered = self._offered
        if offered is None or not 0 <= at < len(offered.options):
            return
        text = self.text.toPlainText()
        value = offered.options[at].value
        before = f"{text[: offered.start]}{value}"
        whole = before + text[offered.end :]
        self._write(whole, len(before.encode("utf-16-le")) // 2)
        self.text.setFocus()

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; False where it is the field's business."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        plain = not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
        )
        if self._offered is not None and plain and self._option_key(key, shift=shift):
            return True
        text = self.text.toPlainText()
        if key in _ENTERS and plain and not shift:
            self.submit()
        elif key == Qt.Key.Key_Tab and plain and text and self.network is not None and self.buffer is not None:
            offered = offer(self.network, self.buffer, text, self._caret(), forced=True)
            self._offer(offered)
            if offered is not None and len(offered.options) == 1:
                self.take(0)
        elif key == Qt.Key.Key_Escape:
            if self.editing is not None or self.reply_to is not None:
                self.abandon()
            else:
                self.escaped.emit()
        elif key == Qt.Key.Key_Up and not text and plain:
            self.edit_last.emit()
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator) and shift:
            self.text.textCursor().insertText("\n")
        else:
            return False
        return True

    def _option_key(self, key: Qt.Key, *, shift: bool) -> bool:
        text = self.text.toPlainText()
        whole_command = text.startswith("/") and len(text) > 1 and " " not in text and key in _ENTERS
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.options.step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Tab or (key in _ENTERS and not shift and not whole_command):
            self.take(self.options.currentRow())
        elif key == Qt.Key.Key_Escape:
            self._offer(None)
        else:
            return False
        return True

    def submit(self) -> None:
        """Send what stands there, or do it."""
        text = self.text.toPlainText().rstrip()
        network, buffer = self.network, self.buffer
        if not text or network is None or buffer is None:
            return
        if self.editing is not None:
            self._save(network, buffer, self.editing, text)
            return
        answered = self.reply_to
        self._write("")
        wrong = enter(self._window, network, buffer, text, reply_to=answered.id if answered is not None else "")
        if wrong:
            if self.buffer is buffer:
                self._write(text)
                self.say_wrong(wrong)
            return
        self._drafts.pop((id(network), buffer.key), None)
        self._replies.pop((id(network), buffer.key), None)
        self._show_above()
        self.sent.emit()

    def _save(self, network: Network, buffer: Buffer, of: BufferLine, text: str) -> None:
        if "\n" in text:
            self.say_wrong(_("An edited message is one line."))
            return
        if text != of.text:

            def done(why: str) -> None:
                if why:
                    self.say_wrong(why)

            send.edit(network, buffer, of, text, done)
            if self.wrong.isVisibleTo(self):
                return
        self._stop_editing()
        self._show_above()

    def _focused(self, focused: bool) -> None:  # noqa: FBT001 - a slot of a Qt signal
        self.frame.setProperty("focused", focused)
        self.frame.style().unpolish(self.frame)
        self.frame.style().polish(self.frame)
        if not focused:
            self._offer(None)

    def focus_end(self) -> None:
        """The keyboard here, behind what stands there."""
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.text.setFocus()
