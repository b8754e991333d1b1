// A channel: its topic and name, its modes as switches, its bans.

import { html, useEffect, useState } from "../html.js";
import { N } from "../../lib/numerics.js";
import { t } from "../../lib/translate.js";
import { muted } from "../../state/settings.js";
import { closeDialog } from "../actions.js";
import { short } from "../timeline/times.js";
import { Dialog } from "./dialog.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 */

/** @returns {[string, string, string][]} mode letter, label, explanation */
function switches() {
  return [
    ["m", t("Only operators and people with voice can write"), t("For a lecture, or when it gets too loud.")],
    ["i", t("By invitation only"), t("Nobody can join without an invitation.")],
    ["M", t("Only people with an account can write"), t("Keeps out people who come back under a new name.")],
    ["t", t("Only operators can set the topic"), ""],
    ["A", t("Members can create invitation links"), t("Otherwise only operators can.")],
    ["s", t("Hidden"), t("It is not listed, and only members see who is in it.")],
  ];
}
/** Without these more people can read what was said. */
const OPENING = new Set(["i", "s"]);
const SLOW_MODE_S = [0, 5, 15, 60];

/** @param {{network: Network, about: Buffer}} props */
export function ChannelDialog({ network, about: buffer }) {
  const isOperator = network.rank(buffer) >= network.client.support.rankOf("h") || network.operator.value;
  const isMuted = muted.value.includes(buffer.key);
  return html`<${Dialog} title=${buffer.name.value}>
    <${TopicForm} network=${network} buffer=${buffer} canSet=${isOperator || !buffer.modes.value.has("t")} />
    ${isOperator && network.has("draft/channel-rename") ? html`<${NameForm} network=${network} buffer=${buffer} />` : null}
    <label class="check"><input type="checkbox" checked=${isMuted} onChange=${() => {
      muted.value = isMuted ? muted.value.filter((each) => each !== buffer.key) : [...muted.value, buffer.key];
    }} /> ${t("No notifications from this channel")}</label>
    <${Modes} network=${network} buffer=${buffer} isOperator=${isOperator} />
    <${Bans} network=${network} buffer=${buffer} isOperator=${isOperator} />
    <div class="row"><button type="button" class="danger" onClick=${() => {
      network.client.send("PART", buffer.name.value);
      closeDialog();
    }}>${t("Leave this channel")}</button></div>
  <//>`;
}

/** @param {{network: Network, buffer: Buffer, canSet: boolean}} props */
function TopicForm({ network, buffer, canSet }) {
  const [topic, setTopic] = useState(buffer.topic.value);
  return html`<form class="row" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    network.client.send("TOPIC", buffer.name.value, topic);
    closeDialog();
  }}><label class="grow">${t("Topic")}<input type="text" value=${topic} disabled=${!canSet}
      maxlength=${network.client.support.number("TOPICLEN", 390)} onInput=${(/** @type {any} */ event) => setTopic(event.target.value)} /></label>
    ${canSet ? html`<button type="submit">${t("Set")}</button>` : null}</form>`;
}

/** @param {{network: Network, buffer: Buffer}} props */
function NameForm({ network, buffer }) {
  const support = network.client.support;
  return html`<form class="row" onSubmit=${(/** @type {any} */ event) => {
    event.preventDefault();
    const name = String(new FormData(event.target).get("name")).trim();
    network.client.send("RENAME", buffer.name.value, support.isChannel(name) ? name : `#${name}`, "-");
    closeDialog();
  }}><label class="grow">${t("Name")}<input type="text" name="name" value=${buffer.name.value} required maxlength=${support.number("CHANNELLEN", 64)} /></label><button type="submit">${t("Rename")}</button></form>`;
}

/** @param {{network: Network, buffer: Buffer, isOperator: boolean}} props */
function Modes({ network, buffer, isOperator }) {
  const [, , whenSet, flags] = network.client.support.channelModes;
  const modes = buffer.modes.value;
  const change = (/** @type {string} */ letter, /** @type {boolean} */ on, /** @type {string[]} */ ...words) => network.client.send("MODE", buffer.name.value, `${on ? "+" : "-"}${letter}`, ...words);
  const slow = parseInt(modes.get("W") ?? "0", 10);
  const [opening, setOpening] = useState("");
  const toggle = (/** @type {string} */ letter, /** @type {HTMLInputElement} */ box) => {
    if (box.checked || !OPENING.has(letter) || (letter === "s" && modes.has("i"))) change(letter, box.checked);
    else {
      box.checked = true; // until the user has answered
      setOpening(letter);
    }
  };
  return html`<fieldset disabled=${!isOperator}><legend>${t("Permissions")}</legend>
    ${switches().filter(([letter]) => flags.includes(letter)).map(([letter, label, about]) => html`
      <label class="check" title=${`/mode ${modes.has(letter) ? "-" : "+"}${letter}`}><input type="checkbox" checked=${modes.has(letter)}
        onChange=${(/** @type {any} */ event) => toggle(letter, event.target)} /> <span>${label}${about ? html`<br /><span class="note">${about}</span>` : null}</span></label>
      ${opening === letter && modes.has(letter) ? html`<div role="alert"><p>${t("Whoever joins afterwards can read what was said here before.")}</p>
        <div class="row"><button type="button" class="danger" onClick=${() => {
          setOpening("");
          change(letter, false);
        }}>${t("Open the channel")}</button><button type="button" onClick=${() => setOpening("")}>${t("Leave it closed")}</button></div></div>` : null}`)}
    ${whenSet.includes("W") ? html`<label>${t("Slow mode: one message per person every")}
      <select onChange=${(/** @type {any} */ event) => (event.target.value === "0" ? change("W", false) : change("W", true, event.target.value))}>
        ${SLOW_MODE_S.concat(SLOW_MODE_S.includes(slow) ? [] : [slow]).map((seconds) => html`<option value=${seconds} selected=${seconds === slow}>${seconds ? t("{seconds} seconds", { seconds }) : t("off")}</option>`)}
      </select></label>` : null}
  </fieldset>`;
}

/** @param {{network: Network, buffer: Buffer, isOperator: boolean}} props */
function Bans({ network, buffer, isOperator }) {
  const [bans, setBans] = useState(/** @type {{mask: string, by: string, at: number}[]} */ ([]));
  const load = () => network.client.ask("MODE", buffer.name.value, "b").then(
    (answer) => setBans(answer.filter((each) => each.command === N.RPL_BANLIST).map(({ params }) => ({ mask: params[2], by: params[3] ?? "", at: parseInt(params[4] ?? "0", 10) * 1000 }))),
    () => {},
  );
  useEffect(() => void load(), [buffer]);
  if (!bans.length) return null;
  return html`<fieldset><legend>${t("Banned and muted")}</legend><ul class="bans">
    ${bans.map(({ mask, by, at }) => html`<li key=${mask}><code>${mask.replace(/^m:/, "")}</code> ${mask.startsWith("m:") ? html`<span class="badge">${t("muted")}</span>` : null}
      <span class="note">${by.split("!")[0]}${at ? ` · ${short(at)}` : ""}</span>
      ${isOperator ? html`<button type="button" class="link" onClick=${() => {
        network.client.send("MODE", buffer.name.value, "-b", mask);
        setBans(bans.filter((each) => each.mask !== mask));
      }}>${t("Remove")}</button>` : null}</li>`)}
  </ul></fieldset>`;
}
