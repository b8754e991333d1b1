// The history of a conversation, page by page from the server (IRCv3 chathistory, read-marker), and search. The lines
// that are kept are bounded at both ends; what is dropped is fetched again when the user scrolls there. No DOM.

import { batch } from "../vendor/signals-core.js";
import { MAX_LINES } from "./buffer.js";
import { countUnread } from "./buffer_lines.js";
import { linesOf, searchResult } from "./playback.js";
import { errorIn } from "./replies.js";
import { resend } from "./send.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 */

const PAGE = 60;
const MAX_RESULTS = 50;

/** @param {Network} network */
function hasHistory(network) {
  return network.client.caps.has("draft/chathistory");
}

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} subcommand
 * @param {string} bound
 * @returns {Promise<{lines: BufferLine[], full: boolean}>} `full`: there may be more
 */
async function fetchPage(network, buffer, subcommand, bound) {
  const support = network.client.support;
  const limit = Math.min(PAGE, support.number("CHATHISTORY", PAGE), support.number("draft/CHATHISTORY", PAGE));
  const answer = await network.client.ask("CHATHISTORY", subcommand, buffer.name.peek(), bound, String(limit));
  const messages = answer.filter((each) => each.batch?.type === "chathistory");
  return { lines: linesOf(network, buffer, messages), full: messages.length >= limit };
}

/**
 * Fetch what was missed, or the newest page; then send what waits in the outbox.
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
    let { lines, full } = await fetchPage(network, buffer, newest ? "AFTER" : "LATEST", newest ? `msgid=${newest.id}` : "*");
    if (newest && full) {
      // More than a page was missed: show the newest page, the rest is fetched by scrolling up.
      ({ lines, full } = await fetchPage(network, buffer, "LATEST", "*"));
      merge(buffer, lines, { replace: true, hasOlder: full || undefined });
    } else merge(buffer, lines, newest ? {} : { hasOlder: full });
    countUnread(network, buffer);
    resend(network, buffer, lines);
  } catch {
    buffer.filled = false; // the connection ended; the next one asks again
  } finally {
    buffer.loading.value = "";
  }
}

/**
 * @param {Buffer} buffer
 * @param {BufferLine[]} lines
 * @param {{replace?: boolean, hasOlder?: boolean}} [options] `replace`: the lines that are here do not connect
 */
function merge(buffer, lines, { replace = false, hasOlder } = {}) {
  batch(() => {
    const waiting = buffer.lines.value.filter((each) => each.pending && !lines.some((other) => other.nonce && other.nonce === each.nonce));
    const present = replace ? [] : buffer.lines.value.filter((each) => !each.pending);
    const ids = new Set(present.map((each) => each.id).filter(Boolean));
    const missing = lines.filter((each) => !each.id || !ids.has(each.id));
    const all = [...present, ...missing].sort((a, b) => a.at - b.at);
    buffer.lines.value = [...all.slice(-MAX_LINES), ...waiting];
    if (hasOlder !== undefined) buffer.hasOlder.value = hasOlder;
    else if (replace || all.length > MAX_LINES) buffer.hasOlder.value = true;
    buffer.hasNewer.value = false;
    buffer.latestAt.value = Math.max(buffer.latestAt.value, all.at(-1)?.at ?? 0);
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadOlder(network, buffer) {
  const oldest = buffer.oldest();
  if (!hasHistory(network) || buffer.loading.value || !buffer.hasOlder.value || !oldest) return;
  await load(buffer, "older", async () => {
    const { lines, full } = await fetchPage(network, buffer, "BEFORE", `msgid=${oldest.id}`);
    batch(() => {
      const all = [...lines, ...buffer.lines.value];
      if (all.length > MAX_LINES) {
        buffer.hasNewer.value = true;
        buffer.lines.value = all.slice(0, MAX_LINES);
      } else buffer.lines.value = all;
      buffer.hasOlder.value = full;
    });
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadNewer(network, buffer) {
  const newest = buffer.newest();
  if (!hasHistory(network) || buffer.loading.value || !buffer.hasNewer.value || !newest) return;
  await load(buffer, "newer", async () => {
    const { lines, full } = await fetchPage(network, buffer, "AFTER", `msgid=${newest.id}`);
    batch(() => {
      const all = [...buffer.lines.value, ...lines];
      if (all.length > MAX_LINES) buffer.hasOlder.value = true;
      buffer.lines.value = all.slice(-MAX_LINES);
      buffer.hasNewer.value = full;
    });
  });
}

/**
 * Show the lines around a message or a moment.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} bound `msgid=…` or `timestamp=…`
 * @returns {Promise<BufferLine | undefined>} the message, or the first line since the moment
 */
export async function jump(network, buffer, bound) {
  const id = bound.startsWith("msgid=") ? bound.slice(6) : "";
  const present = buffer.find(id);
  if (present) return present;
  const at = id ? 0 : Date.parse(bound.slice(10));
  await load(buffer, "jump", async () => {
    const { lines } = await fetchPage(network, buffer, "AROUND", bound);
    if (!lines.length) return;
    batch(() => {
      buffer.lines.value = lines;
      buffer.hasOlder.value = true;
      buffer.hasNewer.value = true;
    });
  });
  return buffer.lines.value.find((each) => (id ? each.id === id : each.at >= at));
}

/** Show the newest lines again. @param {Network} network @param {Buffer} buffer */
export async function toPresent(network, buffer) {
  if (!buffer.hasNewer.value) return;
  await load(buffer, "newest", async () => {
    const { lines, full } = await fetchPage(network, buffer, "LATEST", "*");
    merge(buffer, lines, { replace: true, hasOlder: full });
    resend(network, buffer, lines);
  });
}

/**
 * One request at a time; what the user asks for waits for the one under way, the others are dropped.
 * @param {Buffer} buffer
 * @param {"older" | "newer" | "jump" | "newest"} what
 * @param {() => Promise<void>} request
 */
async function load(buffer, what, request) {
  if (what === "jump" || what === "newest") await loadingEnds(buffer);
  if (buffer.loading.value) return;
  buffer.loading.value = what;
  try {
    await request();
  } catch {
    // the connection ended; refill repeats it
  } finally {
    buffer.loading.value = "";
  }
}

/** @param {Buffer} buffer @returns {Promise<void>} */
function loadingEnds(buffer) {
  return new Promise((resolve) => {
    const stop = buffer.loading.subscribe((what) => {
      if (what) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/** Mark everything read up to now, here and on our other devices. @param {Network} network @param {Buffer} buffer */
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
 * @param {Network} network
 * @param {Record<string, string>} query `in`, `from`, `text`, `after`, `before`
 * @returns {Promise<{target: string, line: BufferLine}[]>} newest first; rejected with the text of the server's refusal
 */
export async function search(network, query) {
  const words = Object.entries(query).filter(([, value]) => value).map(([key, value]) => `${key}=${escapeValue(value)}`);
  const answer = await network.client.ask("SEARCH", [...words, `limit=${MAX_RESULTS}`].join(";"));
  const error = errorIn(answer);
  if (error) throw new Error(error);
  return answer
    .filter((each) => each.batch?.type.endsWith("search"))
    .map((each) => searchResult(network, each))
    .reverse();
}

/** @param {string} value */
function escapeValue(value) {
  return value.replace(/\\/g, "\\\\").replace(/;/g, "\\:").replace(/ /g, "\\s");
}
