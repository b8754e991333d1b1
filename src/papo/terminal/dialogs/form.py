"""A dialog with fields to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from papo.i18n import N_


class Field(msgspec.Struct, frozen=True):
    """One line to fill in."""

    name: str
    label: str
    value: str = ""
    secret: bool = False
    hint: str = ""


class Form(ModalScreen[dict[str, str] | None]):
    """Gives what was typed, by the names of the fields; None if the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", N_("back"))]

    def __init__(self, title: str, text: str, fields: Sequence[Field], button: str) -> None:
        super().__init__()
        self._title, self._text, self._fields, self._button = title, text, fields, button

    def compose(self) -> ComposeResult:
        """The fields, one beneath the other, and the button."""
        with Vertical(classes="dialog"):
            yield Label(Text(self._title), classes="title")
            if self._text:
                yield Static(Text(self._text), classes="about")
            for field in self._fields:
                yield Label(Text(field.label))
                yield Input(
                    field.value, id=field.name, password=field.secret, placeholder=field.hint, select_on_focus=False
                )
            yield Button(self._button, variant="primary", id="go")

    def on_mount(self) -> None:
        """Focus the first empty field."""
        empty = next((field for field in self._fields if not field.value), None)
        self.query_one(f"#{(empty or self._fields[0]).name}" if self._fields else "#go").focus()

    def on_input_submitted(self) -> None:
        """Enter goes to the next field if it is empty, otherwise it is the button."""
        inputs = list(self.query(Input))
        at = next((at for at, each in enumerate(inputs) if each.has_focus), 0)
        if at + 1 < len(inputs) and not inputs[at + 1].value:
            inputs[at + 1].focus()
        else:
            self._finish()

    def on_button_pressed(self) -> None:
        """The user has filled in what they wanted."""
        self._finish()

    def _finish(self) -> None:
        self.dismiss({str(each.id): each.value for each in self.query(Input)})
