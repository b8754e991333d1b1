"""A chat put together from its ports: for the server, and for the command line while the server is stopped.

This file alone names what is behind the ports: SQLite, a folder of uploads, a folder of secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from papo.config import DamagedError, DiskFailedError, Loaded, StartError
from papo.server.actions import clock
from papo.server.actions.accounts import administer
from papo.server.actions.actor import of_server
from papo.server.backup import stage
from papo.server.backup.names import DATABASE
from papo.server.backup.stage import UPLOADS, Staged
from papo.server.delivery.chat import Chat
from papo.server.delivery.ports import Files, Secrets, Store
from papo.server.dialects.irc.refusals import WORDS
from papo.server.net.link import WriteQueue
from papo.server.store.database_copy import Examined, copy_stopped, examine
from papo.server.store.disk_errors import DiskFailed
from papo.server.store.file_folder import FileFolder, link_uploads
from papo.server.store.preflight import Damaged, refuse_what_is_missing
from papo.server.store.secret_folder import SecretFolder, copy_secrets
from papo.server.store.sqlite import SqliteStore
from papo.server.world.errors import Refused
from papo.server.world.snapshot import from_disk

if TYPE_CHECKING:
    from papo.config import Config


START_ERRORS: dict[type[ValueError], type[StartError]] = {Damaged: DamagedError, DiskFailed: DiskFailedError}
"""What the store says to the error that a supervisor knows by its exit code."""


class Ports(NamedTuple):
    """All that outlives the server."""

    store: Store
    files: Files
    secrets: Secrets


async def open_ports(config: Config, folder: Path, *, new: bool = False) -> Ports:
    """The ports on a data folder that is locked.

    `new`: a database or a secret that is missing from a folder which was used is made. Raises StartError, DamagedError.
    """
    store = None
    try:
        if not new:
            refuse_what_is_missing(folder)
        store = SqliteStore(
            folder / DATABASE,
            durability=config.history.durability,
            on_soon=asyncio.get_running_loop().call_soon_threadsafe,
        )
        secrets = SecretFolder(folder, new=new or store.writer.is_unused)
    except ValueError as error:
        if store is not None:
            await store.close()
        kind = next((kind for cause, kind in START_ERRORS.items() if isinstance(error, cause)), StartError)
        raise kind(str(error)) from None
    return Ports(store, FileFolder(folder / UPLOADS), secrets)


async def make_chat(config: Config, ports: Ports, write_queue: WriteQueue) -> Chat:
    """The chat on its ports, with everything the store holds. Raises DamagedError."""
    try:
        return await _make_chat(config, ports, write_queue)
    except Damaged as error:
        raise DamagedError(str(error)) from None


async def _make_chat(config: Config, ports: Ports, write_queue: WriteQueue) -> Chat:
    store = ports.store
    chat = Chat(config, store, write_queue, asyncio.get_running_loop().call_soon, latest_ms=await store.latest_ms())
    chat.files = ports.files
    chat.cloak_secret = ports.secrets.key("cloak")
    chat.token_secret = ports.secrets.key("token")
    chat.scram_decoys.secret = ports.secrets.key("scram decoys")
    chat.network_secret = ports.secrets.key("network")
    if config.issuers:
        from papo.server.auth.bearer import Bearer, Issuer  # noqa: PLC0415 -- 50 ms, only with identity providers

        chat.bearer = Bearer(
            [Issuer(row.url, row.audience, row.keys_url, row.name_claim, row.keys_file) for row in config.issuers]
        )
    for event in from_disk(await store.records(), await store.markers()):
        chat.world.apply(event)
    for key, at_ms in await store.nonces():
        chat.nonces.add(key, at_ms)
    if "" in chat.world.registry.clock:
        chat.clock.believe(chat.world.registry.clock[""].believed_ms)
    return chat


async def answer(chat: Chat, request: administer.AdminRequest) -> dict[str, object]:
    """The answer to `papo account` or `papo clock`: sentences, and the refusal if there is one."""
    try:
        if request.action in clock.ACTIONS:
            sentences = await clock.ACTIONS[request.action](chat, of_server(chat))
        else:
            sentences = await administer.execute(chat, of_server(chat), request)
    except Refused as refused:
        return {"said": [], "refused": (WORDS[refused.code][2], refused.details)}
    return {"said": sentences, "refused": None}


async def answer_stopped(loaded: Loaded, folder: Path, request: administer.AdminRequest) -> dict[str, object]:
    """As `answer`, on the data folder of a server that does not run. Raises StartError."""
    async with open_chat(loaded, folder) as chat:
        return await answer(chat, request)


@contextlib.asynccontextmanager
async def open_chat(loaded: Loaded, folder: Path) -> AsyncIterator[Chat]:
    """The chat of a server that does not run, on its data folder. Raises StartError."""
    ports = await open_ports(loaded.config, folder)
    try:
        chat = await make_chat(loaded.config, ports, WriteQueue(asyncio.get_running_loop().call_soon))
        yield chat
        await chat.journal.store_owed()
    finally:
        await ports.store.close()


# --- backups


def stage_stopped(loaded: Loaded, folder: Path) -> Staged:
    """Fill the folder of a backup from the data folder of a server that does not run. Raises StartError, OSError."""
    stage.discard(folder)
    staged = folder / stage.FOLDER
    staged.mkdir(mode=0o700)
    try:
        copy_stopped(folder / DATABASE, staged / DATABASE)
    except ValueError as error:
        raise StartError(str(error)) from None
    link_uploads(folder / UPLOADS, staged / UPLOADS)
    copy_secrets(folder, staged)
    return stage.with_settings(staged, folder, loaded, time.time())


def examine_database(path: Path) -> Examined:
    """Check every page of a database that nobody uses, and count. Raises StartError."""
    try:
        return examine(path)
    except ValueError as error:
        raise StartError(str(error)) from None


async def try_to_open(config: Config, folder: Path) -> None:
    """Open a data folder as a server does, which changes it. Raises StartError."""
    ports = await open_ports(config, folder)
    try:
        await make_chat(config, ports, WriteQueue(asyncio.get_running_loop().call_soon))
    finally:
        await ports.store.close()
