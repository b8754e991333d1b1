// What this browser shows and how. Everything takes effect at once and is remembered here.

import { html } from "../html.js";
import { LANGUAGES, language, t } from "../../lib/translate.js";
import { chosenLanguage, keywords, notify, showJoins, sound, theme, twentyFour } from "../../state/settings.js";
import { Dialog } from "./dialog.js";
import { askToNotify, canNotify } from "../notifications.js";
import { changeLanguage } from "../start.js";

export function Settings() {
  const check = (/** @type {import("../../vendor/signals-core.js").Signal<boolean>} */ value, /** @type {string} */ label) =>
    html`<label class="check"><input type="checkbox" checked=${value.value} onChange=${(/** @type {any} */ event) => (value.value = event.target.checked)} /> ${label}</label>`;
  return html`<${Dialog} title=${t("Settings")}>
    <fieldset><legend>${t("Language")}</legend><div class="row">
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<button type="button" lang=${code.replace("_", "-")} aria-pressed=${language.value === code} onClick=${() => {
        chosenLanguage.value = code;
        void changeLanguage(code);
      }}>${name}</button>`)}
    </div></fieldset>
    <fieldset><legend>${t("Colours")}</legend><div class="row">
      ${[["system", t("As the system")], ["light", t("Light")], ["dark", t("Dark")]].map(([value, name]) => html`<button type="button" aria-pressed=${theme.value === value} onClick=${() => (theme.value = /** @type {any} */ (value))}>${name}</button>`)}
    </div></fieldset>
    <fieldset><legend>${t("Messages")}</legend>
      ${check(showJoins, t("Show who comes and goes"))}
      ${check(twentyFour, t("Hours from 0 to 24"))}
    </fieldset>
    <fieldset><legend>${t("When somebody mentions you")}</legend>
      ${canNotify() ? html`<label class="check"><input type="checkbox" checked=${notify.value === "on"} onChange=${(/** @type {any} */ event) => (event.target.checked ? void askToNotify() : (notify.value = "off"))} /> ${t("Show a notification")}</label>` : html`<p class="note">${t("This browser shows notifications only for pages over https. The number in the tab's title works everywhere.")}</p>`}
      ${check(sound, t("Play a sound"))}
      <label>${t("Other words that call you, with commas between them")}
        <input type="text" value=${keywords.value.join(", ")} onChange=${(/** @type {any} */ event) => (keywords.value = event.target.value.split(",").map((/** @type {string} */ word) => word.trim()).filter(Boolean))} /></label>
    </fieldset>
  <//>`;
}
