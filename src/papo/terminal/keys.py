"""The keys of the program that work wherever the focus is."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from papo.i18n import N_

KEYS: list[BindingType] = [
    Binding("ctrl+k,ctrl+p", "palette", N_("go to a conversation, a person or a command"), priority=True),
    Binding("ctrl+f", "search", N_("search"), priority=True),
    Binding("f1", "help", N_("help"), priority=True),
    Binding("f2", "column('conversations')", N_("show or hide the conversations"), priority=True),
    Binding("f3", "column('members')", N_("show or hide the members"), priority=True),
    Binding("alt+down,ctrl+pagedown", "step(1)", N_("next conversation"), priority=True),
    Binding("alt+up,ctrl+pageup", "step(-1)", N_("previous conversation"), priority=True),
    *(Binding(f"alt+{at}", f"number({at})", show=False, priority=True) for at in range(1, 10)),
    Binding("alt+a", "unread", N_("next unread conversation"), priority=True),
    Binding("pageup", "page(-1)", N_("a page up"), priority=True),
    Binding("pagedown", "page(1)", N_("a page down"), priority=True),
    Binding("ctrl+up,shift+tab", "messages", N_("select a message"), priority=True),
    Binding("ctrl+end", "newest", N_("newest"), priority=True),
    Binding("ctrl+q", "quit", N_("quit"), priority=True),
]
NOT_IN_DIALOGS = frozenset({"palette", "search", "help", "column", "step", "unread", "page", "messages", "newest"})
"""Actions whose keys belong to a dialog while one is open."""
