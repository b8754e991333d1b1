// Finds links in a text. The library knows every top-level domain; it is fetched with the first text that may hold a
// link, and whoever has drawn a text without it draws it again. No DOM.

import { signal } from "../vendor/signals-core.js";

/** @typedef {{type: string, value: string, href: string, start: number, end: number}} Link `start`, `end`: places in the text */

/** What every link contains: a sign between two characters, the second no digit (times, numbers), or one of two words. */
const SIGN = /[^\s.][.:@][^\s.\d]|localhost|mailto:/i;
const library = signal(/** @type {((text: string) => Link[]) | null} */ (null));
/** @type {Promise<void> | null} */
let loading = null;

/** Fetch the library; without a network the next text tries again. */
export function loadLinks() {
  loading ??= import("../vendor/linkify.js").then(
    ({ find }) => {
      library.value = find;
    },
    () => {
      loading = null;
    },
  );
  return loading;
}

/** @param {string} text */
export function mayHoldLink(text) {
  return SIGN.test(text);
}

/**
 * @param {string} text
 * @returns {Link[] | null} in order; null until the library has come
 */
export function find(text) {
  if (!mayHoldLink(text)) return [];
  if (!library.value) void loadLinks();
  return library.value && library.value(text);
}
