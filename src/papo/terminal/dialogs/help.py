"""The help: keys and commands, from the tables that make them work."""

from __future__ import annotations

from collections.abc import Iterable

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType

from papo.client.commands import example
from papo.i18n import _
from papo.protocol.commands import COMMANDS
from papo.terminal.dialogs.text_dialog import TextDialog
from papo.terminal.theme import TextStyles

KEY_CELLS = 16
COMMAND_CELLS = 34


def help_dialog(keys: Iterable[BindingType], message_keys: Iterable[BindingType], styles: TextStyles) -> TextDialog:
    """`keys`: those of the program; `message_keys`: those that act on the selected message."""
    text = Text()
    _section(text, _("Keys"))
    for key, about in [
        *((each.key.split(",")[0], _(each.description)) for each in keys if isinstance(each, Binding)),
        ("up", _("edit your last message, in an empty field")),
        ("ctrl+j", _("begin a new line")),
        ("tab", _("complete a nick, #channel, :emoji: or /command")),
    ]:
        _entry(text, f"  {key:<{KEY_CELLS}}", about, styles.accent)
    _section(text, _("With a message selected"))
    for each in message_keys:
        if isinstance(each, Binding):
            key = each.key.split(",")[-1].replace("question_mark", "?")
            _entry(text, f"  {key:<{KEY_CELLS}}", _(each.description), styles.accent)
    _section(text, _("Commands"))
    for command in COMMANDS:
        _entry(text, f"  {example(command)}".ljust(COMMAND_CELLS) + " ", _(command.about), styles.accent)
    _section(text, _("Formatting"))
    text.append("  **bold**  *italic*  `code`  ```block```  > quote\n")
    return TextDialog(_("Help"), text)


def _section(text: Text, title: str) -> None:
    text.append("\n" if text else "")
    text.append(f"{title}\n", "bold")


def _entry(text: Text, key: str, about: str, style: Style) -> None:
    text.append(key, style)
    text.append(f"{about}\n")
