// Code in colours: the token tree of highlight.js becomes elements. Its HTML is not used.

import hljs from "../../vendor/highlight.js";
import { html } from "../html.js";

/** @param {string} text @param {string} language "" to guess it @returns {any} */
export function highlightCode(text, language) {
  const hasLanguage = language && hljs.getLanguage(language);
  const result = hasLanguage ? hljs.highlight(text, { language, ignoreIllegals: true }) : hljs.highlightAuto(text);
  if (!hasLanguage && result.relevance < 8) return text;
  return result._emitter.root.children.map(element);
}

/** @param {any} node @returns {any} */
function element(node) {
  if (typeof node === "string") return node;
  const scope = String(node.scope ?? "").split(".")[0];
  return html`<span class=${scope ? `hl-${scope}` : ""}>${node.children.map(element)}</span>`;
}
