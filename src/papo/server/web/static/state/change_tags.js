// What tags of clients do to messages: edits and reactions. Any client can send such a tag. No DOM.
// Sources: ircv3.net react; draft/message-edit.

import { replyOf } from "./buffer_line.js";

/**
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

const MAX_REACTION = 64;

/**
 * Edit a message if this one replaces another (`+draft/edit`); the buffer checks that it is by its author.
 * @param {Buffer} buffer
 * @param {ServerMessage} message
 * @returns {boolean} false if it is a message of its own
 */
export function applyEditTag(buffer, { tags, source, params }) {
  const id = tags["+draft/edit"];
  if (!id) return false;
  buffer.edit(id, params[1] ?? "", { nick: source.nick || "*", account: tags.account ?? "" });
  return true;
}

/** The server's EDIT, which it has checked; one without a text is ignored. @param {Buffer} buffer @param {ServerMessage} message */
export function applyEdit(buffer, { params }) {
  if (params.length > 2) buffer.edit(params[1], params[2]);
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
