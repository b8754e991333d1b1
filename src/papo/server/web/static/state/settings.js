// What this browser remembers: small things, in localStorage, each with its usual value. Private windows without
// storage work too, and forget.

import { effect, signal } from "../vendor/signals-core.js";

const PREFIX = "papo.";

/** @param {string} name @returns {any} */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value null forgets */
export function remember(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the page goes on without
  }
}

/**
 * @template T
 * @param {string} name
 * @param {T} usual
 * @returns {import("../vendor/signals-core.js").Signal<T>}
 */
function kept(name, usual) {
  const value = signal(/** @type {T} */ (recall(name) ?? usual));
  effect(() => remember(name, value.value));
  return value;
}

export const theme = kept("theme", /** @type {"system" | "light" | "dark"} */ ("system"));
export const chosenLanguage = kept("language", "");
export const showJoins = kept("joins", true);
export const notify = kept("notify", /** @type {"unasked" | "on" | "off"} */ ("unasked"));
export const sound = kept("sound", false);
export const keywords = kept("keywords", /** @type {string[]} */ ([]));
export const twentyFour = kept("24h", true);
export const membersOpen = kept("members", true);
/** Folded names of conversations that make no noise. */
export const muted = kept("muted", /** @type {string[]} */ ([]));
export const recentEmoji = kept("emoji", ["👍", "❤️", "😂", "🎉", "😮", "😢"]);
