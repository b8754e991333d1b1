"""The user's settings, in one JSON file for the terminal and the window."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import Literal

import msgspec

from papo.private_file import make_folder, replacing

FILE = "client.json"


class Server(msgspec.Struct, kw_only=True):
    """A server that the user has connected to."""

    url: str
    nick: str = ""
    account: str = ""
    rooms: list[str] = []
    """Conversations that are open there."""
    muted: list[str] = []
    """Keys of its buffers whose notifications are off."""
    connects: bool = False
    """Whether to connect at the start, if no other address is given."""
    device: str = ""
    """What this program calls itself there (`Identity.device`)."""

    def device_name(self) -> str:
        """The same each time, made up the first time."""
        self.device = self.device or f"papo-{secrets.token_hex(8)}"
        return self.device


class Settings(msgspec.Struct, kw_only=True):
    """All of them; the defaults until the user changes them."""

    nick: str = ""
    theme: str = ""
    appearance: Literal["system", "light", "dark"] = "system"
    """Of the window; the terminal has its own colours."""
    font_size: int = 0
    """In the window, in points; 0 for the system's."""
    window: list[int] = []
    """Width and height in pixels; empty for the default."""
    keywords: list[str] = []
    """Words that count as a mention."""
    notifies: bool = True
    shows_joins: bool = True
    sends_typing: bool = True
    servers: list[Server] = []

    def server(self, url: str) -> Server:
        """The settings of a server, added if there are none."""
        for each in self.servers:
            if each.url == url:
                return each
        made = Server(url=url)
        self.servers.append(made)
        return made


def folder() -> Path:
    """The folder of the settings, the outbox and the certificate pins."""
    from platformdirs import user_config_path  # noqa: PLC0415 - milliseconds that tests save

    given = os.environ.get("PAPO_CLIENT_FOLDER")
    return Path(given) if given else user_config_path("papo", appauthor=False) / "client"


def read(path: Path) -> Settings:
    """The settings in a folder; the defaults if there are none or the file cannot be read."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((path / FILE).read_bytes(), type=Settings)
    return Settings()


def write(path: Path, settings: Settings) -> None:
    """Write the settings; a full or read-only disk keeps the old ones."""
    with contextlib.suppress(OSError):
        make_folder(path)
        with replacing(path / FILE) as file:
            file.write(msgspec.json.format(msgspec.json.encode(settings)))


def default_nick() -> str:
    """The login name on this machine as a nick; "" if it cannot be one."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
    plain = unicodedata.normalize("NFC", name)
    nick = re.sub(r"[^\w\-\[\]\\`^{}|]", "", plain)[:20]
    return "" if not nick or nick[0].isdigit() or nick in {"root", "Administrator"} else nick
