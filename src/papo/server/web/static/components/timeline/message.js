// One message, and one line of comings and goings.

import { html, useState } from "../html.js";
import { links } from "../../lib/markdown.js";
import { plainText } from "../../lib/formatting.js";
import { ours } from "../../state/files.js";
import { giveUp, react, retry } from "../../state/send.js";
import { t, tn } from "../../lib/translate.js";
import { goTo, openPerson } from "../actions.js";
import { Attachments } from "../composer/attachments.js";
import { Icon } from "../icons.js";
import { Rich } from "./rich.js";
import { clock, full } from "./times.js";
import { hue, initial } from "../ui.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("../../state/buffer_line.js").Entry} Entry
 */

/** @param {{here: Network, buffer: Buffer, entry: Entry, head: boolean}} props */
export function Message({ here, buffer, entry, head }) {
  if (entry.kind === "topic" || entry.kind === "kick" || entry.kind === "info" || entry.kind === "error") {
    return html`<${Notice} buffer=${buffer} entry=${entry} />`;
  }
  const classes = ["message", head ? "head" : "", entry.mention ? "mention" : "", entry.waiting, entry.gone ? "gone" : "", `kind-${entry.kind}`];
  const time = clock(entry.at);
  return html`
    <article class=${classes.filter(Boolean).join(" ")} data-key=${entry.key} tabindex="-1">
      ${head ? html`<span class=${`avatar ${hue(entry.nick)}`} aria-hidden="true">${initial(entry.nick)}</span>` : html`<time class="side" aria-hidden="true">${time}</time>`}
      <div class="content">
        ${entry.replyTo ? html`<${Quote} here=${here} buffer=${buffer} id=${entry.replyTo} />` : null}
        <div class=${head ? "by" : "by offscreen"}>
          <button type="button" class=${`nick ${hue(entry.nick)}`} onClick=${(/** @type {MouseEvent} */ event) => openPerson(event, entry.nick)}>${entry.nick}</button>
          ${entry.bot ? html`<span class="badge">${t("bot")}</span>` : null}
          ${entry.relayedBy ? html`<span class="badge">${t("via {name}", { name: entry.relayedBy })}</span>` : null}
          ${entry.rank ? html`<span class="badge">${t("only for {sign} and above", { sign: entry.rank })}</span>` : null}
          ${entry.kind === "notice" ? html`<span class="badge">${t("notice")}</span>` : null}
          <time datetime=${new Date(entry.at).toISOString()} title=${full(entry.at)}>${time}</time>
        </div>
        <div class="text">
          ${entry.gone ? html`<p class="note">${t("This message was deleted.")}</p>` : html`
            ${entry.kind === "action" ? html`<span class="note">${entry.nick} </span>` : null}
            <${Rich} text=${withoutFiles(here, entry.text)} buffer=${buffer} />
            ${entry.edited ? html`<span class="note"> ${t("(edited)")}</span>` : null}`}
        </div>
        ${entry.gone ? null : html`<${Attachments} here=${here} links=${links(plainText(entry.text))} />`}
        ${entry.reactions.length ? html`<${Reactions} here=${here} buffer=${buffer} entry=${entry} />` : null}
        ${entry.waiting ? html`<${Waiting} here=${here} buffer=${buffer} entry=${entry} />` : null}
      </div>
    </article>`;
}

/** Files are shown below the text; their addresses say nothing more. @param {Network} here @param {string} text */
function withoutFiles(here, text) {
  if (!text.includes("/f/")) return text;
  return links(plainText(text)).reduce((rest, link) => (ours(here, link) ? rest.replace(link, "") : rest), text).trim();
}

/** @param {{here: Network, buffer: Buffer, entry: Entry}} props */
function Waiting({ here, buffer, entry }) {
  if (entry.waiting === "failed") {
    return html`<p class="failed"><${Icon} name="warn" />${t("Not sent: {why}", { why: entry.why })}
      <button type="button" class="link" onClick=${() => retry(here, buffer, entry.nonce)}>${t("Try again")}</button>
      <button type="button" class="link" onClick=${() => giveUp(here, buffer, entry.nonce)}>${t("Discard")}</button></p>`;
  }
  return here.status.value === "online" ? null : html`<p class="note pending"><${Icon} name="clock" />${t("Waiting for the connection")}
    <button type="button" class="link" onClick=${() => giveUp(here, buffer, entry.nonce)}>${t("Discard")}</button></p>`;
}

