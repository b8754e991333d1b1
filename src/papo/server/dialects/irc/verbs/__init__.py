"""The commands of IRC clients, one file for each family. Importing this package fills `verb.VERBS`."""

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
