"""Windows over the chat: a question, a list to choose from, something to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from papo.client.text.emoji import unaccented
from papo.i18n import N_, _

MOST_SHOWN = 300


class Field(msgspec.Struct, frozen=True):
    """A line of a form."""

    name: str
    label: str
    value: str = ""
    secret: bool = False
    hint: str = ""


class Form(ModalScreen[dict[str, str] | None]):
    """Questions with answers to type; None where nobody wants to answer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", N_("back"))]

    def __init__(self, title: str, about: str, fields: Sequence[Field], button: str) -> None:
        super().__init__()
        self._title, self._about, self._fields, self._button = title, about, fields, button

    def compose(self) -> ComposeResult:
        """The fields, one beneath the other."""
        with Vertical(classes="dialog"):
            yield Label(Text(self._title), classes="title")
            if self._about:
                yield Static(Text(self._about), classes="about")
            for field in self._fields:
                yield Label(Text(field.label))
                yield Input(
                    field.value, id=field.name, password=field.secret, placeholder=field.hint, select_on_focus=False
                )
            yield Button(self._button, variant="primary", id="go")

    def on_mount(self) -> None:
        """Begin with the first empty one."""
        empty = next((field for field in self._fields if not field.value), None)
        self.query_one(f"#{(empty or self._fields[0]).name}" if self._fields else "#go").focus()

    def on_input_submitted(self) -> None:
        """Enter goes to the next, or on."""
        inputs = list(self.query(Input))
        at = next((at for at, each in enumerate(inputs) if each.has_focus), 0)
        if at + 1 < len(inputs) and not inputs[at + 1].value:
            inputs[at + 1].focus()
        else:
            self._go()

    def on_button_pressed(self) -> None:
        """Done."""
        self._go()

    def _go(self) -> None:
        self.dismiss({str(each.id): each.value for each in self.query(Input)})


class Choice(msgspec.Struct, frozen=True):
    """A row to choose. `words`: what it is found by."""

    key: str
    text: Text
    words: str = ""


class Chooser(ModalScreen[str | None]):
    """A list that shrinks while one types; gives the key of the chosen row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", N_("back")),
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("pageup", "move(-10)", show=False),
    ]

    def __init__(
        self, title: str, hint: str, choices: Callable[[str], Sequence[Choice]], *, typed: str = "", waits: bool = False
    ) -> None:
        """`choices` gives the rows for what was typed; with `waits` only Enter asks it anew."""
        super().__init__()
        self._title, self._hint, self._choices, self._typed, self._waits = title, hint, choices, typed, waits
        self._rows: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        """A line to type and the rows."""
        with Vertical(classes="dialog tall"):
            yield Label(Text(self._title), classes="title")
            yield Input(self._typed, placeholder=self._hint, select_on_focus=False)
            yield OptionList(compact=True, markup=False)

    def on_mount(self) -> None:
        """Everything, before anything is typed."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        if not self._waits or self._typed:
            self.renew()

    def renew(self) -> None:
        """Ask for the rows again."""
        self._rows = self._choices(self.query_one(Input).value)[:MOST_SHOWN]
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options([Option(each.text) for each in self._rows])
        if self._rows:
            rows.highlighted = 0

    def on_input_changed(self) -> None:
        """Another letter."""
        if not self._waits:
            self.renew()

    def on_input_submitted(self) -> None:
        """Enter takes the highlighted row; where a question waits for it, Enter asks first."""
        value = self.query_one(Input).value
        if self._waits and value != self._typed:
            self._typed = value
            self.renew()
            return
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._rows):
            self.dismiss(self._rows[at].key)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click."""
        self.dismiss(self._rows[event.option_index].key)

    def action_move(self, by: int) -> None:
        """Another row."""
        rows = self.query_one(OptionList)
        if self._rows:
            rows.highlighted = min(max((rows.highlighted or 0) + by, 0), len(self._rows) - 1)


def fitting(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Those that hold every word that was typed, the ones that begin with it first."""
    words = unaccented(typed).split()
    found = [
        (not unaccented(each.words or each.text.plain).startswith(words[0] if words else ""), at, each)
        for at, each in enumerate(choices)
        if all(word in unaccented(each.words or each.text.plain) for word in words)
    ]
    return [each for _late, _at, each in sorted(found, key=lambda row: row[:2])]


class Reading(ModalScreen[None]):
    """Something to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,question_mark", "dismiss(None)", N_("back"))]

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The text, with a bar where it is long."""
        with Vertical(classes="dialog tall"):
            yield Label(Text(self._title), classes="title")
            with VerticalScroll():
                yield Static(self._text)
            yield Label(Text(_("Esc: back")), classes="about")

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one(VerticalScroll).focus()
