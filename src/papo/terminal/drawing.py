"""What is on the screen besides the rows: columns, the line above, the line below. Called for each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from papo.client.state import history
from papo.client.state.buffer import Buffer
from papo.client.state.message import now_ms, one_line
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _, ngettext
from papo.terminal.sidebar import Column, conversations, members

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp


def draw(app: ChatApp) -> None:
    """Everything that may have changed."""
    network, buffer = app.network, app.buffer
    if network is None or buffer is None:
        status(app)
        return
    looks = app.focused_here and app.timeline.follows and len(app.screen_stack) == 1
    if looks:
        network.visible.add(buffer.key)
        if buffer.unread or buffer.mentions or (buffer.lines and buffer.lines[-1].at_ms > buffer.read_at_ms):
            history.mark_read(network, buffer)
    else:
        network.visible.discard(buffer.key)
    seen = (buffer, buffer.revision)
    if seen != app.seen:
        app.seen = seen
        app.timeline.refresh()
    app.query_one("#conversations", Column).fill(conversations(app.networks, buffer, app.look))
    column = app.query_one("#members", Column)
    if buffer.kind == "channel" and column.display and not column.waits((buffer, app.look), len(buffer.members)):
        column.fill(members(network, buffer, app.look))
    column.set_class(buffer.kind != "channel" or "members" in app.put_away, "hidden")
    header(app, network, buffer)
    status(app)


def header(app: ChatApp, network: Network, buffer: Buffer) -> None:
    """Name and topic; who is typing, or where one is."""
    name = plain(buffer.name) or plain(network.title)
    text = Text(name, "bold")
    if buffer.topic:
        text.append(f"  {one_line(buffer.topic)}", app.look.dim)
    elif buffer.kind == "person":
        known = network.find_user(buffer.name)
        if known is not None and known.away:
            away = _("away")
            text.append(f"  {away} {one_line(known.away_text)}", app.look.dim)
    app.line("#header", text)
    typists = [plain(nick) for nick in buffer.typing_nicks()]
    line = ""
    if typists:
        names = ", ".join(typists[:3])
        line = ngettext("{names} is typing…", "{names} are typing…", len(typists)).format(names=names)
    elif not app.timeline.follows or buffer.has_newer:
        line = _("You are reading the past. Ctrl+End goes back to now.")
    elif buffer.loading:
        line = _("Loading…")
    app.line("#typing", Text(line, app.look.dim))


def status(app: ChatApp) -> None:
    """The last line: what is wrong, or who we are."""
    bar = app.query_one("#status", Static)
    network = app.network
    if network is None:
        app.line("#status", Text("Papo"))
        return
    trouble = ""
    if network.status == "waiting":
        seconds = max(0, round((network.retry_at_ms - now_ms()) / 1000))
        trouble = _("{why} Trying again in {seconds} s.").format(why=network.error, seconds=seconds)
    elif network.status in {"connecting", "registering"}:
        trouble = _("Connecting to {where}…").format(where=network.address.host)
    elif network.status == "closed":
        trouble = network.error or _("Not connected.")
    waiting = sum(not each.failed for each in app.outbox.of(str(network.address)))
    if trouble and waiting:
        # First: the rest may not fit.
        count = ngettext("{count} message waits.", "{count} messages wait.", waiting).format(count=waiting)
        trouble = f"{count} {trouble}"
    bar.set_class(bool(trouble), "trouble")
    if trouble:
        app.line("#status", Text(trouble))
        return
    who = plain(network.nick) + (f" ({plain(network.account)})" if network.account else "")
    parts = [who, *([_("away")] if network.away else []), *([app.uploading] if app.uploading else [])]
    others = sum(each.mentions for net in app.networks for each in net.buffers.values())
    if others:
        parts.append(ngettext("{count} mention", "{count} mentions", others).format(count=others))
    parts.append(_("Ctrl+K go to · Ctrl+↑ choose a message · F1 help"))
    app.line("#status", Text("  ·  ".join(parts)))