/** @param {{here: Network, buffer: Buffer, id: string}} props */
function Quote({ here, buffer, id }) {
  const of = buffer.find(id);
  const jump = () => void goTo(here, buffer.name.value, `msgid=${id}`);
  return html`<button type="button" class="quote" onClick=${jump} title=${t("Show the message")}>
    <${Icon} name="reply" />${of ? html`<b class=${hue(of.nick)}>${of.nick}</b> <span>${of.gone ? t("This message was deleted.") : withoutFiles(here, plainText(of.text)).slice(0, 140)}</span>` : html`<span>${t("an earlier message")}</span>`}
  </button>`;
}

/** @param {{here: Network, buffer: Buffer, entry: Entry}} props */
function Reactions({ here, buffer, entry }) {
  return html`<div class="reactions">
    ${entry.reactions.map(([emoji, nicks]) => {
      const mine = nicks.some((nick) => here.isMe(nick));
      const label = tn("{emoji}: {count} person, {names}", "{emoji}: {count} people, {names}", nicks.length, { emoji, names: nicks.join(", ") });
      return html`<button type="button" key=${emoji} class=${mine ? "mine" : ""} aria-pressed=${mine} aria-label=${label} title=${nicks.join(", ")} onClick=${() => react(here, buffer, entry, emoji)}>${emoji}<span>${nicks.length}</span></button>`;
    })}
  </div>`;
}

/** A line that is nobody's message. @param {{buffer: Buffer, entry: Entry}} props */
function Notice({ buffer, entry }) {
  return html`<div class=${`notice kind-${entry.kind}`} data-key=${entry.key}>
    <${Icon} name=${entry.kind === "error" ? "warn" : entry.kind === "topic" ? "hash" : entry.kind === "kick" ? "door" : "help"} />
    <div class="text">${entry.kind === "info" || entry.kind === "error" ? html`<${Rich} text=${entry.text} buffer=${buffer} />` : sentence(entry)}</div>
    <time datetime=${new Date(entry.at).toISOString()} title=${full(entry.at)}>${clock(entry.at)}</time>
  </div>`;
}

/** @param {Entry} entry */
function sentence({ kind, nick, other, text }) {
  switch (kind) {
    case "join":
      return t("{nick} came in", { nick });
    case "part":
      return text ? t("{nick} left ({text})", { nick, text }) : t("{nick} left", { nick });
    case "quit":
      return text ? t("{nick} is gone ({text})", { nick, text }) : t("{nick} is gone", { nick });
    case "nick":
      return t("{nick} is now {other}", { nick, other });
    case "mode":
      return t("{nick} set {other}", { nick, other });
    case "kick":
      return text && text !== other ? t("{nick} put {other} out ({text})", { nick, other, text }) : t("{nick} put {other} out", { nick, other });
    case "topic":
      if (other) return t("{nick} renamed the channel to {other}", { nick, other });
      return text ? t("{nick} set the topic: {text}", { nick, text }) : t("{nick} removed the topic", { nick });
  }
  return text;
}

const FEW = 2;

/** @param {{entries: Entry[], rowKey: string}} props */
export function Quiet({ entries, rowKey }) {
  const [open, setOpen] = useState(false);
  if (entries.length <= FEW || open) {
    return html`<div class="quiet" data-key=${rowKey}>
      ${entries.map((entry) => html`<p key=${entry.key}>${sentence(entry)} <time title=${full(entry.at)}>${clock(entry.at)}</time></p>`)}
      ${open ? html`<button type="button" class="link" aria-expanded="true" onClick=${() => setOpen(false)}>${t("Show less")}</button>` : null}
    </div>`;
  }
  return html`<div class="quiet" data-key=${rowKey}><button type="button" class="link" aria-expanded="false" onClick=${() => setOpen(true)}>${summary(entries)}</button></div>`;
}

/** @param {Entry[]} entries */
function summary(entries) {
  const many = (/** @type {string[]} */ ...kinds) => new Set(entries.filter((each) => kinds.includes(each.kind)).map((each) => each.nick)).size;
  const [came, left] = [many("join"), many("part", "quit")];
  const others = entries.filter((each) => each.kind === "nick" || each.kind === "mode").length;
  return [
    came ? tn("{count} person came in", "{count} people came in", came) : "",
    left ? tn("{count} person left", "{count} people left", left) : "",
    others ? tn("{count} change", "{count} changes", others) : "",
  ].filter(Boolean).join(", ");
}
