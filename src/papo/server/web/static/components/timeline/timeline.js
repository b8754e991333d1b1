// The messages of one conversation: a window on the server's history that grows where somebody scrolls and never
// becomes large. What is on the screen stays where it is, whatever comes above or below.

import { html, signal, useEffect, useLayoutEffect, useMemo, useRef } from "../html.js";
import { isMessage } from "../../state/buffer_line.js";
import { loadNewer, loadOlder, markRead, toPresent } from "../../state/history.js";
import { showJoins } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { open, reply, startEdit } from "../actions.js";
import { Icon } from "../icons.js";
import { Message, Quiet } from "./message.js";
import { rowsOf } from "./rows.js";
import { day } from "./times.js";
import { Toolbar } from "./toolbar.js";
import { isField, target } from "../ui.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {{stick: boolean, anchor: {key: string, top: number} | null, pinnedUntil: number}} Place
 *   `pinnedUntil`: until then pictures that arrive must not push away what was jumped to
 */

const NEAR_PX = 900;
const BOTTOM_PX = 48;
const PINNED_MS = 1_500;
/** Where each conversation was left. @type {WeakMap<Buffer, Place>} */
const places = new WeakMap();
/** The row under the pointer or the keyboard: it has the toolbar. @type {import("../../vendor/signals-core.js").Signal<{key: string, top: number} | null>} */
export const active = signal(null);

/** @param {{here: Network, buffer: Buffer}} props */
export function Timeline({ here, buffer }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const place = places.get(buffer) ?? fresh(buffer);
  const entries = buffer.entries.value;
  const rows = useMemo(
    () => rowsOf(entries, { lineAt: buffer.lineAt.value, joins: showJoins.value }),
    [entries, buffer.lineAt.value, showJoins.value],
  );
  useLayoutEffect(() => keep(ref.current, place, buffer), [rows]);
  useEffect(() => follow(ref.current, here, buffer, place), [buffer]);
  useEffect(() => seen(here, buffer, place), [entries, here.watched.value]);
  // At an edge no further scrolling tells that more is wanted.
  useEffect(() => scrolled(ref.current, here, buffer, place), [rows]);
  useEffect(() => flash(ref.current, place, target.value), [target.value, entries]);
  const loading = buffer.loading.value;
  return html`
    <div class="timeline">
      <div
        class="scroll" ref=${ref} role="log" aria-live="polite" aria-relevant="additions" aria-busy=${loading !== ""}
        aria-label=${t("Messages")} tabindex="0"
        onScroll=${() => scrolled(ref.current, here, buffer, place)}
        onPointerOver=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && point(event.target)}
        onPointerLeave=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && (active.value = null)}
        onClick=${(/** @type {MouseEvent} */ event) => matchMedia("(hover: none)").matches && point(event.target)}
        onFocusIn=${(/** @type {FocusEvent} */ event) => point(event.target)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => keys(event, ref.current, buffer)}
      >
        <div class="top">
          ${loading === "older" ? html`<p class="note">${t("Loading…")}</p>` : buffer.hasOlder.value || buffer.kind === "server" ? null : html`<${Beginning} buffer=${buffer} />`}
        </div>
        ${rows.map((row) => {
          if (row.kind === "day") return html`<div class="day" key=${row.key}><button type="button" onClick=${() => open("date", buffer)}>${day(row.at)}</button></div>`;
          if (row.kind === "line") return html`<div class="unread" key=${row.key} role="separator"><span>${t("New messages")}</span></div>`;
          if (row.kind === "quiet") return html`<${Quiet} key=${row.key} rowKey=${row.key} entries=${row.entries} />`;
          return html`<${Message} key=${row.key} here=${here} buffer=${buffer} entry=${row.entry} head=${row.head} />`;
        })}
        <${Toolbar} here=${here} buffer=${buffer} />
      </div>
      <${ToBottom} here=${here} buffer=${buffer} place=${place} scroll=${ref} />
    </div>`;
}

/** Whoever has said something wants to see it. @param {Network} here @param {Buffer} buffer */
export function goDown(here, buffer) {
  const place = places.get(buffer);
  if (place) Object.assign(place, { stick: true, anchor: null, pinnedUntil: 0 });
  void toPresent(here, buffer);
}

/** @param {Buffer} buffer @returns {Place} */
function fresh(buffer) {
  const place = { stick: true, anchor: null, pinnedUntil: 0 };
  places.set(buffer, place);
  return place;
}

/** @param {{buffer: Buffer}} props */
function Beginning({ buffer }) {
  const name = buffer.name.value;
  return html`<div class="beginning"><h2>${name}</h2><p>${buffer.kind === "channel" ? t("This is where {name} begins.", { name }) : t("This is where your conversation with {name} begins.", { name })}</p></div>`;
}

/** @param {{here: Network, buffer: Buffer, place: Place, scroll: {current: HTMLElement | null}}} props */
function ToBottom({ here, buffer, place, scroll }) {
  const away = buffer.hasNewer.value || awayFromBottom.value;
  if (!away) return null;
  const count = buffer.unread.value;
  const down = async () => {
    place.stick = true;
    place.anchor = null;
    await toPresent(here, buffer);
    if (scroll.current) scroll.current.scrollTop = scroll.current.scrollHeight;
  };
  return html`<button type="button" class="to-bottom" onClick=${down}>
    <${Icon} name="down" />${count ? tn("{count} new message", "{count} new messages", count) : t("Back to now")}
  </button>`;
}

