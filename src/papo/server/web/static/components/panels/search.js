// Search in everything we may read: words, where, who, when; a hit leads to where it was said.

import { html, useEffect, useRef, useState } from "../html.js";
import { doings } from "../../state/commands.js";
import { search } from "../../state/history.js";
import { t, tn } from "../../lib/translate.js";
import { focusComposer, goTo } from "../actions.js";
import { Icon } from "../icons.js";
import { short, full } from "../timeline/times.js";
import { plainText } from "../../lib/formatting.js";
import { hue, panel } from "../ui.js";

/** @typedef {import("../../state/network.js").Network} Network */

/** @param {{here: Network}} props */
export function Search({ here }) {
  const [found, setFound] = useState(/** @type {{target: string, entry: import("../../state/buffer_line.js").Entry}[] | null} */ (null));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const current = here.shown.value;
  const run = async () => {
    if (!form.current) return;
    const data = Object.fromEntries(new FormData(form.current)) ;
    const value = (/** @type {string} */ name) => String(data[name] ?? "").trim();
    const moment = (/** @type {string} */ name, /** @type {string} */ time) => (value(name) ? new Date(`${value(name)}T${time}`).toISOString() : "");
    setBusy(true);
    setWrong("");
    try {
      setFound(await search(here, {
        text: value("text"), in: value("here") ? current.name.value : "", from: value("from"),
        after: moment("after", "00:00"), before: moment("before", "23:59:59"),
      }));
    } catch (error) {
      setWrong(/** @type {Error} */ (error).message);
      setFound(null);
    }
    setBusy(false);
  };
  useEffect(() => {
    const field = /** @type {HTMLInputElement} */ (form.current?.elements.namedItem("text"));
    field?.focus();
    doings.searchFor = (words) => {
      field.value = words;
      if (words) void run();
    };
    return () => {
      delete doings.searchFor;
    };
  }, []);
  return html`<aside class="search" aria-label=${t("Search")} onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    panel.value = "";
    focusComposer();
  }}>
    <header><h2>${t("Search")}</h2><button type="button" class="icon-button" aria-label=${t("Close")} onClick=${() => (panel.value = "")}><${Icon} name="close" /></button></header>
    <form ref=${form} onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      void run();
    }}>
      <input type="search" name="text" placeholder=${t("Words, or “a phrase”")} aria-label=${t("Words")} />
      ${current.kind === "server" ? null : html`<label class="check"><input type="checkbox" name="here" value="1" /> ${t("only in {name}", { name: current.name.value })}</label>`}
      <details><summary>${t("Filters")}</summary>
        <label>${t("From")}<input type="text" name="from" placeholder=${t("nick")} /></label>
        <label>${t("Since")}<input type="date" name="after" /></label>
        <label>${t("Until")}<input type="date" name="before" /></label>
      </details>
      <button type="submit" class="primary" disabled=${busy}>${t("Search")}</button>
    </form>
    <div role="status" class="note">${wrong || (found ? (found.length ? tn("{count} message", "{count} messages", found.length) : t("Nothing was found.")) : "")}</div>
    <ol>${(found ?? []).map(({ target, entry }) => html`<li key=${entry.key}><button type="button" onClick=${() => void goTo(here, target, `msgid=${entry.id}`)}>
      <span class="by"><b class=${hue(entry.nick)}>${entry.nick}</b> <span class="note">${target}</span> <time class="note" title=${full(entry.at)}>${short(entry.at)}</time></span>
      <span class="hit">${plainText(entry.text).slice(0, 300)}</span></button></li>`)}</ol>
  </aside>`;
}
