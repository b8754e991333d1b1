// What is open on the screen beside the chat itself, and small things that many components do.

import { signal } from "./html.js";
import { t } from "../lib/translate.js";

/** @typedef {import("../state/network.js").Network} Network */

/** @type {import("../vendor/signals-core.js").Signal<Network | null>} */
export const network = signal(null);
/** What the server told the page. @type {any} */
export const setup = JSON.parse(document.getElementById("setup")?.textContent ?? "{}");
/** Which dialog is open, and what it is about. @type {import("../vendor/signals-core.js").Signal<{name: string, about?: any} | null>} */
export const dialog = signal(null);
/** The panel at the right: search, or nothing. */
export const panel = signal("");
/** Whether the list of conversations is drawn over the chat (phones). */
export const drawer = signal(false);
/** Whether the member list is drawn over the chat (phones). */
export const memberDrawer = signal(false);
/** @type {import("../vendor/signals-core.js").Signal<{id: number, kind: string, text: string, buffer?: string}[]>} */
export const toasts = signal([]);
/** The message that is answered, by conversation. @type {import("../vendor/signals-core.js").Signal<Map<string, import("../state/buffer_line.js").Entry>>} */
export const replying = signal(new Map());
/** The message that is edited, by conversation. @type {import("../vendor/signals-core.js").Signal<Map<string, import("../state/buffer_line.js").Entry>>} */
export const editing = signal(new Map());
/** The message to look at after a jump. */
export const target = signal("");
/** Said to screen readers at once. */
export const announcement = signal("");

let toasted = 0;
const TOAST_MS = 6_000;

/** @param {{kind: string, text: string, buffer?: string}} toast */
export function toast(toast) {
  toasted += 1;
  const id = toasted;
  toasts.value = [...toasts.value.filter((each) => each.text !== toast.text), { ...toast, id }].slice(-4);
  setTimeout(() => dropToast(id), TOAST_MS);
}

/** @param {number} id */
export function dropToast(id) {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

/** @param {import("../vendor/signals-core.js").Signal<Map<string, any>>} map @param {string} key @param {any} value null removes */
export function put(map, key, value) {
  const next = new Map(map.value);
  if (value) next.set(key, value);
  else next.delete(key);
  map.value = next;
}

/** Which of twelve colours is somebody's: always the same. @param {string} nick */
export function hue(nick) {
  let sum = 7;
  for (const char of nick.toLowerCase().replace(/[_|`^\d]+$/, "")) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 4093;
  return `hue-${sum % 12}`;
}

/** @param {string} name */
export function initial(name) {
  const found = /[\p{L}\p{N}]/u.exec(name);
  return (found?.[0] ?? name[0] ?? "?").toLocaleUpperCase();
}

/** Works on plain http too, where the browser has no clipboard. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast({ kind: "info", text: t("Copied.") });
}

/** Whether the keyboard belongs to a field. @param {EventTarget | null} element */
export function isField(element) {
  return element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

export function isPhone() {
  return matchMedia("(max-width: 720px)").matches;
}
