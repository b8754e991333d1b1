// The past of a conversation, page by page from the server (IRCv3 chathistory, read-marker). The window that is kept
// is bounded on both sides: what falls out of it comes back when somebody scrolls there. No DOM.

import { batch } from "../vendor/signals-core.js";
import { MOST_ENTRIES } from "./buffer.js";
import { past, called } from "./events.js";
import { isMessage } from "./buffer_line.js";
import { resend } from "./send.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").Entry} Entry
 */

export const PAGE = 60;

/** @param {Network} network */
function hasHistory(network) {
  return network.client.caps.has("draft/chathistory");
}

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string[]} question
 * @returns {Promise<{entries: Entry[], full: boolean}>}
 */
async function ask(network, buffer, question) {
  const [kind, ...bounds] = question;
  const limit = String(Math.min(PAGE, network.client.support.number("draft/CHATHISTORY", PAGE)));
  const answer = await network.client.ask("CHATHISTORY", kind, buffer.name.peek(), ...bounds, limit);
  const found = answer.filter((each) => each.batch?.type === "chathistory");
  return { entries: past(network, buffer, found), full: found.length >= parseInt(limit, 10) };
}

/**
 * What happened while we were away, or the newest page; then what waits to be sent is sent.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export async function refill(network, buffer) {
  if (buffer.filled) return;
  buffer.filled = true;
  if (!hasHistory(network)) {
    buffer.hasOlder.value = false;
    resend(network, buffer, []);
    return;
  }
  const newest = buffer.hasNewer.value ? undefined : buffer.newest();
  buffer.loading.value = "newest";
  try {
    let { entries, full } = await ask(network, buffer, newest ? ["AFTER", `msgid=${newest.id}`] : ["LATEST", "*"]);
    if (newest && full) {
      // More than a page was missed: the newest page, and the rest is read by scrolling up.
      ({ entries, full } = await ask(network, buffer, ["LATEST", "*"]));
      merge(buffer, entries, { replace: true, hasOlder: full || undefined });
    } else merge(buffer, entries, newest ? {} : { hasOlder: full });
    count(network, buffer);
    resend(network, buffer, entries);
  } catch {
    buffer.filled = false; // the connection ended; the next one asks again
  } finally {
    buffer.loading.value = "";
  }
}

/**
 * @param {Buffer} buffer
 * @param {Entry[]} entries
 * @param {{replace?: boolean, hasOlder?: boolean}} [how]
 */
function merge(buffer, entries, { replace = false, hasOlder } = {}) {
  batch(() => {
    const waiting = buffer.entries.value.filter((each) => each.waiting && !entries.some((other) => other.nonce && other.nonce === each.nonce));
    const have = replace ? [] : buffer.entries.value.filter((each) => !each.waiting);
    const ids = new Set(have.map((each) => each.id).filter(Boolean));
    const fresh = entries.filter((each) => !each.id || !ids.has(each.id));
    const all = [...have, ...fresh].sort((a, b) => a.at - b.at);
    buffer.entries.value = [...all.slice(-MOST_ENTRIES), ...waiting];
    if (hasOlder !== undefined) buffer.hasOlder.value = hasOlder;
    else if (replace || all.length > MOST_ENTRIES) buffer.hasOlder.value = true;
    buffer.hasNewer.value = false;
    buffer.latestAt.value = Math.max(buffer.latestAt.value, all.at(-1)?.at ?? 0);
  });
}

