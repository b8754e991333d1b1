"""Invitation links: made by users who may invite, read by everybody who has one."""

from __future__ import annotations

import segno
from aiohttp import web

from papo.i18n import N_
from papo.server.actions.actor import DetachedActor
from papo.server.actions.channels import invitations
from papo.server.web.links import addresses
from papo.server.web.site import Route, Site
from papo.server.world.errors import Code, Refused

REFUSALS = {
    Code.NO_SUCH_CHANNEL: N_("There is no such channel"),
    Code.NOT_ON_CHANNEL: N_("You are not in that channel"),
    Code.NEED_CHANNEL_OPERATOR: N_("Only channel operators can invite"),
    Code.NO_INVITE: N_("This channel does not accept invitations (+V)"),
}

NOT_STORED = {
    Code.NOT_STORED: N_("The server cannot store anything at the moment; nothing was changed"),
    Code.OUTCOME_UNKNOWN: N_("The disk failed, and the server has to be restarted: try again then"),
}


async def make(site: Site, request: web.Request) -> web.StreamResponse:
    """`POST /api/invites` with a token for the channel: a new link, and its QR code."""
    found = site.user(request, "PAPO")
    if found is None:
        raise web.HTTPUnauthorized(text=N_("You are no longer signed in; reload the page"))
    user, scope = found
    try:
        invitation = await invitations.create(site.chat, DetachedActor(user, site.language(request)), scope)
    except Refused as refused:
        if refused.code in NOT_STORED:
            raise web.HTTPServiceUnavailable(text=NOT_STORED[refused.code]) from None
        raise web.HTTPForbidden(text=REFUSALS.get(refused.code, N_("You cannot invite people here"))) from None
    url = f"{addresses(site.chat.config, site.opened, site.origin(request))[0]}/i/{invitation.code}"
    qr = segno.make(url, error="m").svg_data_uri(scale=6, border=2, dark="#111", light="#fff")
    return web.json_response({"url": url, "qr": qr}, headers={"Cache-Control": "no-store"})


async def read(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /api/invites/CODE`: the link's channel, and the nick of its maker."""
    found = invitations.find(site.chat, request.match_info["code"])
    if found is None:
        raise web.HTTPNotFound(text=N_("This invitation is no longer valid"))
    invitation, channel = found
    answer = {"channel": channel.name, "by": invitation.by}
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


ROUTES = (Route("POST", "/api/invites", make), Route("GET", "/api/invites/{code}", read))
