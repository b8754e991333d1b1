"""The commands, one file per family. Importing this package fills `verb.VERBS`; a test fails where a file is missing."""

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
