// The toasts on the screen, with the button that goes with each.

import { html } from "./html.js";
import { notify } from "../state/settings.js";
import { t } from "../lib/translate.js";
import { showBuffer } from "./actions.js";
import { Icon } from "./icons.js";
import { canNotify, requestPermission } from "./notifications.js";
import { dropToast, toasts } from "./toasts.js";
import { currentNetwork } from "./view.js";

/** @typedef {{id: number, kind: string, text: string, buffer?: string}} Toast */

export function ToastList() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map((each) => html`<div key=${each.id} class=${`toast ${each.kind}`}>
      <span>${each.text}</span>
      ${buttonsOf(each).map(([label, act]) => html`<button type="button" class="link" onClick=${() => {
        dropToast(each.id);
        act();
      }}>${label}</button>`)}
      <button type="button" class="icon-button" aria-label=${t("Close")} onClick=${() => dropToast(each.id)}><${Icon} name="close" /></button>
    </div>`)}
  </div>`;
}

/** @param {Toast} toast @returns {[string, () => void][]} */
function buttonsOf({ kind, buffer = "" }) {
  if (kind === "ask") return [[t("Yes"), () => void answer(true)], [t("No"), () => void answer(false)]];
  if (kind === "mention") return [[t("Show"), () => showBuffer(buffer)]];
  return kind === "info" && buffer ? [[t("Join"), () => currentNetwork.value?.join(buffer)]] : [];
}

/** @param {boolean} yes whether the page may show notifications */
async function answer(yes) {
  if (yes && canNotify()) await requestPermission();
  else notify.value = "off";
}
