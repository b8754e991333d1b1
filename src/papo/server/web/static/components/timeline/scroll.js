// Where a timeline is scrolled to: the bottom stays the bottom, and what the user reads stays where it is, whatever is
// added above or below it.

import { signal } from "../html.js";
import { loadNewer, loadOlder, markRead, toPresent } from "../../state/history.js";
import { target } from "../view.js";
import { active } from "./toolbar.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {{stick: boolean, anchor: {key: string, top: number} | null, pinnedUntil: number}} Position
 *   `stick`: at the bottom; `anchor`: the first visible row, and where it is; `pinnedUntil`: until then images that load
 *   do not move the row that was jumped to
 */

/** How near to an edge the next page is fetched. */
const NEAR_PX = 900;
const BOTTOM_PX = 48;
const PINNED_MS = 1_500;
const FLASH_MS = 2_000;
const READ_AFTER_MS = 300;
/** @type {WeakMap<Buffer, Position>} */
const positions = new WeakMap();

/** Whether the newest messages are out of sight. */
export const awayFromBottom = signal(false);

/** @param {Buffer} buffer @returns {Position} where the user left it; the bottom at first */
export function positionOf(buffer) {
  let position = positions.get(buffer);
  if (!position) positions.set(buffer, (position = { stick: true, anchor: null, pinnedUntil: 0 }));
  return position;
}

/** Show the newest messages, as after sending one. @param {Network} network @param {Buffer} buffer */
export function scrollToPresent(network, buffer) {
  Object.assign(positionOf(buffer), { stick: true, anchor: null, pinnedUntil: 0 });
  return toPresent(network, buffer);
}

/** After the rows have changed. @param {HTMLElement | null} element @param {Buffer} buffer */
export function keepPosition(element, buffer) {
  if (!element) return;
  const { stick, anchor } = positionOf(buffer);
  if (stick && !buffer.hasNewer.peek()) {
    element.scrollTop = element.scrollHeight;
    return;
  }
  const row = anchor && rowOf(element, anchor.key);
  if (row && anchor) element.scrollTop += row.offsetTop - element.scrollTop - anchor.top;
}

/** @param {HTMLElement} element @param {string} key @returns {HTMLElement | null} */
function rowOf(element, key) {
  return element.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

/** @param {HTMLElement | null} element @param {Network} network @param {Buffer} buffer */
export function onScroll(element, network, buffer) {
  if (!element) return;
  const position = positionOf(buffer);
  const below = element.scrollHeight - element.scrollTop - element.clientHeight;
  awayFromBottom.value = below > element.clientHeight / 2;
  if (Date.now() > position.pinnedUntil) {
    position.stick = below < BOTTOM_PX && !buffer.hasNewer.peek();
    position.anchor = position.stick ? null : firstVisible(element);
  }
  if (element.scrollTop < NEAR_PX) void loadOlder(network, buffer);
  if (below < NEAR_PX) void loadNewer(network, buffer);
  updateWatched(network, buffer);
}

/** @param {HTMLElement} element */
function firstVisible(element) {
  const { scrollTop } = element;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-key]"))) {
    if (row.offsetTop + row.offsetHeight > scrollTop) return { key: row.dataset.key ?? "", top: row.offsetTop - scrollTop };
  }
  return null;
}

/** Note whether the user sees the newest messages now. @param {Network} network @param {Buffer} buffer */
function updateWatched(network, buffer) {
  const atBottom = positionOf(buffer).stick && !buffer.hasNewer.peek();
  network.watched.value = atBottom && document.visibilityState === "visible" && document.hasFocus();
}

/**
 * When a timeline appears: show the unread line, and follow focus and heights for as long as it is there.
 * @param {HTMLElement | null} element
 * @param {Network} network
 * @param {Buffer} buffer
 * @returns {(() => void) | undefined} stops
 */
export function follow(element, network, buffer) {
  if (!element) return undefined;
  active.value = null;
  const unreadLine = /** @type {HTMLElement | null} */ (element.querySelector(".unread"));
  if (unreadLine && positionOf(buffer).stick && element.scrollHeight - unreadLine.offsetTop > element.clientHeight) {
    element.scrollTop = unreadLine.offsetTop - element.clientHeight / 4;
  }
  onScroll(element, network, buffer);
  const update = () => updateWatched(network, buffer);
  for (const name of ["focus", "blur"]) window.addEventListener(name, update);
  document.addEventListener("visibilitychange", update);
  // Images and the size of the window change heights without a new row.
  const resized = new ResizeObserver(() => keepPosition(element, buffer));
  resized.observe(element);
  for (const child of element.children) resized.observe(child);
  const added = new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node instanceof HTMLElement && node.parentElement === element) resized.observe(node);
  });
  added.observe(element, { childList: true });
  return () => {
    resized.disconnect();
    added.disconnect();
    for (const name of ["focus", "blur"]) window.removeEventListener(name, update);
    document.removeEventListener("visibilitychange", update);
  };
}

/** Mark what the user sees as read, after a moment. @param {Network} network @param {Buffer} buffer */
export function markSeen(network, buffer) {
  updateWatched(network, buffer);
  if (!network.watched.value) return undefined;
  const timer = setTimeout(() => markRead(network, buffer), READ_AFTER_MS);
  return () => clearTimeout(timer);
}

/** Scroll to a row and make it stand out for a moment. @param {HTMLElement | null} element @param {Buffer} buffer @param {string} key */
export function flash(element, buffer, key) {
  const row = element && key ? rowOf(element, key) : null;
  if (!row || !element) return;
  const position = positionOf(buffer);
  position.stick = false;
  element.scrollTop = row.offsetTop - element.clientHeight / 3;
  position.anchor = { key, top: row.offsetTop - element.scrollTop };
  position.pinnedUntil = Date.now() + PINNED_MS;
  row.classList.add("flash");
  row.focus({ preventScroll: true });
  setTimeout(() => row.classList.remove("flash"), FLASH_MS);
  target.value = "";
}
