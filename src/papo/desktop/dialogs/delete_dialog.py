"""Asking before a message is deleted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from papo.desktop.theme.controls import BaseDialog, button, label
from papo.i18n import _
from papo.ui.sentences import MAX_EXCERPT


class DeleteDialog(BaseDialog):
    """Calls `delete` if the user is sure."""

    def __init__(self, parent: QWidget | None, text: str, delete: Callable[[], object]) -> None:
        super().__init__(parent, _("Delete this message?"), 420)
        self.body.addWidget(label(text[:MAX_EXCERPT]))
        self.body.addWidget(label(_("It is deleted for everybody, and for good."), "note"))
        keep = button(_("Keep it"), "primary")
        self.delete = button(_("Delete"), "danger")
        keep.clicked.connect(self.reject)
        self.delete.clicked.connect(self.accept)
        self.accepted.connect(delete)
        self.body.addWidget(self.delete)
        self.body.addWidget(keep)
        keep.setFocus()
