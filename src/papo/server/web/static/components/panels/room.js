// A channel from the inside: its topic, who may do what as switches, its bans; and the invitation to it.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { muted } from "../../state/settings.js";
import { close } from "../actions.js";
import { Dialog } from "../dialogs/dialog.js";
import { short } from "../timeline/times.js";
import { copy } from "../ui.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 */

/** Mode letter to what it says about the channel. @returns {[string, string, string][]} letter, switch, why */
function switches() {
  return [
    ["m", t("Only operators and those with voice talk"), t("For a lecture, or when it gets too loud.")],
    ["i", t("By invitation only"), t("Nobody comes in without being invited.")],
    ["M", t("Only people with an account talk"), t("Keeps out who comes back under a new name.")],
    ["t", t("Only operators set the topic"), ""],
    ["s", t("Hidden"), t("It is in no list, and nobody outside sees who is in it.")],
  ];
}
const SLOW_S = [0, 5, 15, 60];

/** @param {{here: Network, about: Buffer}} props */
export function Room({ here, about: buffer }) {
  const support = here.client.support;
  const may = here.rank(buffer) >= support.rankOf("h") || here.operator.value;
  const modes = buffer.modes.value;
  const [topic, setTopic] = useState(buffer.topic.value);
  const known = support.channelModes[3];
  const change = (/** @type {string} */ letter, /** @type {boolean} */ on, /** @type {string[]} */ ...words) => here.client.send("MODE", buffer.name.value, `${on ? "+" : "-"}${letter}`, ...words);
  const slow = parseInt(modes.get("W") ?? "0", 10);
  const quiet = muted.value.includes(buffer.key);
  return html`<${Dialog} title=${buffer.name.value}>
    <form class="row" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      here.client.send("TOPIC", buffer.name.value, topic);
      close();
    }}><label class="grow">${t("Topic")}<input type="text" value=${topic} maxlength=${support.number("TOPICLEN", 390)} disabled=${!may && modes.has("t")} onInput=${(/** @type {any} */ event) => setTopic(event.target.value)} /></label>
      ${may || !modes.has("t") ? html`<button type="submit">${t("Set")}</button>` : null}</form>
    ${may && here.has("draft/channel-rename") ? html`<form class="row" onSubmit=${(/** @type {any} */ event) => {
      event.preventDefault();
      const name = String(new FormData(event.target).get("name")).trim();
      here.client.send("RENAME", buffer.name.value, support.isChannel(name) ? name : `#${name}`, "-");
      close();
    }}><label class="grow">${t("Name")}<input type="text" name="name" value=${buffer.name.value} required maxlength=${support.number("CHANNELLEN", 64)} /></label><button type="submit">${t("Rename")}</button></form>` : null}
    <label class="check"><input type="checkbox" checked=${quiet} onChange=${() => (muted.value = quiet ? muted.value.filter((each) => each !== buffer.key) : [...muted.value, buffer.key])} /> ${t("No notifications from this channel")}</label>
    <fieldset disabled=${!may}><legend>${t("Who may do what")}</legend>
      ${switches().filter(([letter]) => known.includes(letter)).map(([letter, label, why]) => html`<label class="check" title=${`/mode ${modes.has(letter) ? "-" : "+"}${letter}`}><input type="checkbox" checked=${modes.has(letter)} onChange=${(/** @type {any} */ event) => change(letter, event.target.checked)} /> <span>${label}${why ? html`<br /><span class="note">${why}</span>` : null}</span></label>`)}
      ${support.channelModes[2].includes("W") ? html`<label>${t("Slow mode: one message of each person in")}
        <select onChange=${(/** @type {any} */ event) => (event.target.value === "0" ? change("W", false) : change("W", true, event.target.value))}>
          ${SLOW_S.concat(SLOW_S.includes(slow) ? [] : [slow]).map((seconds) => html`<option value=${seconds} selected=${seconds === slow}>${seconds ? t("{seconds} seconds", { seconds }) : t("no time: off")}</option>`)}
        </select></label>` : null}
    </fieldset>
    <${Bans} here=${here} buffer=${buffer} may=${may} />
    <div class="row"><button type="button" class="danger" onClick=${() => {
      here.client.send("PART", buffer.name.value);
      close();
    }}>${t("Leave this channel")}</button></div>
  <//>`;
}

/** @param {{here: Network, buffer: Buffer, may: boolean}} props */
function Bans({ here, buffer, may }) {
  const [bans, setBans] = useState(/** @type {{mask: string, by: string, at: number}[]} */ ([]));
  const read = () => here.client.ask("MODE", buffer.name.value, "b").then(
    (answer) => setBans(answer.filter((each) => each.command === "367").map(({ params }) => ({ mask: params[2], by: params[3] ?? "", at: parseInt(params[4] ?? "0", 10) * 1000 }))),
    () => {},
  );
  useEffect(() => void read(), [buffer]);
  if (!bans.length) return null;
  return html`<fieldset><legend>${t("Banned and muted")}</legend><ul class="bans">
    ${bans.map(({ mask, by, at }) => html`<li key=${mask}><code>${mask.replace(/^m:/, "")}</code> ${mask.startsWith("m:") ? html`<span class="badge">${t("muted")}</span>` : null}
      <span class="note">${by.split("!")[0]}${at ? ` · ${short(at)}` : ""}</span>
      ${may ? html`<button type="button" class="link" onClick=${() => {
        here.client.send("MODE", buffer.name.value, "-b", mask);
        setBans(bans.filter((each) => each.mask !== mask));
      }}>${t("Let in again")}</button>` : null}</li>`)}
  </ul></fieldset>`;
}

/** @param {{here: Network, about: Buffer}} props */
export function Invite({ here, about: buffer }) {
  const [made, setMade] = useState(/** @type {{url: string, qr: string} | null} */ (null));
  const [wrong, setWrong] = useState("");
  const [nick, setNick] = useState("");
  const make = async () => {
    setWrong("");
    const token = await here.token("PAPO", buffer.name.value);
    const answer = await fetch("/api/invites", { method: "POST", headers: { Authorization: `Bearer ${token}`, "Accept-Language": document.documentElement.lang } });
    if (answer.ok) setMade(await answer.json());
    else setWrong((await answer.text()).trim());
  };
  return html`<${Dialog} title=${t("Invite people to {name}", { name: buffer.name.value })}>
    ${made ? html`<p><code class="address">${made.url}</code></p>
      <div class="row"><button type="button" class="primary" onClick=${() => void copy(made.url)}>${t("Copy the link")}</button></div>
      <img class="qr" src=${made.qr} alt=${t("The link as a code for phones")} />
      <p class="note">${t("Whoever has this link can come in, for seven days.")}</p>`
      : html`<div class="row"><button type="button" class="primary" onClick=${make}>${t("Make a link")}</button></div>`}
    ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : null}
    <form class="row" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      here.client.send("INVITE", nick.trim(), buffer.name.value);
      close();
    }}><label class="grow">${t("Or invite somebody who is here")}<input type="text" value=${nick} required placeholder=${t("nick")} onInput=${(/** @type {any} */ event) => setNick(event.target.value)} /></label><button type="submit">${t("Invite")}</button></form>
    <p class="note">${t("On a projector:")} <a href="/qr" target="_blank" rel="noopener">${location.origin}/qr</a></p>
  <//>`;
}
