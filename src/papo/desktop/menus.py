"""The menus of conversations and of users."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from papo.client.commands import ban_mask
from papo.client.state.buffer import Buffer
from papo.client.state.network import Network
from papo.desktop.frontend import Frontend
from papo.desktop.networks import Networks
from papo.i18n import _


class Menus:
    """Opens menus over the window."""

    def __init__(self, window: QWidget, networks: Networks, frontend: Frontend) -> None:
        self._window = window
        self._networks = networks
        self._frontend = frontend

    def open_for_user(self, nick: str, where: QPoint) -> None:
        """What can be done with a member of the channel that is shown."""
        if self._networks.shown is None or self._networks.shown[0].address.is_classroom:
            return
        menu = QMenu(self._window)
        self.add_user(menu, *self._networks.shown, nick)
        menu.popup(where)

    def add_user(self, menu: QMenu, network: Network, buffer: Buffer, nick: str) -> None:
        """What can be done with a user."""
        menu.addAction(_("Write a message"), lambda: self._frontend.show(network, network.open(nick)))
        menu.addAction(_("Who is {nick}?").format(nick=nick), lambda: self._frontend.open_user_card(network, nick))
        add_moderation(menu, network, buffer, nick)

    def open_for_conversation(self, network: Network, buffer: Buffer, where: QPoint) -> None:
        """What can be done with a conversation, or with a network."""
        menu = QMenu(self._window)
        if buffer.kind == "server" or network.address.is_classroom:
            self._add_network(menu, network)
        else:
            self._add_conversation(menu, network, buffer)
        menu.popup(where)

    def _add_network(self, menu: QMenu, network: Network) -> None:
        if not network.address.is_classroom:
            menu.addAction(_("Channels"), lambda: self._frontend.list_channels(network))
        if network.status in {"waiting", "closed"}:
            menu.addAction(_("Connect again"), lambda: self._networks.reconnect(network))
        menu.addAction(_("Leave"), lambda: self._networks.leave(network))

    def _add_conversation(self, menu: QMenu, network: Network, buffer: Buffer) -> None:
        notifications_off = menu.addAction(
            _("No notifications from this channel"), lambda: network.toggle_notifications(buffer)
        )
        notifications_off.setCheckable(True)
        notifications_off.setChecked(buffer.notifications_off)
        menu.addSeparator()
        if buffer.kind == "channel" and buffer.joined and network.status == "online":
            menu.addAction(_("Leave this channel"), lambda: network.session.send("PART", buffer.name))
        else:
            menu.addAction(_("Close"), lambda: network.close(buffer.key))


def add_moderation(menu: QMenu, network: Network, buffer: Buffer, nick: str) -> None:
    """What an operator can do with a member of a channel; nothing for others."""
    support = network.session.support
    rank = network.rank(buffer)
    member = buffer.members.get(network.fold(nick))
    least = support.rank_of("h") if "h" in support.prefix_modes else support.rank_of("o")
    if buffer.kind != "channel" or member is None or network.is_me(nick) or network.address.is_classroom:
        return
    if rank < least and not network.operator:
        return

    def has(letter: str) -> bool:
        at = support.prefix_modes.find(letter)
        return at >= 0 and support.prefixes[at] in member.prefixes

    def mode(letters: str, word: str) -> None:
        network.session.send("MODE", buffer.name, letters, word)

    def kick() -> None:
        network.session.send("KICK", buffer.name, nick, nick)

    def ban() -> None:
        mode("+b", ban_mask(network, nick))
        kick()

    menu.addSection(_("In {name}").format(name=buffer.name))
    if rank >= support.rank_of("o") or network.operator:
        text = _("Remove as operator") if has("o") else _("Make operator")
        menu.addAction(text, lambda: mode("-o" if has("o") else "+o", nick))
    text = _("Take voice") if has("v") else _("Give voice")
    menu.addAction(text, lambda: mode("-v" if has("v") else "+v", nick))
    menu.addAction(_("Mute"), lambda: mode("+b", f"m:{ban_mask(network, nick)}"))
    menu.addAction(_("Kick"), kick)
    menu.addAction(_("Kick and ban"), ban)
