"""Invitation links: made, listed and revoked with a token for the channel; looked at by whoever has one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import msgspec
import segno
from aiohttp import web

from papo.i18n import N_
from papo.server.actions.actor import DetachedActor
from papo.server.actions.channels import invitations
from papo.server.web.links import addresses
from papo.server.web.site import Route, Site
from papo.server.world.channel import Channel
from papo.server.world.errors import Code, Refused
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.permissions import check_link, is_banned
from papo.server.world.records import Invitation
from papo.server.world.user import User

T = TypeVar("T")

REFUSALS = {
    Code.NO_SUCH_CHANNEL: N_("There is no such channel"),
    Code.NOT_ON_CHANNEL: N_("You are not in that channel"),
    Code.NEED_CHANNEL_OPERATOR: N_("Only channel operators can invite"),
    Code.NO_INVITE: N_("This channel does not accept invitations (+V)"),
    Code.NO_SUCH_LINK: N_("There is no such invitation link"),
    Code.TOO_MANY_LINKS: N_("There are too many invitation links: revoke one first"),
    Code.BAD_VALUE: N_("a link is valid for 1 to 30 days, and for 1 to 1000 people"),
}

NOT_STORED = {
    Code.NOT_STORED: N_("The server cannot store anything at the moment; nothing was changed"),
    Code.OUTCOME_UNKNOWN: N_("The disk failed, and the server has to be restarted: try again then"),
}
NO_STORE = {"Cache-Control": "no-store"}


class Wanted(msgspec.Struct, frozen=True):
    """The body of `POST /api/invites`; it may be empty."""

    days: int = invitations.DAYS
    uses: int = 0


async def make(site: Site, request: web.Request) -> web.StreamResponse:
    """`POST /api/invites` with a token for the channel: a new link, and its QR code."""
    actor, name = _actor(site, request)
    try:
        wanted = msgspec.json.decode(await request.read() or b"{}", type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise web.HTTPBadRequest(text=REFUSALS[Code.BAD_VALUE]) from None
    invitation, code = await _worded(invitations.create(site.chat, actor, name, wanted.days, wanted.uses))
    url = f"{addresses(site.chat.config, site.opened, site.origin(request))[0]}/i/{code}"
    qr = segno.make(url, error="m").svg_data_uri(scale=6, border=2, dark="#111", light="#fff")
    return web.json_response({"url": url, "qr": qr, **_row(site, actor.user, invitation)}, headers=NO_STORE)


async def list_(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /api/invites` with a token for the channel: its links, as far as the user may see them."""
    actor, name = _actor(site, request)

    async def listed() -> list[Invitation]:
        return invitations.listed(site.chat, actor, name)

    links = await _worded(listed())
    channel = site.chat.world.channel(name)
    assert channel is not None
    answer = {
        "links": [_row(site, actor.user, link) for link in links],
        "mayCreate": _may_create(channel, actor.user),
        "maxDays": invitations.MAX_DAYS,
        "maxUses": invitations.MAX_USES,
    }
    return web.json_response(answer, headers=NO_STORE)


async def revoke(site: Site, request: web.Request) -> web.StreamResponse:
    """`DELETE /api/invites/ID` with a token for the channel; `all` revokes all that the user may."""
    actor, name = _actor(site, request)
    count = await _worded(invitations.revoke(site.chat, actor, name, request.match_info["code"]))
    return web.json_response({"revoked": count}, headers=NO_STORE)


async def read(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /api/invites/CODE`: the link's channel, and the nick of its maker.

    Both are "" if strangers do not know of the channel: its name is for those who have signed in, and are not banned.
    """
    code = request.match_info["code"]
    found = invitations.find(site.chat, code)
    if found is None:
        invitations.note_guess(site.chat, code, site.address(request))
    signed_in = site.user(request, "PAPO")
    if found is None or (signed_in is not None and _is_kept_out(found[1], signed_in[0])):
        raise web.HTTPNotFound(text=N_("This invitation is no longer valid"))
    invitation, channel = found
    answer = {"channel": "", "by": ""}
    if signed_in is not None or _is_public(site, channel):
        is_unseen = "u" in channel.modes or invitation.by_uid in channel.hidden
        shows_maker = not is_unseen or invitation.rank >= HALF_OPERATOR
        answer = {"channel": channel.name, "by": invitations.maker_name(site.chat, invitation) if shows_maker else ""}
    return web.json_response(answer, headers=NO_STORE)


def _actor(site: Site, request: web.Request) -> tuple[DetachedActor, str]:
    """Who asks, and the channel that their token is for."""
    found = site.user(request, "PAPO")
    if found is None:
        raise web.HTTPUnauthorized(text=N_("You are no longer signed in; reload the page"))
    user, scope = found
    return DetachedActor(user, site.language(request)), scope


async def _worded(action: Awaitable[T]) -> T:
    try:
        return await action
    except Refused as refused:
        if refused.code in NOT_STORED:
            raise web.HTTPServiceUnavailable(text=NOT_STORED[refused.code]) from None
        if refused.code is Code.BUSY:
            raise web.HTTPTooManyRequests(text=N_("Too often: please wait a minute and try again")) from None
        raise web.HTTPForbidden(text=REFUSALS.get(refused.code, N_("You cannot invite people here"))) from None


def _row(site: Site, user: User, link: Invitation) -> dict[str, object]:
    joined = invitations.joined_by(site.chat, link, user)
    return {
        "id": invitations.id_of(link),
        "by": invitations.maker_name(site.chat, link),
        "mine": invitations.is_maker(link, user),
        "made": link.made_at_ms,
        "until": link.until_ms,
        "uses": link.uses,
        "maxUses": link.max_uses,
        "joined": [{"nick": nick, "at": at_ms} for nick, _, at_ms in joined],
    }


def _may_create(channel: Channel, user: User) -> bool:
    try:
        check_link(channel, user)
    except Refused:
        return False
    return True


def _is_kept_out(channel: Channel, user: User) -> bool:
    return user.uid not in channel.members and is_banned(channel, user)


def _is_public(site: Site, channel: Channel) -> bool:
    """Whether people who have not signed in may know that the channel exists: whoever connects could list it."""
    config = site.chat.config
    return not (config.server.password or config.accounts.required or "s" in channel.modes or "p" in channel.modes)


ROUTES = (
    Route("POST", "/api/invites", make),
    Route("GET", "/api/invites", list_),
    Route("GET", "/api/invites/{code}", read),
    Route("DELETE", "/api/invites/{code}", revoke),
)
