// The channels of the server: join one, or create one.

import { html, useEffect, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { withoutAccents } from "../../lib/accents.js";
import { closeDialog } from "../actions.js";
import { drawer } from "../view.js";
import { Dialog } from "./dialog.js";

const MAX_SHOWN = 200;

/** @param {{network: import("../../state/network.js").Network}} props */
export function ChannelList({ network }) {
  const [wanted, setWanted] = useState("");
  const [done, setDone] = useState(false);
  useEffect(() => {
    network.channelList.value = [];
    network.client.ask("LIST").then(() => network.caughtUp()).then(() => setDone(true), () => setDone(true));
  }, []);
  const rows = (network.channelList.value ?? [])
    .filter((each) => withoutAccents(`${each.name} ${each.topic}`).includes(withoutAccents(wanted)))
    .sort((a, b) => b.users - a.users || a.name.localeCompare(b.name))
    .slice(0, MAX_SHOWN);
  const name = network.client.support.isChannel(wanted.trim()) ? wanted.trim() : `#${wanted.trim().replace(/\s+/g, "-")}`;
  const exists = rows.some((each) => network.fold(each.name) === network.fold(name));
  const join = (/** @type {string} */ channel) => {
    closeDialog();
    drawer.value = false;
    network.join(channel);
  };
  return html`<${Dialog} title=${t("Channels")} wide=${true}>
    <input type="search" placeholder=${t("Find a channel, or name a new one")} aria-label=${t("Find a channel, or name a new one")} value=${wanted} autofocus onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />
    <ul class="channels">
      ${rows.map((each) => html`<li key=${each.name}><button type="button" onClick=${() => join(each.name)}><b>${each.name}</b><span class="note">${tn("{count} person", "{count} people", each.users)}</span><span class="about">${each.topic}</span></button></li>`)}
      ${wanted.trim() && !exists ? html`<li><button type="button" onClick=${() => join(name)}><b>${name}</b><span class="about">${t("Create this channel, or join it if it is hidden")}</span></button></li>` : null}
    </ul>
    ${done ? (rows.length || wanted ? null : html`<p class="note">${t("There are no channels yet. Type a name to create the first.")}</p>`) : html`<p class="note">${t("Loading…")}</p>`}
  <//>`;
}
