"""A dialog with a list that shrinks while the user types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from papo.i18n import N_
from papo.ui.matching import matching

MAX_SHOWN = 300


class Choice(msgspec.Struct, frozen=True):
    """An item of the list, and what happens when it is chosen."""

    text: Text
    act: Callable[[], object]
    words: str = ""
    """What it is found by; "" for its text."""


class Chooser(ModalScreen[Choice | None]):
    """Gives the chosen item; None if the user went back. Show it with `choose`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", N_("back")),
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("pageup", "move(-10)", show=False),
    ]

    def __init__(
        self,
        title: str,
        hint: str,
        choices: Callable[[str], Sequence[Choice]],
        *,
        typed: str = "",
        asks_on_enter: bool = False,
    ) -> None:
        """`choices` gives the items for what was typed; with `asks_on_enter` only Enter asks it again."""
        super().__init__()
        self._title, self._hint, self._choices = title, hint, choices
        self._typed, self._asks_on_enter = typed, asks_on_enter
        self._shown: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        """The field and the list."""
        with Vertical(classes="dialog tall"):
            yield Label(Text(self._title), classes="title")
            yield Input(self._typed, placeholder=self._hint, select_on_focus=False)
            yield OptionList(compact=True, markup=False)

    def on_mount(self) -> None:
        """Focus the field, and show every item."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        if not self._asks_on_enter or self._typed:
            self._update()

    def update_choices(self) -> None:
        """Ask for the items again. May be called before the dialog is on the screen, and after it."""
        if self.is_mounted:
            self._update()

    def _update(self) -> None:
        self._shown = self._choices(self.query_one(Input).value)[:MAX_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(each.text) for each in self._shown])
        if self._shown:
            options.highlighted = 0

    def on_input_changed(self) -> None:
        """Show the choices for what is typed."""
        if not self._asks_on_enter:
            self._update()

    def on_input_submitted(self) -> None:
        """Enter chooses the highlighted item, or asks first if the text has changed."""
        value = self.query_one(Input).value
        if self._asks_on_enter and value != self._typed:
            self._typed = value
            self._update()
            return
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._shown):
            self.dismiss(self._shown[at])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses."""
        self.dismiss(self._shown[event.option_index])

    def action_move(self, by: int) -> None:
        """Highlight another item."""
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = min(max((options.highlighted or 0) + by, 0), len(self._shown) - 1)


def fixed(choices: Sequence[Choice]) -> Callable[[str], Sequence[Choice]]:
    """The items of a list that does not change but for what the user types."""
    return lambda typed: matching(choices, typed, lambda each: each.words or each.text.plain)


def act(choice: Choice | None) -> None:
    """Do what was chosen: the callback for `push_screen`."""
    if choice is not None:
        choice.act()
