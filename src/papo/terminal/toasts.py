"""Toasts in the corner: few at a time, and each text once."""

from __future__ import annotations

from typing import Any, Literal

from textual.app import App
from textual.notifications import Notification

from papo.client.text.markup import plain

MAX_TOASTS = 3
"""More would cover the composer."""
SHOWN_S = 6


class Toasts:
    """The toasts of a program."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def add(self, text: str, kind: Literal["info", "error"] = "info") -> None:
        """Show a text for some seconds."""
        if text and self._app.is_running:
            severity: Literal["information", "error"] = "error" if kind == "error" else "information"
            self._app.notify(plain(text), severity=severity, markup=False, timeout=SHOWN_S)
            self._app.call_later(self._make_room)

    def _make_room(self) -> None:
        surplus = {f"--textual-toast-{each.identity}": each for each in too_many(list(self._app._notifications))}  # noqa: SLF001 -- Textual offers no other way to take one away
        for toast in surplus.values():
            self._app._unnotify(toast, refresh=False)  # noqa: SLF001 -- as above
        # Textual leaves the place of a toast that is removed before its time.
        for holder in self._app.screen.query("ToastHolder"):
            if holder.id in surplus:
                holder.remove()


def too_many(toasts: list[Notification]) -> list[Notification]:
    """Those that make room for newer ones; `toasts` from the oldest to the newest."""
    newest = {each.message: each for each in toasts}
    stay = [each for each in toasts if newest[each.message] is each][-MAX_TOASTS:]
    return [each for each in toasts if each not in stay]
