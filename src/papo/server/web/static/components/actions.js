// What buttons, menus and shortcuts do to the page.

import { doings } from "../state/commands.js";
import { jump } from "../state/history.js";
import { remember } from "../state/settings.js";
import { t } from "../lib/translate.js";
import { dialog, drawer, memberDrawer, network, panel, put, editing, replying, target, toast } from "./ui.js";

/**
 * @typedef {import("../state/network.js").Network} Network
 * @typedef {import("../state/buffer.js").Buffer} Buffer
 * @typedef {import("../state/buffer_line.js").Entry} Entry
 */

/** @param {string} name @param {any} [about] */
export function open(name, about) {
  dialog.value = { name, about };
}

export function close() {
  dialog.value = null;
  requestAnimationFrame(focusComposer);
}

/** @param {MouseEvent | KeyboardEvent} event @param {string} nick */
export function openPerson(event, nick) {
  event.preventDefault();
  event.stopPropagation();
  open("person", nick);
}

/** @param {string} key */
export function showBuffer(key) {
  drawer.value = false;
  memberDrawer.value = false;
  network.value?.show(key);
  requestAnimationFrame(focusComposer);
}

export function focusComposer() {
  if (matchMedia("(hover: none)").matches) return; // a phone would bring its keyboard up
  document.querySelector(/** @type {"textarea"} */ (".composer textarea"))?.focus();
}

/** @param {Buffer} buffer @param {Entry} entry */
export function reply(buffer, entry) {
  put(editing, buffer.key, null);
  put(replying, buffer.key, entry);
  requestAnimationFrame(focusComposer);
}

/** @param {Buffer} buffer @param {Entry} entry */
export function startEdit(buffer, entry) {
  put(replying, buffer.key, null);
  put(editing, buffer.key, entry);
  requestAnimationFrame(focusComposer);
}

/**
 * Show a message where it was said.
 * @param {Network} here
 * @param {string} name of the conversation
 * @param {string} bound `msgid=…` or `timestamp=…`
 */
export async function goTo(here, name, bound) {
  const buffer = here.open(name);
  here.show(buffer.key);
  drawer.value = false;
  if (matchMedia("(max-width: 720px)").matches) panel.value = "";
  const found = await jump(here, buffer, bound);
  if (found) {
    target.value = "";
    target.value = found.key;
  } else toast({ kind: "info", text: t("There is nothing of that time here.") });
}

/** @param {Network} here @param {Buffer} buffer @param {Entry} entry */
export function permalink(here, buffer, entry) {
  return `${location.origin}/#/${encodeURIComponent(buffer.name.value)}/${encodeURIComponent(entry.id)}`;
}

/** @param {Network} here @param {string} [reason] */
export function leave(here, reason = "") {
  here.client.quit(reason);
  remember("session", null);
  network.value = null;
  dialog.value = null;
  panel.value = "";
}

Object.assign(doings, {
  dialog: open,
  leave,
  search: (/** @type {string} */ words) => {
    panel.value = "search";
    doings.searchFor?.(words);
  },
});
