"""The web client's page and files, and the page for a projector."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urlsplit

from aiohttp import web

from papo import __version__
from papo.config import Config
from papo.i18n import N_, in_language, known_languages
from papo.server.web.assets import Asset, Assets
from papo.server.web.links import addresses, qr_svg
from papo.server.web.site import NOTHING, Route, Site

ASSETS = Assets()
FOR_EVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")
"""A Host header that may be put into the policy: it is text from the client."""


def policy(site: Site, request: web.Request) -> str:
    """The page's Content-Security-Policy: all from this server, and chat connections to the configured networks."""
    host = site.host(request) if _HOST.fullmatch(site.host(request)) else "localhost"
    scheme = "wss" if site.is_secure(request) else "ws"
    networks = " ".join("{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in site.chat.config.web.networks)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
        f" connect-src 'self' {scheme}://{host} {networks}; font-src 'self'; manifest-src 'self'; worker-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
        " trusted-types papo"
    ).replace("  ", " ")


def previews_enabled(config: Config) -> bool:
    """Whether the server fetches previews of links."""
    return config.web.previews == "on" or (config.web.previews == "auto" and config.listen.lan)


def setup(site: Site, request: web.Request) -> dict[str, object]:
    """What the client needs before it connects."""
    config = site.chat.config
    return {
        "version": __version__,
        "previews": previews_enabled(config),
        "assets": f"/a/{ASSETS.version}",
        "network": config.server.network,
        "description": config.server.description,
        "rooms": [config.rooms.default],
        "networks": list(config.web.networks),
        "accountRequired": config.accounts.required,
        "passwordRequired": bool(config.server.password),
        "registration": config.accounts.registration == "open",
        "language": site.language(request),
        "languages": known_languages(),
    }


async def index(site: Site, request: web.Request) -> web.StreamResponse:
    """The client. It reads itself from the address what to show (`/i/CODE`, `/f/ID/name`)."""
    asset = ASSETS.get("index.html")
    assert asset is not None
    version = f"/a/{ASSETS.version}"
    preload = "".join(f'<link rel="modulepreload" href="{version}/{name}">\n' for name in ASSETS.imported_by("main.js"))
    encoded = json.dumps(setup(site, request), ensure_ascii=True).replace("<", "\\u003c")
    noscript = in_language(site.language(request)).gettext(N_("This page needs JavaScript. Any IRC program works too."))
    texts = {
        "{language}": site.language(request).replace("_", "-"),
        "{noscript}": html.escape(noscript),
        "{title}": html.escape(site.chat.config.server.network),
        "<!--preload-->": preload,
        "{assets}": version,
        "{setup}": encoded,
    }
    # In one pass: what is filled in may look like another place.
    page = re.sub("|".join(map(re.escape, texts)), lambda place: texts[place[0]], asset.body.decode())
    headers = {"Cache-Control": ALWAYS_ASK, "Content-Security-Policy": policy(site, request), "Vary": "Accept-Language"}
    response = web.Response(text=page, content_type="text/html", headers=headers)
    response.enable_compression()
    return response


async def asset(site: Site, request: web.Request) -> web.StreamResponse:
    """A file of the client. Other versions are 404: their page notices that it is outdated and reloads."""
    found = ASSETS.get(request.match_info["path"])
    if found is None or request.match_info["version"] != ASSETS.version:
        raise web.HTTPNotFound(text=N_("There is no page at this address"))
    return _send(request, found, FOR_EVER)


async def worker(site: Site, request: web.Request) -> web.StreamResponse:
    """The service worker: it must be at the root to control the page."""
    found = ASSETS.get("sw.js")
    assert found is not None
    response = _send(request, found, ALWAYS_ASK)
    response.headers["Content-Security-Policy"] = NOTHING + "; connect-src 'self'"
    return response


async def manifest(site: Site, request: web.Request) -> web.StreamResponse:
    """What makes the page installable (W3C Web Application Manifest)."""
    name = site.chat.config.server.network
    icons = [
        {"src": f"/a/{ASSETS.version}/icons/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": "any maskable"}
        for size in (192, 512)
    ]  # fmt: skip
    text = json.dumps({
        "name": name, "short_name": name[:12], "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": "#ffffff", "theme_color": "#1f6f5c", "icons": icons,
    })  # fmt: skip
    return web.Response(text=text, content_type="application/manifest+json", headers={"Cache-Control": ALWAYS_ASK})


async def robots(site: Site, request: web.Request) -> web.StreamResponse:
    """Nothing for search engines."""
    return web.Response(text="User-agent: *\nDisallow: /\n")


async def projector(site: Site, request: web.Request) -> web.StreamResponse:
    """A page for a projector: the addresses to type, and their QR codes."""
    say = in_language(site.language(request)).gettext
    cards = "".join(
        f'<figure class="qr">{qr_svg(url)}<figcaption>{html.escape(url)}</figcaption></figure>'
        for url in addresses(site.chat.config, site.opened, site.origin(request))[:3]
    )
    network = html.escape(site.chat.config.server.network)
    words = say(N_("Scan a code with your phone, or type an address."))
    page = (
        f'<!doctype html>\n<html lang="{site.language(request).replace("_", "-")}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{network}</title>'
        f'<link rel="stylesheet" href="/a/{ASSETS.version}/style/projector.css"></head><body><main>'
        f"<h1>{network}</h1><p>{html.escape(words)}</p>"
        f'<div class="codes">{cards}</div></main></body></html>\n'
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": NOTHING + "; style-src 'self'",
        "Vary": "Accept-Language",
    }
    return web.Response(text=page, content_type="text/html", headers=headers)


def _send(request: web.Request, found: Asset, cache: str) -> web.StreamResponse:
    headers = {"Content-Type": found.content_type, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=found.packed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=found.body, headers=headers)


ROUTES = (
    Route("GET", "/", index),
    Route("GET", "/i/{code}", index),
    Route("GET", r"/a/{version}/{path:.+}", asset),
    Route("GET", "/sw.js", worker),
    Route("GET", "/manifest.webmanifest", manifest),
    Route("GET", "/robots.txt", robots),
    Route("GET", "/qr", projector),
)
