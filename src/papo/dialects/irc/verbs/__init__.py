"""The commands, one file per family: importing this package fills `verb.VERBS`. A test finds missing files."""

from papo.dialects.irc.verbs import (
    cap,
    channel,
    connection,
    history,
    lists,
    message,
    mode,
    monitor,
    oper,
    person,
    server,
    who,
    whois,
)

__all__ = [
    "cap", "channel", "connection", "history", "lists", "message", "mode", "monitor", "oper", "person", "server",
    "who", "whois",
]  # fmt: skip
