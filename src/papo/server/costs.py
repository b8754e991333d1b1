"""What the things that clients make the server do cost: one table, which every limiter reads.

The unit is a usual message. A connection may spend `limits.message_burst` at once and `limits.messages_per_s`
afterwards; what it asks for beyond that waits, and no more is read from it. Add a row here, not a limiter elsewhere.
"""

from __future__ import annotations

from papo.server.rate_limit import Rate

USUAL = 1.0
"""A line of IRC or a classroom message that has no row: a verb that nobody knows, too."""

VERBS = {
    "APPPASSWORD": 3.0,
    "AUTHENTICATE": 0.5,
    "BATCH": 0.5,
    "CAP": 0.5,
    "CHATHISTORY": 0.5,
    "EMAIL": 3.0,
    "INVITE": 2.0,
    "KNOCK": 3.0,
    "LIST": 4.0,
    "MARKREAD": 0.5,
    "METADATA": 0.5,
    "MODE": 0.5,
    "MONITOR": 0.5,
    "NAMES": 0.5,
    "NICK": 2.0,
    "OPER": 5.0,
    "PASSKEY": 1.0,
    "PASSWD": 3.0,
    "PING": 0.5,
    "PONG": 0.1,
    "REGISTER": 5.0,
    "SEARCH": 3.0,
    "SECONDFACTOR": 3.0,
    "SESSIONS": 2.0,
    "STATS": 2.0,
    "TAGMSG": 0.5,
    "TOKEN": 2.0,
    "USERQUERY": 0.5,
    "VERIFY": 3.0,
}
"""A line with this verb."""
MORE_TARGETS = {"JOIN": 0.1, "PART": 0.1, "KICK": 0.5, "PRIVMSG": 0.5, "NOTICE": 0.5, "TAGMSG": 0.25, "NAMES": 0.25}
"""Each further target of a line with this verb."""
BATCH_LINE = 0.1
"""A line of a message of many lines."""
BLANK_LINES = 64
"""So many empty lines are a usual message; they are charged together."""
MESSAGE_BYTES = 400
"""A classroom message of so many bytes becomes two, and so on."""

ANSWER_BYTES = 65_536
"""So many bytes of answers are a usual message; they are charged when the next request comes."""
ROWS = 200
"""So many users, channels or entries that an answer looks at are a usual message, shown or not."""
DEAREST_ANSWER = 10.0
"""The most that one answer is charged: whoever lists a large network is not silenced for a minute."""

FRAME = 1.0
"""A WebSocket frame that is no message: ping, pong, fragment, close, an empty message."""
FRAMES = Rate(per_s=20, burst=200)
"""What a connection may spend on those; with more it is closed (1008)."""

TURN = 2.0
"""What a connection may spend before others have their turn, whatever it has saved up."""
ROWS_PER_TURN = 100
"""Rows of a long answer that are looked at before others have their turn."""
JOINS_PER_TURN = 10
"""Channels of one JOIN that are joined before others have their turn."""
PIECE_BYTES = 4_096
"""Bytes of one connection that are handed to its dialect before others have their turn; a multiple of every
`protocol.dialects.Dialect.recv_bytes`."""
LINGER_BYTES = 262_144
"""What a peer may still send after we have closed; with more it is cut off."""

HTTP_REQUEST = 1.0
"""An HTTP request whose route has no row, in requests: `limits.http_burst` and `limits.http_per_s` of an address."""
HTTP_ROUTES = {
    ("POST", "/f"): 10.0,
    ("GET", "/api/preview"): 5.0,
    ("GET", "/metrics"): 5.0,
    ("GET", "/qr"): 15.0,
}
"""A request of this method and route."""
HTTP_REFUSED = 4.0
"""Besides, a request that is refused (400 to 499): a program that guesses or floods, not a page that is read."""
