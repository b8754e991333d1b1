// What can be done with the message under the pointer or the keyboard: one toolbar, which moves.

import { html } from "../html.js";
import { isMessage } from "../../state/buffer_line.js";
import { react } from "../../state/send.js";
import { recentEmoji } from "../../state/settings.js";
import { t } from "../../lib/translate.js";
import { open, permalink, reply, startEdit } from "../actions.js";
import { Icon } from "../icons.js";
import { active } from "./timeline.js";
import { copy } from "../ui.js";

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Toolbar({ here, buffer }) {
  const at = active.value;
  const entry = at && buffer.entries.value.find((each) => each.key === at.key);
  if (!at || !entry || !isMessage(entry) || entry.gone || entry.waiting || !entry.id || here.status.value !== "online") return null;
  const may = mayDelete(here, buffer, entry);
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ act) =>
    html`<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${act}><${Icon} name=${icon} /></button>`;
  return html`<div class="toolbar" role="toolbar" aria-label=${t("Message")} style=${{ top: `${Math.max(0, at.top - 18)}px` }}>
    ${here.has("message-tags") ? html`
      ${recentEmoji.value.slice(0, 3).map((emoji) => html`<button type="button" class="icon-button emoji" key=${emoji} aria-label=${t("React with {emoji}", { emoji })} onClick=${() => react(here, buffer, entry, emoji)}>${emoji}</button>`)}
      ${button("smile", t("React"), () => open("emoji", { buffer, entry }))}
      ${button("reply", t("Reply"), () => reply(buffer, entry))}` : null}
    ${entry.mine && here.has("draft/message-edit") ? button("edit", t("Edit"), () => startEdit(buffer, entry)) : null}
    ${button("link", t("Copy a link to this message"), () => void copy(permalink(here, buffer, entry)))}
    ${may ? button("trash", t("Delete"), () => open("delete", { buffer, entry })) : null}
  </div>`;
}

/**
 * @param {import("../../state/network.js").Network} here
 * @param {import("../../state/buffer.js").Buffer} buffer
 * @param {import("../../state/buffer_line.js").Entry} entry
 */
export function mayDelete(here, buffer, entry) {
  return here.has("draft/message-redaction") && (entry.mine || here.operator.value || here.rank(buffer) >= here.client.support.rankOf("o"));
}
