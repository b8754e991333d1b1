// What the page shows besides the messages: the network, the open dialog and panels, replies and edits under way.

import { signal } from "./html.js";

/**
 * @template T
 * @typedef {import("../vendor/signals-core.js").Signal<T>} Signal
 */
/** @typedef {import("../state/buffer_line.js").BufferLine} BufferLine */

/** What the server told the page when it was loaded (pages.py). @type {any} */
export const setup = JSON.parse(document.getElementById("setup")?.textContent ?? "{}");
/** @type {Signal<import("../state/network.js").Network | null>} */
export const currentNetwork = signal(null);
/** The open dialog, by its name in dialogs.js, and what it is about. @type {Signal<{name: string, about?: any} | null>} */
export const dialog = signal(null);
/** The panel on the right: "search", or "" for none. */
export const panel = signal("");
/** Words that the search panel should search for at once. */
export const searchWords = signal("");
/** Whether the list of conversations covers the chat (phones). */
export const drawer = signal(false);
/** Whether the member list covers the chat (phones). */
export const memberDrawer = signal(false);
/** The line the user replies to, by conversation. @type {Signal<Map<string, BufferLine>>} */
export const replying = signal(new Map());
/** The line the user edits, by conversation. @type {Signal<Map<string, BufferLine>>} */
export const editing = signal(new Map());
/** Key of the line to scroll to. */
export const target = signal("");

/** @param {Signal<Map<string, BufferLine>>} map @param {string} key @param {BufferLine | null} value null removes */
export function setFor(map, key, value) {
  const next = new Map(map.value);
  if (value) next.set(key, value);
  else next.delete(key);
  map.value = next;
}
