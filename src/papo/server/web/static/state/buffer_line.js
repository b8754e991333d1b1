// What stands in a conversation: one object for each message or happening, never changed, only replaced. No DOM.

import { plainText } from "../lib/formatting.js";

/**
 * @typedef {object} Entry
 * @property {string} id msgid; "" where the server gives none
 * @property {string} key unique in its conversation, for the list of rows
 * @property {number} at milliseconds since 1970
 * @property {"say" | "action" | "notice" | "join" | "part" | "quit" | "kick" | "nick" | "mode" | "topic" | "info" | "error"} kind
 * @property {string} nick
 * @property {string} account
 * @property {boolean} bot
 * @property {boolean} mine
 * @property {string} text
 * @property {string} other who was kicked, the new nick, the modes
 * @property {string} replyTo msgid
 * @property {string} nonce of ours, while we wait for the server's copy
 * @property {"" | "waiting" | "failed"} waiting
 * @property {string} why of a failure
 * @property {boolean} edited
 * @property {boolean} gone
 * @property {boolean} mention
 * @property {[string, string[]][]} reactions emoji, and the nicks of those who gave it
 * @property {string} rank sign of those it was for, such as @; "" for everybody
 * @property {string} relayedBy
 * @typedef {import("../lib/client.js").Arrived} Arrived
 */

export const NONCE = "+papo/nonce";
let made = 0;

/** @type {Entry} */
const EMPTY = {
  id: "", key: "", at: 0, kind: "say", nick: "", account: "", bot: false, mine: false, text: "", other: "", replyTo: "",
  nonce: "", waiting: "", why: "", edited: false, gone: false, mention: false, reactions: [], rank: "", relayedBy: "",
};

/** @param {Partial<Entry>} fields */
export function entry(fields) {
  made += 1;
  return { ...EMPTY, at: Date.now(), key: fields.id || `n${made}`, ...fields };
}

/** @param {Entry} each */
export function isMessage(each) {
  return each.kind === "say" || each.kind === "action" || each.kind === "notice";
}

/** @param {Arrived} message */
export function timeOf(message) {
  const at = Date.parse(message.tags.time ?? "");
  return Number.isNaN(at) ? Date.now() : at;
}

/** @param {Arrived} message */
export function replyOf(message) {
  return message.tags["+reply"] ?? message.tags["+draft/reply"] ?? "";
}

/**
 * A PRIVMSG or NOTICE.
 * @param {Arrived} message
 * @param {{mine: boolean, rank: string}} known
 * @returns {Entry}
 */
export function said(message, { mine, rank }) {
  const text = message.params[1] ?? "";
  const action = /^\x01ACTION ?([^]*?)\x01?$/.exec(text);
  const edited = message.tags["draft/edited"] !== undefined;
  return entry({
    ...common(message),
    kind: message.command === "NOTICE" ? "notice" : action ? "action" : "say",
    text: action ? action[1] : text,
    replyTo: replyOf(message),
    nonce: mine ? (message.tags[NONCE] ?? "") : "",
    mine, rank, edited,
  });
}

/**
 * @param {Arrived} message
 * @returns {Partial<Entry>}
 */
export function common(message) {
  const id = message.tags.msgid ?? "";
  return {
    id, ...(id ? { key: id } : {}), at: timeOf(message), nick: message.source.nick || "*", account: message.tags.account ?? "",
    bot: message.tags.bot !== undefined, relayedBy: message.tags["draft/relaymsg"] ?? "",
  };
}

/**
 * Whether a text calls somebody: their nick as a word, or one of their own words.
 * @param {string} text
 * @param {string[]} words
 */
export function calls(text, words) {
  const plain = plainText(text).toLocaleLowerCase();
  return words.some((word) => {
    const wanted = word.toLocaleLowerCase();
    for (let at = wanted ? plain.indexOf(wanted) : -1; at >= 0; at = plain.indexOf(wanted, at + 1)) {
      if (!isLetter(plain[at - 1]) && !isLetter(plain[at + wanted.length])) return true;
    }
    return false;
  });
}

/** @param {string | undefined} char */
function isLetter(char) {
  return char !== undefined && /[\p{L}\p{N}_-]/u.test(char);
}

/**
 * Reactions with one more, or one fewer.
 * @param {[string, string[]][]} reactions
 * @param {string} emoji
 * @param {string} nick
 * @param {boolean} on
 * @returns {[string, string[]][]}
 */
export function reacted(reactions, emoji, nick, on) {
  /** @type {[string, string[]][]} */
  const found = reactions.map(([each, nicks]) => [each, each === emoji ? nicks.filter((other) => other !== nick) : nicks]);
  if (on) {
    const at = found.findIndex(([each]) => each === emoji);
    if (at < 0) found.push([emoji, [nick]]);
    else found[at] = [emoji, [...found[at][1], nick]];
  }
  return found.filter(([, nicks]) => nicks.length);
}
