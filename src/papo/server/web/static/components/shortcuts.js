// The keyboard shortcuts of the page; dialogs/help.js lists them.

import { toPresent } from "../state/history.js";
import { focusComposer, focusMessageField, openDialog, openSearch } from "./actions.js";
import { isField } from "./device.js";
import { currentNetwork, dialog, drawer, memberDrawer, panel } from "./view.js";

/** @typedef {import("../state/network.js").Network} Network */

/** @param {KeyboardEvent} event */
export function onKeyDown(event) {
  const network = currentNetwork.value;
  if (!network) return;
  const command = event.ctrlKey || event.metaKey;
  const act = command && event.key.toLowerCase() === "k" ? () => openDialog("palette")
    : command && event.key.toLowerCase() === "f" && network.has("draft/search") ? () => openSearch("")
    : event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown") ? () => step(event.key === "ArrowUp" ? -1 : 1, event.shiftKey)
    : event.key === "?" && !isField(event.target) ? () => openDialog("help")
    : event.key === "Escape" && !dialog.value ? () => escape(network)
    : null;
  if (act) {
    event.preventDefault();
    act();
  } else if (!dialog.value && !command && !event.altKey && typesText(event)) focusMessageField();
}

/** Whether a key types a character, and no element takes it. @param {KeyboardEvent} event */
function typesText({ key, target }) {
  return key.length === 1 && key !== " " && !isField(target) && !(target instanceof HTMLElement && target.closest(".scroll, .search"));
}

/** Show another conversation. @param {number} by -1 for the previous, 1 for the next @param {boolean} unreadOnly */
function step(by, unreadOnly) {
  const items = [...document.querySelectorAll(/** @type {"button"} */ (".sidebar .item"))];
  const at = items.findIndex((each) => each.classList.contains("current"));
  for (let n = 1; n <= items.length; n += 1) {
    const next = items[(at + by * n + items.length * n) % items.length];
    if (!unreadOnly || next.querySelector(".count")) {
      next.click();
      return;
    }
  }
}

/** Close what is open; if nothing is, scroll to the newest message. @param {Network} network */
function escape(network) {
  if (panel.value) panel.value = "";
  else if (drawer.value || memberDrawer.value) drawer.value = memberDrawer.value = false;
  else {
    focusComposer();
    void toPresent(network, network.currentBuffer.value).then(() => {
      const element = document.querySelector(".scroll");
      if (element) element.scrollTop = element.scrollHeight;
    });
  }
}
