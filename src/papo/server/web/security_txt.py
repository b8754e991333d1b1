"""Whom to tell about a vulnerability: /.well-known/security.txt (RFC 9116)."""

from __future__ import annotations

from aiohttp import web

from papo.i18n import N_, known_languages
from papo.protocol.times import DAY_MS, iso_time
from papo.server.web.links import addresses
from papo.server.web.site import Route, Site

PATH = "/.well-known/security.txt"
VALID_DAYS = 90
"""How long a reader may trust a copy; it is made anew for each request. RFC 9116, section 2.5.5: less than a year."""


async def security_txt(site: Site, request: web.Request) -> web.StreamResponse:
    """The contact of the settings; 404 if there is none."""
    config = site.chat.config
    if not config.web.security_contact:
        raise web.HTTPNotFound(text=N_("The operators of this server have named no contact for vulnerabilities"))
    url = addresses(config, site.opened, site.origin(request))[0]
    languages = ", ".join(code.replace("_", "-") for code in known_languages())
    lines = [
        *(f"Contact: {contact}" for contact in config.web.security_contact),
        f"Expires: {iso_time(site.chat.now_ms() + VALID_DAYS * DAY_MS)}",
        f"Preferred-Languages: {languages}",
    ]
    if url.startswith("https://"):
        lines.append(f"Canonical: {url}{PATH}")
    return web.Response(text="\n".join(lines) + "\n")


ROUTES = (Route("GET", PATH, security_txt),)
