// A user: what is known of them, a message to them, and moderation as buttons.

import { html, useEffect, useState } from "../html.js";
import { N } from "../../lib/numerics.js";
import { banMask } from "../../state/commands.js";
import { t } from "../../lib/translate.js";
import { closeDialog, openDialog, showBuffer } from "../actions.js";
import { hue, initial } from "../avatar.js";
import { Dialog } from "./dialog.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 */

/** @param {{network: Network, about: string}} props `about`: the nick */
export function UserCard({ network, about: nick }) {
  const [facts, setFacts] = useState(/** @type {[string, string][] | null} */ (null));
  useEffect(() => {
    network.client.ask("WHOIS", nick).then((answer) => setFacts(whoisFacts(answer)), () => setFacts([]));
  }, [nick]);
  const info = network.findUser(nick);
  const buffer = network.currentBuffer.value;
  const isMe = network.isMe(nick);
  const write = () => {
    network.open(nick);
    closeDialog();
    showBuffer(network.fold(nick));
  };
  return html`<${Dialog} title=${nick}>
    <div class="person"><span class=${`avatar large ${hue(nick)}`} aria-hidden="true">${initial(nick)}</span>
      <dl>
        ${info?.account ? html`<dt>${t("Account")}</dt><dd>${info.account}</dd>` : null}
        ${info?.away ? html`<dt>${t("Away")}</dt><dd>${info.awayText || "…"}</dd>` : null}
        ${(facts ?? []).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
        ${facts?.length === 0 ? html`<dd class="note">${t("This person is not connected now.")}</dd>` : null}
      </dl>
    </div>
    ${isMe ? null : html`<div class="row"><button type="button" class="primary" onClick=${write}>${t("Write a message")}</button></div>`}
    ${buffer.kind === "channel" && !isMe && buffer.members.value.has(network.fold(nick)) ? html`<${Moderation} network=${network} buffer=${buffer} nick=${nick} />` : null}
  <//>`;
}

/** @param {{network: Network, buffer: Buffer, nick: string}} props */
function Moderation({ network, buffer, nick }) {
  const support = network.client.support;
  const rank = network.rank(buffer);
  if (rank < support.rankOf("h") && !network.operator.value) return null;
  const prefixes = buffer.members.value.get(network.fold(nick))?.prefixes ?? "";
  const has = (/** @type {string} */ letter) => prefixes.includes(support.prefixes[support.prefixModes.indexOf(letter)] ?? "\0");
  const toggle = (/** @type {string} */ letter) => `${has(letter) ? "-" : "+"}${letter}`;
  const mode = (/** @type {string} */ letters, /** @type {string} */ word) => network.client.send("MODE", buffer.name.value, letters, word);
  const kick = () => network.client.send("KICK", buffer.name.value, nick);
  const button = (/** @type {string} */ label, /** @type {string} */ command, /** @type {() => void} */ act, danger = false) =>
    html`<button type="button" class=${danger ? "danger" : ""} title=${command} onClick=${() => {
      act();
      closeDialog();
    }}>${label}</button>`;
  return html`<fieldset><legend>${t("In {name}", { name: buffer.name.value })}</legend><div class="row">
    ${rank >= support.rankOf("o") ? button(has("o") ? t("Remove as operator") : t("Make operator"), `/mode ${toggle("o")} ${nick}`, () => mode(toggle("o"), nick)) : null}
    ${button(has("v") ? t("Take voice") : t("Give voice"), `/mode ${toggle("v")} ${nick}`, () => mode(toggle("v"), nick))}
    ${button(t("Mute"), `/mute ${nick}`, () => mode("+b", `m:${banMask(network, nick)}`))}
    ${button(t("Kick"), `/kick ${nick}`, kick, true)}
    ${button(t("Kick and ban"), `/ban ${nick}`, () => {
      mode("+b", banMask(network, nick));
      kick();
    }, true)}
    <button type="button" class="link" onClick=${() => openDialog("channel", buffer)}>${t("All bans")}</button>
  </div></fieldset>`;
}

/** @param {import("../../lib/batches.js").ServerMessage[]} answer to WHOIS @returns {[string, string][]} name, value */
function whoisFacts(answer) {
  /** @type {[string, string][]} */
  const facts = [];
  for (const { command, params } of answer) {
    if (command === N.RPL_WHOISUSER) facts.push([t("Name"), params[5] ?? ""], [t("Address"), `${params[2]}@${params[3]}`]);
    else if (command === N.RPL_WHOISCHANNELS) facts.push([t("Channels"), params[2] ?? ""]);
    else if (command === N.RPL_WHOISOPERATOR || command === N.RPL_WHOISBOT || command === N.RPL_WHOISSECURE) facts.push(["", params.at(-1) ?? ""]);
  }
  return facts;
}
