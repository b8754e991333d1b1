"""Files over HTTP (soju.im/FILEHOST): who can write in a conversation can upload, who can read it can download."""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime as dt
import logging
import re
import secrets
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from aiohttp import web

from papo.free_space import NO_SPACE
from papo.i18n import N_
from papo.server.actions import history
from papo.server.actions.accounts import authentication
from papo.server.auth.throttle import network_of
from papo.server.delivery.ports import UploadedFile
from papo.server.web.images import BadPicture
from papo.server.web.pages import index
from papo.server.web.sanitize import UnsupportedType, sanitize
from papo.server.web.site import Route, Site
from papo.server.web.sniff import INLINE, TEXT
from papo.server.world.errors import Code, Refused
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import is_channel, visible
from papo.server.world.permissions import check_speak

if TYPE_CHECKING:
    from papo.server.delivery.ports import Upload
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

log = logging.getLogger(__name__)

SERVICE = "FILEHOST"
CHUNK_BYTES = 1 << 18
STALL_S = 30.0
NAME_LENGTH = 100
UNSUPPORTED = N_("Files of this type are not accepted: only pictures, audio, video, PDF, zip and text")
NO_ROOM = N_("The server has no room for files at the moment")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


# --- uploading


async def options(site: Site, request: web.Request) -> web.StreamResponse:
    """`OPTIONS /f`: what may be uploaded."""
    limit = site.chat.config.uploads.max_bytes
    return web.Response(
        status=204, headers={"Allow": "OPTIONS, POST", "Accept-Post": "*/*", "Upload-Limit": f"maxsize={limit}"}
    )


async def upload(site: Site, request: web.Request) -> web.StreamResponse:
    """`POST /f`: the body is one file; the response's Location is its address."""
    found = await _sender(site, request)
    if found is None:
        return _unauthorized(site, request, N_("Sign in to send files"))
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        # aiohttp would decompress it, but Content-Length, which the limits go by, counts the compressed bytes.
        raise web.HTTPUnsupportedMediaType(text=UNSUPPORTED)
    user, identity, scope = found
    payer = identity if identity[:1] != "~" else f"ip {network_of(site.address(request))}"
    _check_rate(site, payer)
    _check_allowed(site, identity)
    conversation, history_scope = _place(site, user, scope, secure=site.is_secure(request))
    settings = site.chat.config.uploads
    size = request.content_length
    if size == 0:
        raise web.HTTPBadRequest(text=N_("The file is empty"))
    if size is not None and size > settings.max_bytes:
        raise web.HTTPRequestEntityTooLarge(settings.max_bytes, size, text=N_("The file is too large"))
    file = UploadedFile(
        id=new_id(site.chat.now_ms()),
        name=file_name(request),
        type="",
        bytes=0,
        by=identity,
        payer=payer,
        conversation=conversation,
        history_scope=history_scope,
        at_ms=site.chat.now_ms(),
    )
    file = await _store(site, request, file, size)
    base = site.chat.config.web.public_url or site.origin(request)
    url = f"{base}/f/{file.id}/{quote(file.name)}"
    answer = {"url": url, "name": file.name, "type": file.type, "bytes": file.bytes}
    if file.width:
        answer |= {"width": file.width, "height": file.height, "thumb": f"{url}?thumb=1"}
    return web.json_response(answer, status=201, headers={"Location": url, "Cache-Control": "no-store"})


def _unauthorized(site: Site, request: web.Request, reason: str) -> web.StreamResponse:
    """401, with the ways to sign in (RFC 9110, section 11.6.1)."""
    response = site.refusal(request, 401, reason)
    schemes = "Bearer"
    if request.method == "POST" and not request.headers.get("Authorization", "").lower().startswith("bearer"):
        schemes += ', Basic realm="Papo", charset="UTF-8"'  # for IRC clients; browsers would open a dialog for it
    response.headers["WWW-Authenticate"] = schemes
    return response


async def _sender(site: Site, request: web.Request) -> tuple[User | None, str, str] | None:
    """(user, identity, conversation of the token); None if the request is not signed in.

    The user is None for an account that signs in with its password.
    """
    found = site.user(request, SERVICE)
    if found is not None:
        return found[0], found[0].identity, found[1]
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        account = await authentication.by_password(site.chat, name, password, site.address(request))
    except (binascii.Error, UnicodeDecodeError, Refused):
        return None
    return None, account.id, ""


