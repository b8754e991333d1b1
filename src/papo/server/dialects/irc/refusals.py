"""How IRC words each refusal: its numeric, its details and its text."""

from __future__ import annotations

from collections.abc import Callable

from papo.i18n import N_
from papo.protocol import numerics as n
from papo.server.world.errors import Code, Refused

WORDS: dict[Code, tuple[str, int, str]] = {
    # code: (numeric, number of details before the text, text; {n} are details)
    Code.NO_SUCH_NICK: (n.ERR_NOSUCHNICK, 1, N_("No such nick")),
    Code.NO_SUCH_CHANNEL: (n.ERR_NOSUCHCHANNEL, 1, N_("No such channel")),
    Code.BAD_CHANNEL_NAME: (
        n.ERR_NOSUCHCHANNEL,
        1,
        N_("Invalid channel name: it must begin with # and have no space or comma"),
    ),
    Code.NOT_ON_CHANNEL: (n.ERR_NOTONCHANNEL, 1, N_("You're not on that channel")),
    Code.ALREADY_ON_CHANNEL: (n.ERR_USERONCHANNEL, 2, N_("is already on channel")),
    Code.USER_NOT_IN_CHANNEL: (n.ERR_USERNOTINCHANNEL, 2, N_("They aren't on that channel")),
    Code.NEED_CHANNEL_OPERATOR: (n.ERR_CHANOPRIVSNEEDED, 1, N_("You're not channel operator")),
    Code.NEED_HIGHER_RANK: (n.ERR_CHANOPRIVSNEEDED, 1, N_("They rank above you in that channel")),
    Code.NEED_OPERATOR: (n.ERR_NOPRIVILEGES, 0, N_("Permission denied: only operators of the server may do that")),
    Code.CANNOT_SEND: (n.ERR_CANNOTSENDTOCHAN, 1, N_("Cannot send to channel: {1}")),
    Code.CANNOT_SEND_TO_USER: (n.ERR_CANTSENDTOUSER, 1, N_("Cannot send to them: {1}")),
    Code.CHANNEL_FULL: (n.ERR_CHANNELISFULL, 1, N_("Cannot join channel (+l): it is full")),
    Code.INVITE_ONLY: (n.ERR_INVITEONLYCHAN, 1, N_("Cannot join channel (+i): you must be invited")),
    Code.BANNED: (n.ERR_BANNEDFROMCHAN, 1, N_("Cannot join channel (+b): you are banned")),
    Code.BAD_KEY: (n.ERR_BADCHANNELKEY, 1, N_("Cannot join channel (+k): it has a key")),
    Code.NEED_ACCOUNT: (n.ERR_NEEDREGGEDNICK, 1, N_("Cannot join channel (+R): you need an account")),
    Code.NEED_SECURE: (n.ERR_SECUREONLYCHAN, 1, N_("Cannot join channel (+z): connect over TLS")),
    Code.NEED_SECURE_LOGIN: (
        n.ERR_YOUREBANNEDCREEP,
        0,
        N_("You are in a channel that is for TLS only (+z): connect over TLS"),
    ),
    Code.ALL_MUST_BE_SECURE: (
        n.ERR_ALLMUSTSSL,
        1,
        N_("Not set (+z): {1} is in the channel with a connection without TLS"),
    ),
    Code.JOIN_THROTTLED: (
        n.ERR_CANNOTSENDTOCHAN,
        1,
        N_("Cannot join channel (+j): too many at once; try again in a moment"),
    ),
    Code.TOO_MANY_MARKERS: ("FAIL", 1, N_("You have too many read markers")),
    Code.TOO_MANY_CHANNELS: (n.ERR_TOOMANYCHANNELS, 1, N_("You have joined too many channels; leave one first")),
    Code.LIST_FULL: (n.ERR_BANLISTFULL, 2, N_("Channel list {2} is full; remove an entry first")),
    Code.INVALID_KEY: (
        n.ERR_INVALIDKEY,
        1,
        N_("Key is not well-formed: too long, or with a space, comma or colon in it"),
    ),
    Code.BAD_FORWARD: (n.ERR_INVALIDMODEPARAM, 3, N_("There is no such channel to forward to")),
    Code.NOT_ACCEPTED: (n.ERR_NEEDREGGEDNICK, 1, N_("They only accept messages from users with an account (+R)")),
    Code.NO_KNOCK: (n.ERR_CANNOTKNOCK, 1, N_("Cannot knock: {1}")),
    Code.CHANNEL_OPEN: (n.ERR_CHANOPEN, 1, N_("The channel is open: join it")),
    Code.NO_INVITE: (n.ERR_CHANOPRIVSNEEDED, 1, N_("Invitations are not allowed there (+V)")),
    Code.NO_SUCH_LINK: ("FAIL", 1, N_("There is no such invitation link")),
    Code.TOO_MANY_LINKS: ("FAIL", 1, N_("There are too many invitation links: revoke one first")),
    Code.NO_KICK: (n.ERR_CHANOPRIVSNEEDED, 1, N_("Kicks are not allowed there (+Q)")),
    Code.NO_RENAME: (
        n.ERR_NONICKCHANGE,
        1,
        N_("You cannot change your nick while you are in that channel (banned, or +N)"),
    ),
    Code.NICK_IN_USE: (n.ERR_NICKNAMEINUSE, 1, N_("Nickname is already in use")),
    Code.BAD_NICK: (
        n.ERR_ERRONEUSNICKNAME,
        1,
        N_("Erroneous nickname: letters, digits and []\\`_^{{|}}-, no digit first"),
    ),
    Code.NO_TEXT: (n.ERR_NOTEXTTOSEND, 0, N_("No text to send")),
    Code.NICK_RESERVED: (
        n.ERR_NICKNAMEINUSE,
        1,
        N_(
            "Nickname is reserved by a different account: log in to it (SASL, or /NickServ IDENTIFY), or choose another"
        ),
    ),
    Code.CHANNEL_SUSPENDED: (n.ERR_BANNEDFROMCHAN, 1, N_("Cannot join channel: it is suspended ({1})")),
    Code.CHANNEL_RENAMED: (n.ERR_LINKCHANNEL, 2, N_("The channel has been renamed")),
    Code.CHANNEL_NAME_IN_USE: ("FAIL", 2, N_("The channel name is already taken")),
    Code.CANNOT_RENAME: ("FAIL", 2, N_("The channel cannot be renamed: {2}")),
    Code.ACCOUNT_EXISTS: ("FAIL", 1, N_("This name is taken: choose another")),
    Code.BAD_ACCOUNT_NAME: (
        "FAIL",
        1,
        N_("No account can have this name: letters, digits and []\\`_^{{|}}-, no digit first"),
    ),
    Code.ACCOUNT_NAME_MUST_BE_NICK: ("FAIL", 1, N_("The name of the account must be your nick")),
    Code.WEAK_PASSWORD: ("FAIL", 1, N_("The password is too weak: six characters or more, and not the name")),
    Code.UNACCEPTABLE_PASSWORD: ("FAIL", 1, N_("The password is too long")),
    Code.INVALID_EMAIL: ("FAIL", 1, N_("An account needs a valid email address here")),
    Code.UNACCEPTABLE_EMAIL: ("FAIL", 1, N_("This address cannot be used; try another, or later")),
    Code.INVALID_CODE: ("FAIL", 1, N_("The code is wrong or too old")),
    Code.TEMPORARILY_UNAVAILABLE: ("FAIL", 1, N_("{1}")),
    Code.REGISTRATION_CLOSED: ("FAIL", 1, N_("Accounts are created by the operators of this server: ask them for one")),
    Code.ALREADY_AUTHENTICATED: ("FAIL", 1, N_("You are already logged in to an account")),
    Code.NO_SUCH_ACCOUNT: ("FAIL", 1, N_("There is no such account")),
    Code.NOT_LOGGED_IN: ("FAIL", 0, N_("Log in to your account first")),
    Code.BAD_CREDENTIALS: ("FAIL", 0, N_("The name or the password is wrong")),
    Code.PROOF_REQUIRED: (
        "FAIL",
        0,
        N_("Confirm first that it is you, with /NickServ CONFIRM and your password; then try again"),
    ),
    Code.TOO_MANY_GUESSES: (
        "FAIL",
        0,
        N_("Too many failed attempts: try again later, or log in from where you did before"),
    ),
    Code.SUSPENDED: ("FAIL", 0, N_("This account is suspended: {0}")),
    Code.UNVERIFIED: (
        "FAIL",
        1,
        N_("This account is not verified yet: enter the code that was sent by email (VERIFY)"),
    ),
    Code.NICK_NOT_YOURS: ("FAIL", 1, N_("This nick does not belong to your account")),
    Code.TOO_MANY_NICKS: ("FAIL", 0, N_("Your account has as many nicks as it may have")),
    Code.BAD_CERTIFICATE: ("FAIL", 0, N_("Your account has no such certificate")),
    Code.CERTIFICATE_NOT_SHOWN: (
        "FAIL",
        0,
        N_("Connect with the certificate that is to log you in, over TLS; then add it on that connection"),
    ),
    Code.CERTIFICATE_IN_USE: ("FAIL", 0, N_("This certificate logs in to another account: remove it there first")),
    Code.TOO_MANY_CERTIFICATES: ("FAIL", 0, N_("Your account has as many certificates as it may have: remove one")),
    Code.NO_SUCH_SESSION: ("FAIL", 1, N_("You have no such session: SESSIONS lists them")),
    Code.SECOND_FACTOR_REQUIRED: (
        "FAIL",
        1,
        N_(
            "This account has a second factor. In this program use an app password: sign in with Papo's web client, "
            "make one there under your name, and give {0}/NAME and that password here. "
            "Or log in by hand: /NickServ IDENTIFY {0} PASSWORD CODE"
        ),
    ),
    Code.BAD_SECOND_FACTOR: (
        "FAIL",
        0,
        N_("The code is wrong, too old or used already: wait for the next one, and check that your clock is right"),
    ),
    Code.CODE_REQUIRED: (
        "FAIL",
        0,
        N_("Your account has a second factor: give a code of your authenticator app as well, or a recovery code"),
    ),
    Code.NO_SECOND_FACTOR: ("FAIL", 0, N_("Your account has no second factor")),
    Code.HAS_SECOND_FACTOR: ("FAIL", 0, N_("Your account has a second factor already: remove that first")),
    Code.BAD_PASSKEY: ("FAIL", 0, N_("This passkey does not log in here: it was revoked, or is of another server")),
    Code.NO_PASSKEY: ("FAIL", 1, N_("Your account has no such passkey: PASSKEY LIST shows those it has")),
    Code.TOO_MANY_PASSKEYS: ("FAIL", 0, N_("Your account has as many passkeys as it may have: revoke one")),
    Code.NO_SECURE_PAGE: (
        "FAIL",
        0,
        N_("Browsers have passkeys only on pages that come over https from a server with a name, or from localhost"),
    ),
    Code.NO_ENROLMENT: ("FAIL", 0, N_("There is nothing to confirm: ask for a new secret first")),
    Code.BAD_APP_PASSWORD_NAME: (
        "FAIL",
        1,
        N_("The name of an app password is new, and made of up to 32 letters, digits, dots, hyphens and underscores"),
    ),
    Code.NO_APP_PASSWORD: ("FAIL", 1, N_("Your account has no app password of this name")),
    Code.TOO_MANY_APP_PASSWORDS: ("FAIL", 0, N_("Your account has as many app passwords as it may have: revoke one")),
    Code.NO_TRUSTED_DEVICE: ("FAIL", 1, N_("Your account has no such device")),
    Code.NOT_REGISTERED: ("FAIL", 1, N_("This channel is not registered")),
    Code.ALREADY_REGISTERED: ("FAIL", 1, N_("This channel is already registered")),
    Code.NEED_FOUNDER: ("FAIL", 1, N_("Only the channel's founder may do that")),
    Code.TOO_MANY_REGISTERED: ("FAIL", 0, N_("You have registered as many channels as you may")),
    Code.INVALID_TARGET: ("FAIL", 1, N_("You cannot read messages of this channel or user")),
    Code.UNKNOWN_MSGID: ("FAIL", 2, N_("This message does not exist or is too old")),
    Code.FORBIDDEN: ("FAIL", 2, N_("You may not change this message")),
    Code.WINDOW_EXPIRED: ("FAIL", 3, N_("It is too late to change this message")),
    Code.NO_EDIT: ("FAIL", 1, N_("No message is changed by this tag: send EDIT or REDACT")),
    Code.NONCE_INVALID: (
        "FAIL",
        1,
        N_("A nonce is 12 to 64 letters, digits and signs of _.- and belongs to one message to one target"),
    ),
    Code.NONCE_REUSED: ("FAIL", 1, N_("This nonce belongs to another message: send yours with one of its own")),
    Code.BAD_VALUE: ("FAIL", 0, N_("{0}")),
    Code.NOT_READABLE: (
        "FAIL",
        0,
        N_("A part of what is stored cannot be read; the log of the server says why"),
    ),
    Code.TOOK_TOO_LONG: ("FAIL", 0, N_("The search took too long: name a channel, a sender, a time or rarer words")),
    Code.BUSY: ("FAIL", 0, N_("The server cannot do that at the moment: {0}")),
    Code.NOT_STORED: ("FAIL", 1, N_("The server cannot store anything at the moment; nothing was changed")),
    Code.OUTCOME_UNKNOWN: (
        "FAIL",
        1,
        N_(
            "The disk failed while this was being stored: whether it is there shows when the server has restarted; "
            "look before you send it again"
        ),
    ),
}
"""Texts are translated when they are sent. The codes of FAIL are the names of the refusals."""

