// The history of a conversation, page by page from the server (IRCv3 chathistory, read-marker). The lines that
// are kept are bounded at both ends; what is dropped is fetched again when the user scrolls there. No DOM.

import { batch } from "../vendor/signals-core.js";
import { countUnread } from "./buffer_lines.js";
import { fetchPage, isAvailable } from "./chathistory.js";
import { resend, resendRecognised } from "./send.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 */

/**
 * Fetch what was missed, or the newest page; then send what waits in the outbox.
 * @param {Network} network
 * @param {Buffer} buffer
 */
export async function refill(network, buffer) {
  if (buffer.historyRequested) return;
  buffer.historyRequested = true;
  resendRecognised(network, buffer);
  if (!isAvailable(network)) {
    buffer.hasOlder.value = false;
    void resend(network, buffer);
    return;
  }
  // If the last connection ended before the gap was filled, what came over it is after the gap.
  if (buffer.hasNewer.value) buffer.gap = null;
  else buffer.gap ??= buffer.newest()?.id ?? "";
  buffer.loading.value = "newest";
  try {
    await fillGap(network, buffer, buffer.gap ?? "");
    buffer.gap = null;
    countUnread(network, buffer);
    await resend(network, buffer);
  } catch {
    buffer.historyRequested = false; // the connection ended; the next one asks again
  } finally {
    buffer.loading.value = "";
  }
}

/** @param {Network} network @param {Buffer} buffer @param {string} after msgid of the last line before the gap, or "" */
async function fillGap(network, buffer, after) {
  const missed = after ? await fetchPage(network, buffer, "AFTER", `msgid=${after}`) : null;
  if (missed?.page && !missed.full) {
    buffer.merge(missed.page, { after });
    return;
  }
  // More than a page was missed: show the newest page, the rest is fetched by scrolling up.
  await showNewest(network, buffer, after);
}

/** @param {Network} network @param {Buffer} buffer @param {string} after msgid of the last line to drop, or "" */
async function showNewest(network, buffer, after) {
  const { page, full } = await fetchPage(network, buffer, "LATEST", "*");
  if (!page) return;
  batch(() => {
    buffer.merge(page, { after, replace: after !== "" || buffer.hasNewer.value });
    buffer.hasOlder.value = full;
    buffer.hasNewer.value = false;
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadOlder(network, buffer) {
  const oldest = buffer.oldest();
  if (!isAvailable(network) || buffer.loading.value || !buffer.hasOlder.value || !oldest) return;
  await load(buffer, "older", async () => {
    const { page, full } = await fetchPage(network, buffer, "BEFORE", `msgid=${oldest.id}`);
    if (buffer.oldest()?.id !== oldest.id) return;
    batch(() => {
      buffer.prepend(page ?? []);
      buffer.hasOlder.value = full;
    });
  });
}

/** @param {Network} network @param {Buffer} buffer */
export async function loadNewer(network, buffer) {
  const newest = buffer.newest();
  if (!isAvailable(network) || buffer.loading.value || !buffer.hasNewer.value || !newest) return;
  await load(buffer, "newer", async () => {
    const { page, full } = await fetchPage(network, buffer, "AFTER", `msgid=${newest.id}`);
    if (!page || buffer.newest()?.id !== newest.id) return;
    batch(() => {
      buffer.merge(page, { after: newest.id });
      buffer.hasNewer.value = full;
    });
    if (!full) void resend(network, buffer);
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
    const { page } = await fetchPage(network, buffer, "AROUND", bound);
    if (!page?.length) return;
    batch(() => {
      buffer.lines.value = page;
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
    await showNewest(network, buffer, buffer.newest()?.id ?? "");
    void resend(network, buffer);
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
