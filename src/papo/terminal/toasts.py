"""Notes in the corner: few at a time, and each text once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from papo.client.text.markup import plain

if TYPE_CHECKING:
    from textual.notifications import Notification

    from papo.terminal.app import ChatApp

MOST = 3
"""More would cover the place where one writes."""
SHOWN_S = 6


def show(app: ChatApp, text: str, kind: Literal["info", "error"]) -> None:
    """A note for a few seconds."""
    if text and app.is_running:
        app.notify(plain(text), severity="error" if kind == "error" else "information", markup=False, timeout=SHOWN_S)
        app.call_later(app.fewer_notes)


def too_many(notes: list[Notification]) -> list[Notification]:
    """Those that make room for newer ones, of notes from oldest to newest."""
    newest = {note.message: note for note in notes}
    stay = [note for note in notes if newest[note.message] is note][-MOST:]
    return [note for note in notes if note not in stay]
