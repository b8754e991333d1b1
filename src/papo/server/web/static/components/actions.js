// What buttons, menus and shortcuts do to the page.

import { jump } from "../state/history.js";
import { remember } from "../state/settings.js";
import { t } from "../lib/translate.js";
import { isPhone, isTouch } from "./device.js";
import { toast } from "./toasts.js";
import { currentNetwork, dialog, drawer, editing, memberDrawer, panel, setFor, replying, searchWords, target } from "./view.js";

/**
 * @typedef {import("../state/network.js").Network} Network
 * @typedef {import("../state/buffer.js").Buffer} Buffer
 * @typedef {import("../state/buffer_line.js").BufferLine} BufferLine
 */

/** @param {string} name @param {any} [about] */
export function openDialog(name, about) {
  dialog.value = { name, about };
}

export function closeDialog() {
  dialog.value = null;
  requestAnimationFrame(focusComposer);
}

/** @param {MouseEvent | KeyboardEvent} event @param {string} nick */
export function openUserCard(event, nick) {
  event.preventDefault();
  event.stopPropagation();
  openDialog("person", nick);
}

/** @param {string} key */
export function showBuffer(key) {
  drawer.value = false;
  memberDrawer.value = false;
  currentNetwork.value?.show(key);
  requestAnimationFrame(focusComposer);
}

/** Not on a phone: its keyboard would open. */
export function focusComposer() {
  if (!isTouch()) focusMessageField();
}

export function focusMessageField() {
  document.querySelector(/** @type {"textarea"} */ (".composer textarea"))?.focus();
}

/** @param {string} words "" opens the panel only */
export function openSearch(words) {
  panel.value = "search";
  searchWords.value = words;
}

/** @param {Buffer} buffer @param {BufferLine} line */
export function startReply(buffer, line) {
  setFor(editing, buffer.key, null);
  setFor(replying, buffer.key, line);
  requestAnimationFrame(focusComposer);
}

/** @param {Buffer} buffer @param {BufferLine} line */
export function startEdit(buffer, line) {
  setFor(replying, buffer.key, null);
  setFor(editing, buffer.key, line);
  requestAnimationFrame(focusComposer);
}

/**
 * Show a message with the lines around it.
 * @param {Network} network
 * @param {string} name of the conversation
 * @param {string} bound `msgid=…` or `timestamp=…`
 */
export async function goTo(network, name, bound) {
  const buffer = network.open(name);
  network.show(buffer.key);
  drawer.value = false;
  if (isPhone()) panel.value = "";
  const line = await jump(network, buffer, bound);
  if (line) {
    target.value = "";
    target.value = line.key;
  } else toast({ kind: "info", text: t("There are no messages from that time.") });
}

/** @param {Buffer} buffer @param {BufferLine} line */
export function permalink(buffer, line) {
  return `${location.origin}/#/${encodeURIComponent(buffer.name.value)}/${encodeURIComponent(line.id)}`;
}

/** Leave the server and show the login page. @param {Network} network @param {string} [reason] */
export function leave(network, reason = "") {
  const { account = "", device = "" } = network.client.identity;
  if (device && account.endsWith(`/${device}`)) network.client.send("APPPASSWORD", "DEL", device); // it was made for this browser alone
  network.client.quit(reason);
  remember("session", null);
  currentNetwork.value = null;
  dialog.value = null;
  panel.value = "";
}
