// Search in every conversation we can read: by words, author and day. A result leads to its message.

import { html, useEffect, useRef, useState } from "../html.js";
import { plainText } from "../../lib/formatting.js";
import { t, tn } from "../../lib/translate.js";
import { search } from "../../state/search.js";
import { focusComposer, goTo } from "../actions.js";
import { hue } from "../avatar.js";
import { Icon } from "../icons.js";
import { full, short } from "../timeline/times.js";
import { panel, searchWords } from "../view.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {{target: string, line: import("../../state/buffer_line.js").BufferLine}} Result
 */

const MAX_TEXT = 300;

/** @param {FormData} data @param {string} channel the conversation on the screen @returns {Record<string, string>} */
function queryOf(data, channel) {
  const value = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
  const moment = (/** @type {string} */ name, /** @type {string} */ time) => (value(name) ? new Date(`${value(name)}T${time}`).toISOString() : "");
  return {
    text: value("text"), in: value("here") ? channel : "", from: value("from"), after: moment("after", "00:00"), before: moment("before", "23:59:59"),
  };
}

/** @param {{network: Network}} props */
export function Search({ network }) {
  const [results, setResults] = useState(/** @type {Result[] | null} */ (null));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const current = network.currentBuffer.value;
  const run = async () => {
    if (!form.current) return;
    setBusy(true);
    setError("");
    try {
      setResults(await search(network, queryOf(new FormData(form.current), current.name.value)));
    } catch (failure) {
      setError(/** @type {Error} */ (failure).message);
      setResults(null);
    }
    setBusy(false);
  };
  useEffect(() => {
    const field = /** @type {HTMLInputElement} */ (form.current?.elements.namedItem("text"));
    field.focus();
    if (!searchWords.value) return;
    field.value = searchWords.value;
    searchWords.value = "";
    void run();
  }, [searchWords.value]);
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
    <div role="status" class="note">${error || (results ? (results.length ? tn("{count} message", "{count} messages", results.length) : t("No messages were found.")) : "")}</div>
    <ol>${(results ?? []).map(({ target, line }) => html`<li key=${line.key}><button type="button" onClick=${() => void goTo(network, target, `msgid=${line.id}`)}>
      <span class="by"><b class=${hue(line.nick)}>${line.nick}</b> <span class="note">${target}</span> <time class="note" title=${full(line.at)}>${short(line.at)}</time></span>
      <span class="hit">${plainText(line.text).slice(0, MAX_TEXT)}</span></button></li>`)}</ol>
  </aside>`;
}
