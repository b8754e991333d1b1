"""Writing a message: drafts, replies, edits, completion and commands."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static, TextArea

from papo.client.address import NotAnAddressError
from papo.client.commands import Frontend, enter
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.text.completion import Offer, offer
from papo.client.text.markup import plain
from papo.i18n import _
from papo.terminal.completions import Completions
from papo.terminal.message_input import MessageInput
from papo.terminal.theme import TextStyles
from papo.terminal.toasts import Toasts
from papo.ui.drafts import Drafts
from papo.ui.editing import edit_problem, last_editable
from papo.ui.sentences import excerpt


class Composer(Vertical):
    """The message field with the completions and what the message answers or edits above it."""

    class Sent(Message):
        """A message was sent, or a command carried out."""

    class Cancelled(Message):
        """Esc was pressed with nothing to cancel here."""

    def __init__(self, frontend: Frontend, toasts: Toasts, *, id: str | None = None) -> None:  # noqa: A002 - as all widgets call it
        """`frontend`: what commands act on."""
        super().__init__(id=id)
        self.input = MessageInput(id="message-input")
        self.completions = Completions(id="completions")
        self.sends_typing = True
        self.reply_to: BufferLine | None = None
        self.editing: BufferLine | None = None
        self._frontend = frontend
        self._toasts = toasts
        self._context_line = Static(id="context", markup=False)
        self._styles: TextStyles | None = None
        self._shown: tuple[Network, Buffer] | None = None
        self._drafts = Drafts()

    def compose(self) -> ComposeResult:
        """Completions, what the message answers, the field."""
        yield self.completions
        yield self._context_line
        with Horizontal(id="input-line"):
            yield Static("›", id="prompt", markup=False)
            yield self.input

    def on_mount(self) -> None:
        """Set the placeholder, in the language of the process."""
        self.input.placeholder = _("Write a message. Enter sends, Ctrl+J begins a new line")

    def restyle(self, styles: TextStyles) -> None:
        """Take over these styles."""
        self._styles = styles

    # --- drafts, replies, edits

    def show_buffer(self, network: Network, buffer: Buffer) -> None:
        """Put the draft aside and go on with that of another conversation."""
        self._keep_draft()
        self._shown = (network, buffer)
        self._restore_draft()
        self._show_completions(None)

    def _keep_draft(self) -> None:
        if self._shown is not None and self.editing is None:
            self._drafts.keep(self._shown[1], self.input.text, self.reply_to)

    def _restore_draft(self) -> None:
        """Go on with the draft of the conversation that is shown."""
        draft = self._drafts.remove(self._shown[1] if self._shown is not None else None)
        self._set_context(draft.reply_to, None)
        self.input.put(draft.text)

    def put(self, text: str) -> None:
        """Replace the text and focus the field."""
        self.input.put(text)
        self.input.focus()

    def reply(self, line: BufferLine) -> None:
        """Let the next message answer this one."""
        if self.editing is not None:
            self._restore_draft()
        self._set_context(line, None)

    def edit(self, line: BufferLine) -> None:
        """Put a message of the user's into the field, to be changed; the draft comes back afterwards."""
        if self._shown is None or not send.can_edit(self._shown[0], line):
            self._toasts.add(_("This message cannot be edited."), "error")
            return
        self._keep_draft()
        self._set_context(None, line)
        self.input.put(line.text)

    def _set_context(self, reply_to: BufferLine | None, editing: BufferLine | None) -> None:
        self.reply_to, self.editing = reply_to, editing
        self._context_line.display = reply_to is not None or editing is not None
        if self._styles is None:
            return
        hint = _("Esc: cancel")
        cancel = Text(f"  ({hint})", self._styles.dim)
        if reply_to is not None:
            heading = Text(_("Reply to {nick}").format(nick=plain(reply_to.nick)), self._styles.accent)
            quoted = (f"  {excerpt(reply_to.text)}", self._styles.dim)
            self._context_line.update(Text.assemble(heading, quoted, cancel))
        elif editing is not None:
            self._context_line.update(Text.assemble((_("Editing your message"), self._styles.accent), cancel))

    # --- sending

    def submit(self, text: str) -> None:
        """Send a message or carry out a command; if that is not possible the text stays."""
        if self._shown is None or not text:
            return
        network, buffer = self._shown
        if self.editing is not None:
            self._finish_edit(network, buffer, self.editing, text)
            return
        try:
            problem = enter(
                self._frontend, network, buffer, text, reply_to=self.reply_to.id if self.reply_to is not None else ""
            )
        except NotAnAddressError as error:
            problem = str(error)
        if problem:
            self._toasts.add(problem, "error")
            return
        if self._shown[1] is buffer:
            self.input.put("")
            self._set_context(None, None)
        self._drafts.remove(buffer)  # a command that showed another conversation is no draft of this one
        self.post_message(self.Sent())

    def _finish_edit(self, network: Network, buffer: Buffer, line: BufferLine, text: str) -> None:
        problem = edit_problem(text)
        if problem:
            self._toasts.add(problem, "error")
            return

        def done(why: str) -> None:
            if why:
                self._toasts.add(why, "error")
            elif self.editing is line:
                self._restore_draft()

        send.edit(network, buffer, line, text, done)

    # --- completion

    def _offer(self, *, forced: bool) -> Offer | None:
        if self._shown is None:
            return None
        return offer(*self._shown, self.input.text, self.input.caret, forced=forced)

    def _show_completions(self, found: Offer | None) -> None:
        self.completions.show(found, self._styles)
        self.input.completing = found is not None

    def _complete(self) -> None:
        """Offer completions of the word before the cursor; take the only one at once."""
        found = self._offer(forced=True)
        self._show_completions(found)
        if found is not None and len(found.options) == 1:
            self.accept_completion()

    def accept_completion(self) -> None:
        """Put the highlighted completion into the text."""
        found, at = self.completions.offer, self.completions.highlighted
        if found is None or at is None:
            return
        value, text = found.options[at].value, self.input.text
        self.input.put(text[: found.start] + value + text[found.end :], found.start + len(value))
        self._show_completions(None)

    # --- keys

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell others that the user is typing, and offer completions."""
        if self._shown is None or event.text_area is not self.input:
            return
        text = self.input.text
        if self.sends_typing and self.editing is None:
            send.typing(*self._shown, empty=not text or text.startswith("/"))
        self._show_completions(self._offer(forced=False))

    def on_option_list_option_selected(self) -> None:
        """A completion was clicked."""
        self.accept_completion()
        self.input.focus()

    def on_message_input_pressed(self, event: MessageInput.Pressed) -> None:
        """A key with a meaning."""
        match event.command:
            case "send":
                self.submit(event.text.rstrip())
            case "complete":
                self._complete()
            case "accept" if event.by_enter:
                self._accept_or_submit()
            case "accept":
                self.accept_completion()
            case "next" | "previous":
                self.completions.move(1 if event.command == "next" else -1)
            case "edit":
                line = last_editable(*self._shown) if self._shown is not None else None
                if line is not None:
                    self.edit(line)
            case "cancel":
                self._cancel()

    def _accept_or_submit(self) -> None:
        """Accept the completion, unless letters have been typed since then that leave none: keys may come fast."""
        if self.completions.offer is not None and self._offer(forced=False) == self.completions.offer:
            self.accept_completion()
        else:
            self._show_completions(None)
            self.submit(self.input.text.rstrip())

    def _cancel(self) -> None:
        """Close what is open, the innermost first."""
        if self.input.completing:
            self._show_completions(None)
        elif self.editing is not None:
            self._restore_draft()
        elif self.reply_to is not None:
            self._set_context(None, None)
        else:
            self.post_message(self.Cancelled())
