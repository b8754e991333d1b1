"""What the user can do with a message: answer, react, edit, delete, copy, follow."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from papo.client.address import NotAnAddressError
from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.text.emoji import USUAL
from papo.desktop.composer.composer import Composer
from papo.desktop.composer.emoji_picker import EmojiPicker
from papo.desktop.dialogs.delete_dialog import DeleteDialog
from papo.desktop.frontend import Frontend
from papo.desktop.menus import Menus
from papo.desktop.networks import Networks
from papo.desktop.timeline.row_parts import ClickTarget
from papo.desktop.timeline.timeline import Timeline
from papo.desktop.toasts import Toasts
from papo.i18n import _
from papo.ui.editing import last_editable

FEW_EMOJI = 6


class MessageActions(QObject):
    """Acts on the messages of the conversation that is shown."""

    def __init__(  # noqa: PLR0917 -- the parts of the window that it works on
        self, window: QWidget, networks: Networks, frontend: Frontend, timeline: Timeline, composer: Composer,
        toasts: Toasts,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window = window
        self._networks = networks
        self._frontend = frontend
        self._timeline = timeline
        self._composer = composer
        self._toasts = toasts
        self._menus = Menus(window, networks, frontend)

    def run(self, action: str, detail: object) -> None:
        """Do what a key, a button or a menu wants; as `Timeline.action_wanted`."""
        if self._networks.shown is None:
            return
        network, buffer = self._networks.shown
        if action == "menu" and isinstance(detail, tuple):
            line, where, link, text = detail
            self.menu(network, buffer, line, link, text).popup(where)
        elif isinstance(detail, BufferLine):
            self._run(action, network, buffer, detail)

    def _run(self, action: str, network: Network, buffer: Buffer, line: BufferLine) -> None:
        match action:
            case "retry" | "activate" if line.pending == "failed":
                send.retry(network, buffer, line.nonce)
            case "give up" | "delete" if line.pending:
                send.give_up(network, buffer, line.nonce)
            case "reply" if send.can_react(network, line):
                self._composer.reply(line)
            case "react" if send.can_react(network, line):
                take = partial(send.react, network, buffer, line)
                self._frontend.open(EmojiPicker(self._window, _("React"), take))
            case "edit" if send.can_edit(network, line):
                self._composer.edit(line)
            case "delete" if send.can_delete(network, buffer, line):
                delete = partial(send.delete, network, buffer, line, self._show_error)
                self._frontend.open(DeleteDialog(self._window, line.text, delete))
            case "activate":
                timeline = self._timeline
                where = timeline.visualRect(timeline.currentIndex()).center()
                self.menu(network, buffer, line).popup(timeline.viewport().mapToGlobal(where))

    def _show_error(self, text: str) -> None:
        if text:
            self._toasts.add(text, "error")

    def edit_last(self) -> None:
        """Edit the user's last message."""
        line = last_editable(*self._networks.shown) if self._networks.shown is not None else None
        if line is not None:
            self._composer.edit(line)

    def menu(self, network: Network, buffer: Buffer, line: BufferLine, link: str = "", text: str = "") -> QMenu:
        """Everything that can be done with a message. `link`: under the pointer; `text`: selected."""
        menu = QMenu(self._window)
        copy = QGuiApplication.clipboard().setText
        if send.can_react(network, line):
            menu.addAction(_("Reply"), lambda: self.run("reply", line))
            react = menu.addMenu(_("React"))
            for emoji in USUAL[:FEW_EMOJI]:
                react.addAction(emoji, partial(send.react, network, buffer, line, emoji))
            react.addAction(_("Search emoji"), lambda: self.run("react", line))
        if send.can_edit(network, line):
            menu.addAction(_("Edit"), lambda: self.run("edit", line))
        if line.pending == "failed":
            menu.addAction(_("Try again"), lambda: self.run("retry", line))
        if line.pending:
            menu.addAction(_("Discard"), lambda: self.run("give up", line))
        menu.addSeparator()
        if text:
            menu.addAction(_("Copy the selection"), lambda: copy(text))
        menu.addAction(_("Copy text"), lambda: copy(line.text))
        if link:
            menu.addAction(_("Copy the link"), lambda: copy(link))
        if send.can_delete(network, buffer, line):
            menu.addSeparator()
            menu.addAction(_("Delete"), lambda: self.run("delete", line))
        if line.is_message and not line.mine and not network.address.is_classroom:
            menu.addSection(line.nick)
            self._menus.add_user(menu, network, buffer, line.nick)
        return menu

    # --- clicks, and going somewhere

    def click(self, target: ClickTarget, line: BufferLine | None) -> None:
        """Something in a message was clicked."""
        if self._networks.shown is None:
            return
        network, buffer = self._networks.shown
        match target.action:
            case "jump":
                self.go_to(network, buffer.name, f"msgid={target.detail}")
            case "user" if not network.address.is_classroom:
                self._frontend.open_user_card(network, target.detail)
            case "react" if line is not None:
                send.react(network, buffer, line, target.detail)
            case "retry" | "give up" if line is not None:
                self._run(target.action, network, buffer, line)
            case "link":
                self._follow(network, target.detail)
            case _:
                pass

    def _follow(self, network: Network, link: str) -> None:
        """Open a web address, join a channel, or connect to an IRC address."""
        if link[0] in "#&":
            if network.is_channel(link):
                network.join(link)
        elif link.lower().startswith(("irc://", "ircs://")):
            try:
                self._frontend.connect(link)
            except NotAnAddressError as error:
                self._show_error(str(error))
        else:
            QDesktopServices.openUrl(QUrl(link))

    def go_to(self, network: Network, target: str, bound: str) -> None:
        """Show a message of a conversation, which may have to be loaded first. `bound`: as in CHATHISTORY AROUND."""
        buffer = network.open(target)
        self._frontend.show(network, buffer)

        def loaded(line: BufferLine | None) -> None:
            self._timeline.refresh()
            if line is None or not self._timeline.show_line(line):
                self._toasts.add(_("This message is no longer there."))

        history.jump(network, buffer, bound, loaded)

    def to_newest(self) -> None:
        """Go back to the newest message."""
        if self._networks.shown is not None:
            history.to_present(*self._networks.shown)
            self._timeline.scroll_to_end()
