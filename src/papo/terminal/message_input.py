"""The field for a message: a text of one or more lines, and the keys that mean something to a chat."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import unquote

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

MIN_CELLS = 4
"""Textual cannot wrap a text in fewer."""
MAX_PATH = 4096

Command: TypeAlias = Literal["send", "edit", "complete", "cancel", "accept", "next", "previous"]
"""`edit`: the last message; `complete`: the word before the cursor; `accept`, `next`, `previous`: in the list of
completions.
"""


class MessageInput(TextArea):
    """A text area that leaves keys such as Enter and Tab to the composer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", show=False),
    ]

    class Pressed(Message):
        """A key with a meaning was pressed. `text`: what was typed before it."""

        def __init__(self, command: Command, text: str, *, by_enter: bool) -> None:
            super().__init__()
            self.command = command
            self.text = text
            self.by_enter = by_enter

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id, compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.completing = False
        """The list of completions is open."""

    @property
    def caret(self) -> int:
        """Number of characters before the cursor."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.text.split("\n")[:row]) + column

    def put(self, text: str, caret: int | None = None) -> None:
        """Replace the text. `caret`: where the cursor goes; None: to the end."""
        self.load_text(text)
        before = (text if caret is None else text[:caret]).split("\n")
        self.move_cursor((len(before) - 1, len(before[-1])))

    def render_line(self, y: int) -> Strip:
        """One line of the screen; blank if the columns leave no room for a text."""
        return super().render_line(y) if self.content_size.width >= MIN_CELLS else Strip.blank(self.size.width)

    def action_new_line(self) -> None:
        """Insert a line break."""
        self.insert("\n")

    async def _on_key(self, event: events.Key) -> None:
        command = self._command(event.key)
        if command is not None:  # otherwise Textual goes on to TextArea's handler
            event.stop()
            event.prevent_default()
            self.post_message(self.Pressed(command, self.text, by_enter=event.key == "enter"))

    def _command(self, key: str) -> Command | None:
        match key:
            case "enter":
                return "accept" if self.completing else "send"
            case "tab":
                return "accept" if self.completing else "complete"
            case "shift+tab":
                return "previous" if self.completing else "complete"
            case "up" if self.completing:
                return "previous"
            case "down" if self.completing:
                return "next"
            case "up" if not self.text:
                return "edit"
            case "escape":
                return "cancel"
        return None

    async def _on_paste(self, event: events.Paste) -> None:
        """A file that is dropped on the terminal arrives as a pasted path."""
        path = dropped_path(event.text)
        if path and not self.text:
            event.stop()
            event.prevent_default()
            self.put(f"/upload {path}")


def dropped_path(text: str) -> str:
    """The file that a pasted text names; "" if it is just a text."""
    text = text.strip()
    if len(text) > MAX_PATH or "\n" in text:
        return ""
    if text.startswith("file://"):
        text = unquote(text[7:])
    elif len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    text = text.replace("\\ ", " ")
    try:
        return text if Path(text).is_absolute() and Path(text).is_file() else ""
    except OSError:
        return ""
