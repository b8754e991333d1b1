// Shortcuts and commands, from the tables that the page works by.

import { html } from "../html.js";
import { COMMANDS, example } from "../../state/commands.js";
import { t } from "../../lib/translate.js";
import { Dialog } from "./dialog.js";

/** @returns {[string, string][]} keys, and what they do */
function shortcuts() {
  return [
    ["Ctrl+K", t("Go to a channel, a person or an action")],
    ["Ctrl+F", t("Search messages")],
    ["Alt+↑ / Alt+↓", t("Previous and next conversation")],
    ["Alt+Shift+↑ / ↓", t("Previous and next unread conversation")],
    ["?", t("This help")],
    ["Esc", t("Close; in a conversation: back to now")],
    ["↑", t("In an empty field: edit your last message")],
    ["Tab", t("Complete a name")],
    ["Shift+Enter", t("A new line")],
    ["Shift+Tab, ↑ ↓", t("Go through the messages")],
    ["r · e · + · Del", t("On a message: reply, edit, react, delete")],
  ];
}

export function Help() {
  return html`<${Dialog} title=${t("Shortcuts and commands")} wide=${true} className="help">
    <h3>${t("Keyboard")}</h3>
    <dl class="keys">${shortcuts().map(([key, about]) => html`<dt><kbd>${key}</kbd></dt><dd>${about}</dd>`)}</dl>
    <h3>${t("Writing")}</h3>
    <p>${t("**bold**, *italic*, `code`, three backquotes for a block of code, > for a quotation, :name: for emoji.")}</p>
    <h3>${t("Commands")}</h3>
    <dl class="keys">${COMMANDS.map((each) => html`<dt><code>${example(each)}</code></dt><dd>${t(each.about)}</dd>`)}</dl>
  <//>`;
}
