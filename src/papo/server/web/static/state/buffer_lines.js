// Where a message belongs, whether it is ours, and what a new line means to a conversation: unread messages, mentions.
// No DOM.

import { isMessage, mentions } from "./buffer_line.js";
import { keywords, muted } from "./settings.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/**
 * The conversation a message belongs to, and the prefix of the members it is for ("" for everyone).
 * @param {Network} network
 * @param {ServerMessage} message
 * @returns {{name: string, rank: string}}
 */
export function place(network, { source, params }) {
  const target = params[0] ?? "";
  const support = network.client.support;
  if (support.isChannel(target)) return { name: target, rank: "" };
  const [rank, bare] = support.splitPrefix(target);
  if (support.isChannel(bare)) return { name: bare, rank };
  return { name: network.isMe(source.nick) ? target : source.nick, rank: "" };
}

/** Whether we sent it, from here or from another device. @param {Network} network @param {ServerMessage} message */
export function isMine(network, { source, tags }) {
  return network.isMe(source.nick) || (network.client.account !== "" && tags.account === network.client.account);
}

/**
 * Add a line to a conversation, and count it if it is unread.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {BufferLine} line
 */
export function addLine(network, buffer, line) {
  const visible = network.current.value === buffer.key;
  if (!buffer.append(line, visible)) return;
  if (!isMessage(line) || line.mine || line.pending || buffer.kind === "server") return;
  if (line.at <= buffer.readAt.value || (visible && network.watched.value && !buffer.hasNewer.value)) return;
  buffer.unread.value += 1;
  if (buffer.kind === "person" || line.mention) {
    buffer.mentions.value += 1;
    if (!muted.value.includes(buffer.key)) network.listener.highlight(buffer, line);
  }
}

/**
 * The line, marked if it mentions us or replies to us.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {BufferLine} line
 * @returns {BufferLine}
 */
export function withMention(network, buffer, line) {
  if (line.mine) return line;
  const mention = Boolean(buffer.find(line.replyTo)?.mine) || mentions(line.text, [network.client.nick, ...keywords.value]);
  return mention ? { ...line, mention } : line;
}

/** Count what is unread, by the read marker that all our devices share. @param {Network} network @param {Buffer} buffer */
export function countUnread(network, buffer) {
  const seen = network.current.value === buffer.key && network.watched.value;
  const lines = buffer.lines.value;
  const read = lines.findLastIndex((each) => !each.pending && each.at <= buffer.readAt.value) + 1;
  const unread = lines.slice(read).filter((each) => isMessage(each) && !each.mine && !each.pending);
  buffer.unread.value = seen ? 0 : unread.length;
  buffer.mentions.value = seen ? 0 : unread.filter((each) => buffer.kind === "person" || each.mention).length;
}
