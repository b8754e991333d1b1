// The language of the page: texts by their English, from the same gettext catalogue as the server's. No DOM.

import { signal } from "../vendor/signals-core.js";

/** @typedef {{plural: string, texts: Record<string, string | string[]>}} Catalogue */

export const LANGUAGES = { en: "English", pt_BR: "Português (Brasil)" };
export const language = signal("en");
/** @type {Map<string, Catalogue>} */
const catalogues = new Map();

/**
 * @param {string} code
 * @param {Catalogue | null} catalogue null for English
 */
export function speak(code, catalogue) {
  if (catalogue) catalogues.set(code, catalogue);
  language.value = code;
}

/** BCP 47, for Intl. */
export function locale() {
  return language.value.replace("_", "-");
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values) {
  const found = catalogues.get(language.value)?.texts[text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function tn(one, many, count, values) {
  const found = catalogues.get(language.value)?.texts[one];
  const chosen = language.value === "pt_BR" ? (count > 1 ? 1 : 0) : count === 1 ? 0 : 1;
  const text = Array.isArray(found) ? found[chosen] : chosen ? many : one;
  return fill(text, { count, ...values });
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}
