// The text of a message as a tree: a chat's subset of Markdown, links, channels and nicks. No HTML: the tree becomes
// elements one by one (components/timeline/rich_text.js), so text never turns into markup. No DOM.

import { lexer } from "../vendor/marked.js";
import { find, mayHoldLink } from "./links.js";

/**
 * @typedef {string | {kind: string, children?: Node[], text?: string, href?: string, language?: string,
 *   start?: number, name?: string}} Node
 * @typedef {{isNick: (word: string) => boolean, isChannel: (word: string) => boolean}} Names
 */

const SCHEMES = /^(https?|mailto|ircs?):/i;
const WORDS = /([#&][^\s,\x07:;!?()[\]{}"'<>]+)|(@?[\p{L}\p{N}_\-[\]\\`^{}|]+)/gu;
const MAX_DEPTH = 8;
const LONGEST = 20_000;

/**
 * @param {string} href
 * @returns {string} "" if it is not safe to follow
 */
export function safeHref(href) {
  const clean = href.replace(/[\s\u0000-\u001f\u007f]/g, "");
  return SCHEMES.test(clean) ? clean : "";
}

/**
 * @param {string} text
 * @param {Names} names
 * @returns {Node[]}
 */
export function markdown(text, names) {
  if (text.length > LONGEST || !/[*_`~>\-+\d[\]\\|]|https?:/.test(text)) return [{ kind: "p", children: inline(text, names) }];
  try {
    return lexer(text, { gfm: true, breaks: true }).flatMap((token) => block(token, names, 0));
  } catch {
    return [{ kind: "p", children: inline(text, names) }];
  }
}

/**
 * @param {any} token of marked
 * @param {Names} names
 * @param {number} depth
 * @returns {Node[]}
 */
function block(token, names, depth) {
  if (depth > MAX_DEPTH) return [{ kind: "p", children: inline(token.raw ?? "", names) }];
  switch (token.type) {
    case "space":
      return [];
    case "paragraph":
    case "text":
      return [{ kind: "p", children: spans(token.tokens ?? [token], names, depth + 1) }];
    case "code":
      if (token.codeBlockStyle === "indented") break;
      return [{ kind: "pre", text: token.text, language: String(token.lang ?? "").split(/\s/)[0] }];
    case "blockquote":
      return [{ kind: "blockquote", children: token.tokens.flatMap((/** @type {any} */ each) => block(each, names, depth + 1)) }];
    case "list":
      return [{
        kind: token.ordered ? "ol" : "ul",
        start: Number(token.start) || 1,
        children: token.items.map((/** @type {any} */ item) => ({
          kind: "li", children: item.tokens.flatMap((/** @type {any} */ each) => block(each, names, depth + 1)),
        })),
      }];
  }
  return [{ kind: "p", children: inline(token.raw.replace(/\n+$/, ""), names) }];
}

/**
 * @param {any[]} tokens
 * @param {Names} names
 * @param {number} depth
 * @returns {Node[]}
 */
function spans(tokens, names, depth) {
  return tokens.flatMap((token) => {
    if (depth > MAX_DEPTH) return inline(token.raw ?? "", names);
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [{ kind: token.type, children: spans(token.tokens, names, depth + 1) }];
      case "codespan":
        return [{ kind: "code", text: token.text }];
      case "br":
        return [{ kind: "br" }];
      case "link": {
        const href = safeHref(token.href);
        if (!href || token.raw.startsWith("<")) return inline(token.raw, names);
        if (token.raw === token.text) return inline(token.raw, names);
        if (isDisguise(token.text, href)) return ["[", ...inline(token.text, names), "](", ...inline(token.href, names), ")"];
        return [{ kind: "a", href, children: [token.text] }];
      }
      case "escape":
        return [token.text];
      case "text":
        return token.tokens ? spans(token.tokens, names, depth + 1) : inline(token.raw, names);
      default:
        return inline(token.raw, names);
    }
  });
}

/**
 * Whether a text that is shown for a link names another address than the one it leads to, or may, until links can be found.
 * @param {string} text
 * @param {string} href
 */
function isDisguise(text, href) {
  return find(text)?.some((each) => placeOf(each.href) !== placeOf(href)) ?? mayHoldLink(text);
}

/** The host of an address, or who gets the mail. @param {string} href */
function placeOf(href) {
  try {
    const url = new URL(href);
    return (url.host || url.pathname).toLowerCase();
  } catch {
    return "";
  }
}

/**
 * Text with its line breaks, links, channels and nicks. Until links can be found, a word that may hold one is plain text.
 * @param {string} text
 * @param {Names} names
 * @returns {Node[]}
 */
export function inline(text, names) {
  /** @type {Node[]} */
  const found = [];
  text.split("\n").forEach((line, at) => {
    if (at) found.push({ kind: "br" });
    const links = line.length < LONGEST ? find(line) : [];
    if (!links) {
      found.push(...line.split(/(\s+)/).flatMap((word) => (mayHoldLink(word) ? [word] : named(word, names))));
      return;
    }
    let from = 0;
    for (const link of links) {
      const href = safeHref(link.type === "email" ? `mailto:${link.value}` : link.href);
      if (!href || link.start < from) continue;
      found.push(...named(line.slice(from, link.start), names), { kind: "a", href, children: [link.value] });
      from = link.end;
    }
    found.push(...named(line.slice(from), names));
  });
  return found;
}

/**
 * @param {string} text
 * @param {Names} names
 * @returns {Node[]}
 */
function named(text, names) {
  /** @type {Node[]} */
  const found = [];
  let from = 0;
  for (const match of text.matchAll(WORDS)) {
    const [word, channel] = match;
    const name = channel ? channel.replace(/[.]+$/, "") : word.replace(/^@/, "");
    const kind = channel ? (name.length > 1 && names.isChannel(name) ? "channel" : "") : names.isNick(name) ? "nick" : "";
    if (!kind) continue;
    const before = match.index ? text[match.index - 1] : " ";
    if (kind === "channel" && !/[\s(]/.test(before)) continue;
    if (match.index > from) found.push(text.slice(from, match.index));
    const shown = channel ? name : word;
    found.push({ kind, name, children: [shown] });
    from = match.index + shown.length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

/**
 * The http addresses in a text, in order, each once; none until links can be found.
 * @param {string} text
 * @returns {string[]}
 */
export function findLinks(text) {
  const found = (find(text.slice(0, LONGEST)) ?? []).filter((each) => each.type === "url").map((each) => safeHref(each.href));
  return [...new Set(found.filter((href) => /^https?:/i.test(href)))];
}
