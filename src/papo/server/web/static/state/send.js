// What we do in a conversation: send, edit, delete, react, show that we type. Messages go through the outbox, so that
// none is lost and none is sent twice. No DOM.

import { MESSAGE_COMMANDS } from "../lib/answers.js";
import { group } from "../lib/numerics.js";
import { t } from "../lib/translate.js";
import { bufferLine, NONCE } from "./buffer_line.js";
import { fetchPage, isAvailable } from "./chathistory.js";
import { errorIn, isError } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("./outbox.js").OutboxMessage} OutboxMessage
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** Refusals that only a message gets. */
const NOT_SENT = group("not_sent");
/** Pages that are searched for one message of ours. */
const MAX_PAGES = 20;
const TYPING_EVERY_MS = 3_000;
/** When we last sent that we type. @type {WeakMap<Buffer, number>} */
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
  if (canSendNow(network, buffer)) void transmit(network, buffer, item);
}

/** Whether nothing older waits here: what waits is sent first, when the history is here. @param {Network} network @param {Buffer} buffer */
function canSendNow(network, buffer) {
  return network.status.value === "online" && (!buffer.historyRequested || buffer.outboxSent);
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
    const answer = await network.client.say(item.target, item.text, tags, item.command);
    const refusal = answer.find((each) => refuses(network, item, each));
    if (refusal) {
      fail(network, buffer, item, refusal.params.at(-1) ?? refusal.command);
      return;
    }
    network.outbox.remove(item.nonce);
    const isCopy = (/** @type {import("../lib/batches.js").ServerMessage} */ each) => MESSAGE_COMMANDS.has(each.command) && network.isMe(each.source.nick);
    const copy = answer.find(isCopy);
    if (!copy) buffer.confirmPending(item.nonce);
    else if (copy.tags[NONCE] !== item.nonce) {
      // Nothing in the copy tells which message of ours it is.
      await network.caughtUp();
      buffer.removePending(item.nonce);
    }
  } catch {
    // The connection ended before the answer came: `resend` finds out whether the message was stored.
  } finally {
    inFlight.delete(item.nonce);
  }
}

/**
 * Whether a message refuses what was sent. Without labels it may be about anything that we did at that time.
 * @param {Network} network
 * @param {OutboxMessage} item
 * @param {ServerMessage} message
 */
function refuses(network, item, message) {
  const { command, params } = message;
  if (!isError(message) || network.client.caps.has("labeled-response")) return isError(message);
  if (command === "FAIL") return params[0] === item.command || params[0] === "BATCH";
  return NOT_SENT.has(command) || network.fold(params[1] ?? "") === network.fold(item.target);
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item @param {string} why */
function fail(network, buffer, item, why) {
  network.outbox.change(item.nonce, { failed: why, tried: false });
  buffer.updatePending(item.nonce, { pending: "failed", error: why });
}

/**
 * After a reconnect: send what waits, in its order, but nothing that is stored already.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export async function resend(network, buffer) {
  buffer.outboxSent = false;
  for (const item of network.outbox.of(network.url)) {
    if (network.fold(item.target) !== buffer.key || inFlight.has(item.nonce)) continue;
    if (buffer.lines.value.some((each) => each.nonce === item.nonce && !each.pending)) {
      giveUp(network, buffer, item.nonce);
      continue;
    }
    show(network, buffer, item);
    if (item.failed) continue;
    if (item.tried && !hasEverythingSince(network, buffer, item)) {
      // What comes after it waits too, so that all are sent in their order.
      const found = await lookFor(network, buffer, item);
      if (found) giveUp(network, buffer, item.nonce);
      else if (found === null) fail(network, buffer, item, t("The connection ended before the server answered."));
      else network.outbox.change(item.nonce, { tried: false });
      await resend(network, buffer);
      return;
    }
    void transmit(network, buffer, item);
  }
  buffer.outboxSent = true;
}

/**
 * Whether every line since a message was written is here: then it is not stored if it is not here.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {OutboxMessage} item
 */
function hasEverythingSince(network, buffer, item) {
  if (buffer.hasNewer.value || !isAvailable(network)) return false;
  return item.after ? buffer.find(item.after) !== undefined : !buffer.hasOlder.value;
}

/**
 * Find out whether the server has stored a message of ours that was not answered. Rejects if the connection ends.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {OutboxMessage} item
 * @returns {Promise<boolean | null>} null if that cannot be known
 */
async function lookFor(network, buffer, item) {
  inFlight.add(item.nonce);
  try {
    return await isInHistory(network, buffer, item);
  } finally {
    inFlight.delete(item.nonce);
  }
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item @returns {Promise<boolean | null>} */
async function isInHistory(network, buffer, item) {
  if (!isAvailable(network)) return null;
  let bound = item.after ? `msgid=${item.after}` : "timestamp=1970-01-01T00:00:00.000Z";
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const { page, full, last } = await fetchPage(network, buffer, "AFTER", bound);
    if (!page) return null;
    if (page.some((each) => each.nonce === item.nonce)) return true;
    if (!full) return false;
    if (!last) return null;
    bound = `msgid=${last}`;
  }
  return null;
}

/** Send again what was refused; offline, when the connection is back. @param {Network} network @param {Buffer} buffer @param {string} nonce */
export function retry(network, buffer, nonce) {
  const item = network.outbox.find(nonce);
  if (!item) return;
  if (canSendNow(network, buffer)) {
    void transmit(network, buffer, item);
    return;
  }
  network.outbox.change(nonce, { failed: "", tried: false });
  buffer.updatePending(nonce, { pending: "waiting", error: "" });
}

/** @param {Network} network @param {Buffer} buffer @param {string} nonce */
export function giveUp(network, buffer, nonce) {
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
export async function deleteMessage(network, buffer, line) {
  return refusalOf(network.client.ask("REDACT", buffer.name.peek(), line.id));
}

/** React with an emoji, or take the reaction back. @param {Network} network @param {Buffer} buffer @param {BufferLine} line @param {string} emoji */
export function react(network, buffer, line, emoji) {
  const mine = line.reactions.find(([each]) => each === emoji)?.[1].some((nick) => network.isMe(nick)) ?? false;
  const tag = mine ? "+draft/unreact" : "+draft/react";
  network.client.sendTagged({ [tag]: emoji, "+draft/reply": line.id, "+reply": line.id }, "TAGMSG", buffer.name.peek());
  if (!network.client.caps.has("echo-message")) buffer.react(line.id, emoji, network.client.nick, !mine);
}

/** @param {Network} network @param {Buffer} buffer @param {BufferLine} line our own, or any for operators */
export function canDelete(network, buffer, line) {
  if (!network.has("draft/message-redaction")) return false;
  return line.mine || network.operator.value || network.rank(buffer) >= network.client.support.rankOf("o");
}

/** @param {Promise<ServerMessage[]>} answer */
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
