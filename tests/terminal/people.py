"""Somebody with an IRC program, for the time of a `with`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from running import Client


@contextlib.contextmanager
def person(port: int, nick: str, room: str = "") -> Iterator[Client]:
    """Connected, and in a room where one is named."""
    client = Client(port)
    with client.socket:
        client.register(nick)
        if room:
            client.send(f"JOIN {room}")
            client.until(" 366 ")
        yield client
