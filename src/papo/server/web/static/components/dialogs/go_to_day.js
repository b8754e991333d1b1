// Goes to the messages of a day.

import { html, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { closeDialog, goTo } from "../actions.js";
import { Dialog } from "./dialog.js";

/** In the form of an input field of dates, which is Sweden's. */
function today() {
  return new Date().toLocaleDateString("sv");
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
