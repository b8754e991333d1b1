"""The help: shortcuts, formatting, commands."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from papo.client.commands import example
from papo.desktop.theme import theme
from papo.desktop.theme.controls import BaseDialog, label
from papo.i18n import _
from papo.protocol.commands import COMMANDS


def shortcuts() -> list[tuple[str, str]]:
    """Pairs of keys and what they do."""
    return [
        ("Ctrl+K", _("Go to a channel, a person or an action")),
        ("Ctrl+F", _("Search messages")),
        ("Alt+↑ / Alt+↓", _("Previous and next conversation")),
        ("Alt+Shift+↑ / ↓", _("Previous and next with something unread")),
        ("F1, ?", _("This help")),
        ("Esc", _("Close; in a conversation: go to the newest messages")),
        ("↑", _("In an empty field: edit your last message")),
        ("Tab", _("Complete a name")),
        ("Shift+Enter", _("A new line")),
        ("Shift+Tab, ↑ ↓", _("Go from message to message")),
        ("Enter · e · + · Del", _("On a message: reply, edit, react, delete")),
        ("Ctrl+,", _("Settings")),
        ("Ctrl+N", _("Connect to a server")),
        ("Ctrl+Q", _("Quit")),
    ]


class Help(BaseDialog):
    """Keys and commands at the left, what they do at the right."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, _("Shortcuts and commands"), 640)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(theme.current().px(18))
        grid.setVerticalSpacing(theme.current().px(5))
        rows: list[tuple[str, str]] = [(_("Keyboard"), ""), *shortcuts(), (_("Writing"), "")]
        formatting = _(
            "**bold**, *italic*, `code`, three backquotes for a block of code, > for a quotation, :name: for emoji."
        )
        rows += [("", formatting), (_("Commands"), "")]
        rows += [(example(each), _(each.about)) for each in COMMANDS]
        for at, (key, about) in enumerate(rows):
            if key and not about:
                grid.addWidget(label(key, "section"), at, 0, 1, 2)
                continue
            left = label(key)
            left.setWordWrap(False)
            left.setFont(theme.current().mono)
            grid.addWidget(left, at, 0)
            grid.addWidget(label(about, "note"), at, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(page)
        area.setAccessibleName(_("Shortcuts and commands"))
        page.setStyleSheet(f"background: {theme.current().colours.raised};")
        self.body.addWidget(area, 1)
        self.resize(theme.current().px(680), theme.current().px(560))
