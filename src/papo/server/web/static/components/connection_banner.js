// What is wrong with the connection, and the way to mend it.

import { html } from "./html.js";
import { t } from "../lib/translate.js";
import { leave } from "./actions.js";
import { explainRefusal } from "./refusals.js";

/** @param {{network: import("../state/network.js").Network}} props */
export function ConnectionBanner({ network }) {
  const status = network.status.value;
  const refusal = network.refusal.value;
  if (status === "online") return null;
  if (status === "closed") {
    return html`<p class="banner" role="alert">${refusal ? explainRefusal(refusal) : t("Not connected.")}
      <button type="button" class="link" onClick=${() => network.connect()}>${t("Connect again")}</button>
      <button type="button" class="link" onClick=${() => leave(network)}>${t("Leave")}</button></p>`;
  }
  return html`<p class="banner" role="status">${status === "waiting" ? t("No connection. What you write is kept and sent when it is back.") : t("Connecting…")}
    ${status === "waiting" ? html`<button type="button" class="link" onClick=${() => network.client.connect()}>${t("Try now")}</button>` : null}</p>`;
}
