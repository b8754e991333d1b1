"""What a user chose in the terminal or in the window, kept in one file of JSON for both."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import unicodedata
from pathlib import Path
from typing import Literal

import msgspec

FILE = "client.json"


class Server(msgspec.Struct, kw_only=True):
    """A server somebody goes to."""

    url: str
    nick: str = ""
    account: str = ""
    rooms: list[str] = []
    """What is open there."""
    muted: list[str] = []
    connects: bool = False
    """At the start, where no other address is given."""


class Settings(msgspec.Struct, kw_only=True):
    """Everything."""

    nick: str = ""
    theme: str = ""
    appearance: Literal["system", "light", "dark"] = "system"
    """Of the window."""
    font_size: int = 0
    """Points, in the window; 0 for the system's."""
    window: list[int] = []
    """Its width and height; nothing for the usual."""
    keywords: list[str] = []
    """Words that count as a mention."""
    notifies: bool = True
    shows_joins: bool = True
    sends_typing: bool = True
    servers: list[Server] = []

    def server(self, url: str) -> Server:
        """What is known of a server, to be changed."""
        for each in self.servers:
            if each.url == url:
                return each
        made = Server(url=url)
        self.servers.append(made)
        return made


def folder() -> Path:
    """Where all this is kept, beside the passwords' keyring."""
    from platformdirs import user_config_path  # noqa: PLC0415 - milliseconds that tests save

    given = os.environ.get("PAPO_CLIENT_FOLDER")
    return Path(given) if given else user_config_path("papo", appauthor=False) / "client"


def read(path: Path) -> Settings:
    """What was chosen; the usual where nothing was, or where the file cannot be read."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((path / FILE).read_bytes(), type=Settings)
    return Settings()


def write(path: Path, settings: Settings) -> None:
    """Keep it; a disk that is full or read-only keeps the old."""
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path / f"{FILE}.{os.getpid()}.new"
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(settings)))
        fresh.replace(path / FILE)


def usual_nick() -> str:
    """The user's name on this machine as a nick; "" where it has none that would do."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
    plain = unicodedata.normalize("NFC", name)
    nick = re.sub(r"[^\w\-\[\]\\`^{}|]", "", plain)[:20]
    return "" if not nick or nick[0].isdigit() or nick in {"root", "Administrator"} else nick
