"""Where one writes: Enter sends, Tab completes, the arrow up edits what was said last."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from papo.client.text.completion import Offer
from papo.terminal.theme import Look

TALLEST = 8
LEAST = 4
"""Cells that a text needs."""


class Composer(TextArea):
    """A text of one or more lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", show=False),
    ]

    class Sent(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Wants(Message):
        """`edit`: the last message; `complete`: what comes next; `cancel`; `enter`, `pick`, `next`, `previous`: of the
        offer.
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id, compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.offering = False
        """A list of completions is open."""

    @property
    def caret(self) -> int:
        """Number of characters before the cursor."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.text.split("\n")[:row]) + column

    def put(self, text: str, caret: int | None = None) -> None:
        """Another text, with the cursor at its end or where it is said."""
        self.load_text(text)
        before = (text if caret is None else text[:caret]).split("\n")
        self.move_cursor((len(before) - 1, len(before[-1])))

    def render_line(self, y: int) -> Strip:
        """One line; Textual cannot wrap the hint where columns leave no room for it."""
        return super().render_line(y) if self.content_size.width >= LEAST else Strip.blank(self.size.width)

    def action_new_line(self) -> None:
        """A line break."""
        self.insert("\n")

    async def _on_key(self, event: events.Key) -> None:
        wants = ""
        if event.key == "enter":
            wants = "enter" if self.offering else "send"
        elif event.key in {"tab", "shift+tab"}:
            wants = "pick" if self.offering and event.key == "tab" else "previous" if self.offering else "complete"
        elif event.key in {"up", "down"} and self.offering:
            wants = "previous" if event.key == "up" else "next"
        elif event.key == "up" and not self.text:
            wants = "edit"
        elif event.key == "escape":
            wants = "cancel"
        if not wants:
            return  # Textual calls the handlers of all classes, TextArea's after this one
        event.stop()
        event.prevent_default()
        if wants == "send":
            self.post_message(self.Sent(self.text))
        else:
            self.post_message(self.Wants(wants))

    async def _on_paste(self, event: events.Paste) -> None:
        """A path that is dropped on the terminal arrives as a text."""
        path = dropped_path(event.text)
        if path and not self.text:
            event.stop()
            event.prevent_default()
            self.put(f"/upload {path}")


def dropped_path(text: str) -> str:
    """The file that a pasted text names; "" where it is just a text."""
    text = text.strip()
    if len(text) > 4096 or "\n" in text:
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


class Completions(OptionList, can_focus=False):
    """What could come next, above the composer."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        super().__init__(id=id, compact=True, markup=False)
        self.offer: Offer | None = None

    def show(self, offer: Offer | None, look: Look) -> None:
        """Open with these, or close (None)."""
        self.offer = offer
        self.display = offer is not None
        self.clear_options()
        if offer is None:
            return
        for each in offer.options:
            text = Text(each.label)
            if each.about:
                text.append(f"  {each.about}", look.dim)
            self.add_option(Option(text))
        self.highlighted = 0
        self.styles.height = min(len(offer.options), TALLEST)

    def move(self, by: int) -> None:
        """Another one."""
        count = self.option_count
        if count:
            self.highlighted = ((self.highlighted or 0) + by) % count
