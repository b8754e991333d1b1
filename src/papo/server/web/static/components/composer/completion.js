// What could come next: commands, channels, people, emoji. The list above the composer, and Tab.

import { html } from "../html.js";
import { plain, search } from "../../state/emoji.js";
import { COMMANDS } from "../../state/commands.js";
import { isMessage } from "../../state/buffer_line.js";
import { hue } from "../ui.js";

/**
 * @typedef {{value: string, label: string, about?: string, emoji?: string}} Option
 * @typedef {{from: number, to: number, options: Option[]}} Offer
 */

const MOST = 8;

/**
 * @param {import("../../state/network.js").Network} here
 * @param {import("../../state/buffer.js").Buffer} buffer
 * @param {string} text
 * @param {number} caret
 * @param {boolean} forced Tab was pressed: a bare word is a nick
 * @returns {Promise<Offer | null>}
 */
export async function offer(here, buffer, text, caret, forced) {
  const before = text.slice(0, caret);
  const command = /^\/(\w*)$/.exec(before);
  if (command) return { from: 0, to: caret, options: commands(command[1]) };
  const found = /(^|\s)(@|#|:)?([^\s@#:]*)$/u.exec(before);
  if (!found) return null;
  const [, , sign = "", word] = found;
  const from = caret - word.length - sign.length;
  /** @type {Option[]} */
  let options = [];
  if (sign === ":" && word.length >= 2) {
    options = (await search(word, MOST)).map((each) => ({ value: `${each.emoji} `, label: each.name, emoji: each.emoji }));
  } else if (sign === "#") options = channels(here, word);
  else if (sign === "@" || (forced && word)) options = people(here, buffer, word, from === 0, sign);
  // Who has typed the whole name wants Enter to send.
  if (!forced && options.some((each) => each.value.trim() === sign + word)) return null;
  return options.length ? { from, to: caret, options } : null;
}

/** @param {string} word */
function commands(word) {
  return COMMANDS.filter((each) => [each.name, ...(each.also ?? [])].some((name) => name.startsWith(word.toLowerCase())))
    .slice(0, 30)
    .map((each) => ({ value: `/${each.name} `, label: `/${each.name} ${each.usage}`, about: each.about() }));
}

/** @param {import("../../state/network.js").Network} here @param {string} word */
function channels(here, word) {
  const names = [...here.buffers.value.values()].filter((each) => each.kind === "channel").map((each) => each.name.value);
  const listed = (here.list.value ?? []).map((each) => each.name);
  const wanted = plain(`#${word}`);
  return [...new Set([...names, ...listed])].filter((name) => plain(name).startsWith(wanted)).slice(0, MOST).map((name) => ({ value: `${name} `, label: name }));
}

/**
 * Whoever spoke last comes first.
 * @param {import("../../state/network.js").Network} here
 * @param {import("../../state/buffer.js").Buffer} buffer
 * @param {string} word
 * @param {boolean} first of the line: a colon follows
 * @param {string} sign
 */
function people(here, buffer, word, first, sign) {
  const spoke = new Map();
  buffer.entries.value.forEach((each, at) => isMessage(each) && spoke.set(here.fold(each.nick), at));
  const wanted = plain(word);
  const known = buffer.kind === "person" ? [{ nick: buffer.name.value }] : [...buffer.members.value.values()];
  return known
    .filter(({ nick }) => plain(nick).startsWith(wanted) && !here.isMe(nick))
    .sort((a, b) => (spoke.get(here.fold(b.nick)) ?? -1) - (spoke.get(here.fold(a.nick)) ?? -1) || a.nick.localeCompare(b.nick))
    .slice(0, MOST)
    .map(({ nick }) => ({ value: `${sign}${nick}${first && !sign ? ": " : " "}`, label: nick }));
}

/** @param {{offer: Offer, chosen: number, choose: (at: number) => void}} props */
export function Options({ offer: { options }, chosen, choose }) {
  return html`<ul class="options" role="listbox" id="options">
    ${options.map((each, at) => html`
      <li key=${each.value} role="option" id=${`option-${at}`} aria-selected=${at === chosen}
        ref=${(/** @type {HTMLElement | null} */ element) => at === chosen && element?.scrollIntoView({ block: "nearest" })}
        onMouseDown=${(/** @type {MouseEvent} */ event) => {
          event.preventDefault();
          choose(at);
        }}>
        ${each.emoji ? html`<span>${each.emoji}</span>` : null}
        <span class=${each.about || each.emoji || each.label.startsWith("#") ? "" : hue(each.label)}>${each.label}</span>
        ${each.about ? html`<span class="note">${each.about}</span>` : null}
      </li>`)}
  </ul>`;
}