def _check_rate(site: Site, payer: str) -> None:
    """Count the attempt, before anything is received."""
    config = site.chat.config
    if config.limits.enabled and not site.upload_rates.allows_attempt(
        payer, config.uploads.attempts_per_10min, site.chat.monotonic_s()
    ):
        raise web.HTTPTooManyRequests(text=N_("You send files too often; wait some minutes"))


def _check_allowed(site: Site, identity: str) -> None:
    config = site.chat.config
    who = config.uploads.who
    if who == "auto":
        who = "everyone" if config.listen.lan else "accounts"
    if who == "nobody":
        raise web.HTTPForbidden(text=N_("This server does not accept files"))
    if who == "accounts" and identity[:1] == "~":
        raise web.HTTPForbidden(text=N_("Only users with an account can send files here: register your nick first"))


def _place(site: Site, user: User | None, scope: str, *, secure: bool) -> tuple[str, int]:
    """(conversation, history scope) that the file belongs to; ("", 0) for none."""
    if not scope or user is None:
        return "", 0
    try:
        page = history.view(site.chat, user, scope, 1, everything=False)
        if not is_channel(scope):
            return page.conversation, 0
        channel = site.chat.world.channels[page.conversation]
        check_speak(channel, user)
        if "z" in channel.modes and not secure:
            raise Refused(Code.NEED_SECURE, channel.name)
    except Refused:
        raise web.HTTPForbidden(text=N_("You cannot write there")) from None
    return page.conversation, channel.history_scope


async def _store(site: Site, request: web.Request, file: UploadedFile, size: int | None) -> UploadedFile:
    """Receive the body, sanitize it and keep it; returns what is known of the file then."""
    files, quota = site.files, site.quota
    settings = site.chat.config.uploads
    expected = size if size is not None else settings.max_bytes
    if site.chat.store.failed:
        raise web.HTTPServiceUnavailable(text=N_("The server's disk has failed: files can be read, none can be sent"))
    try:
        if await files.free_bytes() - expected < settings.keep_free_bytes:
            raise web.HTTPInsufficientStorage(text=NO_ROOM)
        await quota.load(file.at_ms)
        upload = await files.begin()
    except OSError as error:
        raise not_kept(error) from None
    done = False
    reserved = quota.reserve(file.payer, expected, file.at_ms, settings.day_bytes)
    try:
        if not reserved:
            raise web.HTTPTooManyRequests(text=N_("You have reached the daily limit for files; try again tomorrow"))
        await _receive(request, upload, settings.max_bytes)
        file = await sanitize(upload, file, lambda pixels: _charge_pixels(site, file.payer, pixels))
        await files.keep(upload, file)
        done = True
    except (UnsupportedType, BadPicture):
        raise web.HTTPUnsupportedMediaType(text=UNSUPPORTED) from None
    except ConnectionError:  # the client's, not the disk's
        raise
    except OSError as error:
        raise not_kept(error) from None
    finally:
        if reserved:
            quota.charge(file.payer, expected, file.bytes if done else 0, file.at_ms)
        if not done:
            await asyncio.shield(asyncio.to_thread(upload.discard))
    return file


def _charge_pixels(site: Site, payer: str, pixels: int) -> None:
    """Count pixels that are about to be decoded."""
    config = site.chat.config
    if config.limits.enabled and not site.upload_rates.allows_pixels(
        payer, pixels, config.uploads.pixels_per_10min, site.chat.monotonic_s()
    ):
        reason = N_("You send pictures faster than the server can check them; wait some minutes")
        raise web.HTTPTooManyRequests(text=reason)


def not_kept(error: OSError) -> web.HTTPException:
    """What to answer when the disk does not take a file."""
    if error.errno in NO_SPACE:
        return web.HTTPInsufficientStorage(text=NO_ROOM)
    log.error("a file was not kept: %s", error)
    return web.HTTPServiceUnavailable(text=N_("The server could not keep the file; try again later"))


async def _receive(request: web.Request, upload: Upload, limit: int) -> None:
    waiting = bytearray()
    while True:
        try:
            data = await asyncio.wait_for(request.content.readany(), STALL_S)
        except TimeoutError:
            raise web.HTTPRequestTimeout(text=N_("The upload stalled for too long")) from None
        waiting += data
        if upload.size + len(waiting) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, limit + 1, text=N_("The file is too large"))
        if len(waiting) >= CHUNK_BYTES or (not data and waiting):
            await asyncio.to_thread(upload.write, bytes(waiting))
            waiting.clear()
        if not data:
            break
    if not upload.size:
        raise web.HTTPBadRequest(text=N_("The file is empty"))


