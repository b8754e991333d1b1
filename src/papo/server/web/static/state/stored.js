// Whether a server that does not recognise what is sent again has stored a message of ours that it did not answer: its
// history shows it. No DOM.

import { fetchPage, isAvailable } from "./chathistory.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./outbox.js").OutboxMessage} OutboxMessage
 */

/** Pages that are searched for one message of ours. */
const MAX_PAGES = 20;

/**
 * Rejects if the connection ends.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {OutboxMessage} item
 * @returns {Promise<boolean | null>} null if that cannot be known
 */
export async function isInHistory(network, buffer, item) {
  if (!isAvailable(network)) return null;
  if (hasEverythingSince(buffer, item)) return false;
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

/**
 * Whether every line since a message was written is here: then it is not stored, since it is not among them.
 * @param {Buffer} buffer
 * @param {OutboxMessage} item
 */
function hasEverythingSince(buffer, item) {
  if (buffer.hasNewer.value) return false;
  return item.after ? buffer.find(item.after) !== undefined : !buffer.hasOlder.value;
}
