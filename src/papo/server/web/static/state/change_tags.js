// Edits, redactions and reactions of messages. A server passes tags of clients on as they are: any client can send one.
// No DOM. Sources: ircv3.net react, message-redaction; draft/message-edit.

import { replyOf } from "./buffer_line.js";

/**
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

const MAX_REACTION = 64;

/**
 * Edit a message if this one replaces another (`+draft/edit`) of its author. A server that checks edits says EDIT. On
 * others the account proves who the author is: a nick does not, any user may have it by now.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {ServerMessage} message
 * @returns {boolean} false if it is a message of its own
 */
export function applyEditTag(network, buffer, { tags, params }) {
  const id = tags["+draft/edit"];
  if (!id || !tags.account || network.client.caps.has("draft/message-edit")) return false;
  return buffer.edit(id, { text: params[1] ?? "", account: tags.account, isChecked: false });
}

/**
 * The server's EDIT, which it has checked; one without a text is ignored.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {ServerMessage} message
 */
export function applyEdit(network, buffer, { tags, params }) {
  if (params.length < 3 || !network.client.caps.has("draft/message-edit")) return;
  buffer.edit(params[1], { text: params[2], account: tags.account ?? "", isChecked: true });
}

/**
 * The server's REDACT, which it has checked.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {ServerMessage} message
 * @returns {string} the msgid; "" if the server knows no redactions
 */
export function applyRedaction(network, buffer, { params }) {
  if (!params[1] || !network.client.caps.has("draft/message-redaction")) return "";
  buffer.redact(params[1]);
  return params[1];
}

/** Add or remove the sender's reaction, if the message has one. @param {Buffer} buffer @param {ServerMessage} message */
export function applyReaction(buffer, message) {
  const { tags, source } = message;
  const id = replyOf(message);
  if (!id) return;
  const added = tags["+draft/react"] || tags["+react"];
  const removed = tags["+draft/unreact"] || tags["+unreact"];
  if (added) buffer.react(id, added.slice(0, MAX_REACTION), source.nick, true);
  if (removed) buffer.react(id, removed.slice(0, MAX_REACTION), source.nick, false);
}
