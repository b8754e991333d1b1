// Ctrl+K: go anywhere, write to anybody, do anything, by typing a few letters.

import { html, useEffect, useRef, useState } from "../html.js";
import { plain } from "../../state/emoji.js";
import { t } from "../../lib/translate.js";
import { close, open, showBuffer } from "../actions.js";
import { Dialog } from "./dialog.js";
import { panel } from "../ui.js";

const MOST = 12;

/** @param {{here: import("../../state/network.js").Network, about?: string}} props */
export function Palette({ here, about = "" }) {
  const [text, setText] = useState(about);
  const [chosen, setChosen] = useState(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []);
  const found = options(here, text);
  const go = (/** @type {number} */ at) => {
    const option = found[at];
    if (!option) return;
    close();
    option.act();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length));
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
      }} onKeyDown=${keys} />
    <ul class="options" role="listbox" id="palette-list">
      ${found.map((each, at) => html`<li key=${each.key} id=${`palette-${at}`} role="option" aria-selected=${at === chosen} onClick=${() => go(at)}>
        <span>${each.label}</span><span class="note">${each.about}</span></li>`)}
    </ul>
    ${found.length ? null : html`<p class="note">${t("Nothing fits.")}</p>`}
  <//>`;
}

/** @param {import("../../state/network.js").Network} here @param {string} text */
function options(here, text) {
  const wanted = plain(text.replace(/^[#@]/, ""));
  const onlyPeople = text.startsWith("@");
  const onlyChannels = text.startsWith("#");
  /** @type {{key: string, label: string, about: string, act: () => void}[]} */
  const all = [];
  for (const buffer of here.buffers.value.values()) {
    if (buffer.kind === "server" || (onlyPeople && buffer.kind !== "person") || (onlyChannels && buffer.kind !== "channel")) continue;
    const unread = buffer.mentions.value || buffer.unread.value;
    all.push({ key: `b${buffer.key}`, label: buffer.name.value, about: unread ? String(unread) : "", act: () => showBuffer(buffer.key) });
  }
  if (!onlyChannels) {
    for (const [key, person] of here.people.value) {
      if (here.buffers.value.has(key) || here.isMe(person.nick)) continue;
      all.push({ key: `p${key}`, label: person.nick, about: t("write a message"), act: () => {
        here.open(person.nick);
        showBuffer(key);
      } });
    }
  }
  if (!onlyPeople && !onlyChannels) {
    /** @type {[string, () => void][]} */
    const doing = [
      [t("Find a channel"), () => open("browse")],
      [t("Search messages"), () => (panel.value = "search")],
      [t("Settings"), () => open("settings")],
      [t("Your account"), () => open("account")],
      [t("Shortcuts and commands"), () => open("help")],
    ];
    for (const [label, act] of doing) all.push({ key: `a${label}`, label, about: "", act });
  }
  const fits = all.filter((each) => plain(each.label).includes(wanted)).sort((a, b) => Number(plain(b.label.replace(/^#/, "")).startsWith(wanted)) - Number(plain(a.label.replace(/^#/, "")).startsWith(wanted)));
  const name = text.trim();
  if (here.client.support.isChannel(name) && name.length > 1 && !here.buffer(name)) {
    fits.push({ key: "join", label: name, about: t("join, or make it"), act: () => {
      here.join(name);
    } });
  } else if (onlyPeople && name.length > 1 && !here.buffer(name.slice(1))) {
    fits.push({ key: "query", label: name.slice(1), about: t("write a message"), act: () => {
      here.open(name.slice(1));
      showBuffer(here.fold(name.slice(1)));
    } });
  }
  return fits.slice(0, MOST);
}
