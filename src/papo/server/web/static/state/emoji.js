// Emoji by name, in the user's language and in that of the source; fetched when the first is needed. No DOM.

import { withoutAccents } from "../lib/accents.js";
import { language, sourceLanguage } from "../lib/translate.js";

/** @typedef {{emoji: string, name: string, words: string, group: number}} Emoji */

/** Skin tones and the like, which are no emoji by themselves. */
const COMPONENTS_GROUP = 2;
/** By language. @type {Map<string, Promise<Emoji[]>>} */
const tables = new Map();

/** @param {string} code @returns {Promise<Emoji[]>} none if the language has no names */
function table(code) {
  const present = tables.get(code);
  if (present) return present;
  const fetched = fetch(new URL(`../data/emoji/${code}.json`, import.meta.url))
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((rows) => rows.filter((/** @type {any[]} */ row) => row[3] !== COMPONENTS_GROUP).map((/** @type {any[]} */ [emoji, name, words, group]) => ({
      emoji, name, group, words: withoutAccents(`${name} ${words}`),
    })));
  tables.set(code, fetched);
  return fetched;
}

/** @returns {Promise<Emoji[]>} */
export async function all() {
  const own = language.value ? await table(language.value) : [];
  return own.length ? own : table(sourceLanguage.value);
}

/**
 * @param {string} wanted
 * @param {number} limit
 * @returns {Promise<Emoji[]>} the best match first
 */
export async function search(wanted, limit) {
  const words = withoutAccents(wanted).split(" ").filter(Boolean);
  const own = await all();
  const common = new Map((await table(sourceLanguage.value)).map((each) => [each.emoji, each.words]));
  /** @type {[number, Emoji][]} */
  const matches = [];
  for (const each of own) {
    const text = `${each.words} ${common.get(each.emoji) ?? ""}`;
    if (!words.every((word) => text.includes(word))) continue;
    const first = words[0] ?? "";
    const rank = each.words === first ? 0 : each.words.startsWith(first) ? 1 : ` ${text}`.includes(` ${first}`) ? 2 : 3;
    matches.push([rank, each]);
  }
  return matches.sort((a, b) => a[0] - b[0]).slice(0, limit).map(([, each]) => each);
}
