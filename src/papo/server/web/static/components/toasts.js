// Short notices that disappear by themselves; toast_list.js shows them.

import { signal } from "./html.js";

/** @typedef {import("../state/network.js").Notice} Notice */

const SHOWN_MS = 6_000;
const MAX_TOASTS = 4;
let created = 0;

/** @type {import("../vendor/signals-core.js").Signal<(Notice & {id: number})[]>} */
export const toasts = signal([]);

/** @param {Notice} notice replaces one of the same text */
export function toast(notice) {
  created += 1;
  const id = created;
  toasts.value = [...toasts.value.filter((each) => each.text !== notice.text), { ...notice, id }].slice(-MAX_TOASTS);
  setTimeout(() => dropToast(id), SHOWN_MS);
}

/** @param {number} id */
export function dropToast(id) {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
