"""Listeners that let nobody in: the server has a password, and the classroom dialects have no word for one."""

from __future__ import annotations

from papo.config import Config
from papo.i18n import _
from papo.protocol.dialects import CLASSROOM
from papo.server.net.addresses import listeners


def warning(config: Config) -> str:
    """The sentence for operators; "" if every listener lets somebody in."""
    found = listeners(config.listen) if config.server.password else []
    closed = [at for at in found if at.scheme in CLASSROOM and at.options.get("open") != "true"]
    if not closed:
        return ""
    names = dict.fromkeys(at.url if config.listen.at else at.scheme for at in closed)
    return _(
        "server.password is set, so {urls} let nobody in: these programs cannot send it; "
        "add ?open=true in listen.at to those that shall let everyone in"
    ).format(urls=", ".join(names))
