// What we do in a conversation: say, edit, delete, react, show that we type. What is said goes through the outbox, so
// that nothing is lost and nothing is said twice. No DOM.

import { t } from "../lib/translate.js";
import { entry, NONCE } from "./buffer_line.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").Entry} Entry
 * @typedef {import("./outbox.js").Waiting} Waiting
 */

const TYPING_EVERY_MS = 3_000;
/** @type {WeakMap<Buffer, number>} */
const typedAt = new WeakMap();
/** Numbers of messages that were sent and are not answered yet. @type {Set<string>} */
const underWay = new Set();

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text of one or more lines; `\x01ACTION …\x01` for /me
 * @param {{replyTo?: string, command?: "PRIVMSG" | "NOTICE"}} [how]
 */
export function say(network, buffer, text, { replyTo = "", command = "PRIVMSG" } = {}) {
  const item = network.outbox.add({
    url: network.url, target: buffer.name.peek(), text, replyTo, command, after: buffer.newest()?.id ?? "",
  });
  show(network, buffer, item);
  typedAt.delete(buffer);
  if (network.status.value === "online") void transmit(network, buffer, item);
}

/** @param {Network} network @param {Buffer} buffer @param {Waiting} item */
function show(network, buffer, item) {
  if (buffer.entries.value.some((each) => each.waiting && each.nonce === item.nonce)) return;
  const action = /^\x01ACTION ([^]*)\x01$/.exec(item.text);
  buffer.append(
    entry({
      kind: item.command === "NOTICE" ? "notice" : action ? "action" : "say", text: action ? action[1] : item.text,
      nick: network.nick.value, mine: true, nonce: item.nonce, replyTo: item.replyTo, at: item.at,
      waiting: item.failed ? "failed" : "waiting", why: item.failed,
    }),
    true,
  );
}

/** @param {Network} network @param {Buffer} buffer @param {Waiting} item */
async function transmit(network, buffer, item) {
  network.outbox.change(item.nonce, { tried: true, failed: "" });
  underWay.add(item.nonce);
  buffer.changeWaiting(item.nonce, { waiting: "waiting", why: "" });
  /** @type {Record<string, string>} */
  const tags = { [NONCE]: item.nonce };
  if (item.replyTo) tags["+draft/reply"] = tags["+reply"] = item.replyTo;
  try {
    const answer = await network.client.say(item.target, item.text, tags, item.command);
    const wrong = answer.find((each) => each.command === "FAIL" || /^[45]\d\d$/.test(each.command));
    if (wrong) {
      const why = wrong.params.at(-1) ?? wrong.command;
      network.outbox.change(item.nonce, { failed: why, tried: false });
      buffer.changeWaiting(item.nonce, { waiting: "failed", why });
    } else if (!network.client.caps.has("echo-message")) {
      network.outbox.remove(item.nonce);
      buffer.dropWaiting(item.nonce);
      buffer.append(entry({ kind: "say", text: item.text, nick: network.nick.value, mine: true, replyTo: item.replyTo }), true);
    }
  } catch {
    // The connection ended before the answer came: `resend` finds out whether it was said.
  } finally {
    underWay.delete(item.nonce);
  }
}

/**
 * After a reconnect: what was said after all is known by its number, the rest is said now.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {Entry[]} fresh what the server has stored since
 */
export function resend(network, buffer, fresh) {
  for (const item of network.outbox.of(network.url)) {
    if (network.fold(item.target) !== buffer.key || underWay.has(item.nonce)) continue;
    if (fresh.some((each) => each.nonce === item.nonce) || buffer.entries.value.some((each) => each.nonce === item.nonce && !each.waiting)) {
      network.outbox.remove(item.nonce);
      buffer.dropWaiting(item.nonce);
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
export function giveUp(network, buffer, nonce) {
  network.outbox.remove(nonce);
  buffer.dropWaiting(nonce);
}

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {Entry} of
 * @param {string} text
 * @returns {Promise<string>} why not; "" where it is done
 */
export async function edit(network, buffer, of, text) {
  if (text.includes("\n")) return t("A message that is edited has one line. Delete it, and write it anew.");
  return refusal(network.client.ask("EDIT", buffer.name.peek(), of.id, text));
}

/** @param {Network} network @param {Buffer} buffer @param {Entry} of */
export async function remove(network, buffer, of) {
  return refusal(network.client.ask("REDACT", buffer.name.peek(), of.id));
}

/** @param {Network} network @param {Buffer} buffer @param {Entry} of @param {string} emoji */
export function react(network, buffer, of, emoji) {
  const mine = of.reactions.find(([each]) => each === emoji)?.[1].some((nick) => network.isMe(nick)) ?? false;
  const tag = mine ? "+draft/unreact" : "+draft/react";
  network.client.sendTagged({ [tag]: emoji, "+draft/reply": of.id, "+reply": of.id }, "TAGMSG", buffer.name.peek());
}

/** @param {Promise<import("./buffer_line.js").Arrived[]>} answer */
async function refusal(answer) {
  try {
    const wrong = (await answer).find((each) => each.command === "FAIL" || /^[45]\d\d$/.test(each.command));
    return wrong ? (wrong.params.at(-1) ?? wrong.command) : "";
  } catch {
    return "offline";
  }
}

/** @param {Network} network @param {Buffer} buffer @param {boolean} empty whether nothing is written any more */
export function typing(network, buffer, empty) {
  if (buffer.kind === "server" || network.status.value !== "online" || !network.client.caps.has("message-tags")) return;
  const last = typedAt.get(buffer) ?? 0;
  if (empty && last) {
    typedAt.delete(buffer);
    network.client.sendTagged({ "+typing": "done" }, "TAGMSG", buffer.name.peek());
  } else if (!empty && Date.now() - last > TYPING_EVERY_MS) {
    typedAt.set(buffer, Date.now());
    network.client.sendTagged({ "+typing": "active" }, "TAGMSG", buffer.name.peek());
  }
}
