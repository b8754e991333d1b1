// A page of history as buffer lines, with what changes messages applied to them. No DOM.

import { conversationOf, isMine, withMention } from "./buffer_lines.js";
import { eventLine, messageLine, replyOf } from "./buffer_line.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

const MAX_REACTION = 64;

/** Events that are lines of history. @type {Record<string, (message: ServerMessage) => BufferLine>} */
const EVENT_LINES = {
  JOIN: (message) => eventLine("join", message),
  PART: (message) => eventLine("part", message, { text: message.params[1] ?? "" }),
  QUIT: (message) => eventLine("quit", message, { text: message.params[0] ?? "" }),
  KICK: (message) => eventLine("kick", message, { detail: message.params[1] ?? "", text: message.params[2] ?? "" }),
  NICK: (message) => eventLine("nick", message, { detail: message.params[0] ?? "" }),
  MODE: (message) => eventLine("mode", message, { detail: message.params.slice(1).join(" ") }),
  TOPIC: (message) => eventLine("topic", message, { text: message.params[1] ?? "" }),
};

/**
 * Edit a message if this one replaces another. Any client can send the tag, so the buffer checks the author.
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

/** @param {Buffer} buffer @param {ServerMessage} message a TAGMSG */
export function applyReaction(buffer, message) {
  const { tags, source } = message;
  const id = replyOf(message);
  if (!id) return;
  const added = tags["+draft/react"] || tags["+react"];
  const removed = tags["+draft/unreact"] || tags["+unreact"];
  if (added) buffer.react(id, added.slice(0, MAX_REACTION), source.nick, true);
  if (removed) buffer.react(id, removed.slice(0, MAX_REACTION), source.nick, false);
}

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {ServerMessage[]} messages of a chathistory batch
 * @returns {BufferLine[]} oldest first, without redacted messages
 */
export function linesOf(network, buffer, messages) {
  /** @type {BufferLine[]} */
  const lines = [];
  const redacted = new Set();
  for (const message of messages) {
    const { command, params } = message;
    if (command === "PRIVMSG" || command === "NOTICE") {
      if (applyEditTag(buffer, message)) continue;
      const line = messageLine(message, { mine: isMine(network, message), rank: conversationOf(network, message).rank });
      lines.push(withMention(network, buffer, line));
    } else if (command === "TAGMSG") applyReaction(buffer, message);
    else if (command === "EDIT") buffer.edit(params[1] ?? "", params[2] ?? "");
    else if (command === "REDACT") {
      redacted.add(params[1]);
      buffer.redact(params[1] ?? "");
    } else if (command in EVENT_LINES) lines.push(EVENT_LINES[command](message));
  }
  return lines.filter((each) => !each.id || !redacted.has(each.id)).map((each) => buffer.amended(each));
}

/**
 * A search result: the conversation it is in, and the line.
 * @param {Network} network
 * @param {ServerMessage} message
 */
export function searchResult(network, message) {
  const { name, rank } = conversationOf(network, message);
  return { target: name, line: messageLine(message, { mine: isMine(network, message), rank }) };
}
