// Goes to the messages of a day.

import { html, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { closeDialog, goTo } from "../actions.js";
import { Dialog } from "./dialog.js";

/** As a date field has it: `2026-11-20`. */
function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** @param {{network: import("../../state/network.js").Network, about: import("../../state/buffer.js").Buffer}} props */
export function GoToDay({ network, about: buffer }) {
  const [day, setDay] = useState(today);
  const go = (/** @type {Event} */ event) => {
    event.preventDefault();
    closeDialog();
    void goTo(network, buffer.name.value, `timestamp=${new Date(`${day}T00:00`).toISOString()}`);
  };
  return html`<${Dialog} title=${t("Go to a day")}><form class="row" onSubmit=${go}>
    <input type="date" value=${day} aria-label=${t("Day")} required max=${today()} onInput=${(/** @type {any} */ event) => setDay(event.target.value)} />
    <button type="submit" class="primary">${t("Show")}</button></form><//>`;
}
