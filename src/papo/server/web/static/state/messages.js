// What users write and what changes it: PRIVMSG, NOTICE, TAGMSG, EDIT, REDACT, read markers. One function for each
// command, in one table. No DOM. Sources: modern.ircdocs.horse; ircv3.net message-tags, reply, react, typing,
// message-redaction, read-marker; draft/edit.

import { isTarget } from "../lib/message.js";
import { addLine, place, countUnread, isMine, withMention } from "./buffer_lines.js";
import { isCtcp, messageLine, noticeLine } from "./buffer_line.js";
import { refill } from "./history.js";
import { applyEdit, applyEditTag, applyReaction, applyRedaction } from "./change_tags.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** Tag of what NickServ says unasked of a change of our account. */
const ACCOUNT_NOTICE = "papo.chat/account-notice";

/** @param {Network} network @param {ServerMessage} message */
function privmsg(network, message) {
  const { source, command, params } = message;
  const text = params[1] ?? "";
  if (isCtcp(text)) {
    answerCtcp(network, message);
    return;
  }
  const { name, rank } = place(network, message);
  const mine = isMine(network, message);
  if (!source.user && !source.host && (source.nick.includes(".") || source.nick === "" || params[0] === "*")) {
    addLine(network, network.server(), noticeLine("notice", text));
    return;
  }
  if (command === "NOTICE" && !network.buffer(name) && !mine) {
    // Services answer by notice: that opens no conversation, but must not be missed.
    const kind = message.tags[ACCOUNT_NOTICE] === undefined ? "info" : "error";
    network.listener.notice({ kind, text: `${source.nick}: ${text}` });
    addLine(network, network.server(), messageLine(message, { mine, rank }));
    return;
  }
  if (!network.buffer(name) && !isTarget(name)) return;
  const buffer = network.open(name);
  if (buffer.kind === "person") {
    network.updateUser(name, {});
    if (!buffer.historyRequested) void refill(network, buffer);
  }
  buffer.setTyping(network.fold(source.nick), "", false);
  if (applyEditTag(network, buffer, message)) return;
  const line = messageLine(message, { mine, rank });
  if (line.nonce) network.outbox.remove(line.nonce);
  line.sentAgain = network.sentAgain.has(line.nonce);
  addLine(network, buffer, withMention(network, buffer, line));
}

/** @param {Network} network @param {ServerMessage} message */
function answerCtcp(network, { source, command, params }) {
  if (command !== "PRIVMSG" || network.isMe(source.nick) || network.client.support.isChannel(params[0] ?? "")) return;
  const [, word, rest] = /^(\S*) ?([^]*)$/.exec((params[1] ?? "").replace(/\x01/g, "")) ?? ["", "", ""];
  const answer = { PING: rest, VERSION: "Papo" }[word.toUpperCase()];
  if (answer) network.client.send("NOTICE", source.nick, `\x01${word} ${answer}\x01`);
}

/** @param {Network} network @param {ServerMessage} message */
function tagmsg(network, message) {
  const { source, tags } = message;
  const buffer = network.buffer(place(network, message).name);
  if (!buffer) return;
  const typing = tags["+typing"] || tags["+draft/typing"];
  if (typing && !network.isMe(source.nick)) buffer.setTyping(network.fold(source.nick), source.nick, typing === "active");
  applyReaction(buffer, message);
}

/** @param {Network} network @param {ServerMessage} message */
function redact(network, message) {
  const buffer = network.buffer(place(network, message).name);
  if (buffer) applyRedaction(network, buffer, message);
}

/** @param {Network} network @param {ServerMessage} message */
function edit(network, message) {
  const buffer = network.buffer(place(network, message).name);
  if (buffer) applyEdit(network, buffer, message);
}

/** @param {Network} network @param {ServerMessage} message */
function markread(network, { params }) {
  const buffer = network.buffer(params[0] ?? "");
  const at = Date.parse((params[1] ?? "").replace("timestamp=", ""));
  if (!buffer || Number.isNaN(at)) return;
  const newest = buffer.newest();
  // Only forwards; but one after the newest message is of a clock that was wrong, and the server corrects it.
  if (at <= buffer.readAt.value && !(newest && buffer.readAt.value > newest.at)) return;
  const first = buffer.readAt.value === 0;
  buffer.readAt.value = at;
  if (first) buffer.unreadLineAt.value = at;
  countUnread(network, buffer);
}

/** @type {Record<string, (network: Network, message: ServerMessage) => void>} */
export const HANDLERS = { PRIVMSG: privmsg, NOTICE: privmsg, TAGMSG: tagmsg, REDACT: redact, EDIT: edit, MARKREAD: markread };