/**
 * How much of it is unread, by the mark that all our devices share.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export function count(network, buffer) {
  const fresh = buffer.entries.value.filter((each) => isMessage(each) && !each.mine && !each.waiting && each.at > buffer.readAt.value);
  const looked = network.current.value === buffer.key && network.watched.value;
  batch(() => {
    buffer.unread.value = looked ? 0 : fresh.length;
    buffer.mentions.value = looked ? 0 : fresh.filter((each) => buffer.kind === "person" || each.mention).length;
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadOlder(network, buffer) {
  const oldest = buffer.oldest();
  if (!hasHistory(network) || buffer.loading.value || !buffer.hasOlder.value || !oldest) return;
  await load(buffer, "older", async () => {
    const { entries, full } = await ask(network, buffer, ["BEFORE", `msgid=${oldest.id}`]);
    batch(() => {
      const all = [...entries, ...buffer.entries.value];
      if (all.length > MOST_ENTRIES) {
        buffer.hasNewer.value = true;
        buffer.entries.value = all.slice(0, MOST_ENTRIES);
      } else buffer.entries.value = all;
      buffer.hasOlder.value = full;
    });
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadNewer(network, buffer) {
  const newest = buffer.newest();
  if (!hasHistory(network) || buffer.loading.value || !buffer.hasNewer.value || !newest) return;
  await load(buffer, "newer", async () => {
    const { entries, full } = await ask(network, buffer, ["AFTER", `msgid=${newest.id}`]);
    batch(() => {
      const all = [...buffer.entries.value, ...entries];
      if (all.length > MOST_ENTRIES) buffer.hasOlder.value = true;
      buffer.entries.value = all.slice(-MOST_ENTRIES);
      buffer.hasNewer.value = full;
    });
  });
}

/**
 * Show what was said around a message or a moment.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} bound `msgid=…` or `timestamp=…`
 * @returns {Promise<Entry | undefined>} the message, or the first since then
 */
export async function jump(network, buffer, bound) {
  const id = bound.startsWith("msgid=") ? bound.slice(6) : "";
  const here = id ? buffer.find(id) : undefined;
  if (here) return here;
  const at = id ? 0 : Date.parse(bound.slice(10));
  await load(buffer, "jump", async () => {
    const { entries } = await ask(network, buffer, ["AROUND", bound]);
    if (!entries.length) return;
    batch(() => {
      buffer.entries.value = entries;
      buffer.hasOlder.value = true;
      buffer.hasNewer.value = true;
    });
  });
  return buffer.entries.value.find((each) => (id ? each.id === id : each.at >= at));
}

/** Back to now. @param {Network} network @param {Buffer} buffer */
export async function toPresent(network, buffer) {
  if (!buffer.hasNewer.value) return;
  await load(buffer, "newest", async () => {
    const { entries, full } = await ask(network, buffer, ["LATEST", "*"]);
    merge(buffer, entries, { replace: true, hasOlder: full });
    resend(network, buffer, entries);
  });
}

/** One at a time; somebody's jump waits for what is under way. @param {Buffer} buffer @param {string} what @param {() => Promise<void>} work */
async function load(buffer, what, work) {
  if (what === "jump" || what === "newest") await idle(buffer);
  if (buffer.loading.value) return;
  buffer.loading.value = what;
  try {
    await work();
  } catch {
    // the connection ended; refill mends it
  } finally {
    buffer.loading.value = "";
  }
}

/** @param {Buffer} buffer @returns {Promise<void>} */
function idle(buffer) {
  return new Promise((resolve) => {
    const stop = buffer.loading.subscribe((now) => {
      if (now) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/**
 * Everything up to now was seen: here, and on our other devices.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export function markRead(network, buffer) {
  const newest = buffer.newest();
  batch(() => {
    buffer.unread.value = 0;
    buffer.mentions.value = 0;
  });
  if (!newest || newest.at <= buffer.readAt.value || buffer.hasNewer.value) return;
  buffer.readAt.value = newest.at;
  if (network.client.caps.has("draft/read-marker") && network.status.value === "online") {
    network.client.send("MARKREAD", buffer.name.peek(), `timestamp=${new Date(newest.at).toISOString()}`);
  }
}

/**
 * Search results, the newest first.
 * @param {Network} network
 * @param {Record<string, string>} query `in`, `from`, `text`, `after`, `before`
 * @returns {Promise<{target: string, entry: Entry}[]>} rejects with the server's words
 */
export async function search(network, query) {
  const words = Object.entries(query).filter(([, value]) => value).map(([key, value]) => `${key}=${escapeValue(value)}`);
  const answer = await network.client.ask("SEARCH", [...words, "limit=50"].join(";"));
  const fail = answer.find((each) => each.command === "FAIL");
  if (fail) throw new Error(fail.params.at(-1));
  return answer
    .filter((each) => each.batch?.type.endsWith("search"))
    .map((each) => called(network, each))
    .reverse();
}

/** @param {string} value */
function escapeValue(value) {
  return value.replace(/\\/g, "\\\\").replace(/;/g, "\\:").replace(/ /g, "\\s");
}
