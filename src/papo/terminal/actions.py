"""What the user can do with a message: answer, react, edit, delete, copy, open, follow."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import App

from papo.client.commands import Frontend
from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.text import emoji
from papo.client.text.markup import runs
from papo.i18n import _
from papo.terminal.composer import Composer
from papo.terminal.dialogs.chooser import Choice, Chooser, act
from papo.terminal.dialogs.form import Form
from papo.terminal.timeline import Timeline
from papo.terminal.toasts import Toasts
from papo.ui.sentences import excerpt

MAX_EMOJI = 60


class MessageActions:
    """Acts on the messages of the conversation in the timeline."""

    def __init__(
        self, app: App[Any], frontend: Frontend, timeline: Timeline, composer: Composer, toasts: Toasts
    ) -> None:
        self._app = app
        self._frontend = frontend
        self._timeline = timeline
        self._composer = composer
        self._toasts = toasts

    def run(self, action: str, line: BufferLine, detail: str) -> None:
        """Do something with a message. `detail`: the emoji, channel or nick that was clicked."""
        network, buffer = self._timeline.network, self._timeline.buffer
        if network is None or buffer is None:
            return
        if line.pending == "failed" and action in {"reply", "edit"}:
            send.retry(network, buffer, line.nonce)
        elif line.pending and action == "delete":
            send.give_up(network, buffer, line.nonce)
        else:
            self._run(action, network, buffer, line, detail)
        if line not in (self._composer.reply_to, self._composer.editing):
            self._timeline.composer_pending = False

    def _run(self, action: str, network: Network, buffer: Buffer, line: BufferLine, detail: str) -> None:
        match action:
            case "reply":
                self._reply(network, line)
            case "react" | "toggle":
                self._react(network, buffer, line, detail)
            case "edit":
                self._composer.edit(line)
                if self._composer.editing is line:
                    self._timeline.action_leave()
            case "delete":
                self._delete(network, buffer, line)
            case "copy":
                self._app.copy_to_clipboard("".join(run.text for run in runs(line.text)))
                self._toasts.add(_("Copied."))
            case "open":
                link = next((run.link for run in runs(line.text) if "://" in run.link), "")
                if link:
                    webbrowser.open(link)
            case "quoted" if line.reply_to:
                self.go_to(network, buffer, line.reply_to)
            case "join":
                network.join(detail)
            case "nick":
                self._frontend.dialog("user", detail)

    def _reply(self, network: Network, line: BufferLine) -> None:
        if send.can_react(network, line):
            self._composer.reply(line)
            self._timeline.action_leave()
        else:
            self._toasts.add(_("This message cannot be answered here."), "error")

    def _react(self, network: Network, buffer: Buffer, line: BufferLine, chosen: str) -> None:
        if not send.can_react(network, line):
            self._toasts.add(_("This server does not support reactions."), "error")
        elif chosen:
            send.react(network, buffer, line, chosen)
        else:
            self._app.push_screen(emoji_picker(partial(send.react, network, buffer, line)), act)

    def _delete(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        if not send.can_delete(network, buffer, line):
            self._toasts.add(_("This message cannot be deleted."), "error")
            return

        def answered(answer: dict[str, str] | None) -> None:
            if answer is not None:
                send.delete(network, buffer, line, lambda problem: self._toasts.add(problem, "error"))

        about = excerpt(line.text)
        self._app.push_screen(Form(_("Delete this message for everybody?"), about, [], _("Delete")), answered)

    def go_to(self, network: Network, buffer: Buffer, msgid: str) -> None:
        """Show a message of this conversation, which may have to be loaded first."""

        def loaded(line: BufferLine | None) -> None:
            if line is None:
                self._toasts.add(_("This message is no longer there."), "error")
            elif self._timeline.buffer is buffer:
                self._timeline.focus()
                self._timeline.show_line(line)
            network.changed()

        history.jump(network, buffer, f"msgid={msgid}", loaded)


def emoji_picker(take: Callable[[str], object]) -> Chooser:
    """`take` gets the emoji that was chosen."""

    def choices(typed: str) -> list[Choice]:
        found = emoji.search(typed, MAX_EMOJI)
        if not typed:
            found = [*filter(None, map(emoji.named, emoji.USUAL)), *found]
        return [Choice(Text(f"{each.emoji}  {each.name}"), partial(take, each.emoji)) for each in found]

    return Chooser(_("React"), _("heart, thumbs up, party…"), choices)
