"""The composer: the message field with its buttons, drafts, completion, replies and edits."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from papo.client.address import NotAnAddressError
from papo.client.commands import Frontend, enter
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.text.completion import Offer, offer
from papo.desktop.composer.completions import Completions
from papo.desktop.composer.message_input import MessageInput
from papo.desktop.theme import theme
from papo.desktop.theme.controls import label, tool
from papo.i18n import _
from papo.ui import sentences
from papo.ui.drafts import Drafts
from papo.ui.editing import edit_problem

_ENTERS = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Composer(QWidget):
    """Writes into the conversation that `show_buffer` was given."""

    sent = Signal()
    edit_last_wanted = Signal()
    emoji_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, frontend: Frontend, stage: QWidget) -> None:
        """`frontend`: what commands act on. `stage`: over which the completions float."""
        super().__init__()
        self._frontend = frontend
        self._stage = stage
        self._shown: tuple[Network, Buffer] | None = None
        self._drafts = Drafts()
        self._offered: Offer | None = None
        self.sends_typing = True
        self.reply_to: BufferLine | None = None
        self.editing: BufferLine | None = None
        self.typing = QLabel()
        self.typing.setObjectName("typing")
        self.typing.setTextFormat(Qt.TextFormat.PlainText)
        self.error = label("", "error")
        self.error.setAccessibleName(_("Message"))
        self.error.hide()
        self.uploads = QVBoxLayout()
        self.uploads.setSpacing(4)
        self.input = MessageInput(self._handle_key)
        self.completions = Completions(stage)
        self._build_context()
        self._build_field()
        body = QVBoxLayout(self)
        body.setContentsMargins(16, 0, 16, 12)
        body.setSpacing(4)
        for widget in (self.typing, self.context, self.error):
            body.addWidget(widget)
        body.addLayout(self.uploads)
        body.addWidget(self._field)
        self.completions.chosen.connect(self.accept_completion)
        self.input.textChanged.connect(self._text_changed)
        self.input.focus_changed.connect(self._focus_changed)
        self.restyle()

    def _build_context(self) -> None:
        """Above the field: what the message answers or edits."""
        self.context = QFrame()
        self.context.setObjectName("context")
        self._context_text = QLabel()
        self._context_text.setTextFormat(Qt.TextFormat.PlainText)
        self.cancel_button = tool("close", _("Cancel"))
        self.cancel_button.clicked.connect(self.cancel)
        layout = QHBoxLayout(self.context)
        layout.setContentsMargins(10, 2, 4, 2)
        layout.addWidget(self._context_text, 1)
        layout.addWidget(self.cancel_button)
        self.context.hide()

    def _build_field(self) -> None:
        """The field and its buttons in a frame."""
        self._field = QFrame()
        self._field.setObjectName("message-field")
        self.file_button = tool("clip", _("Send a file"))
        self.emoji_button = tool("smile", _("Emoji"))
        self.send_button = tool("send", _("Send"))
        self.file_button.clicked.connect(self.file_wanted)
        self.emoji_button.clicked.connect(self.emoji_wanted)
        self.send_button.clicked.connect(self.submit)
        layout = QHBoxLayout(self._field)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addWidget(self.file_button, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(self.input, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.emoji_button, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)

    def restyle(self) -> None:
        """Take over the current theme."""
        for each in (self.file_button, self.emoji_button, self.send_button, self.cancel_button):
            each.restyle()
        current = theme.current()
        self.input.setFont(current.text)
        self.input.grow()
        self.typing.setFixedHeight(round(QFontMetricsF(current.tiny).height()) + current.px(3))

    # --- which conversation

    def show_buffer(self, network: Network | None, buffer: Buffer | None) -> None:
        """Put the draft aside and go on with that of another conversation, if there is one."""
        if self._shown is not None and self._shown[1] is buffer:
            return
        self._keep_draft()
        self._shown = (network, buffer) if network is not None and buffer is not None else None
        self._restore_draft()
        is_server = buffer is None or buffer.kind == "server"
        name = buffer.name if buffer is not None else ""
        hint = _("Type a command, such as /join #channel") if is_server else _("Message to {name}").format(name=name)
        self.input.setPlaceholderText(hint)
        self.input.setAccessibleName(_("Command") if is_server else hint)
        self.setEnabled(buffer is not None)

    def refresh(self) -> None:
        """Show who is typing."""
        nicks = self._shown[1].typing_nicks() if self._shown is not None else []
        self.typing.setText(sentences.typing(nicks))

    def _shows(self, buffer: Buffer) -> bool:
        return self._shown is not None and self._shown[1] is buffer

    def _keep_draft(self) -> None:
        if self._shown is not None and self.editing is None:
            self._drafts.keep(self._shown[1], self.input.toPlainText(), self.reply_to)

    def _restore_draft(self) -> None:
        draft = self._drafts.remove(self._shown[1] if self._shown is not None else None)
        self._set_context(draft.reply_to, None)
        self._put(draft.text)

    def _put(self, text: str, caret: int | None = None) -> None:
        """Replace the text."""
        self.input.put(text, caret)
        self.show_error("")
        self._show_completions(None)

    def insert(self, text: str) -> None:
        """Insert at the cursor, as if it was typed."""
        self.input.insertPlainText(text)
        self.input.setFocus()

    def focus_end(self) -> None:
        """Focus the field, with the cursor at the end."""
        self.input.moveCursor(QTextCursor.MoveOperation.End)
        self.input.setFocus()

    def show_error(self, text: str) -> None:
        """Say what is wrong with what was typed; "" for nothing."""
        self.error.setText(text)
        self.error.setVisible(bool(text))

    # --- replies and edits

    def reply(self, line: BufferLine) -> None:
        """Let the next message answer this one."""
        if self.editing is not None:
            self._restore_draft()
        self._set_context(line, None)
        self.input.setFocus()

    def edit(self, line: BufferLine) -> None:
        """Put a message of the user's into the field, to be changed; the draft comes back afterwards."""
        self._keep_draft()
        self._put(line.text)
        self._set_context(None, line)
        self.input.setFocus()

    def cancel(self) -> None:
        """Neither answer nor edit a message."""
        if self.editing is not None:
            self._restore_draft()
        self._set_context(None, None)
        self.show_error("")
        self.input.setFocus()

    def _set_context(self, reply_to: BufferLine | None, editing: BufferLine | None) -> None:
        self.reply_to, self.editing = reply_to, editing
        if editing is not None:
            text = _("Editing your message")
        elif reply_to is not None:
            text = f"{_('Reply to {nick}').format(nick=reply_to.nick)}: {one_line(reply_to.text)}"
        else:
            self.context.hide()
            return
        px = theme.current().px
        width = max(px(160), self.width() - px(100))
        shown = QFontMetricsF(theme.current().small).elidedText(text, Qt.TextElideMode.ElideRight, width)
        self._context_text.setText(shown)
        self.context.show()

    # --- completion

    def _text_changed(self) -> None:
        """Tell others that the user is typing, and offer completions."""
        self.show_error("")
        if self._shown is None:
            return
        text = self.input.toPlainText()
        if self.sends_typing and self.editing is None:
            send.typing(*self._shown, empty=not text or text.startswith("/"))
        self._show_completions(offer(*self._shown, text, self.input.caret))

    def _show_completions(self, offered: Offer | None) -> None:
        self._offered = offered
        corner = self._field.mapTo(self._stage, QPoint(0, 0)) if offered is not None else QPoint()
        self.completions.offer(offered, QRect(corner, self._field.size()))

    def _complete(self) -> bool:
        """Offer completions of the word before the cursor, or take the only one; False if the field is empty."""
        text = self.input.toPlainText()
        if self._shown is None or not text:
            return False
        offered = offer(*self._shown, text, self.input.caret, forced=True)
        self._show_completions(offered)
        if offered is not None and len(offered.options) == 1:
            self.accept_completion(0)
        return True

    def accept_completion(self, at: int) -> None:
        """Put a completion into the text."""
        offered = self._offered
        if offered is None or not 0 <= at < len(offered.options):
            return
        text = self.input.toPlainText()
        before = text[: offered.start] + offered.options[at].value
        self._put(before + text[offered.end :], len(before))
        self.input.setFocus()

    # --- keys

    def _handle_key(self, event: QKeyEvent) -> bool:
        """Whether the composer, and not the field, does something with a key."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        unmodified = not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
        )
        if self._offered is not None and unmodified and self._handle_completion_key(key, shift=shift):
            return True
        if key in _ENTERS and unmodified and not shift:
            self.submit()
        elif key == Qt.Key.Key_Tab and unmodified:
            return self._complete()
        elif key == Qt.Key.Key_Up and unmodified and not self.input.toPlainText():
            self.edit_last_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator) and shift:
            self.input.textCursor().insertText("\n")
        else:
            return False
        return True

    def _handle_completion_key(self, key: Qt.Key, *, shift: bool) -> bool:
        text = self.input.toPlainText()
        is_command = text.startswith("/") and len(text) > 1 and " " not in text and key in _ENTERS
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.completions.step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Tab or (key in _ENTERS and not shift and not is_command):
            self.accept_completion(self.completions.currentRow())
        else:
            return False
        return True

    def escape(self) -> bool:
        """Close the completions, or else cancel the reply or edit; False if there is nothing of them."""
        if self._offered is not None:
            self._show_completions(None)
        elif self.editing is not None or self.reply_to is not None:
            self.cancel()
        else:
            return False
        return True

    # --- sending

    def submit(self) -> None:
        """Send the message or carry out the command; if that is not possible the text stays."""
        text = self.input.toPlainText().rstrip()
        if not text or self._shown is None:
            return
        network, buffer = self._shown
        if self.editing is not None:
            self._finish_edit(network, buffer, self.editing, text)
            return
        reply_to = self.reply_to
        self._put("")  # a command that shows another conversation is no draft of this one
        try:
            problem = enter(self._frontend, network, buffer, text, reply_to=reply_to.id if reply_to is not None else "")
        except NotAnAddressError as error:
            problem = str(error)
        if not self._shows(buffer):
            self._drafts.remove(buffer)
        elif problem:
            self._put(text)
            self.show_error(problem)
        else:
            self._set_context(None, None)
        if not problem:
            self.sent.emit()

    def _finish_edit(self, network: Network, buffer: Buffer, line: BufferLine, text: str) -> None:
        problem = edit_problem(text)
        if problem:
            self.show_error(problem)
            return
        if text != line.text:
            send.edit(network, buffer, line, text, self.show_error)
            if self.error.isVisibleTo(self):
                return
        self._restore_draft()

    def _focus_changed(self, focused: bool) -> None:  # noqa: FBT001 - a slot of a Qt signal
        self._field.setProperty("focused", focused)
        self._field.style().unpolish(self._field)
        self._field.style().polish(self._field)
        if not focused:
            self._show_completions(None)
