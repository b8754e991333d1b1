"""What is done on a schedule.

Every half minute the clock, the space of the disk and the place of the database are reviewed; every ten minutes old
history and old uploads are deleted, and always-on users expire; every week all that is stored is read once, to find
damage.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from papo.protocol.times import DAY_MS
from papo.server.actions import always_on, clock, history, lifecycle, space, storing, uploads
from papo.server.actions.accounts import scram_keys
from papo.server.actions.channels import invitations
from papo.server.world.nonce import KEPT_S

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.web.site import Site

log = logging.getLogger(__name__)

SCRUB_AFTER_S = 60.0
"""After the start: clients connect first."""
REVIEW_INTERVAL_S = 30.0
PRUNE_INTERVAL_S = 600.0
BATCH = 50
"""Events deleted in one transaction: 30 ms, most of them in the full-text index."""
PAUSE_S = 0.05
"""Between two batches, so that messages are committed in between."""


async def run_for_ever(chat: Chat, site: Site | None) -> None:
    """`site` is None if nothing listens for HTTP."""
    while True:
        if not chat.store.failed:
            await run_once(chat, site)
        await asyncio.sleep(PRUNE_INTERVAL_S)


async def run_once(chat: Chat, site: Site | None) -> None:
    """All that is due every ten minutes; what fails keeps nothing else from being done, now or later."""
    jobs = [
        prune(chat),
        _remove_dead_links(chat),
        uploads.remove_unlinked(chat),
        _expire_always_on(chat),
        scram_keys.remove_unwanted(chat),
    ]
    if site is not None:
        jobs.append(site.prune())
    for job in jobs:
        try:
            await job
        except Exception:
            log.exception("a part of the upkeep failed; it is tried again later")


async def review_for_ever(chat: Chat) -> None:
    """What may go wrong around the server."""
    while True:
        try:
            chat.store.check_files()
            if chat.store.failed:
                storing.review(chat)
            else:
                clock.review(chat)
            space.review(chat)
        except Exception:  # a review that fails is not the last one
            log.exception("the clock and the disk's space were not reviewed")
        await asyncio.sleep(REVIEW_INTERVAL_S)


async def scrub_for_ever(chat: Chat) -> None:
    """Read everything after the start, and then every `history.check_days`."""
    await asyncio.sleep(SCRUB_AFTER_S)
    while True:
        try:
            if chat.config.history.check_days and not chat.store.failed:
                await scrub(chat)
        except Exception:
            log.exception("not all that is stored was read; it is tried again later")
        await asyncio.sleep(max(1, chat.config.history.check_days) * DAY_MS / 1000)


async def scrub(chat: Chat) -> None:
    """Read everything that is stored; of damage the store tells everybody who has to know."""
    if await chat.store.scrub() == []:
        log.info("all that is stored was read: no damage")


async def _expire_always_on(chat: Chat) -> None:
    for user in always_on.expired(chat):
        always_on.release(chat, user)
        lifecycle.quit_user(chat, user, "Always on, and not seen for too long")


async def _remove_dead_links(chat: Chat) -> None:
    invitations.remove_dead(chat, tuple(chat.world.registry.invitations.values()))


async def prune(chat: Chat) -> None:
    """Delete history that is older than the server, or its channel, keeps it, by the believed time."""
    now_ms = chat.clock.believed_ms
    days = chat.config.history.keep_days
    if days:
        await _prune(chat, now_ms - days * DAY_MS)
    for record in tuple(chat.world.registry.channels.values()):
        channel = chat.world.channels.get(record.key)
        before_ms = 0 if channel is None else history.kept_since(chat, channel, now_ms)
        if before_ms:
            await _prune(chat, before_ms, record.key)
    await _prune_nonces(chat, now_ms - KEPT_S * 1000)
    while await chat.store.vacuum():
        await asyncio.sleep(PAUSE_S)


async def _prune_nonces(chat: Chat, before_ms: int) -> None:
    while await chat.store.prune_nonces(before_ms, BATCH, chat.now_ms()):
        await asyncio.sleep(PAUSE_S)
    chat.nonces.forget(before_ms)


async def _prune(chat: Chat, before_ms: int, conversation: str = "") -> None:
    while await chat.store.prune(before_ms, BATCH, conversation, chat.now_ms()):
        await asyncio.sleep(PAUSE_S)
