// Above the messages: the name and topic of the conversation, and buttons for what goes with it.

import { html } from "../html.js";
import { membersOpen } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { openDialog } from "../actions.js";
import { isPhone } from "../device.js";
import { Icon } from "../icons.js";
import { RichLine } from "../timeline/rich_text.js";
import { drawer, memberDrawer, panel } from "../view.js";

/** @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Header({ network, buffer }) {
  const unread = [...network.buffers.value.values()].reduce((sum, each) => sum + (each === buffer ? 0 : each.mentions.value), 0);
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ act, /** @type {boolean | undefined} */ pressed = undefined) =>
    html`<button type="button" class="icon-button" aria-label=${label} title=${label} aria-pressed=${pressed} onClick=${act}><${Icon} name=${icon} /></button>`;
  const members = buffer.members.value.size;
  return html`<header class="masthead">
    <button type="button" class="icon-button phone" aria-label=${t("Conversations")} onClick=${() => (drawer.value = true)}><${Icon} name="menu" />${unread ? html`<span class="count mentions">${unread}</span>` : null}</button>
    <h1>${buffer.kind === "server" ? network.name.value : buffer.name.value}</h1>
    <${Topic} network=${network} buffer=${buffer} />
    <span class="buttons">
      ${buffer.kind === "server" ? null : button("calendar", t("Go to a day"), () => openDialog("date", buffer))}
      ${network.has("draft/search") ? button("search", t("Search (Ctrl+F)"), () => (panel.value = panel.value === "search" ? "" : "search"), panel.value === "search") : null}
      ${buffer.kind === "channel" ? html`
        ${button("share", t("Invite people"), () => openDialog("invite", buffer))}
        ${button("gear", t("About this channel"), () => openDialog("channel", buffer))}
        <button type="button" class="icon-button with-number" aria-pressed=${isPhone() ? memberDrawer.value : membersOpen.value} aria-label=${tn("{count} member", "{count} members", members)} title=${t("Members")}
          onClick=${() => (isPhone() ? (memberDrawer.value = !memberDrawer.value) : (membersOpen.value = !membersOpen.value))}><${Icon} name="people" />${members}</button>` : null}
    </span>
  </header>`;
}

/** The topic of a channel, or why a user is away. @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
function Topic({ network, buffer }) {
  if (buffer.kind === "channel") {
    return html`<p class="topic" title=${buffer.topic.value}><${RichLine} text=${buffer.topic.value} buffer=${buffer} /></p>`;
  }
  const info = network.users.value.get(buffer.key);
  return html`<p class="topic">${info?.away ? t("away: {text}", { text: info.awayText || "…" }) : ""}</p>`;
}
