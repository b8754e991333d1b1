"""Every route of the HTTP server, from the tables of the files that answer them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from papo.config.listen import ListenAt
from papo.server.web import health, invites, pages, previews, security_txt, uploads
from papo.server.web.site import Site

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.ports import Files

ROUTES = (*pages.ROUTES, *health.ROUTES, *invites.ROUTES, *uploads.ROUTES, *previews.ROUTES, *security_txt.ROUTES)


def make_site(chat: Chat, files: Files, opened: Sequence[ListenAt]) -> Site:
    """The HTTP side of a server."""
    return Site(chat, files, opened, ROUTES)
