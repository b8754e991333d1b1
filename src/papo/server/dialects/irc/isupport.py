"""What the server supports (005), and the fixed lines of the registration burst: made once, again after a reload.

Source: modern.ircdocs.horse "RPL_ISUPPORT Parameters"; at most 13 tokens a line.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from papo import __version__, case_mapping
from papo.protocol import numerics as n
from papo.server.dialects.irc.motd import motd_lines
from papo.server.world.modes import (
    CHANNEL_FLAGS,
    KEY_MODES,
    LIST_MODES,
    PARAMETER_MODES,
    PREFIX_MODES,
    PREFIXES,
    USER_MODES,
)

if TYPE_CHECKING:
    from papo.config import Config
    from papo.server.delivery.chat import Chat

TOKENS_PER_LINE = 13


def tokens(config: Config, web_address: str = "") -> list[str]:
    """`NAME=value` or `NAME`, in order; `web_address` is the URL of the web client, "" if there is none."""
    limits = config.limits
    lists = f"{LIST_MODES}:{limits.list_entries}"
    targets = f"{limits.targets}"
    accounts = config.accounts
    takes_files = bool(web_address) and config.uploads.who != "nobody"
    optional = [
        *([f"CLIENTTAGDENY={','.join(limits.client_tags_denied)}"] if limits.client_tags_denied else []),
        *(["draft/ACCOUNTREQUIRED"] if accounts.required else []),
        *([f"draft/FILEHOST={web_address}/f", f"soju.im/FILEHOST={web_address}/f"] if takes_files else []),
        *([f"draft/ICON={escaped(config.server.icon)}"] if config.server.icon else []),
        f"papo/ROOM={escaped(config.rooms.default)}",  # what Papo's own clients join first
    ]
    return [
        "ACCOUNTEXTBAN=a",
        f"AWAYLEN={limits.away_length}",
        "BOT=B",
        "CASEMAPPING=ascii",
        f"CHANLIMIT=#:{limits.channels_per_user}",
        f"CHANMODES={LIST_MODES},{KEY_MODES},{PARAMETER_MODES},{''.join(sorted(CHANNEL_FLAGS))}",
        f"CHANNELLEN={limits.channel_length}",
        "CHANTYPES=#",
        f"CHATHISTORY={config.history.page_max}",
        "ELIST=CMNTU",
        "EXCEPTS=e",
        "EXTBAN=,am",
        "FORWARD=f",
        "HOSTLEN=64",
        "INVEX=I",
        f"KEYLEN={limits.key_length}",
        f"KICKLEN={limits.kick_length}",
        f"LINELEN={limits.line_bytes}",
        f"MAXLIST={lists}",
        f"MAXTARGETS={targets}",
        "MODES=20",
        f"MONITOR={limits.monitor}",
        "MSGREFTYPES=msgid,timestamp",
        f"NAMELEN={limits.realname_length}",
        f"NETWORK={escaped(config.server.network)}",
        f"NICKLEN={limits.nick_length}",
        f"PREFIX=({PREFIX_MODES}){PREFIXES}",
        "SAFELIST",
        "SAFERATE",
        f"STATUSMSG={PREFIXES}",
        f"TARGMAX=JOIN:,PART:,KICK:{targets},LIST:,NAMES:{targets},NOTICE:{targets},PRIVMSG:{targets},TAGMSG:{targets},WHOIS:1",
        f"TOPICLEN={limits.topic_length}",
        "USERLEN=18",
        f"UTF8MAPPING={case_mapping.OURS}",
        "UTF8ONLY",
        "WHOX",
        "draft/AUTHTOKEN",
        f"draft/CHATHISTORY={config.history.page_max}",
        *optional,
    ]


def escaped(value: str) -> str:
    """A value for 005: without a space, and without a second `=`, at which some clients cut."""
    return value.replace("\\", "\\x5C").replace(" ", "\\x20").replace("=", "\\x3D")


class Texts(NamedTuple):
    """Lines without source, with NUL in place of the nick."""

    head: tuple[str, ...]
    """002 to 004."""
    isupport: tuple[str, ...]
    motd: tuple[str, ...]


_made: WeakKeyDictionary[Chat, tuple[Config, Texts]] = WeakKeyDictionary()


def texts(chat: Chat) -> Texts:
    """The texts for the settings in force."""
    made = _made.get(chat)
    if made is None or made[0] is not chat.config:
        made = _made[chat] = (chat.config, _make(chat))
    return made[1]


MODE_LETTERS = (
    "".join(sorted(USER_MODES)),
    "".join(sorted(LIST_MODES + KEY_MODES + PARAMETER_MODES + "".join(CHANNEL_FLAGS) + PREFIX_MODES)),
    "".join(sorted(LIST_MODES + KEY_MODES + PARAMETER_MODES + PREFIX_MODES)),
)
"""(user modes, channel modes, channel modes with a parameter), for 004."""


def _make(chat: Chat) -> Texts:
    server = chat.config.server
    created = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(chat.started_at_ms // 1000))
    every = tokens(chat.config, chat.web_address)
    lines = tuple(
        f"{n.RPL_ISUPPORT} \0 {' '.join(every[at : at + TOKENS_PER_LINE])} :are supported by this server"
        for at in range(0, len(every), TOKENS_PER_LINE)
    )
    head = (
        f"{n.RPL_YOURHOST} \0 :Your host is {server.name}, running papo-{__version__}",
        f"{n.RPL_CREATED} \0 :This server was started {created}",
        f"{n.RPL_MYINFO} \0 {server.name} papo-{__version__} {' '.join(MODE_LETTERS)}",
    )
    return Texts(head, lines, motd_lines(chat.config))
