"""MODE, SAMODE: modes of channels and of oneself (modern.ircdocs.horse "MODE message")."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import users
from papo.server.actions.actor import check_power
from papo.server.actions.channels import modes
from papo.server.delivery.ports import NotReadable, Page
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs.channel import find
from papo.server.world.modes import (
    CHANNEL_FLAGS,
    HALF_OPERATOR,
    KEY_MODES,
    LIST_MODES,
    PARAMETER_MODES,
    PREFIX_MODES,
    PRIVATE_MODES,
    SNOMASK,
    USER_CAN_SET,
    USER_CAN_UNSET,
    USER_MODES,
)
from papo.server.world.names import is_channel
from papo.server.world.permissions import check_rank

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.channel import Channel

MAX_CHANGES = 20
_LISTS = {
    "b": (n.RPL_BANLIST, n.RPL_ENDOFBANLIST, "End of channel ban list"),
    "e": (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST, "End of channel exception list"),
    "I": (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST, "End of channel invite exception list"),
}


@verb("MODE", params=1)
def mode(session: IrcSession, line: Line) -> None:
    """MODE #channel [+letters parameters] | MODE nick [+letters]: see or change modes."""
    target, *words = line.params
    if is_channel(target):
        channel = find(session, target)
        if words:
            change(session, channel, words)
        else:
            _send_modes(session, channel)
        return
    user = session.chat.world.user(target)
    if user is None:
        session.numeric(n.ERR_NOSUCHNICK, target or "*", "No such nick")
    elif user is not session.user:
        session.numeric(n.ERR_USERSDONTMATCH, "You can only see and change your own modes")
    elif words:
        _change_own(session, words)
    else:
        session.numeric_words(n.RPL_UMODEIS, "+" + "".join(sorted(user.modes)))


def _send_modes(session: IrcSession, channel: Channel) -> None:
    inside = session.me.uid in channel.members or session.me.may("see")
    letters = "+"
    parameters = []
    for letter, parameter in channel.modes.items():
        letters += letter
        if parameter is not None:
            parameters.append("<key>" if letter in KEY_MODES and not inside else parameter)
    session.numeric_words(n.RPL_CHANNELMODEIS, channel.name, letters, *parameters)
    session.numeric_words(n.RPL_CREATIONTIME, channel.name, str(channel.created_at_ms // 1000))


def change(session: IrcSession, channel: Channel, words: list[str], *, force: bool = False) -> None:
    """Make the changes in `words` (`+ov-l ana bia`), and send the lists they ask for."""
    wanted: list[tuple[str, str, str | None]] = []
    parameters = words[1:]
    shown: set[str] = set()
    sign = "+"
    for letter in words[0]:
        if letter in "+-":
            sign = letter
        elif letter in LIST_MODES and not parameters:
            if letter not in shown:
                shown.add(letter)
                _send_list(session, channel, letter)
        elif letter in PREFIX_MODES + LIST_MODES + KEY_MODES or (letter in PARAMETER_MODES and sign == "+"):
            if parameters:
                wanted.append((sign, letter, parameters.pop(0)))
            elif letter in KEY_MODES and sign == "-":
                wanted.append((sign, letter, None))
            else:
                session.numeric(n.ERR_INVALIDMODEPARAM, channel.name, letter, "*", "This mode needs a parameter")
        elif letter in PARAMETER_MODES or letter in CHANNEL_FLAGS:
            wanted.append((sign, letter, None))
        else:
            session.numeric(n.ERR_UNKNOWNMODE, letter, "is unknown mode char to me")
    if wanted:
        registry = session.chat.world.registry
        links = len(registry.links_into(channel.key))
        were_private = PRIVATE_MODES.intersection(channel.modes)
        for refused in modes.change_modes(session.chat, session, channel, wanted[:MAX_CHANGES], force=force):
            session.refused(refused)
        if not were_private.issubset(channel.modes) and "i" not in channel.modes:
            session.run_async(_warn_of_open_history(session, channel), "MODE", channel.name)
        if ended := links - len(registry.links_into(channel.key)):
            text = session.translate("With that, invitation links into the channel have ended: {count}")
            session.standard("NOTE", "MODE", "LINKS_ENDED", channel.name, text.format(count=ended))


async def _warn_of_open_history(session: IrcSession, channel: Channel) -> None:
    """The history belongs to whoever is in the channel (docs/decisions/0006): more people can join from now on."""
    said = Page(conversation=channel.key, newest_first=True, limit=1, history_scope=channel.created_at_ms)
    with contextlib.suppress(NotReadable):  # it is there, then
        if not await session.chat.store.page(said):
            return
    text = session.translate(
        "Whoever joins from now on can read what was said here before; set the mode again if you do not want that"
    )
    session.standard("NOTE", "MODE", "HISTORY_OPENED", channel.name, text)


def _send_list(session: IrcSession, channel: Channel, letter: str) -> None:
    entry, end, text = _LISTS[letter]
    if letter != "b":
        check_rank(channel, session.me, HALF_OPERATOR)
    elif session.me.uid not in channel.members and ("s" in channel.modes or "p" in channel.modes):
        check_rank(channel, session.me, 0)
    session.answered_rows += len(channel.lists[letter])
    for mask, (by, at_ms) in channel.lists[letter].items():
        session.numeric_words(entry, channel.name, mask, by, str(at_ms // 1000))
    session.numeric(end, channel.name, text)


def _change_own(session: IrcSession, words: list[str]) -> None:
    changes: list[tuple[str, str]] = []
    snomask: str | None = None
    unknown = False
    sign = "+"
    for letter in words[0]:
        if letter in "+-":
            sign = letter
        elif letter == "s" and sign == "+" and session.me.is_operator:
            wanted = words[1].strip("+") if len(words) > 1 else SNOMASK
            snomask = "".join(sorted(set(wanted) & set(SNOMASK)))
            changes.append((sign, letter))
        elif letter not in USER_MODES:
            unknown = True
        elif letter in (USER_CAN_SET if sign == "+" else USER_CAN_UNSET):
            changes.append((sign, letter))
            if letter == "s":
                snomask = ""
    if unknown:
        session.numeric(n.ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag")
    users.set_modes(session.chat, session, changes, snomask)
    if any(letter == "D" for _, letter in changes):
        session.set_bits(session.bits)


@verb("SAMODE", params=2)
def samode(session: IrcSession, line: Line) -> None:
    """SAMODE #channel +letters parameters: change a channel's modes as operator of the server."""
    check_power(session, "modes")
    session.chat.audit(session.me, "SAMODE", " ".join(line.params))
    change(session, find(session, line.params[0]), line.params[1:], force=True)
