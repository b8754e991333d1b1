// Above the messages: where we are, what it is about, and the ways out.

import { html } from "../html.js";
import { membersOpen } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { open } from "../actions.js";
import { Icon } from "../icons.js";
import { Line } from "../timeline/rich.js";
import { drawer, isPhone, memberDrawer, panel } from "../ui.js";

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Header({ here, buffer }) {
  const unread = [...here.buffers.value.values()].reduce((sum, each) => sum + (each === buffer ? 0 : each.mentions.value), 0);
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => void} */ act, /** @type {boolean | undefined} */ pressed = undefined) =>
    html`<button type="button" class="icon-button" aria-label=${label} title=${label} aria-pressed=${pressed} onClick=${act}><${Icon} name=${icon} /></button>`;
  const members = buffer.members.value.size;
  return html`<header class="masthead">
    <button type="button" class="icon-button phone" aria-label=${t("Conversations")} onClick=${() => (drawer.value = true)}><${Icon} name="menu" />${unread ? html`<span class="count mentions">${unread}</span>` : null}</button>
    <h1>${buffer.kind === "server" ? here.name.value : buffer.name.value}</h1>
    <${About} here=${here} buffer=${buffer} />
    <span class="buttons">
      ${buffer.kind === "server" ? null : button("calendar", t("Go to a day"), () => open("date", buffer))}
      ${here.has("draft/search") ? button("search", t("Search (Ctrl+F)"), () => (panel.value = panel.value === "search" ? "" : "search"), panel.value === "search") : null}
      ${buffer.kind === "channel" ? html`
        ${button("share", t("Invite people"), () => open("invite", buffer))}
        ${button("gear", t("About this channel"), () => open("room", buffer))}
        <button type="button" class="icon-button with-number" aria-pressed=${isPhone() ? memberDrawer.value : membersOpen.value} aria-label=${tn("{count} member", "{count} members", members)} title=${t("Members")}
          onClick=${() => (isPhone() ? (memberDrawer.value = !memberDrawer.value) : (membersOpen.value = !membersOpen.value))}><${Icon} name="people" />${members}</button>` : null}
    </span>
  </header>`;
}

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
function About({ here, buffer }) {
  if (buffer.kind === "channel") {
    return html`<p class="topic" title=${buffer.topic.value}><${Line} text=${buffer.topic.value} buffer=${buffer} /></p>`;
  }
  const person = here.people.value.get(buffer.key);
  return html`<p class="topic">${person?.away ? t("away: {text}", { text: person.awayText || "…" }) : ""}</p>`;
}
