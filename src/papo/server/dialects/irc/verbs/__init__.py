"""The commands, one file per family: importing this package fills `verb.VERBS`. A test finds missing files."""

from papo.server.dialects.irc.verbs import (
    account,
    cap,
    channel,
    connection,
    history,
    lists,
    message,
    metadata,
    mode,
    monitor,
    oper,
    person,
    sasl,
    search,
    server,
    services,
    who,
    whois,
)

__all__ = [
    "account", "cap", "channel", "connection", "history", "lists", "message", "metadata", "mode", "monitor", "oper",
    "person", "sasl", "search", "server", "services", "who", "whois",
]  # fmt: skip
