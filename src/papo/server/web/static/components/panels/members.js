// The members of a channel, operators first.

import { html, useMemo, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { openUserCard } from "../actions.js";
import { hue, initial } from "../avatar.js";

const MAX_SHOWN = 300;

/** @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Members({ network, buffer }) {
  const [wanted, setWanted] = useState("");
  const members = buffer.members.value;
  const users = network.users.value;
  const support = network.client.support;
  const sorted = useMemo(
    () => [...members.values()].sort((a, b) => support.rank(b.prefixes) - support.rank(a.prefixes) || a.nick.localeCompare(b.nick)),
    [members],
  );
  const found = wanted ? sorted.filter((each) => network.fold(each.nick).includes(network.fold(wanted))) : sorted;
  const shown = found.slice(0, MAX_SHOWN);
  const operators = shown.filter((each) => support.rank(each.prefixes) >= support.rankOf("h"));
  const others = shown.filter((each) => support.rank(each.prefixes) < support.rankOf("h"));
  return html`<aside class="members" aria-label=${t("Members")}>
    ${members.size > 15 ? html`<input type="search" placeholder=${t("Find somebody")} aria-label=${t("Find somebody")} value=${wanted} onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />` : null}
    ${/** @type {[string, import("../../state/buffer.js").Member[]][]} */ ([[t("Operators"), operators], [t("Members"), others]]).map(([title, list]) => list.length ? html`
      <section key=${title}><h2>${title} <span class="note">${list.length}</span></h2>
        <ul>${list.map((/** @type {import("../../state/buffer.js").Member} */ { nick, prefixes }) => {
          const info = users.get(network.fold(nick));
          return html`<li key=${nick}><button type="button" class=${`item ${info?.away ? "away" : ""}`} onClick=${(/** @type {MouseEvent} */ event) => openUserCard(event, nick)}>
            <span class=${`avatar small ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
            <span class="label">${nick}</span>
            ${info?.bot ? html`<span class="badge">${t("bot")}</span>` : null}
            ${prefixes ? html`<span class="sign" title=${prefixes}>${prefixes[0]}</span>` : null}
            ${info?.away ? html`<span class="offscreen">${t("away")}</span>` : null}
          </button></li>`;
        })}</ul></section>` : null)}
    ${found.length > MAX_SHOWN ? html`<p class="note">${tn("and {count} more", "and {count} more", found.length - MAX_SHOWN)}</p>` : null}
  </aside>`;
}
