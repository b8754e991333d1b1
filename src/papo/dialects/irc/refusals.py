"""How IRC words each reason why somebody may not: numeric, the details it carries, and its text."""

from __future__ import annotations

from collections.abc import Callable

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
    Code.NICK_RESERVED: (
        n.ERR_NICKNAMEINUSE,
        1,
        "Nickname is reserved by a different account: sign in to it (SASL, or /NickServ IDENTIFY), or take another",
    ),
    Code.CHANNEL_SUSPENDED: (n.ERR_BANNEDFROMCHAN, 1, "Cannot join channel: it is suspended ({1})"),
    Code.CHANNEL_RENAMED: (n.ERR_LINKCHANNEL, 2, "The channel has been renamed"),
    Code.CHANNEL_NAME_IN_USE: ("FAIL", 2, "The channel name is already taken"),
    Code.CANNOT_RENAME: ("FAIL", 2, "The channel cannot be renamed: {2}"),
    Code.ACCOUNT_EXISTS: ("FAIL", 1, "This name is taken: choose another"),
    Code.BAD_ACCOUNT_NAME: (
        "FAIL",
        1,
        "No account can have this name: letters, digits and []\\`_^{{|}}-, no digit first",
    ),
    Code.ACCOUNT_NAME_MUST_BE_NICK: ("FAIL", 1, "The account must have the name that you have as nick"),
    Code.WEAK_PASSWORD: ("FAIL", 1, "The password is too weak: six characters or more, and not the name"),
    Code.UNACCEPTABLE_PASSWORD: ("FAIL", 1, "The password is too long"),
    Code.INVALID_EMAIL: ("FAIL", 1, "That is no address of mail, and an account needs one here"),
    Code.UNACCEPTABLE_EMAIL: ("FAIL", 1, "This address cannot be used; try another, or later"),
    Code.INVALID_CODE: ("FAIL", 1, "The code is wrong or too old"),
    Code.TEMPORARILY_UNAVAILABLE: ("FAIL", 1, "{1}"),
    Code.REGISTRATION_CLOSED: ("FAIL", 1, "Accounts are made by the operators of this server: ask them for one"),
    Code.ALREADY_AUTHENTICATED: ("FAIL", 1, "You are logged in to an account already"),
    Code.NO_SUCH_ACCOUNT: ("FAIL", 1, "There is no such account"),
    Code.NOT_LOGGED_IN: ("FAIL", 0, "Log in to your account first"),
    Code.BAD_CREDENTIALS: ("FAIL", 0, "The name or the password is wrong"),
    Code.TOO_MANY_GUESSES: ("FAIL", 0, "Too many wrong tries: wait half an hour, or sign in from where you did before"),
    Code.SUSPENDED: ("FAIL", 0, "This account is suspended: {0}"),
    Code.UNVERIFIED: ("FAIL", 1, "This account is not verified yet: give the code that was sent by mail (VERIFY)"),
    Code.NICK_NOT_YOURS: ("FAIL", 1, "This nick does not belong to your account"),
    Code.TOO_MANY_NICKS: ("FAIL", 0, "Your account has as many nicks as it may"),
    Code.BAD_CERTIFICATE: ("FAIL", 0, "That is no fingerprint that your account has or could have"),
    Code.NOT_REGISTERED: ("FAIL", 1, "This channel is not registered"),
    Code.ALREADY_REGISTERED: ("FAIL", 1, "This channel is registered already"),
    Code.NEED_FOUNDER: ("FAIL", 1, "Only the channel's founder may do that"),
    Code.TOO_MANY_REGISTERED: ("FAIL", 0, "You have registered as many channels as you may"),
    Code.INVALID_TARGET: ("FAIL", 1, "There are no messages of this channel or person for you"),
    Code.UNKNOWN_MSGID: ("FAIL", 2, "This message does not exist or is too old"),
    Code.FORBIDDEN: ("FAIL", 2, "You may not do that to this message"),
    Code.WINDOW_EXPIRED: ("FAIL", 3, "It is too late for that"),
    Code.BAD_VALUE: ("FAIL", 0, "{0}"),
    Code.BUSY: ("FAIL", 0, "The server cannot do that at the moment: {0}"),
}
"""Texts are translated where they are used; the codes of FAIL are the names of the reasons."""

CODES = {
    (Code.FORBIDDEN, "REDACT"): "REDACT_FORBIDDEN",
    (Code.WINDOW_EXPIRED, "REDACT"): "REDACT_WINDOW_EXPIRED",
    (Code.FORBIDDEN, "EDIT"): "EDIT_FORBIDDEN",
    (Code.WINDOW_EXPIRED, "EDIT"): "EDIT_WINDOW_EXPIRED",
    (Code.BUSY, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.REGISTRATION_CLOSED, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.NOT_LOGGED_IN, ""): "ACCOUNT_REQUIRED",
    (Code.BAD_VALUE, ""): "INVALID_PARAMS",
}
"""Where a document names the code of FAIL otherwise: (reason, command, or "" for any)."""


def code_of(refused: Refused, command: str) -> str:
    """The code of the standard reply."""
    return CODES.get((refused.code, command)) or CODES.get((refused.code, "")) or refused.code.name


def words(refused: Refused, translate: Callable[[str], str] = str) -> tuple[str, list[str]]:
    """The numeric or `FAIL`, and its parameters with the text last."""
    numeric, count, text = WORDS[refused.code]
    details = [translate(detail) if " " in detail else detail for detail in refused.details]
    return numeric, [*(detail or "*" for detail in refused.details[:count]), translate(text).format(*details)]


def sentence(refused: Refused, translate: Callable[[str], str] = str) -> str:
    """For people: what the refusal is about, and its text."""
    _, params = words(refused, translate)
    *front, text = params
    return f"{' '.join(front)}: {text}" if front else text
