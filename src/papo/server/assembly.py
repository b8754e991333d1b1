"""A chat put together from its store and its secrets: for the server, and for the command line while it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
from pathlib import Path
from typing import TYPE_CHECKING

from papo.config import Loaded, StartError
from papo.server.actions import administer
from papo.server.delivery.chat import Chat
from papo.server.dialects.irc.refusals import WORDS
from papo.server.net.link import Outbox
from papo.server.store.sqlite import SqliteStore
from papo.server.world.errors import Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.config import Config

SECRET_BYTES = 32


def make_chat(config: Config, store: SqliteStore, outbox: Outbox, folder: Path) -> Chat:
    """The chat on a store, with everything the store knows."""
    chat = Chat(config, store, outbox, asyncio.get_running_loop().call_soon, latest_ms=store.latest_ms())
    secret = _secret(folder)
    chat.cloak_secret = hmac.digest(secret, b"cloak", "sha256")
    chat.token_secret = hmac.digest(secret, b"token", "sha256")
    if config.issuers:
        from papo.server.auth.bearer import Bearer, Issuer  # noqa: PLC0415 -- 50 ms that most servers save

        chat.bearer = Bearer(
            [Issuer(each.url, each.audience, each.keys_url, each.name_claim, each.keys_file) for each in config.issuers]
        )
    for record in store.load_records():
        chat.restore(record)
    for identity, target, read_at_ms in store.load_markers():
        chat.world.marks.setdefault(identity, {})[fold(target)] = read_at_ms
    return chat


def _secret(folder: Path) -> bytes:
    """32 bytes of this server's own, made at its first start; whole or not there, whenever the power goes."""
    path = folder / "secret"
    with contextlib.suppress(FileNotFoundError):
        secret = path.read_bytes()
        if len(secret) == SECRET_BYTES:
            return secret
    secret = os.urandom(SECRET_BYTES)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return secret


async def answer(chat: Chat, order: administer.Order) -> dict[str, object]:
    """What `papo account` is told: sentences, and the refusal if there is one."""
    try:
        administer.check_password(order)
        said = await administer.carry_out(chat, order)
    except Refused as refused:
        return {"said": [], "refused": (WORDS[refused.code][2], refused.details)}
    return {"said": said, "refused": None}


class Offline:
    """The chat of a stopped server, for the command line."""

    def __init__(self, loaded: Loaded, folder: Path) -> None:
        loop = asyncio.get_running_loop()
        try:
            self.store = SqliteStore(folder / "papo.db", on_soon=loop.call_soon_threadsafe)
        except ValueError as error:
            raise StartError(str(error)) from None
        self.chat = make_chat(loaded.config, self.store, Outbox(loop.call_soon), folder)

    async def answer(self, order: administer.Order) -> dict[str, object]:
        """As the running server."""
        return await answer(self.chat, order)

    async def close(self) -> None:
        """Let the files go."""
        await self.chat.journal.settled()
        await self.store.close()
