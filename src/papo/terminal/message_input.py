"""What is done with what somebody writes: send it, complete it, answer or edit with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.client.address import NotAnAddressError
from papo.client.commands import enter
from papo.client.state import send
from papo.client.text.completion import offer
from papo.terminal import actions, drafts

if TYPE_CHECKING:
    from papo.terminal.app import ChatApp


def submit(app: ChatApp, text: str) -> None:
    """Enter: say it, or do it; what is wrong stays where it was typed."""
    network, buffer = app.network, app.buffer
    if network is None or buffer is None or not text:
        return
    if app.edits is not None:
        actions.finish_edit(app, network, buffer, app.edits, text)
        return
    reply_to = app.reply_to.id if app.reply_to is not None else ""
    try:
        wrong = enter(app, network, buffer, text, reply_to=reply_to)
    except NotAnAddressError as error:
        wrong = str(error)
    if wrong:
        app.note(wrong, "error")
        return
    if app.buffer is buffer:
        app.composer.put("")
        drafts.context(app, None, None)
    app.drafts.pop(id(buffer), None)  # another conversation may be on the screen by now: the command is none of these
    app.timeline.action_follow()


def changed(app: ChatApp) -> None:
    """Another letter: others see that we write, and completions follow."""
    network, buffer = app.network, app.buffer
    if network is None or buffer is None:
        return
    text = app.composer.text
    if app.chosen.sends_typing and app.edits is None:
        send.typing(network, buffer, empty=not text or text.startswith("/"))
    complete(app, forced=False)


def complete(app: ChatApp, *, forced: bool) -> None:
    """Offer what could come next; with Tab, take it where there is only one."""
    if app.network is None or app.buffer is None:
        return
    found = offer(app.network, app.buffer, app.composer.text, app.composer.caret, forced=forced)
    app.completions.show(found, app.look)
    app.composer.offering = found is not None
    if forced and found is not None and len(found.options) == 1:
        pick(app)


def pick(app: ChatApp) -> None:
    """Take the option that is highlighted."""
    found, at = app.completions.offer, app.completions.highlighted
    if found is None or at is None:
        return
    value = found.options[at].value
    text = app.composer.text
    app.composer.put(text[: found.start] + value + text[found.end :], found.start + len(value))
    close(app)


def close(app: ChatApp) -> None:
    """No options any more."""
    app.completions.show(None, app.look)
    app.composer.offering = False


def wants(app: ChatApp, what: str) -> None:
    """A key that is no letter."""
    match what:
        case "complete":
            complete(app, forced=True)
        case "pick":
            pick(app)
        case "enter":
            _enter(app)
        case "next" | "previous":
            app.completions.move(1 if what == "next" else -1)
        case "edit":
            actions.edit_last(app)
        case _:
            _cancel(app)


def _enter(app: ChatApp) -> None:
    """Take the option, unless the letters since then leave none: keys may come faster than what follows from them."""
    shown = app.completions.offer
    if app.network is None or app.buffer is None:
        return
    if shown is not None and offer(app.network, app.buffer, app.composer.text, app.composer.caret) == shown:
        pick(app)
        return
    close(app)
    submit(app, app.composer.text.rstrip())


def _cancel(app: ChatApp) -> None:
    """Esc: whatever is open, from the inside out."""
    if app.composer.offering:
        close(app)
    elif app.reply_to is not None or app.edits is not None:
        if app.edits is not None:
            drafts.take_up(app)
        else:
            drafts.context(app, None, None)
    else:
        app.timeline.action_follow()
