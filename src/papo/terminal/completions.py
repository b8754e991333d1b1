"""The list of completions above the message field."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from papo.client.text.completion import Offer
from papo.terminal.theme import TextStyles

MAX_SHOWN = 8


class Completions(OptionList, can_focus=False):
    """Commands, nicks, channels or emoji, one of them highlighted; hidden if there are none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id, compact=True, markup=False)
        self.offer: Offer | None = None

    def show(self, offer: Offer | None, styles: TextStyles | None) -> None:
        """Open with these, or close (None)."""
        self.offer = offer
        self.display = offer is not None
        self.clear_options()
        if offer is None:
            return
        for each in offer.options:
            text = Text(each.label)
            if each.about and styles is not None:
                text.append(f"  {each.about}", styles.dim)
            self.add_option(Option(text))
        self.highlighted = 0
        self.styles.height = min(len(offer.options), MAX_SHOWN)

    def move(self, by: int) -> None:
        """Highlight another one, round and round."""
        count = self.option_count
        if count:
            self.highlighted = ((self.highlighted or 0) + by) % count
