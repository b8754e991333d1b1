"""A dialog with a text to read: the help, and what is known of a user."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from papo.i18n import N_, _


class TextDialog(ModalScreen[None]):
    """A title and a text that scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,question_mark", "dismiss(None)", N_("back"))]

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The text, with a scroll bar if it is long."""
        with Vertical(classes="dialog tall"):
            yield Label(Text(self._title), classes="title")
            with VerticalScroll():
                yield Static(self._text, id="text")
            yield Label(Text(_("Esc: back")), classes="about")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def update_text(self, text: Text) -> None:
        """Show another text. May be called before the dialog is on the screen, and after it."""
        self._text = text
        if self.is_mounted:
            self.query_one("#text", Static).update(text)
