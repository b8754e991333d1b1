// One message: its author, what it replies to, text, attachments, reactions, and its way to the server.

import { html } from "../html.js";
import { findLinks } from "../../lib/markdown.js";
import { plainText } from "../../lib/formatting.js";
import { withoutFiles } from "../../state/files.js";
import { giveUp, react, retry } from "../../state/send.js";
import { t, tn } from "../../lib/translate.js";
import { goTo, openUserCard } from "../actions.js";
import { hue, initial } from "../avatar.js";
import { deferred } from "../deferred.js";
import { Icon } from "../icons.js";
import { RichText } from "./rich_text.js";
import { clock, full } from "./times.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("../../state/buffer_line.js").BufferLine} BufferLine
 * @typedef {{network: Network, buffer: Buffer, line: BufferLine}} Props
 */

const Attachments = deferred(() => import("./attachments.js").then((module) => module.Attachments));

/** @param {Props & {head: boolean}} props `head`: the author is shown */
export function Message({ network, buffer, line, head }) {
  const links = line.redacted ? [] : findLinks(plainText(line.text));
  const classes = ["message", head ? "head" : "", line.mention ? "mention" : "", line.pending, line.redacted ? "redacted" : "", `kind-${line.kind}`];
  return html`
    <article class=${classes.filter(Boolean).join(" ")} data-key=${line.key} tabindex="-1">
      ${head ? html`<span class=${`avatar ${hue(line.nick)}`} aria-hidden="true">${initial(line.nick)}</span>` : html`<time class="side" aria-hidden="true">${clock(line.at)}</time>`}
      <div class="content">
        ${line.replyTo ? html`<${Quote} network=${network} buffer=${buffer} id=${line.replyTo} />` : null}
        <${Byline} line=${line} head=${head} />
        <div class="text">
          ${line.redacted ? html`<p class="note">${t("This message was deleted.")}</p>` : html`
            ${line.kind === "action" ? html`<span class="note">${line.nick} </span>` : null}
            <${RichText} text=${withoutFiles(network, line.text)} buffer=${buffer} />
            ${line.edited ? html`<span class="note"> ${t("(edited)")}</span>` : null}`}
        </div>
        ${links.length ? html`<${Attachments} network=${network} links=${links} />` : null}
        ${line.reactions.length ? html`<${Reactions} network=${network} buffer=${buffer} line=${line} />` : null}
        ${line.pending ? html`<${Delivery} network=${network} buffer=${buffer} line=${line} />` : null}
      </div>
    </article>`;
}

/** Author and time; screen readers get them without a header too. @param {{line: BufferLine, head: boolean}} props */
function Byline({ line, head }) {
  return html`<div class=${head ? "by" : "by offscreen"}>
    <button type="button" class=${`nick ${hue(line.nick)}`} onClick=${(/** @type {MouseEvent} */ event) => openUserCard(event, line.nick)}>${line.nick}</button>
    ${line.bot ? html`<span class="badge">${t("bot")}</span>` : null}
    ${line.relayedBy ? html`<span class="badge">${t("via {name}", { name: line.relayedBy })}</span>` : null}
    ${line.rank ? html`<span class="badge">${t("only for {sign} and above", { sign: line.rank })}</span>` : null}
    ${line.kind === "notice" ? html`<span class="badge">${t("notice")}</span>` : null}
    <time datetime=${new Date(line.at).toISOString()} title=${full(line.at)}>${clock(line.at)}</time>
  </div>`;
}

/** What became of a message of ours that is not stored yet. @param {Props} props */
function Delivery({ network, buffer, line }) {
  if (line.pending === "failed") {
    return html`<p class="failed"><${Icon} name="warn" />${t("Not sent: {why}", { why: line.error })}
      <button type="button" class="link" onClick=${() => retry(network, buffer, line.nonce)}>${t("Try again")}</button>
      <button type="button" class="link" onClick=${() => giveUp(network, buffer, line.nonce)}>${t("Discard")}</button></p>`;
  }
  return network.status.value === "online" ? null : html`<p class="note pending"><${Icon} name="clock" />${t("Waiting for the connection")}
    <button type="button" class="link" onClick=${() => giveUp(network, buffer, line.nonce)}>${t("Discard")}</button></p>`;
}

/** @param {{network: Network, buffer: Buffer, id: string}} props `id` of the message that is replied to */
function Quote({ network, buffer, id }) {
  const line = buffer.find(id);
  const jump = () => void goTo(network, buffer.name.value, `msgid=${id}`);
  const quoted = (/** @type {BufferLine} */ { redacted, text }) =>
    redacted ? t("This message was deleted.") : withoutFiles(network, plainText(text)).slice(0, 140);
  return html`<button type="button" class="quote" onClick=${jump} title=${t("Show the message")}>
    <${Icon} name="reply" />${line
      ? html`<b class=${hue(line.nick)}>${line.nick}</b> <span>${quoted(line)}</span>`
      : html`<span>${t("an earlier message")}</span>`}
  </button>`;
}

/** @param {Props} props */
function Reactions({ network, buffer, line }) {
  return html`<div class="reactions">
    ${line.reactions.map(([emoji, nicks]) => {
      const mine = nicks.some((nick) => network.isMe(nick));
      const label = tn("{emoji}: {count} person, {names}", "{emoji}: {count} people, {names}", nicks.length, { emoji, names: nicks.join(", ") });
      return html`<button type="button" key=${emoji} class=${mine ? "mine" : ""} aria-pressed=${mine} aria-label=${label}
        title=${nicks.join(", ")} onClick=${() => react(network, buffer, line, emoji)}>${emoji}<span>${nicks.length}</span></button>`;
    })}
  </div>`;
}