const awayFromBottom = signal(false);

/** After the rows have changed: the bottom stays the bottom, and what was looked at stays where it was. */
function keep(/** @type {HTMLElement | null} */ element, /** @type {Place} */ place, /** @type {Buffer} */ buffer) {
  if (!element) return;
  if (place.stick && !buffer.hasNewer.peek()) {
    element.scrollTop = element.scrollHeight;
    return;
  }
  const row = place.anchor && rowOf(element, place.anchor.key);
  if (row && place.anchor) element.scrollTop += row.offsetTop - element.scrollTop - place.anchor.top;
}

/** @param {HTMLElement} element @param {string} key @returns {HTMLElement | null} */
function rowOf(element, key) {
  return element.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

/** @param {HTMLElement | null} element @param {Network} here @param {Buffer} buffer @param {Place} place */
function scrolled(element, here, buffer, place) {
  if (!element) return;
  const left = element.scrollHeight - element.scrollTop - element.clientHeight;
  awayFromBottom.value = left > element.clientHeight / 2;
  if (Date.now() > place.pinnedUntil) {
    place.stick = left < BOTTOM_PX && !buffer.hasNewer.peek();
    place.anchor = place.stick ? null : firstVisible(element);
  }
  if (element.scrollTop < NEAR_PX) void loadOlder(here, buffer);
  if (left < NEAR_PX) void loadNewer(here, buffer);
  look(here, buffer, place);
}

/** @param {HTMLElement} element */
function firstVisible(element) {
  const { scrollTop } = element;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-key]"))) {
    if (row.offsetTop + row.offsetHeight > scrollTop) return { key: row.dataset.key ?? "", top: row.offsetTop - scrollTop };
  }
  return null;
}

/** Whether somebody looks at the newest messages now. */
function look(/** @type {Network} */ here, /** @type {Buffer} */ buffer, /** @type {Place} */ place) {
  here.watched.value = place.stick && !buffer.hasNewer.peek() && document.visibilityState === "visible" && document.hasFocus();
}

/** @param {HTMLElement | null} element @param {Network} here @param {Buffer} buffer @param {Place} place */
function follow(element, here, buffer, place) {
  if (!element) return undefined;
  active.value = null;
  const line = /** @type {HTMLElement | null} */ (element.querySelector(".unread"));
  if (line && place.stick && element.scrollHeight - line.offsetTop > element.clientHeight) {
    element.scrollTop = line.offsetTop - element.clientHeight / 4;
  }
  scrolled(element, here, buffer, place);
  const looked = () => look(here, buffer, place);
  for (const name of ["focus", "blur"]) window.addEventListener(name, looked);
  document.addEventListener("visibilitychange", looked);
  // Pictures and windows change heights without a new row.
  const observer = new ResizeObserver(() => keep(element, place, buffer));
  observer.observe(element);
  for (const child of element.children) observer.observe(child);
  const grown = new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node instanceof HTMLElement && node.parentElement === element) observer.observe(node);
  });
  grown.observe(element, { childList: true });
  return () => {
    observer.disconnect();
    grown.disconnect();
    for (const name of ["focus", "blur"]) window.removeEventListener(name, looked);
    document.removeEventListener("visibilitychange", looked);
  };
}

/** @param {Network} here @param {Buffer} buffer @param {Place} place */
function seen(here, buffer, place) {
  look(here, buffer, place);
  if (!here.watched.value) return undefined;
  const timer = setTimeout(() => markRead(here, buffer), 300);
  return () => clearTimeout(timer);
}

/** @param {HTMLElement | null} element @param {Place} place @param {string} key */
function flash(element, place, key) {
  const row = element && key ? rowOf(element, key) : null;
  if (!row || !element) return;
  place.stick = false;
  element.scrollTop = row.offsetTop - element.clientHeight / 3;
  place.anchor = { key, top: row.offsetTop - element.scrollTop };
  place.pinnedUntil = Date.now() + PINNED_MS;
  row.classList.add("flash");
  row.focus({ preventScroll: true });
  setTimeout(() => row.classList.remove("flash"), 2_000);
  target.value = "";
}

/** @param {EventTarget | null} element */
function point(element) {
  if (!(element instanceof Element) || element.closest(".toolbar")) return;
  const row = /** @type {HTMLElement | null} */ (element.closest(".message"));
  if (row?.dataset.key && !row.classList.contains("gone")) {
    if (active.value?.key !== row.dataset.key || active.value.top !== row.offsetTop) active.value = { key: row.dataset.key, top: row.offsetTop };
  } else if (!element.closest(".scroll > .message")) active.value = null;
}

/** Arrows walk through the messages; letters do what the toolbar does. */
function keys(/** @type {KeyboardEvent} */ event, /** @type {HTMLElement | null} */ element, /** @type {Buffer} */ buffer) {
  if (!element || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".message")]);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const to = at < 0 ? rows.length - 1 : at + (event.key === "ArrowUp" ? -1 : 1);
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
    return;
  }
  const entry = buffer.entries.value.find((each) => each.key === rows[at]?.dataset.key);
  if (!entry || !isMessage(entry) || entry.gone || entry.waiting) return;
  if (event.key === "r") reply(buffer, entry);
  else if (event.key === "e" && entry.mine) startEdit(buffer, entry);
  else if (event.key === "+" || event.key === "a") open("emoji", { buffer, entry });
  else if (event.key === "Delete") open("delete", { buffer, entry });
  else return;
  event.preventDefault();
}