REASONS = (
    N_("the disk cannot keep up; try again in a moment"),
    N_("notices are not allowed here (+T)"),
    N_("CTCP is not allowed here (+C)"),
    N_("colours and styles are not allowed here (+c)"),
    N_("they accept no CTCP (+T)"),
    N_("you are not in the channel"),
    N_("only people with voice may speak here (+m)"),
    N_("only people with an account may speak here (+M)"),
    N_("you are banned or muted (+b)"),
    N_("too many links at once; try again in a minute"),
    N_("a link is valid for 1 to 30 days, and for 1 to 1000 people"),
    N_("slow mode: wait a little before your next message (+W)"),
    N_("you are in it already"),
    N_("knocking is not allowed there (+K)"),
    N_("that is not a valid channel name"),
    N_("the configuration names it"),
    N_("too many people are logging in; try again in a moment"),
    N_("too many accounts are being created; try again later"),
    N_("too many accounts were made from your address; try again later"),
    N_("the mail could not be sent; try again later"),
    N_("that would ban you as well"),
    N_("there is no such ban"),
    N_("that is not an address or a network such as 192.0.2.0/24"),
    N_("that would ban everyone"),
    N_("the rank is one of v, h, o, a"),
    N_("close your other connections first: they are logged in to another account"),
    N_("this server keeps no user who is not connected"),
    N_("a host is made of letters, digits and hyphens, with dots or slashes between"),
    N_("it was changed at the same time; try again"),
)
"""Texts that some refusals have as a detail, for the catalogue."""

