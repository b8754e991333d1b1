// What this browser shows and how. Changes take effect at once and are remembered in this browser.

import { html } from "../html.js";
import { t } from "../../lib/translate.js";
import { clock24, keywords, notify, showJoins, sound, theme } from "../../state/settings.js";
import { LanguageButtons } from "../language.js";
import { canNotify, requestPermission } from "../notifications.js";
import { Dialog } from "./dialog.js";

/** @param {{setting: import("../../vendor/signals-core.js").Signal<boolean>, label: string}} props */
function Switch({ setting, label }) {
  return html`<label class="check"><input type="checkbox" checked=${setting.value} onChange=${(/** @type {any} */ event) => (setting.value = event.target.checked)} /> ${label}</label>`;
}

export function Preferences() {
  return html`<${Dialog} title=${t("Settings")}>
    <fieldset><legend>${t("Language")}</legend><div class="row"><${LanguageButtons} /></div></fieldset>
    <fieldset><legend>${t("Colours")}</legend><div class="row">
      ${[["system", t("Same as the system")], ["light", t("Light")], ["dark", t("Dark")]].map(([value, name]) => html`<button type="button" aria-pressed=${theme.value === value} onClick=${() => (theme.value = /** @type {any} */ (value))}>${name}</button>`)}
    </div></fieldset>
    <fieldset><legend>${t("Messages")}</legend>
      <${Switch} setting=${showJoins} label=${t("Show joins and leaves")} />
      <${Switch} setting=${clock24} label=${t("24-hour clock")} />
    </fieldset>
    <fieldset><legend>${t("When somebody mentions you")}</legend>
      ${canNotify() ? html`<label class="check"><input type="checkbox" checked=${notify.value === "on"} onChange=${(/** @type {any} */ event) => (event.target.checked ? void requestPermission() : (notify.value = "off"))} /> ${t("Show a notification")}</label>` : html`<p class="note">${t("This browser shows notifications only for pages over https. The number in the tab's title works everywhere.")}</p>`}
      <${Switch} setting=${sound} label=${t("Play a sound")} />
      <label>${t("Other words that mention you, separated by commas")}
        <input type="text" value=${keywords.value.join(", ")} onChange=${(/** @type {any} */ event) => (keywords.value = event.target.value.split(",").map((/** @type {string} */ word) => word.trim()).filter(Boolean))} /></label>
    </fieldset>
  <//>`;
}
