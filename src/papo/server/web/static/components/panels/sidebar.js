// The conversations, with what is unread in them, and who we are.

import { html } from "../html.js";
import { muted } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { open, showBuffer } from "../actions.js";
import { Icon } from "../icons.js";
import { hue, initial } from "../ui.js";

/** @param {{here: import("../../state/network.js").Network}} props */
export function Sidebar({ here }) {
  const all = [...here.buffers.value.values()];
  const channels = all.filter((each) => each.kind === "channel").sort((a, b) => a.key.localeCompare(b.key));
  const people = all.filter((each) => each.kind === "person").sort((a, b) => b.latestAt.value - a.latestAt.value);
  const nick = here.nick.value;
  return html`
    <nav class="sidebar" aria-label=${t("Conversations")}>
      <header>
        <button type="button" class="network" onClick=${() => showBuffer("")} title=${t("Messages of the server")}>${here.name.value || new URL(here.url).host}</button>
        <button type="button" class="icon-button" aria-label=${t("Go to… (Ctrl+K)")} title=${t("Go to… (Ctrl+K)")} onClick=${() => open("palette")}><${Icon} name="search" /></button>
      </header>
      <div class="lists">
        <${Group} title=${t("Channels")} label=${t("Find a channel")} act=${() => open("browse")}>
          ${channels.map((each) => html`<${Item} key=${each.key} here=${here} buffer=${each} />`)}
        <//>
        <${Group} title=${t("People")} label=${t("Write to somebody")} act=${() => open("palette", "@")}>
          ${people.map((each) => html`<${Item} key=${each.key} here=${here} buffer=${each} />`)}
        <//>
      </div>
      <footer>
        <button type="button" class="me" onClick=${() => open("account")} title=${t("You")}>
          <span class=${`avatar ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
          <span class="who"><b>${nick}</b><span class="note">${status(here)}</span></span>
        </button>
        <button type="button" class="icon-button" aria-label=${t("Settings")} title=${t("Settings")} onClick=${() => open("settings")}><${Icon} name="gear" /></button>
      </footer>
    </nav>`;
}

/** @param {import("../../state/network.js").Network} here */
function status(here) {
  if (here.status.value !== "online") return t("offline");
  if (here.away.value) return t("away");
  return here.account.value ? t("signed in") : t("guest");
}

/** @param {{title: string, label: string, act: () => void, children?: any}} props */
function Group({ title, label, act, children }) {
  return html`<section>
    <h2>${title}<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${act}><${Icon} name="plus" /></button></h2>
    <ul>${children}</ul>
  </section>`;
}

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
function Item({ here, buffer }) {
  const name = buffer.name.value;
  const shown = here.current.value === buffer.key;
  const [unread, mentions] = [buffer.unread.value, buffer.mentions.value];
  const quiet = muted.value.includes(buffer.key);
  const person = buffer.kind === "person" ? here.people.value.get(buffer.key) : undefined;
  const classes = ["item", shown ? "shown" : "", unread && !quiet ? "unread-item" : "", buffer.joined.value ? "" : "left", person?.away ? "away" : ""];
  return html`<li>
    <button type="button" class=${classes.filter(Boolean).join(" ")} aria-current=${shown ? "page" : undefined} onClick=${() => showBuffer(buffer.key)}>
      ${buffer.kind === "channel" ? html`<${Icon} name=${buffer.modes.value.has("i") || buffer.modes.value.has("k") ? "lock" : "hash"} />` : html`<span class=${`dot ${hue(name)}`} aria-hidden="true"></span>`}
      <span class="label">${buffer.kind === "channel" ? name.replace(/^#/, "") : name}</span>
      ${quiet ? html`<${Icon} name="mute" />` : null}
      ${mentions ? html`<span class="count mentions" aria-label=${tn("{count} mention", "{count} mentions", mentions)}>${mentions > 99 ? "99+" : mentions}</span>` : unread && !quiet ? html`<span class="count" aria-label=${tn("{count} unread message", "{count} unread messages", unread)}>${unread > 99 ? "99+" : unread}</span>` : null}
    </button>
  </li>`;
}
