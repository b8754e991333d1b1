// Who is here, by rank, with away, bot and account shown.

import { html, useMemo, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { openPerson } from "../actions.js";
import { hue, initial } from "../ui.js";

const MOST_SHOWN = 300;

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer}} props */
export function Members({ here, buffer }) {
  const [wanted, setWanted] = useState("");
  const members = buffer.members.value;
  const people = here.people.value;
  const support = here.client.support;
  const sorted = useMemo(
    () => [...members.values()].sort((a, b) => support.rank(b.signs) - support.rank(a.signs) || a.nick.localeCompare(b.nick)),
    [members],
  );
  const found = wanted ? sorted.filter((each) => here.fold(each.nick).includes(here.fold(wanted))) : sorted;
  const shown = found.slice(0, MOST_SHOWN);
  const operators = shown.filter((each) => support.rank(each.signs) >= support.rankOf("h"));
  const others = shown.filter((each) => support.rank(each.signs) < support.rankOf("h"));
  return html`<aside class="members" aria-label=${t("Members")}>
    ${members.size > 15 ? html`<input type="search" placeholder=${t("Find somebody")} aria-label=${t("Find somebody")} value=${wanted} onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />` : null}
    ${/** @type {[string, import("../../state/buffer.js").Member[]][]} */ ([[t("Operators"), operators], [t("Members"), others]]).map(([title, list]) => list.length ? html`
      <section key=${title}><h2>${title} <span class="note">${list.length}</span></h2>
        <ul>${list.map((/** @type {import("../../state/buffer.js").Member} */ { nick, signs }) => {
          const person = people.get(here.fold(nick));
          return html`<li key=${nick}><button type="button" class=${`item ${person?.away ? "away" : ""}`} onClick=${(/** @type {MouseEvent} */ event) => openPerson(event, nick)}>
            <span class=${`avatar small ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
            <span class="label">${nick}</span>
            ${person?.bot ? html`<span class="badge">${t("bot")}</span>` : null}
            ${signs ? html`<span class="sign" title=${signs}>${signs[0]}</span>` : null}
            ${person?.away ? html`<span class="offscreen">${t("away")}</span>` : null}
          </button></li>`;
        })}</ul></section>` : null)}
    ${found.length > MOST_SHOWN ? html`<p class="note">${tn("and {count} more", "and {count} more", found.length - MOST_SHOWN)}</p>` : null}
  </aside>`;
}
