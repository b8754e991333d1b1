// The language of the page: texts by their English, from the same gettext catalogue as the server's. No DOM.

import { signal } from "../vendor/signals-core.js";

/** @typedef {Record<string, string | string[]>} Texts by their English; several for the forms of a plural */

/** Code of the language, such as `pt_BR`; "" for the language of the source. */
export const language = signal("");
/** Code of the language of the source. */
export const sourceLanguage = signal("");
/** @type {Texts} */
let texts = {};
/** @type {import("./plural.js").Expression} */
let pluralForm = () => 0;

/**
 * @param {string} code
 * @param {Texts} [translations] none for the language of the source
 * @param {import("./plural.js").Expression} [plural]
 */
export function setLanguage(code, translations = {}, plural = () => 0) {
  texts = translations;
  pluralForm = plural;
  language.value = code;
}

/** A language code as BCP 47 has it: `pt-BR`. @param {string} code */
export function tagOf(code) {
  return code.replace("_", "-");
}

/** For Intl; undefined for the browser's own. */
export function locale() {
  return language.value ? tagOf(language.value) : undefined;
}

/** What a language calls itself. @param {string} code */
export function languageName(code) {
  const tag = tagOf(code);
  const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? code;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} [values] for `{name}` in the text
 */
export function t(text, values) {
  void language.value; // whatever shows a text is drawn again when the language changes
  const found = texts[text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count which is `{count}` in the text
 * @param {Record<string, string | number>} [values]
 */
export function tn(one, many, count, values) {
  void language.value;
  const forms = texts[one];
  const text = Array.isArray(forms) ? (forms[pluralForm(count)] ?? forms[0]) : count === 1 ? one : many;
  return fill(text, { count, ...values });
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}
