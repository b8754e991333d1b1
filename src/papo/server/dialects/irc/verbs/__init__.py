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
    passkey,
    sasl,
    search,
    second_factor,
    server,
    services,
    sessions,
    users,
    who,
    whois,
)

__all__ = [
    "account", "cap", "channel", "connection", "history", "lists", "message", "metadata", "mode", "monitor", "oper",
    "passkey", "sasl", "search", "second_factor", "server", "services", "sessions", "users", "who", "whois",
]  # fmt: skip
