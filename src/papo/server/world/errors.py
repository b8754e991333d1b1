"""Why an action is refused: one code for each reason, worded by each dialect in its own way."""

from __future__ import annotations

import enum


class Code(enum.Enum):
    """A reason; the comment gives the `args` that go with it."""

    NO_SUCH_NICK = enum.auto()  # nick
    NO_SUCH_CHANNEL = enum.auto()  # channel name
    BAD_CHANNEL_NAME = enum.auto()  # channel name
    NOT_ON_CHANNEL = enum.auto()  # channel name
    ALREADY_ON_CHANNEL = enum.auto()  # nick, channel name
    USER_NOT_IN_CHANNEL = enum.auto()  # nick, channel name
    NEED_CHANNEL_OPERATOR = enum.auto()  # channel name
    NEED_HIGHER_RANK = enum.auto()  # channel name
    NEED_OPERATOR = enum.auto()
    CANNOT_SEND = enum.auto()  # channel name, why
    NOT_ACCEPTED = enum.auto()  # nick
    CANNOT_SEND_TO_USER = enum.auto()  # nick, why
    CHANNEL_FULL = enum.auto()  # channel name
    INVITE_ONLY = enum.auto()  # channel name
    BANNED = enum.auto()  # channel name
    BAD_KEY = enum.auto()  # channel name
    NEED_ACCOUNT = enum.auto()  # channel name
    NEED_SECURE = enum.auto()  # channel name
    NEED_SECURE_LOGIN = enum.auto()
    ALL_MUST_BE_SECURE = enum.auto()  # channel name, nick
    JOIN_THROTTLED = enum.auto()  # channel name
    TOO_MANY_MARKERS = enum.auto()  # target
    TOO_MANY_CHANNELS = enum.auto()  # channel name
    LIST_FULL = enum.auto()  # channel name, mask, mode letter
    INVALID_KEY = enum.auto()  # channel name
    BAD_FORWARD = enum.auto()  # channel name, mode letter, target
    NO_KNOCK = enum.auto()  # channel name, why
    CHANNEL_OPEN = enum.auto()  # channel name
    NO_INVITE = enum.auto()  # channel name
    NO_SUCH_LINK = enum.auto()  # channel name
    TOO_MANY_LINKS = enum.auto()  # channel name
    NO_KICK = enum.auto()  # channel name
    NO_RENAME = enum.auto()  # channel name
    NICK_IN_USE = enum.auto()  # nick
    BAD_NICK = enum.auto()  # nick
    NO_TEXT = enum.auto()
    NICK_RESERVED = enum.auto()  # nick
    CHANNEL_SUSPENDED = enum.auto()  # channel name, why
    CHANNEL_RENAMED = enum.auto()  # old name, new name
    CHANNEL_NAME_IN_USE = enum.auto()  # old name, new name
    CANNOT_RENAME = enum.auto()  # old name, new name, why
    # Accounts: the names are those of IRCv3 account-registration if that has one.
    ACCOUNT_EXISTS = enum.auto()  # name
    BAD_ACCOUNT_NAME = enum.auto()  # name
    ACCOUNT_NAME_MUST_BE_NICK = enum.auto()  # name
    WEAK_PASSWORD = enum.auto()  # name
    UNACCEPTABLE_PASSWORD = enum.auto()  # name
    INVALID_EMAIL = enum.auto()  # name
    UNACCEPTABLE_EMAIL = enum.auto()  # name
    INVALID_CODE = enum.auto()  # name
    TEMPORARILY_UNAVAILABLE = enum.auto()  # name, why
    REGISTRATION_CLOSED = enum.auto()  # name
    ALREADY_AUTHENTICATED = enum.auto()  # name
    NO_SUCH_ACCOUNT = enum.auto()  # name
    NOT_LOGGED_IN = enum.auto()
    BAD_CREDENTIALS = enum.auto()
    PROOF_REQUIRED = enum.auto()
    TOO_MANY_GUESSES = enum.auto()
    SUSPENDED = enum.auto()  # why
    UNVERIFIED = enum.auto()  # name
    NICK_NOT_YOURS = enum.auto()  # nick
    TOO_MANY_NICKS = enum.auto()
    BAD_CERTIFICATE = enum.auto()
    CERTIFICATE_NOT_SHOWN = enum.auto()
    CERTIFICATE_IN_USE = enum.auto()
    TOO_MANY_CERTIFICATES = enum.auto()
    NO_SUCH_SESSION = enum.auto()  # its id
    SECOND_FACTOR_REQUIRED = enum.auto()  # account
    BAD_SECOND_FACTOR = enum.auto()
    CODE_REQUIRED = enum.auto()
    NO_SECOND_FACTOR = enum.auto()
    HAS_SECOND_FACTOR = enum.auto()
    NO_ENROLMENT = enum.auto()
    BAD_APP_PASSWORD_NAME = enum.auto()  # name
    NO_APP_PASSWORD = enum.auto()  # name
    TOO_MANY_APP_PASSWORDS = enum.auto()
    NO_TRUSTED_DEVICE = enum.auto()  # id
    BAD_PASSKEY = enum.auto()
    NO_PASSKEY = enum.auto()  # id
    TOO_MANY_PASSKEYS = enum.auto()
    NO_SECURE_PAGE = enum.auto()
    # Registered channels.
    NOT_REGISTERED = enum.auto()  # channel name
    ALREADY_REGISTERED = enum.auto()  # channel name
    NEED_FOUNDER = enum.auto()  # channel name
    TOO_MANY_REGISTERED = enum.auto()
    # Stored messages: unknown and forbidden look the same to users who may not see the message.
    INVALID_TARGET = enum.auto()  # target
    UNKNOWN_MSGID = enum.auto()  # target, msgid
    FORBIDDEN = enum.auto()  # target, msgid
    WINDOW_EXPIRED = enum.auto()  # target, msgid, seconds
    NO_EDIT = enum.auto()  # tag
    NONCE_INVALID = enum.auto()  # target
    NONCE_REUSED = enum.auto()  # target
    BAD_VALUE = enum.auto()  # what is wrong
    NOT_READABLE = enum.auto()
    TOOK_TOO_LONG = enum.auto()
    BUSY = enum.auto()  # the store cannot keep up: why
    NOT_STORED = enum.auto()  # target of the command, or nothing
    OUTCOME_UNKNOWN = enum.auto()  # target of the command, or nothing


class Refused(Exception):
    """Raised by actions; their caller words it."""

    def __init__(self, code: Code, *args: str) -> None:
        super().__init__(code, *args)
        self.code = code
        self.details = args
