"""The settings: their definition, reading and checking. Nothing here opens a socket."""

from __future__ import annotations

from papo.config.difference import apply_reloadable, difference
from papo.config.errors import ConfigError, DamagedError, DiskFailedError, StartError
from papo.config.limits import Limits
from papo.config.listen import ListenAt
from papo.config.load import Loaded, load, reload
from papo.config.settings import (
    Accounts,
    Backup,
    Config,
    History,
    Issuer,
    Listen,
    Mail,
    Operator,
    Privacy,
    Proxy,
    Role,
    Rooms,
    Server,
    Tls,
    Web,
    Webirc,
)

__all__ = [
    "Accounts",
    "Backup",
    "Config",
    "ConfigError",
    "DamagedError",
    "DiskFailedError",
    "History",
    "Issuer",
    "Limits",
    "Listen",
    "ListenAt",
    "Loaded",
    "Mail",
    "Operator",
    "Privacy",
    "Proxy",
    "Role",
    "Rooms",
    "Server",
    "StartError",
    "Tls",
    "Web",
    "Webirc",
    "apply_reloadable",
    "difference",
    "load",
    "reload",
]
