"""What menus, keys and commands do. Is the `Window` that `papo.client.commands` asks of a program."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu

from papo.client.address import NotAnAddressError, read_address
from papo.client.commands import Dialog
from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.text.emoji import USUAL
from papo.desktop.composer.emoji_picker import Picker
from papo.desktop.dialogs import lists
from papo.desktop.dialogs.connect_dialog import ConnectDialog
from papo.desktop.dialogs.help import Help
from papo.desktop.dialogs.preferences import Preferences
from papo.desktop.dialogs.user_card import Identity, moderation
from papo.desktop.theme.controls import Sheet, button, label
from papo.desktop.timeline.row_layout import Spot
from papo.i18n import _

if TYPE_CHECKING:
    from papo.desktop.window import MainWindow

FEW_EMOJI = 6


class Actions:
    """Everything somebody can do, by name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._dialog: QDialog | None = None

    # --- what commands ask (papo.client.commands.Window)

    def show(self, network: Network, buffer: Buffer) -> None:
        """Show a conversation."""
        self._window.show_buffer(network, buffer)

    def dialog(self, name: Dialog | str, words: str) -> None:
        """Show more than a conversation."""
        window = self._window
        network, buffer = window.here()
        match name:
            case "help":
                self.open(Help(window))
            case "settings" | "themes":
                self.open(Preferences(window, window.desk, network, window.dress))
            case "servers":
                self.open_door()
            case "person" if network is not None:
                self.person(network, words.partition(" ")[0] or network.nick)
            case "rooms" if network is not None:
                self.rooms(network)
            case "browse" if network is not None:
                self.browse(network)
            case "search":
                window.search(words)
            case "upload" if network is not None and buffer is not None:
                path = Path(words).expanduser()
                window.uploads.send(network, buffer, path, window.desk.pinned(network))
            case _:
                pass

    def connect(self, address: str) -> None:
        """Go to another server; raises NotAnAddressError."""
        read_address(address)
        network = self._window.desk.go(address)
        self.show(network, self._window.first_of(network))

    def leave(self, network: Network, reason: str) -> None:
        """Leave a server."""
        self._window.desk.leave(network, reason)

    # --- dialogs

    def open(self, dialog: QDialog) -> None:
        """One at a time."""
        last, self._dialog = self._dialog, dialog
        if last is not None:
            last.close()
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self._dialog is dialog:
            self._dialog = None
            self._window.composer.text.setFocus()

    @property
    def opened(self) -> QDialog | None:
        """The dialog that is open."""
        return self._dialog

    def open_door(self, url: str = "", problem: str = "") -> None:
        """Ask for a server."""
        window = self._window
        door = ConnectDialog(window, window.desk, url, problem)
        door.chosen.connect(lambda network: window.show_buffer(network, window.first_of(network)))
        self.open(door)

    def palette(self) -> None:
        """Go anywhere."""
        window = self._window
        network, _buffer = window.here()
        doing = lists.doings(network, self.dialog)
        self.open(lists.palette(window, window.desk.networks, network, window.show_buffer, doing))

    def browse(self, network: Network) -> None:
        """Ask a server for its channels."""
        network.channel_list = None
        if network.status == "online":
            network.session.send("LIST")
        self.rooms(network)

    def rooms(self, network: Network) -> None:
        """All channels of a server, as they come."""
        rooms = lists.Rooms(self._window, network)
        self._window.desk.drawn.connect(rooms.redraw)
        self.open(rooms)

    def person(self, network: Network, nick: str) -> None:
        """Who somebody is."""
        self.open(Identity(self._window, network, nick, lambda: self.show(network, network.open(nick))))

    # --- messages

    def ask(self, name: str, about: object) -> None:
        """What a key or a button wants of a message."""
        window = self._window
        network, buffer = window.here()
        if network is None or buffer is None:
            return
        if name == "menu" and isinstance(about, tuple):
            entry, where, link, text = about
            self.menu_of(network, buffer, entry, link, text).popup(where)
        elif isinstance(about, BufferLine):
            self._message(name, network, buffer, about)

    def _message(self, name: str, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        window = self._window
        if name == "reply" and send.can_react(network, entry):
            window.composer.reply(entry)
        elif name == "edit" and send.can_edit(network, entry):
            window.composer.edit(entry)
        elif name == "react" and send.can_react(network, entry):
            self.open(Picker(window, _("React"), lambda emoji: send.react(network, buffer, entry, emoji)))
        elif name == "delete" and send.can_delete(network, buffer, entry):
            self.open(Deletion(self, network, buffer, entry))
        elif name in {"retry", "press"} and entry.pending == "failed":
            send.retry(network, buffer, entry.nonce)
        elif (name in {"give up", "delete"}) and entry.pending:
            send.give_up(network, buffer, entry.nonce)
        elif name == "press":
            timeline = window.timeline
            where = timeline.viewport().mapToGlobal(timeline.visualRect(timeline.currentIndex()).center())
            self.menu_of(network, buffer, entry).popup(where)

    def menu_of(self, network: Network, buffer: Buffer, entry: BufferLine, link: str = "", text: str = "") -> QMenu:
        """All that can be done with a message."""
        menu = QMenu(self._window)
        copy = QGuiApplication.clipboard().setText
        if send.can_react(network, entry):
            menu.addAction(_("Reply"), lambda: self.ask("reply", entry))
            react = menu.addMenu(_("React"))
            for emoji in USUAL[:FEW_EMOJI]:
                react.addAction(emoji, partial(send.react, network, buffer, entry, emoji))
            react.addAction(_("Search emoji"), lambda: self.ask("react", entry))
        if send.can_edit(network, entry):
            menu.addAction(_("Edit"), lambda: self.ask("edit", entry))
        if entry.pending == "failed":
            menu.addAction(_("Try again"), lambda: self.ask("retry", entry))
        if entry.pending:
            menu.addAction(_("Discard"), lambda: self.ask("give up", entry))
        menu.addSeparator()
        if text:
            menu.addAction(_("Copy what is marked"), lambda: copy(text))
        menu.addAction(_("Copy text"), lambda: copy(entry.text))
        if link:
            menu.addAction(_("Copy the link"), lambda: copy(link))
        if send.can_delete(network, buffer, entry):
            menu.addSeparator()
            menu.addAction(_("Delete"), lambda: self.ask("delete", entry))
        if entry.is_message and not entry.mine and not network.address.is_classroom:
            menu.addSection(entry.nick)
            self._about(menu, network, buffer, entry.nick)
        return menu

    def _about(self, menu: QMenu, network: Network, buffer: Buffer, nick: str) -> None:
        menu.addAction(_("Write a message"), lambda: self.show(network, network.open(nick)))
        menu.addAction(_("Who is {nick}?").format(nick=nick), lambda: self.person(network, nick))
        moderation(menu, network, buffer, nick)

    def person_menu(self, nick: str, where: QPoint) -> None:
        """All that can be done with somebody in the list."""
        network, buffer = self._window.here()
        if network is None or buffer is None or network.address.is_classroom:
            return
        menu = QMenu(self._window)
        self._about(menu, network, buffer, nick)
        menu.popup(where)

    def place_menu(self, network: Network, buffer: Buffer, where: QPoint) -> None:
        """All that can be done with a conversation in the list."""
        menu = QMenu(self._window)
        desk = self._window.desk
        if buffer.kind == "server" or network.address.is_classroom:
            if not network.address.is_classroom:
                menu.addAction(_("Channels"), lambda: self.browse(network))
            if network.status in {"waiting", "closed"}:
                menu.addAction(_("Connect again"), lambda: desk.again(network))
            menu.addAction(_("Leave"), lambda: desk.leave(network))
        else:
            words = _("No notifications from this channel")
            quiet = menu.addAction(words, lambda: desk.mute(network, buffer))
            quiet.setCheckable(True)
            quiet.setChecked(buffer.muted)
            menu.addSeparator()
            in_it = buffer.kind == "channel" and buffer.joined and network.status == "online"
            if in_it:
                menu.addAction(_("Leave this channel"), lambda: network.session.send("PART", buffer.name))
            else:
                menu.addAction(_("Close"), lambda: network.close(buffer.key))
        menu.popup(where)

    def delete(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Delete a message; says so where the server would not."""

        def done(why: str) -> None:
            if why:
                self._window.notes.tell("error", why)

        send.delete(network, buffer, entry, done)

    def edit_last(self) -> None:
        """Our last message, to be written anew."""
        network, buffer = self._window.here()
        if network is None or buffer is None:
            return
        mine = next(
            (each for each in reversed(buffer.lines) if each.kind == "say" and send.can_edit(network, each)), None
        )
        if mine is not None:
            self._window.composer.edit(mine)

    def press(self, spot: Spot, entry: BufferLine | None) -> None:
        """Something in a message was pressed."""
        network, buffer = self._window.here()
        if network is None or buffer is None:
            return
        match spot.act:
            case "jump":
                self.go_to(network, buffer.name, f"msgid={spot.about}")
            case "person" if not network.address.is_classroom:
                self.person(network, spot.about)
            case "react" if entry is not None:
                send.react(network, buffer, entry, spot.about)
            case "retry" | "give up" if entry is not None:
                self._message(spot.act, network, buffer, entry)
            case "link":
                self.follow(network, spot.about)
            case _:
                pass

    def follow(self, network: Network, link: str) -> None:
        """Open an address, or go to a channel."""
        if link[0] in "#&":
            if network.is_channel(link):
                network.join(link)
        elif link.lower().startswith(("irc://", "ircs://")):
            try:
                self.connect(link)
            except NotAnAddressError as error:
                self._window.notes.tell("error", str(error))
        else:
            QDesktopServices.openUrl(QUrl(link))

    def go_to(self, network: Network, where: str, bound: str) -> None:
        """Show a message where it was said."""
        window = self._window
        buffer = network.open(where)
        window.show_buffer(network, buffer)

        def there(entry: BufferLine | None) -> None:
            window.timeline.refresh()
            if entry is None or not window.timeline.show_entry(entry):
                window.notes.tell("info", _("There is nothing of that time here."))

        history.jump(network, buffer, bound, there)

    def to_now(self) -> None:
        """Back to the newest message."""
        window = self._window
        network, buffer = window.here()
        if network is None or buffer is None:
            return
        history.to_present(network, buffer)
        window.timeline.to_end()

    def choose_files(self) -> None:
        """Files to send."""
        window = self._window
        network, buffer = window.here()
        if network is None or buffer is None:
            return
        chosen, _kind = QFileDialog.getOpenFileNames(window, _("Send a file"))
        for path in chosen:
            window.uploads.send(network, buffer, Path(path), window.desk.pinned(network))

    def write_emoji(self) -> None:
        """One more in the message field."""
        self.open(Picker(self._window, _("Emoji"), self._window.composer.insert))


class Deletion(Sheet):
    """Asks once: it is for good."""

    def __init__(self, deeds: Actions, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        super().__init__(deeds._window, _("Delete this message?"), 420)  # noqa: SLF001 - the same file
        self.body.addWidget(label(entry.text[:300]))
        self.body.addWidget(label(_("It is deleted for everybody, and for good."), "note"))
        keep, delete = button(_("Keep it"), "primary"), button(_("Delete"), "danger")
        keep.clicked.connect(self.reject)
        delete.clicked.connect(self.accept)
        delete.clicked.connect(lambda: deeds.delete(network, buffer, entry))
        self.delete = delete
        self.body.addWidget(delete)
        self.body.addWidget(keep)
        keep.setFocus()
