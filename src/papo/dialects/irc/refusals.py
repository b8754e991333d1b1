"""How IRC words each reason why somebody may not: numeric, the details it carries, and its text."""

from __future__ import annotations

from papo.dialects.irc import numerics as n
from papo.world.refused import Code, Refused

WORDS: dict[Code, tuple[str, int, str]] = {
    # code: (numeric, how many details stand before the text, text; {n} are details)
    Code.NO_SUCH_NICK: (n.ERR_NOSUCHNICK, 1, "No such nick"),
    Code.NO_SUCH_CHANNEL: (n.ERR_NOSUCHCHANNEL, 1, "No such channel"),
    Code.BAD_CHANNEL_NAME: (
        n.ERR_NOSUCHCHANNEL,
        1,
        "That is no channel name: it begins with # and has no space or comma",
    ),
    Code.NOT_ON_CHANNEL: (n.ERR_NOTONCHANNEL, 1, "You're not on that channel"),
    Code.ALREADY_ON_CHANNEL: (n.ERR_USERONCHANNEL, 2, "is already on channel"),
    Code.USER_NOT_IN_CHANNEL: (n.ERR_USERNOTINCHANNEL, 2, "They aren't on that channel"),
    Code.NEED_CHANNEL_OPERATOR: (n.ERR_CHANOPRIVSNEEDED, 1, "You're not channel operator"),
    Code.NEED_HIGHER_RANK: (n.ERR_CHANOPRIVSNEEDED, 1, "They rank above you in that channel"),
    Code.NEED_OPERATOR: (n.ERR_NOPRIVILEGES, 0, "Permission denied: only operators of the server may do that"),
    Code.CANNOT_SEND: (n.ERR_CANNOTSENDTOCHAN, 1, "Cannot send to channel: {1}"),
    Code.CANNOT_SEND_TO_USER: (n.ERR_CANTSENDTOUSER, 1, "Cannot send to them: {1}"),
    Code.CHANNEL_FULL: (n.ERR_CHANNELISFULL, 1, "Cannot join channel (+l): it is full"),
    Code.INVITE_ONLY: (n.ERR_INVITEONLYCHAN, 1, "Cannot join channel (+i): it is by invitation"),
    Code.BANNED: (n.ERR_BANNEDFROMCHAN, 1, "Cannot join channel (+b): you are banned"),
    Code.BAD_KEY: (n.ERR_BADCHANNELKEY, 1, "Cannot join channel (+k): it needs its key"),
    Code.NEED_ACCOUNT: (n.ERR_NEEDREGGEDNICK, 1, "Cannot join channel (+R): it is for people with an account"),
    Code.NEED_SECURE: (n.ERR_SECUREONLYCHAN, 1, "Cannot join channel (+z): connect over TLS"),
    Code.JOIN_THROTTLED: (
        n.ERR_CANNOTSENDTOCHAN,
        1,
        "Cannot join channel (+j): too many at once; try again in a moment",
    ),
    Code.TOO_MANY_CHANNELS: (n.ERR_TOOMANYCHANNELS, 1, "You have joined too many channels; leave one first"),
    Code.LIST_FULL: (n.ERR_BANLISTFULL, 2, "Channel list {2} is full; remove an entry first"),
    Code.NO_KNOCK: (n.ERR_CANNOTKNOCK, 1, "Cannot knock: {1}"),
    Code.CHANNEL_OPEN: (n.ERR_CHANOPEN, 1, "The channel is open: join it"),
    Code.NO_INVITE: (n.ERR_CHANOPRIVSNEEDED, 1, "Invitations are not allowed there (+V)"),
    Code.NO_KICK: (n.ERR_CHANOPRIVSNEEDED, 1, "Kicks are not allowed there (+Q)"),
    Code.NO_RENAME: (
        n.ERR_NONICKCHANGE,
        1,
        "You cannot change your nick while you are in that channel (banned, or +N)",
    ),
    Code.NICK_IN_USE: (n.ERR_NICKNAMEINUSE, 1, "Nickname is already in use"),
    Code.BAD_NICK: (n.ERR_ERRONEUSNICKNAME, 1, "Erroneous nickname: letters, digits and []\\`_^{{|}}-, no digit first"),
    Code.NO_TEXT: (n.ERR_NOTEXTTOSEND, 0, "No text to send"),
}


def words(refused: Refused) -> tuple[str, list[str]]:
    """The numeric, and its parameters with the text last."""
    numeric, count, text = WORDS[refused.code]
    return numeric, [*(detail or "*" for detail in refused.details[:count]), text.format(*refused.details)]
