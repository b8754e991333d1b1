// A page of history as buffer lines, with what changes messages applied to them. No DOM.

import { place, isMine, withMention } from "./buffer_lines.js";
import { eventLine, isCtcp, messageLine } from "./buffer_line.js";
import { applyEdit, applyEditTag, applyReaction, applyRedaction } from "./change_tags.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

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
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {ServerMessage[]} messages of a chathistory batch
 * @returns {BufferLine[]} oldest first, without redacted messages and doubles
 */
export function historyLines(network, buffer, messages) {
  /** @type {BufferLine[]} */
  const lines = [];
  const redacted = new Set();
  for (const message of messages) {
    const { command, params } = message;
    if (command === "PRIVMSG" || command === "NOTICE") {
      if (isCtcp(params[1] ?? "") || applyEditTag(network, buffer, message)) continue;
      const line = messageLine(message, { mine: isMine(network, message), rank: place(network, message).rank });
      lines.push(withMention(network, buffer, line));
    } else if (command === "TAGMSG") applyReaction(buffer, message);
    else if (command === "EDIT") applyEdit(network, buffer, message);
    else if (command === "REDACT") redacted.add(applyRedaction(network, buffer, message));
    else if (command in EVENT_LINES) lines.push(EVENT_LINES[command](message));
  }
  const seen = redacted;
  return lines.filter((each) => !each.id || (!seen.has(each.id) && seen.add(each.id))).map((each) => buffer.amended(each));
}
