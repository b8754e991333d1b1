"""What was begun to write and is not sent: a draft for each conversation, and what it answers or writes anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from papo.client.state.message import BufferLine, one_line
from papo.client.text.markup import plain
from papo.i18n import _

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp


def put_aside(app: ChatApp) -> None:
    """Keep what was begun to write until it is taken up again; what is edited is not kept."""
    if app.buffer is not None and app.edits is None:
        app.drafts[id(app.buffer)] = (app.composer.text, app.reply_to)


def take_up(app: ChatApp) -> None:
    """Go on with what was put aside in this conversation."""
    open_ = {id(buffer) for network in app.networks for buffer in network.buffers.values()}
    app.drafts = {key: draft for key, draft in app.drafts.items() if key in open_}
    text, reply_to = app.drafts.pop(id(app.buffer), ("", None))
    context(app, reply_to, None)
    app.composer.put(text)


def context(app: ChatApp, reply_to: BufferLine | None, edits: BufferLine | None) -> None:
    """What the next message answers, or writes anew."""
    app.reply_to, app.edits = reply_to, edits
    line = app.query_one("#context", Static)
    line.display = reply_to is not None or edits is not None
    back = _("Esc: not")
    about = Text(f"  ({back})", app.look.dim)
    if reply_to is not None:
        who = Text(_("Answering {nick}").format(nick=plain(reply_to.nick)), app.look.accent)
        line.update(Text.assemble(who, (f"  {one_line(reply_to.text)[:120]}", app.look.dim), about))
    elif edits is not None:
        line.update(Text.assemble((_("Editing"), app.look.accent), about))
