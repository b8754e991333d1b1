// The toolbar of the message under the pointer or the keyboard. There is one, and it moves.

import { html, signal } from "../html.js";
import { isMessage } from "../../state/buffer_line.js";
import { canDelete, react } from "../../state/send.js";
import { recentEmoji } from "../../state/settings.js";
import { t } from "../../lib/translate.js";
import { openDialog, permalink, startEdit, startReply } from "../actions.js";
import { copy } from "../clipboard.js";
import { Icon } from "../icons.js";

/** Key and position of the row that has the toolbar. @type {import("../../vendor/signals-core.js").Signal<{key: string, top: number} | null>} */
export const active = signal(null);

/** @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Toolbar({ network, buffer }) {
  const at = active.value;
  const line = at && buffer.lines.value.find((each) => each.key === at.key);
  if (!at || !line || !isMessage(line) || line.redacted || line.pending || !line.id || network.status.value !== "online") return null;
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ act) =>
    html`<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${act}><${Icon} name=${icon} /></button>`;
  return html`<div class="toolbar" role="toolbar" aria-label=${t("Message")} style=${{ top: `${Math.max(0, at.top - 18)}px` }}>
    ${network.has("message-tags") ? html`
      ${recentEmoji.value.slice(0, 3).map((emoji) => html`<button type="button" class="icon-button emoji" key=${emoji} aria-label=${t("React with {emoji}", { emoji })} onClick=${() => react(network, buffer, line, emoji)}>${emoji}</button>`)}
      ${button("smile", t("React"), () => openDialog("emoji", { buffer, line }))}
      ${button("reply", t("Reply"), () => startReply(buffer, line))}` : null}
    ${line.mine && network.has("draft/message-edit") ? button("edit", t("Edit"), () => startEdit(buffer, line)) : null}
    ${button("link", t("Copy a link to this message"), () => void copy(permalink(buffer, line)))}
    ${canDelete(network, buffer, line) ? button("trash", t("Delete"), () => openDialog("delete", { buffer, line })) : null}
  </div>`;
}
