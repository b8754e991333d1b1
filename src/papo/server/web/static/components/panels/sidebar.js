// The open conversations with their unread counts, and our own nick.

import { html } from "../html.js";
import { muted } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { openDialog, showBuffer } from "../actions.js";
import { hue, initial } from "../avatar.js";
import { Icon } from "../icons.js";

/** @param {{network: import("../../state/network.js").Network}} props */
export function Sidebar({ network }) {
  const all = [...network.buffers.value.values()];
  const channels = all.filter((each) => each.kind === "channel").sort((a, b) => a.key.localeCompare(b.key));
  const people = all.filter((each) => each.kind === "person").sort((a, b) => b.latestAt.value - a.latestAt.value);
  const nick = network.nick.value;
  return html`
    <nav class="sidebar" aria-label=${t("Conversations")}>
      <header>
        <button type="button" class="network" onClick=${() => showBuffer("")} title=${t("Messages of the server")}>${network.name.value || new URL(network.url).host}</button>
        <button type="button" class="icon-button" aria-label=${t("Go to… (Ctrl+K)")} title=${t("Go to… (Ctrl+K)")} onClick=${() => openDialog("palette")}><${Icon} name="search" /></button>
      </header>
      <div class="lists">
        <${Group} title=${t("Channels")} label=${t("Find a channel")} act=${() => openDialog("browse")}>
          ${channels.map((each) => html`<${Item} key=${each.key} network=${network} buffer=${each} />`)}
        <//>
        <${Group} title=${t("People")} label=${t("Write to somebody")} act=${() => openDialog("palette", "@")}>
          ${people.map((each) => html`<${Item} key=${each.key} network=${network} buffer=${each} />`)}
        <//>
      </div>
      <footer>
        <button type="button" class="me" onClick=${() => openDialog("account")} title=${t("You")}>
          <span class=${`avatar ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
          <span class="who"><b>${nick}</b><span class="note">${status(network)}</span></span>
        </button>
        <button type="button" class="icon-button" aria-label=${t("Settings")} title=${t("Settings")} onClick=${() => openDialog("settings")}><${Icon} name="gear" /></button>
      </footer>
    </nav>`;
}

/** @param {import("../../state/network.js").Network} network */
function status(network) {
  if (network.status.value !== "online") return t("offline");
  if (network.away.value) return t("away");
  return network.account.value ? t("signed in") : t("guest");
}

/** @param {{title: string, label: string, act: () => void, children?: any}} props */
function Group({ title, label, act, children }) {
  return html`<section>
    <h2>${title}<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${act}><${Icon} name="plus" /></button></h2>
    <ul>${children}</ul>
  </section>`;
}

/** @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
function Item({ network, buffer }) {
  const name = buffer.name.value;
  const isCurrent = network.current.value === buffer.key;
  const [unread, mentions] = [buffer.unread.value, buffer.mentions.value];
  const isMuted = muted.value.includes(buffer.key);
  const info = buffer.kind === "person" ? network.users.value.get(buffer.key) : undefined;
  const classes = ["item", isCurrent ? "current" : "", unread && !isMuted ? "unread-item" : "", buffer.joined.value ? "" : "left", info?.away ? "away" : ""];
  return html`<li>
    <button type="button" class=${classes.filter(Boolean).join(" ")} aria-current=${isCurrent ? "page" : undefined} onClick=${() => showBuffer(buffer.key)}>
      ${buffer.kind === "channel" ? html`<${Icon} name=${buffer.modes.value.has("i") || buffer.modes.value.has("k") ? "lock" : "hash"} />` : html`<span class=${`dot ${hue(name)}`} aria-hidden="true"></span>`}
      <span class="label">${buffer.kind === "channel" ? name.replace(/^#/, "") : name}</span>
      ${isMuted ? html`<${Icon} name="mute" />` : null}
      ${mentions ? html`<span class="count mentions" aria-label=${tn("{count} mention", "{count} mentions", mentions)}>${mentions > 99 ? "99+" : mentions}</span>` : unread && !isMuted ? html`<span class="count" aria-label=${tn("{count} unread message", "{count} unread messages", unread)}>${unread > 99 ? "99+" : unread}</span>` : null}
    </button>
  </li>`;
}
