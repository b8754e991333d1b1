// Emoji by name, in the reader's language and in English; read when the first is asked for. No DOM.

import { language } from "../lib/translate.js";

/** @typedef {{emoji: string, name: string, words: string, group: number}} Emoji */

/** @type {Map<string, Promise<Emoji[]>>} */
const read = new Map();
const GROUP_OF_PARTS = 2;

/** @param {string} code */
function table(code) {
  let found = read.get(code);
  if (!found) {
    found = fetch(new URL(`../vendor/emoji/${code}.json`, import.meta.url))
      .then((answer) => answer.json())
      .then((rows) => rows.filter((/** @type {any[]} */ row) => row[3] !== GROUP_OF_PARTS).map((/** @type {any[]} */ [emoji, name, words, group]) => ({
        emoji, name, group, words: plain(`${name} ${words}`),
      })));
    read.set(code, found);
  }
  return found;
}

/** Without accents and case: "coracao" finds coração. @param {string} text */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/_/g, " ");
}

/** @returns {Promise<Emoji[]>} */
export function all() {
  return table(language.value);
}

/**
 * @param {string} wanted
 * @param {number} limit
 * @returns {Promise<Emoji[]>} the best first
 */
export async function search(wanted, limit) {
  const words = plain(wanted).split(" ").filter(Boolean);
  const own = await table(language.value);
  const english = language.value === "en" ? [] : await table("en");
  const also = new Map(english.map((each) => [each.emoji, each.words]));
  /** @type {[number, Emoji][]} */
  const found = [];
  for (const each of own) {
    const text = `${each.words} ${also.get(each.emoji) ?? ""}`;
    if (!words.every((word) => text.includes(word))) continue;
    const first = words[0] ?? "";
    const rank = each.words === first ? 0 : each.words.startsWith(first) ? 1 : ` ${text}`.includes(` ${first}`) ? 2 : 3;
    found.push([rank, each]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, limit).map(([, each]) => each);
}
