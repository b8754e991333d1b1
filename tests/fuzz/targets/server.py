"""What a stranger sends to the server: each dialect, sign-in, files, backups, settings, pages."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from fake_link import FakeLink
from memory_server import MemoryServer, make_config

from papo.config import Rooms
from papo.config.errors import StartError
from papo.config.load import from_file
from papo.protocol.irc import parse
from papo.server.auth.scram import Scram
from papo.server.backup import tar, unpack
from papo.server.dialects.table import maker
from papo.server.store.salvage import btree
from papo.server.web import page_head
from papo.server.web.sniff import sniff
from papo.server.web.uploads import clean_name
from papo.server.world import masks, names

from .cuts import pieces


class _Errors(logging.Handler):
    """An exception that the server caught and logged is a fault as well."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


@contextlib.contextmanager
def _no_errors() -> Iterator[None]:
    errors, root = _Errors(), logging.getLogger("papo")
    was = root.propagate
    root.addHandler(errors)
    root.propagate = False
    try:
        yield
    finally:
        root.removeHandler(errors)
        root.propagate = was
    assert not errors.found, errors.found


def dialect(scheme: str) -> Callable[[bytes], None]:
    """A connection of this dialect sends anything; a user of the same room gets whole lines of IRC, and goes on."""

    async def run(data: bytes) -> None:
        server = MemoryServer(make_config(rooms=Rooms(permanent=())))
        server.register("ana", "#papo")
        link = FakeLink()
        connection = maker(scheme)(server.chat, link, {"replay": "0"})
        server.run_deferred()
        for piece in pieces(data):
            if link.is_closing:
                break
            connection.receive(piece)
            await asyncio.sleep(0)
            server.run_deferred()
        for _ in range(5):
            await asyncio.sleep(0)
            server.run_deferred()
        connection.lost("")
        server.run_deferred()
        heard = server.received("ana")
        for line in heard:
            assert not set(line) & set("\r\n\0"), line
            found = parse(line)
            assert found is not None, line
            assert found.source, line
        answer = server.ask("ana", "PING fim")
        assert answer, "the other user is not answered any more"
        assert answer[-1].startswith(":papo.test PONG "), answer

    def target(data: bytes) -> None:
        with _no_errors():
            asyncio.run(run(data))

    return target


def irc_registered(data: bytes) -> None:
    """What a member of a room sends."""
    dialect("irc")(b"\xff" * 4 + b"NICK bia\r\nUSER b 0 * :b\r\nJOIN #papo\r\n" + data)


def scram_server(data: bytes) -> None:
    """Both messages of a client: a refusal, never another exception."""
    first, _, final = data.decode("utf-8", "replace").partition("\0")
    exchange = Scram(lambda _: "")
    with contextlib.suppress(ValueError):
        exchange.begin(first)
        assert exchange.finish(final) is None, "proved without a password"


def sasl_line(data: bytes) -> None:
    """AUTHENTICATE with any bytes, in base64 and not."""
    half = len(data) // 2
    lines = [
        b"CAP REQ :sasl\r\nNICK bia\r\nUSER b 0 * :b\r\n",
        *(b"AUTHENTICATE " + name + b"\r\n" for name in (b"PLAIN", b"SCRAM-SHA-256", data[:20].replace(b"\n", b""))),
        b"AUTHENTICATE " + base64.b64encode(data[:half]) + b"\r\n",
        b"AUTHENTICATE " + data[half:].replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
    ]
    dialect("irc")(b"\xff" * 4 + b"".join(lines))


def name(data: bytes) -> None:
    """Nicks, channels, masks: valid ones stay valid when they are folded, and folding is done after one time."""
    word = data.decode("utf-8", "replace")
    folded = names.fold(word)
    assert names.fold(folded) == folded
    if names.valid_nick(word, 64):
        assert not set(word) & set(" ,*?!@:\r\n\0#")
    if names.valid_channel(word, 64):
        assert not set(word) & set(" ,:\r\n\0")
    nick = names.to_nick(word, 32)
    assert names.valid_nick(nick, 32), nick
    user = names.valid_username(word)
    assert not set(user) & set(" !@:\r\n\0")
    assert user
    mask = masks.normalise(word[:200])
    masks.matches(mask, "ana!ana@host.example.org")


def file_head(data: bytes) -> None:
    """The type of a file by its first bytes, and a name that stays in its folder."""
    sniff(data[:512], whole=len(data) <= 512)
    cleaned = clean_name(data.decode("utf-8", "replace"))
    assert cleaned not in {"", ".", ".."}
    assert not set(cleaned) & set('/\\\0:*?"<>|\r\n')
    assert len(cleaned) <= 100


def page(data: bytes) -> None:
    """The head of a page of anybody: a preview of short lines, or none."""
    found = page_head.read("https://example.org/a", "text/html", data)
    if found is not None:
        assert "\n" not in found.title + found.description
        assert len(found.title) <= 300


def settings_file(data: bytes) -> None:
    """A file of settings: values, or StartError, which is a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "papo.toml")
        path.write_bytes(data)
        with contextlib.suppress(StartError):
            from_file(path)


def backup_tar(data: bytes) -> None:
    """The archive in a backup: files by harmless names, or NotTarError."""
    with contextlib.suppress(tar.NotTarError):
        for member in tar.read_files(io.BytesIO(data)):
            assert sum(map(len, member.content)) == member.size >= 0


def backup_file(data: bytes) -> None:
    """A whole backup: what is damaged is refused by a sentence, and nothing is written outside of the folder."""
    with tempfile.TemporaryDirectory() as outside:
        folder = Path(outside, "new")
        folder.mkdir()
        with contextlib.suppress(StartError):
            unpack.extract(io.BytesIO(data), "x.tar.gz", folder)
        assert [path.name for path in Path(outside).iterdir()] == ["new"]


def salvaged_record(data: bytes) -> None:
    """A row of a damaged database: values, or one of the errors that its reader expects."""
    with contextlib.suppress(ValueError, IndexError):
        for value in btree.record(data):
            assert value is None or isinstance(value, int | float | str | bytes)