CODES = {
    (Code.FORBIDDEN, "REDACT"): "REDACT_FORBIDDEN",
    (Code.WINDOW_EXPIRED, "REDACT"): "REDACT_WINDOW_EXPIRED",
    (Code.FORBIDDEN, "EDIT"): "EDIT_FORBIDDEN",
    (Code.WINDOW_EXPIRED, "EDIT"): "EDIT_WINDOW_EXPIRED",
    (Code.NO_EDIT, ""): "INVALID_PARAMS",
    (Code.NOT_READABLE, ""): "INTERNAL_ERROR",
    (Code.TOOK_TOO_LONG, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.BUSY, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.NOT_STORED, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.TOO_MANY_MARKERS, ""): "INTERNAL_ERROR",
    (Code.REGISTRATION_CLOSED, ""): "TEMPORARILY_UNAVAILABLE",
    (Code.NOT_LOGGED_IN, ""): "ACCOUNT_REQUIRED",
    (Code.BAD_VALUE, ""): "INVALID_PARAMS",
}
"""(refusal, command, or "" for any) to the code of FAIL, if a specification calls it something else."""


def code_of(refused: Refused, command: str) -> str:
    """The code of the standard reply, such as `NICK_IN_USE`."""
    return CODES.get((refused.code, command)) or CODES.get((refused.code, "")) or refused.code.name


def words(refused: Refused, translate: Callable[[str], str] = str) -> tuple[str, list[str]]:
    """(numeric or `FAIL`, its parameters with the text last)."""
    numeric, count, text = WORDS[refused.code]
    details = [translate(detail) if " " in detail else detail for detail in refused.details]
    return numeric, [*(detail or "*" for detail in refused.details[:count]), translate(text).format(*details)]


def sentence(refused: Refused, translate: Callable[[str], str] = str) -> str:
    """A sentence for users: what the refusal is about, and its text."""
    _, params = words(refused, translate)
    *front, text = params
    return f"{' '.join(front)}: {text}" if front else text
