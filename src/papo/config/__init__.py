"""The settings: what there is, how they are read, what is wrong with them. It opens no socket."""

from __future__ import annotations

from papo.config.difference import difference, take_over
from papo.config.errors import ConfigError, StartError
from papo.config.listen import ListenAt
from papo.config.load import Loaded, load, reload
from papo.config.settings import (
    Config,
    History,
    Limits,
    Listen,
    Operator,
    Proxy,
    Rooms,
    Server,
    Tls,
    Web,
    Webirc,
)

__all__ = [
    "Config",
    "ConfigError",
    "History",
    "Limits",
    "Listen",
    "ListenAt",
    "Loaded",
    "Operator",
    "Proxy",
    "Rooms",
    "Server",
    "StartError",
    "Tls",
    "Web",
    "Webirc",
    "difference",
    "load",
    "reload",
    "take_over",
]
