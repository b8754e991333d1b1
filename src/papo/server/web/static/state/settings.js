// What this browser remembers: small values in localStorage, each with its default. A private window without storage
// works too, and forgets.

import { effect, signal } from "../vendor/signals-core.js";

const PREFIX = "papo.";

/** @param {string} name @returns {any} null if there is no value */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value null forgets it */
export function remember(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the page works without it
  }
}

/**
 * What this browser calls itself to a Papo server: whoever guesses at an account elsewhere does not use up this browser's
 * own tries. Another name for each server; "" if it cannot be kept.
 * @param {string} url
 */
export function deviceName(url) {
  const key = `device.${new URL(url).host}`;
  const known = recall(key);
  if (typeof known === "string" && known) return known;
  const random = crypto.getRandomValues(new Uint8Array(16));
  const name = `web-${Array.from(random, (byte) => (byte % 36).toString(36)).join("")}`;
  remember(key, name);
  return recall(key) === name ? name : "";
}

/**
 * @template T
 * @param {string} name
 * @param {T} initial
 * @returns {import("../vendor/signals-core.js").Signal<T>}
 */
function setting(name, initial) {
  const value = signal(/** @type {T} */ (recall(name) ?? initial));
  effect(() => remember(name, value.value));
  return value;
}

export const theme = setting("theme", /** @type {"system" | "light" | "dark"} */ ("system"));
/** Code of the language the user chose; "" for the browser's. */
export const chosenLanguage = setting("language", "");
export const showJoins = setting("joins", true);
export const notify = setting("notify", /** @type {"unasked" | "on" | "off"} */ ("unasked"));
export const sound = setting("sound", false);
export const keywords = setting("keywords", /** @type {string[]} */ ([]));
export const clock24 = setting("24h", true);
export const membersOpen = setting("members", true);
/** Keys of conversations without notifications. */
export const muted = setting("muted", /** @type {string[]} */ ([]));
export const recentEmoji = setting("emoji", ["👍", "❤️", "😂", "🎉", "😮", "😢"]);
