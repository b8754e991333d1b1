"""`/api/preview`: the preview of a link, for signed-in users."""

from __future__ import annotations

import msgspec
from aiohttp import web

from papo.i18n import N_
from papo.server.web.pages import previews_enabled
from papo.server.web.site import Route, Site


async def preview(site: Site, request: web.Request) -> web.StreamResponse:
    """`GET /api/preview?url=…`: JSON, or 204 if there is nothing to show, whatever the reason."""
    found = site.user(request, "PAPO")
    if found is None:
        raise web.HTTPUnauthorized(text=N_("You are no longer signed in; reload the page"))
    url = request.query.get("url", "")
    now_s = site.chat.monotonic_s()
    nothing = web.Response(status=204, headers={"Cache-Control": "private, max-age=600"})
    if not previews_enabled(site.chat.config) or len(url) > 2_000:
        return nothing
    cached = site.previews.get(url, now_s)
    if cached is None and not site.previews.allow(found[0].identity, now_s):
        return nothing
    shown = cached[1] if cached is not None else await site.previews.fetch(url, now_s)
    if shown is None:
        return nothing
    headers = {"Cache-Control": "private, max-age=3600"}
    return web.Response(body=msgspec.json.encode(shown), content_type="application/json", headers=headers)


ROUTES = (Route("GET", "/api/preview", preview),)
