// Ctrl+K: go to a conversation, write to a user or open a dialog, by typing a few letters.

import { html, useEffect, useRef, useState } from "../html.js";
import { withoutAccents } from "../../lib/accents.js";
import { t } from "../../lib/translate.js";
import { closeDialog, openDialog, openSearch, showBuffer } from "../actions.js";
import { Dialog } from "./dialog.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {{key: string, label: string, about: string, act: () => void}} Option
 */

const MAX_OPTIONS = 12;

/** @param {{network: Network, about?: string}} props `about`: the text to begin with */
export function Palette({ network, about = "" }) {
  const [text, setText] = useState(about);
  const [chosen, setChosen] = useState(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []);
  const options = optionsFor(network, text);
  const go = (/** @type {number} */ at) => {
    const option = options[at];
    if (!option) return;
    closeDialog();
    option.act();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % Math.max(1, options.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(chosen);
    }
  };
  return html`<${Dialog} title=${t("Go to")} className="palette">
    <input ref=${field} type="text" value=${text} role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${`palette-${chosen}`}
      placeholder=${t("A channel, a person or an action")} aria-label=${t("A channel, a person or an action")} autocomplete="off"
      onInput=${(/** @type {any} */ event) => {
        setText(event.target.value);
        setChosen(0);
      }} onKeyDown=${onKeyDown} />
    <ul class="options" role="listbox" id="palette-list">
      ${options.map((each, at) => html`<li key=${each.key} id=${`palette-${at}`} role="option" aria-selected=${at === chosen} onClick=${() => go(at)}>
        <span>${each.label}</span><span class="note">${each.about}</span></li>`)}
    </ul>
    ${options.length ? null : html`<p class="note">${t("No matches.")}</p>`}
  <//>`;
}

/** The best first. @param {Network} network @param {string} text `@` at its beginning finds users only, `#` channels */
function optionsFor(network, text) {
  const wanted = withoutAccents(text.replace(/^[#@]/, ""));
  const all = [
    ...conversations(network, text),
    ...(text.startsWith("#") ? [] : people(network)),
    ...(/^[#@]/.test(text) ? [] : dialogs()),
  ];
  const startsSo = (/** @type {Option} */ each) => Number(withoutAccents(each.label.replace(/^#/, "")).startsWith(wanted));
  const matches = all.filter((each) => withoutAccents(each.label).includes(wanted)).sort((a, b) => startsSo(b) - startsSo(a));
  return [...matches, ...newConversation(network, text.trim())].slice(0, MAX_OPTIONS);
}

/** @param {Network} network @param {string} text @returns {Option[]} */
function conversations(network, text) {
  const kind = text.startsWith("@") ? "person" : text.startsWith("#") ? "channel" : "";
  const open = [...network.buffers.value.values()].filter((each) => each.kind !== "server" && (!kind || each.kind === kind));
  return open.map((buffer) => {
    const unread = buffer.mentions.value || buffer.unread.value;
    return { key: `b${buffer.key}`, label: buffer.name.value, about: unread ? String(unread) : "", act: () => showBuffer(buffer.key) };
  });
}

/** @param {Network} network @returns {Option[]} users without an open conversation */
function people(network) {
  const others = [...network.users.value].filter(([key, { nick }]) => !network.buffers.value.has(key) && !network.isMe(nick));
  return others.map(([key, { nick }]) => writeTo(network, `p${key}`, nick));
}

/** @returns {Option[]} */
function dialogs() {
  /** @type {[string, () => void][]} */
  const actions = [
    [t("Find a channel"), () => openDialog("browse")],
    [t("Search messages"), () => openSearch("")],
    [t("Settings"), () => openDialog("settings")],
    [t("Your account"), () => openDialog("account")],
    [t("Shortcuts and commands"), () => openDialog("help")],
  ];
  return actions.map(([label, act]) => ({ key: `a${label}`, label, about: "", act }));
}

/** @param {Network} network @param {string} name as it was typed @returns {Option[]} */
function newConversation(network, name) {
  if (name.length < 2 || network.buffer(name.replace(/^@/, ""))) return [];
  if (network.client.support.isChannel(name)) return [{ key: "join", label: name, about: t("join or create it"), act: () => network.join(name) }];
  return name.startsWith("@") ? [writeTo(network, "query", name.slice(1))] : [];
}

/** @param {Network} network @param {string} key @param {string} nick @returns {Option} */
function writeTo(network, key, nick) {
  return { key, label: nick, about: t("write a message"), act: () => showBuffer(network.open(nick).key) };
}