def file_name(request: web.Request) -> str:
    """The name that the sender gives the file (RFC 6266), cleaned."""
    header = request.headers.get("Content-Disposition", "")
    extended = re.search(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", header, re.IGNORECASE)
    plain = re.search(r'filename\s*=\s*(?:"([^"]*)"|([^;\s]+))', header, re.IGNORECASE)
    if extended:
        return clean_name(unquote(extended[1], errors="replace"))
    return clean_name((plain[1] or plain[2] or "") if plain else request.query.get("name", ""))


def clean_name(name: str) -> str:
    """A base name without characters that are special to a file system or change text direction; never empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = visible(_UNSAFE.sub("_", name)).strip(" .")
    if len(name) > NAME_LENGTH:
        stem, dot, end = name.rpartition(".")
        end = end[:10] if dot else ""
        name = (stem or name)[: NAME_LENGTH - len(end) - 1] + (f".{end}" if end else "")
    return name.strip(" .") or "file"


def new_id(at_ms: int) -> str:
    """A file's id: the day (UTC), and 128 random bits."""
    return f"{dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC):%Y%m%d}{secrets.token_urlsafe(16)}"


# --- downloading


async def download(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /f/ID/NAME`: the file, for those who can read its conversation; `?thumb=1`: its thumbnail."""
    files = site.files
    found = site.user(request, SERVICE)
    file = await files.find(request.match_info["id"])
    if file is None or not await may_read(site, file, found[0] if found else None, secure=site.is_secure(request)):
        if found is None:
            if "text/html" in request.headers.get("Accept", ""):
                return await index(site, request)  # a followed link: the client signs in and downloads it
            return _unauthorized(site, request, N_("Only people who can read the conversation can read this file"))
        raise web.HTTPNotFound(text=N_("This file does not exist, or you cannot read it"))
    thumb = "thumb" in request.query
    path = await files.path(file, thumb=thumb)
    if path is None:
        raise web.HTTPNotFound(text=N_("This file does not exist, or you cannot read it"))
    kind = "image/webp" if thumb else file.type
    shown = "inline" if kind in INLINE else "attachment"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind == TEXT else kind,
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable" if not file.conversation else "private, no-cache",
        "Vary": "Authorization, Accept",
    }
    return web.FileResponse(path, headers=headers)


async def may_read(site: Site, file: UploadedFile, user: User | None, *, secure: bool) -> bool:
    """Whether the user (None: not signed in) can read the conversation that the file was sent to.

    `secure`: the request came over TLS.
    """
    if not file.conversation:
        return True
    if user is None:
        return False
    if " " in file.conversation:
        return user.identity in file.conversation.split(" ")
    channel = await _channel_of(site, file)
    if channel is None or user.uid not in channel.members or ("z" in channel.modes and not secure):
        return False
    return file.history_scope in {0, channel.created_at_ms} and file.at_ms >= history.kept_since(site.chat, channel)


async def _channel_of(site: Site, file: UploadedFile) -> Channel | None:
    """The channel that the file was sent to, which may have another name by now."""
    key = await site.chat.store.name_now(file.conversation, file.at_ms)
    return site.chat.world.channels.get(key)


async def delete(site: Site, request: web.Request) -> web.StreamResponse:
    """`DELETE /f/ID`, with or without the name: for its sender and the operators of its channel."""
    found = site.user(request, SERVICE)
    files = site.files
    file = await files.find(request.match_info["id"])
    if found is None or file is None:
        raise web.HTTPNotFound(text=N_("This file does not exist, or you cannot read it"))
    user = found[0]
    channel = await _channel_of(site, file)
    # An operator of a later channel of the same name has no power over the files of the former one.
    moderates = (
        channel is not None
        and channel.rank(user.uid) >= HALF_OPERATOR
        and await may_read(site, file, user, secure=site.is_secure(request))
    )
    if not moderates and file.by != user.identity:
        raise web.HTTPNotFound(text=N_("This file does not exist, or you cannot read it"))
    await files.remove(file)
    return web.Response(status=204)


ROUTES = (
    Route("OPTIONS", "/f", options),
    Route("POST", "/f", upload),
    Route("GET", "/f/{id}/{name}", download),
    Route("DELETE", "/f/{id}", delete),
    Route("DELETE", "/f/{id}/{name}", delete),
)
