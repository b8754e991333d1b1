// One line of a conversation: a message or an event. Lines are never changed, only replaced. No DOM.

import { NONCE } from "../lib/answers.js";
import { plainText } from "../lib/formatting.js";

/**
 * @typedef {object} BufferLine
 * @property {string} id msgid; "" if the server gives none
 * @property {string} key unique in its conversation
 * @property {number} at milliseconds since 1970
 * @property {"say" | "action" | "notice" | "join" | "part" | "quit" | "kick" | "nick" | "mode" | "topic" | "info" | "error"} kind
 * @property {string} nick
 * @property {string} account
 * @property {boolean} bot
 * @property {boolean} mine
 * @property {string} text
 * @property {string} detail the user who was kicked, the new nick or name, the modes
 * @property {string} replyTo msgid
 * @property {string} nonce of our own message, until the server's copy replaces it
 * @property {boolean} sentAgain our own message that was sent again: others may have come after it
 * @property {"" | "waiting" | "failed"} pending
 * @property {string} error why it failed
 * @property {boolean} edited
 * @property {boolean} redacted
 * @property {boolean} mention
 * @property {[string, string[]][]} reactions emoji, and the nicks of the users who reacted with it
 * @property {string} rank prefix of the members who get it, such as @; "" for everyone
 * @property {string} relayedBy
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** Tag in place of `NONCE` for a server that does not know it; everybody is sent it. */
export const PUBLIC_NONCE = "+papo/nonce";
let created = 0;

/** @type {BufferLine} */
const EMPTY = {
  id: "", key: "", at: 0, kind: "say", nick: "", account: "", bot: false, mine: false, text: "", detail: "", replyTo: "",
  nonce: "", sentAgain: false, pending: "", error: "", edited: false, redacted: false, mention: false, reactions: [], rank: "", relayedBy: "",
};

/** @param {Partial<BufferLine>} fields */
export function bufferLine(fields) {
  created += 1;
  return { ...EMPTY, at: Date.now(), key: fields.id || `n${created}`, ...fields };
}

/** Whether a user wrote it. @param {BufferLine} line */
export function isMessage(line) {
  return line.kind === "say" || line.kind === "action" || line.kind === "notice";
}

/** Whether a text is a CTCP query or answer, which is not shown; an action is. @param {string} text */
export function isCtcp(text) {
  return text.startsWith("\x01") && !text.startsWith("\x01ACTION ");
}

/** @param {ServerMessage} message */
function timeOf(message) {
  const at = Date.parse(message.tags.time ?? "");
  return Number.isNaN(at) ? Date.now() : at;
}

/** The msgid that a message replies to; "" for none. @param {ServerMessage} message */
export function replyOf(message) {
  return message.tags["+reply"] || message.tags["+draft/reply"] || "";
}

/** Which message of ours it is a copy of; "" if it does not say. @param {ServerMessage} message */
export function nonceOf({ tags }) {
  return tags[NONCE] ?? tags[PUBLIC_NONCE] ?? "";
}

/**
 * A PRIVMSG or NOTICE.
 * @param {ServerMessage} message
 * @param {{mine: boolean, rank: string}} facts
 * @returns {BufferLine}
 */
export function messageLine(message, { mine, rank }) {
  const text = message.params[1] ?? "";
  const action = /^\x01ACTION ([^]*?)\x01*$/.exec(text);
  return bufferLine({
    ...commonFields(message),
    kind: action ? "action" : message.command === "NOTICE" ? "notice" : "say",
    text: action ? action[1] : text,
    replyTo: replyOf(message),
    nonce: mine ? nonceOf(message) : "",
    edited: message.tags["draft/edited"] !== undefined,
    mine, rank,
  });
}

/**
 * Anything else that a user did.
 * @param {BufferLine["kind"]} kind
 * @param {ServerMessage} message
 * @param {{text?: string, detail?: string}} [fields]
 */
export function eventLine(kind, message, fields = {}) {
  return bufferLine({ ...commonFields(message), kind, ...fields });
}

/**
 * Words of the server or of this client.
 * @param {"info" | "error" | "notice"} kind
 * @param {string} text
 */
export function noticeLine(kind, text) {
  return bufferLine({ kind, nick: "*", text });
}

/**
 * @param {ServerMessage} message
 * @returns {Partial<BufferLine>}
 */
function commonFields(message) {
  const id = message.tags.msgid ?? "";
  return {
    id, ...(id ? { key: id } : {}), at: timeOf(message), nick: message.source.nick || "*", account: message.tags.account ?? "",
    bot: message.tags.bot !== undefined, relayedBy: message.tags["draft/relaymsg"] ?? "",
  };
}

/**
 * Whether a text contains one of these words, whole, in any case.
 * @param {string} text
 * @param {string[]} words
 */
export function mentions(text, words) {
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
