// What we do in a conversation: send, edit, delete, react, show that we type. Messages go through the outbox, so that
// none is lost and none is said twice. No DOM.

import { MESSAGE_COMMANDS, NONCE } from "../lib/answers.js";
import { group } from "../lib/numerics.js";
import { t } from "../lib/translate.js";
import { bufferLine, PUBLIC_NONCE } from "./buffer_line.js";
import { newNonce } from "./outbox.js";
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
const TYPING_EVERY_MS = 3_000;
/** When we last sent that we type. @type {WeakMap<Buffer, number>} */
const typingSentAt = new WeakMap();
/** Nonces of messages that were sent over this connection and are not answered yet. @type {Set<string>} */
const inFlight = new Set();

/**
 * How long the server recognises a message that is sent again; 0 if it does not. Commands to services are not stored.
 * @param {Network} network
 * @param {string} target
 */
function keptMs({ client: { caps, offered } }, target) {
  if (!caps.has(NONCE) || !caps.has("message-tags") || /serv$/i.test(target)) return 0;
  return Number(/(?:^|,)duration=(\d+)/.exec(offered.get(NONCE) ?? "")?.[1] ?? 0) * 1000;
}

/** Whether the server knows that it is the same message. @param {Network} network @param {OutboxMessage} item */
function isRecognised(network, { sentAt = 0, target }) {
  const age = Date.now() - sentAt;
  return age >= 0 && age < keptMs(network, target);
}

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
  if (item.reaction || buffer.lines.value.some((each) => each.pending && each.nonce === item.nonce)) return;
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
  const kept = keptMs(network, item.target) > 0;
  const texts = kept && !item.sentAt && !item.reaction ? network.client.parts(item.target, item.text, item.command) : [];
  if (texts.length > 1) {
    // The next connection may cut it in other places: from here on these are the messages.
    buffer.removePending(item.nonce);
    for (const part of network.outbox.cut(item, texts)) {
      show(network, buffer, part);
      void transmitOne(network, buffer, part, kept);
    }
  } else await transmitOne(network, buffer, item, kept);
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item @param {boolean} kept whether the server recognises it */
async function transmitOne(network, buffer, item, kept) {
  const { nonce, target, text, replyTo, reaction } = item;
  const sentAt = kept && !isRecognised(network, item) ? Date.now() : item.sentAt;
  network.outbox.change(nonce, { tried: true, failed: "", sentAt });
  inFlight.add(nonce);
  buffer.updatePending(nonce, { pending: "waiting", error: "" });
  /** @type {Record<string, string>} */
  const tags = { [kept ? NONCE : PUBLIC_NONCE]: nonce };
  if (replyTo) tags["+draft/reply"] = tags["+reply"] = replyTo;
  if (reaction) tags[reaction] = text;
  const { client } = network;
  try {
    const answer = await (reaction ? client.askTagged(tags, "TAGMSG", target) : client.say(target, text, tags, item.command));
    const refusal = answer.find((each) => refuses(network, item, each));
    if (refusal) {
      refused(network, buffer, item, refusal);
      return;
    }
    network.outbox.remove(nonce);
    const isCopy = (/** @type {ServerMessage} */ each) =>
      (MESSAGE_COMMANDS.has(each.command) && network.isMe(each.source.nick)) || each.params[1] === "MESSAGE_DELETED";
    if (!answer.some(isCopy)) buffer.confirmPending(nonce);
    // Perhaps nothing in the copy tells which message of ours it is, or the history had it before.
    await network.caughtUp();
    buffer.removePending(nonce);
  } catch {
    // The connection ended before the answer came: `resend` finds out whether the message was stored.
  } finally {
    inFlight.delete(nonce);
  }
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item @param {ServerMessage} refusal */
function refused(network, buffer, item, { command, params }) {
  const text = params.at(-1) ?? command;
  const code = command === "FAIL" ? params[1] : "";
  const unknown = code === "OUTCOME_UNKNOWN"; // it waits: the next connection finds out
  if (unknown || item.reaction) {
    network.listener.notice({ kind: "error", text });
    if (!unknown) network.outbox.remove(item.nonce);
    return;
  }
  let { nonce } = item;
  if (code === "NONCE_REUSED") {
    nonce = newNonce();
    network.outbox.change(item.nonce, { nonce, sentAt: 0 });
    buffer.updatePending(item.nonce, { nonce });
  }
  fail(network, buffer, { ...item, nonce }, text);
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

/** What is to be sent there and is not on its way, oldest first. @param {Network} network @param {Buffer} buffer */
function waitingFor(network, buffer) {
  return network.outbox.of(network.url).filter((each) => network.fold(each.target) === buffer.key && !inFlight.has(each.nonce));
}

/** Send what waits without the history, if the server recognises what it has stored. @param {Network} network @param {Buffer} buffer */
export function resendRecognised(network, buffer) {
  const tried = waitingFor(network, buffer).filter((each) => each.tried);
  if (keptMs(network, buffer.key) && tried.every((each) => isRecognised(network, each))) void resend(network, buffer);
}

/** @param {Network} network @param {Buffer} buffer @param {OutboxMessage} item */
function unanswered(network, buffer, item) {
  if (item.reaction) network.outbox.remove(item.nonce);
  else fail(network, buffer, item, t("The connection ended before the server answered."));
}

/**
 * After a reconnect: send what waits, in its order, but nothing that is stored already.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export async function resend(network, buffer) {
  buffer.outboxSent = false;
  for (const item of waitingFor(network, buffer)) {
    if (buffer.lines.value.some((each) => each.nonce === item.nonce && !each.pending)) {
      giveUp(network, buffer, item.nonce);
      continue;
    }
    show(network, buffer, item);
    if (item.failed) continue;
    if (item.sentAt && !isRecognised(network, item)) {
      unanswered(network, buffer, item); // its nonce was for the server alone: it is in no history
      continue;
    }
    if (item.sentAt) network.sentAgain.add(item.nonce);
    else if (item.tried) {
      // What comes after it waits too, so that all are sent in their order.
      inFlight.add(item.nonce);
      const looked = import("./stored.js").then(({ isInHistory }) => isInHistory(network, buffer, item));
      const found = await looked.finally(() => inFlight.delete(item.nonce));
      if (found) giveUp(network, buffer, item.nonce);
      else if (found === null) unanswered(network, buffer, item);
      else network.outbox.change(item.nonce, { tried: false });
      await resend(network, buffer);
      return;
    }
    void transmit(network, buffer, item);
  }
  buffer.outboxSent = true;
}

/** Send again what was refused; offline, when the connection is back. @param {Network} network @param {Buffer} buffer @param {string} nonce */
export function retry(network, buffer, nonce) {
  let item = network.outbox.find(nonce);
  if (!item) return;
  if (!isRecognised(network, item)) item = { ...item, sentAt: 0 };
  if (canSendNow(network, buffer)) {
    void transmit(network, buffer, item);
    return;
  }
  network.outbox.change(nonce, { failed: "", tried: false, sentAt: item.sentAt });
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
  const reaction = mine ? "+draft/unreact" : "+draft/react";
  const target = buffer.name.peek();
  if (keptMs(network, target)) {
    void transmit(network, buffer, network.outbox.add({ url: network.url, target, text: emoji, replyTo: line.id, command: "PRIVMSG", reaction, after: "" }));
  } else network.client.sendTagged({ [reaction]: emoji, "+draft/reply": line.id, "+reply": line.id }, "TAGMSG", target);
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
