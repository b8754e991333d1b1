// The choice of a language: those that the server has, and the catalogue of the chosen one.

import { html } from "./html.js";
import { language, languageName, setLanguage, sourceLanguage, tagOf } from "../lib/translate.js";
import { chosenLanguage } from "../state/settings.js";
import { setup } from "./view.js";

/** Codes; the first is the language of the source, which has no catalogue. @type {string[]} */
export const LANGUAGES = setup.languages;
[sourceLanguage.value] = LANGUAGES;

/** @param {string} code */
async function load(code) {
  if (code === sourceLanguage.value) setLanguage(code);
  else {
    const catalogue = fetch(new URL(`../i18n/${code}.json`, import.meta.url)).then((answer) => answer.json());
    const [{ texts, plural }, { compilePlural }] = await Promise.all([catalogue, import("../lib/plural.js")]);
    setLanguage(code, texts, compilePlural(plural));
  }
  document.documentElement.lang = tagOf(code);
}

/** The language the user chose, or the one the browser asks for. */
export async function loadLanguage() {
  const wanted = [chosenLanguage.value, setup.language].find((code) => LANGUAGES.includes(code)) ?? sourceLanguage.value;
  await load(wanted).catch(() => setLanguage(sourceLanguage.value));
}

/** @param {{className?: string}} props */
export function LanguageButtons({ className = "" }) {
  return LANGUAGES.map((code) => html`<button type="button" class=${className} lang=${tagOf(code)} aria-pressed=${language.value === code} onClick=${() => {
    chosenLanguage.value = code;
    void load(code);
  }}>${languageName(code)}</button>`);
}
