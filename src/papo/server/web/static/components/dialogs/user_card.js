// Who somebody is, and what we may do with them here: a message, a mention, and moderation as buttons.

import { html, useEffect, useState } from "../html.js";
import { banMask } from "../../state/commands.js";
import { t } from "../../lib/translate.js";
import { close, open, showBuffer } from "../actions.js";
import { Dialog } from "./dialog.js";
import { hue, initial } from "../ui.js";

/** @param {{here: import("../../state/network.js").Network, about: string}} props */
export function Person({ here, about }) {
  const nick = about;
  const [facts, setFacts] = useState(/** @type {[string, string][] | null} */ (null));
  useEffect(() => {
    here.client.ask("WHOIS", nick).then((answer) => setFacts(whois(answer)), () => setFacts([]));
  }, [nick]);
  const person = here.person(nick);
  const buffer = here.shown.value;
  const me = here.isMe(nick);
  const write = () => {
    here.open(nick);
    close();
    showBuffer(here.fold(nick));
  };
  return html`<${Dialog} title=${nick}>
    <div class="person"><span class=${`avatar large ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
      <dl>
        ${person?.account ? html`<dt>${t("Account")}</dt><dd>${person.account}</dd>` : null}
        ${person?.away ? html`<dt>${t("Away")}</dt><dd>${person.awayText || "…"}</dd>` : null}
        ${(facts ?? []).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
        ${facts?.length === 0 ? html`<dd class="note">${t("This person is not here now.")}</dd>` : null}
      </dl>
    </div>
    ${me ? null : html`<div class="row"><button type="button" class="primary" onClick=${write}>${t("Write a message")}</button></div>`}
    ${buffer.kind === "channel" && !me && buffer.members.value.has(here.fold(nick)) ? html`<${Moderation} here=${here} buffer=${buffer} nick=${nick} />` : null}
  <//>`;
}

/** @param {{here: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer, nick: string}} props */
function Moderation({ here, buffer, nick }) {
  const support = here.client.support;
  const mine = here.rank(buffer);
  if (mine < support.rankOf("h") && !here.operator.value) return null;
  const signs = buffer.members.value.get(here.fold(nick))?.signs ?? "";
  const has = (/** @type {string} */ letter) => signs.includes(support.prefixes[support.prefixModes.indexOf(letter)] ?? "\0");
  const mode = (/** @type {string} */ letters, /** @type {string} */ word) => here.client.send("MODE", buffer.name.value, letters, word);
  const button = (/** @type {string} */ label, /** @type {string} */ command, /** @type {() => void} */ act, danger = false) =>
    html`<button type="button" class=${danger ? "danger" : ""} title=${command} onClick=${() => {
      act();
      close();
    }}>${label}</button>`;
  return html`<fieldset><legend>${t("In {name}", { name: buffer.name.value })}</legend><div class="row">
    ${mine >= support.rankOf("o") ? button(has("o") ? t("No operator any more") : t("Make operator"), `/mode ${has("o") ? "-o" : "+o"} ${nick}`, () => mode(has("o") ? "-o" : "+o", nick)) : null}
    ${button(has("v") ? t("Take voice") : t("Give voice"), `/mode ${has("v") ? "-v" : "+v"} ${nick}`, () => mode(has("v") ? "-v" : "+v", nick))}
    ${button(t("Mute"), `/mute ${nick}`, () => mode("+b", `m:${banMask(here, nick)}`))}
    ${button(t("Put out"), `/kick ${nick}`, () => here.client.send("KICK", buffer.name.value, nick), true)}
    ${button(t("Put out and ban"), `/ban ${nick}`, () => {
      mode("+b", banMask(here, nick));
      here.client.send("KICK", buffer.name.value, nick);
    }, true)}
    <button type="button" class="link" onClick=${() => open("room", buffer)}>${t("All bans")}</button>
  </div></fieldset>`;
}

/** @param {import("../../lib/client.js").Arrived[]} answer @returns {[string, string][]} */
function whois(answer) {
  /** @type {[string, string][]} */
  const facts = [];
  for (const { command, params } of answer) {
    if (command === "311") facts.push([t("Name"), params[5] ?? ""], [t("Address"), `${params[2]}@${params[3]}`]);
    else if (command === "319") facts.push([t("Channels"), params[2] ?? ""]);
    else if (command === "313" || command === "335" || command === "671") facts.push(["", params.at(-1) ?? ""]);
  }
  return facts;
}
