// What we do in a conversation: send, edit, delete, react, show that we type. Messages go through the outbox, so that
// none is lost and none is sent twice. No DOM.

import { t } from "../lib/translate.js";
import { bufferLine, NONCE } from "./buffer_line.js";
import { errorIn } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("./outbox.js").OutboxMessage} OutboxMessage
 */

const TYPING_EVERY_MS = 3_000;
/** When we last told the members that we type. @type {WeakMap<Buffer, number>} */
const typingSentAt = new WeakMap();
/** Nonces of messages that were sent over this connection and are not answered yet. @type {Set<string>} */
const inFlight = new Set();

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text of one or more lines; `\x01ACTION …\x01` for /me
 * @param {{replyTo?: string, command?: "PRIVMSG" | "NOTICE"}} [options]
 */
export function say(network, buffer, text, { replyTo = "", command = "PRIVMSG" } = {}) {
  const item = network.outbox.add({
    url: network.url, target: buffer.name.peek(), text, replyTo, command, after: buffer.newest()?.id ?? "",
  });
  show(network, buffer, item);
  typingSentAt.delete(buffer);
  if (network.status.value === "online") void transmit(network, buffer, item);
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item */
function show(network, buffer, item) {
  if (buffer.lines.value.some((each) => each.pending && each.nonce === item.nonce)) return;
  const action = /^\x01ACTION ([^]*)\x01$/.exec(item.text);
  buffer.append(
    bufferLine({
      kind: item.command === "NOTICE" ? "notice" : action ? "action" : "say", text: action ? action[1] : item.text,
      nick: network.nick.value, mine: true, nonce: item.nonce, replyTo: item.replyTo, at: item.at,
      pending: item.failed ? "failed" : "waiting", error: item.failed,
    }),
    true,
  );
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item */
async function transmit(network, buffer, item) {
  network.outbox.change(item.nonce, { tried: true, failed: "" });
  inFlight.add(item.nonce);
  buffer.updatePending(item.nonce, { pending: "waiting", error: "" });
  /** @type {Record<string, string>} */
  const tags = { [NONCE]: item.nonce };
  if (item.replyTo) tags["+draft/reply"] = tags["+reply"] = item.replyTo;
  try {
    const why = errorIn(await network.client.say(item.target, item.text, tags, item.command));
    if (why) {
      network.outbox.change(item.nonce, { failed: why, tried: false });
      buffer.updatePending(item.nonce, { pending: "failed", error: why });
    } else if (!network.client.caps.has("echo-message")) {
      network.outbox.remove(item.nonce);
      buffer.removePending(item.nonce);
      buffer.append(bufferLine({ kind: "say", text: item.text, nick: network.nick.value, mine: true, replyTo: item.replyTo }), true);
    }
  } catch {
    // The connection ended before the answer came: `resend` finds out whether the message was stored.
  } finally {
    inFlight.delete(item.nonce);
  }
}

/**
 * After a reconnect: drop what was stored after all, recognized by its nonce, and send the rest.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {BufferLine[]} lines what the server has stored since
 */
export function resend(network, buffer, lines) {
  for (const item of network.outbox.of(network.url)) {
    if (network.fold(item.target) !== buffer.key || inFlight.has(item.nonce)) continue;
    const isStored = (/** @type {BufferLine} */ each) => each.nonce === item.nonce && !each.pending;
    if (lines.some(isStored) || buffer.lines.value.some(isStored)) {
      network.outbox.remove(item.nonce);
      buffer.removePending(item.nonce);
      continue;
    }
    show(network, buffer, item);
    if (!item.failed) void transmit(network, buffer, item);
  }
}

/** @param {Network} network @param {Buffer} buffer @param {string} nonce */
export function retry(network, buffer, nonce) {
  const item = network.outbox.find(nonce);
  if (item) void transmit(network, buffer, item);
}

/** @param {Network} network @param {Buffer} buffer @param {string} nonce */
export function discard(network, buffer, nonce) {
  network.outbox.remove(nonce);
  buffer.removePending(nonce);
}

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {BufferLine} line
 * @param {string} text
 * @returns {Promise<string>} why it failed; "" if it is done
 */
export async function edit(network, buffer, line, text) {
  if (text.includes("\n")) return t("An edited message is one line.");
  return refusalOf(network.client.ask("EDIT", buffer.name.peek(), line.id, text));
}

/** @param {Network} network @param {Buffer} buffer @param {BufferLine} line @returns {Promise<string>} why it failed, or "" */
export async function remove(network, buffer, line) {
  return refusalOf(network.client.ask("REDACT", buffer.name.peek(), line.id));
}

/** React with an emoji, or take the reaction back. @param {Network} network @param {Buffer} buffer @param {BufferLine} line @param {string} emoji */
export function react(network, buffer, line, emoji) {
  const mine = line.reactions.find(([each]) => each === emoji)?.[1].some((nick) => network.isMe(nick)) ?? false;
  const tag = mine ? "+draft/unreact" : "+draft/react";
  network.client.sendTagged({ [tag]: emoji, "+draft/reply": line.id, "+reply": line.id }, "TAGMSG", buffer.name.peek());
}

/** @param {Network} network @param {Buffer} buffer @param {BufferLine} line our own, or any for operators */
export function canDelete(network, buffer, line) {
  if (!network.has("draft/message-redaction")) return false;
  return line.mine || network.operator.value || network.rank(buffer) >= network.client.support.rankOf("o");
}

/** @param {Promise<import("../lib/batches.js").ServerMessage[]>} answer */
async function refusalOf(answer) {
  try {
    return errorIn(await answer);
  } catch {
    return t("The connection ended before the server answered.");
  }
}

/** Show others that we type. @param {Network} network @param {Buffer} buffer @param {boolean} empty whether the text was deleted */
export function sendTyping(network, buffer, empty) {
  if (buffer.kind === "server" || network.status.value !== "online" || !network.client.caps.has("message-tags")) return;
  const last = typingSentAt.get(buffer) ?? 0;
  if (empty && last) {
    typingSentAt.delete(buffer);
    network.client.sendTagged({ "+typing": "done" }, "TAGMSG", buffer.name.peek());
  } else if (!empty && Date.now() - last > TYPING_EVERY_MS) {
    typingSentAt.set(buffer, Date.now());
    network.client.sendTagged({ "+typing": "active" }, "TAGMSG", buffer.name.peek());
  }
}
