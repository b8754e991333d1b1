// The text of a message as elements, created one by one from its tree. Nothing here takes HTML.

import { html, useEffect, useState } from "../html.js";
import { isFormatted, runs } from "../../lib/formatting.js";
import { inline, markdown } from "../../lib/markdown.js";
import { openUserCard } from "../actions.js";
import { currentNetwork } from "../view.js";

/** @typedef {import("../../lib/markdown.js").Node} Node */

const MAX_HIGHLIGHTED = 20_000;

/** @param {{text: string, buffer: import("../../state/buffer.js").Buffer}} props */
export function RichText({ text, buffer }) {
  const names = namesOf(buffer);
  if (isFormatted(text)) {
    return runs(text).map((run) => html`<span class=${runClass(run)}>${inline(run.text, names).map(element)}</span>`);
  }
  return markdown(text, names).map(element);
}

/** A text of one line, such as a topic: links and nicks, but no Markdown. @param {{text: string, buffer: import("../../state/buffer.js").Buffer}} props */
export function RichLine({ text, buffer }) {
  const plain = isFormatted(text) ? runs(text).map((run) => run.text).join("") : text;
  return inline(plain, namesOf(buffer)).map(element);
}

/** @param {import("../../state/buffer.js").Buffer} buffer */
function namesOf(buffer) {
  const network = currentNetwork.value;
  const members = buffer.members.peek();
  return {
    isNick: (/** @type {string} */ word) => network !== null && members.has(network.fold(word)),
    isChannel: (/** @type {string} */ word) => network !== null && network.client.support.isChannel(word),
  };
}

/** @param {import("../../lib/formatting.js").Run} run */
function runClass(run) {
  return [
    run.bold && "bold", run.italic && "italic", run.underline && "underline", run.strike && "strike", run.mono && "mono",
    run.colour !== null && `irc-${run.colour}`,
  ].filter(Boolean).join(" ");
}

/** @param {Node} node @returns {any} */
function element(node) {
  if (typeof node === "string") return node;
  const children = (node.children ?? []).map(element);
  switch (node.kind) {
    case "p":
      return html`<p>${children}</p>`;
    case "br":
      return html`<br />`;
    case "strong":
      return html`<strong>${children}</strong>`;
    case "em":
      return html`<em>${children}</em>`;
    case "del":
      return html`<del>${children}</del>`;
    case "code":
      return html`<code>${node.text}</code>`;
    case "pre":
      return html`<${Code} text=${node.text ?? ""} language=${node.language ?? ""} />`;
    case "blockquote":
      return html`<blockquote>${children}</blockquote>`;
    case "ul":
      return html`<ul>${children}</ul>`;
    case "ol":
      return html`<ol start=${node.start}>${children}</ol>`;
    case "li":
      return html`<li>${children}</li>`;
    case "a":
      return html`<a href=${node.href} target="_blank" rel="noopener noreferrer nofollow">${children}</a>`;
    case "channel":
      return html`<a href="#" class="name" onClick=${(/** @type {Event} */ event) => joinChannel(event, node.name ?? "")}>${children}</a>`;
    case "nick":
      return html`<button type="button" class="name" onClick=${(/** @type {MouseEvent} */ event) => openUserCard(event, node.name ?? "")}>${children}</button>`;
  }
  return children;
}

/** @param {Event} event @param {string} name */
function joinChannel(event, name) {
  event.preventDefault();
  currentNetwork.value?.join(name);
}

/** @param {{text: string, language: string}} props */
function Code({ text, language }) {
  const [tree, setTree] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let mounted = true;
    if (text.length < MAX_HIGHLIGHTED) {
      void import("./syntax.js").then(({ highlightCode }) => mounted && setTree(highlightCode(text, language)));
    }
    return () => {
      mounted = false;
    };
  }, [text, language]);
  return html`<pre class="code" tabindex="0"><code>${tree ?? text}</code></pre>`;
}
