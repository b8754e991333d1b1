// Completion of what is typed: commands, channels, nicks, emoji. Shown above the message field, and by Tab.

import { html, useRef, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { withoutAccents } from "../../lib/accents.js";
import { commandsFrom, example } from "../../state/commands.js";
import { isMessage } from "../../state/buffer_line.js";
import { hue } from "../avatar.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {{value: string, label: string, about?: string, emoji?: string}} Option
 * @typedef {{from: number, to: number, options: Option[]}} Completion what it replaces, and by what
 */

const MAX_OPTIONS = 8;
const MAX_COMMANDS = 30;

/**
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text
 * @param {number} caret
 * @param {boolean} forced Tab was pressed: a bare word is a nick
 * @returns {Promise<Completion | null>}
 */
async function complete(network, buffer, text, caret, forced) {
  const before = text.slice(0, caret);
  const command = /^\/(\w*)$/.exec(before);
  if (command) return { from: 0, to: caret, options: commandOptions(command[1]) };
  const match = /(^|\s)(@|#|:)?([^\s@#:]*)$/u.exec(before);
  if (!match) return null;
  const [, , sign = "", word] = match;
  const from = caret - word.length - sign.length;
  /** @type {Option[]} */
  let options = [];
  if (sign === ":" && word.length >= 2) {
    const { search } = await import("../../state/emoji.js");
    options = (await search(word, MAX_OPTIONS)).map((each) => ({ value: `${each.emoji} `, label: each.name, emoji: each.emoji }));
  } else if (sign === "#") options = channelOptions(network, word);
  else if (sign === "@" || (forced && word)) options = nickOptions(network, buffer, word, { first: from === 0, sign });
  // After a complete name Enter sends the message.
  if (!forced && options.some((each) => each.value.trim() === sign + word)) return null;
  return options.length ? { from, to: caret, options } : null;
}

/** @param {string} word @returns {Option[]} */
function commandOptions(word) {
  return commandsFrom(word).slice(0, MAX_COMMANDS).map((each) => ({ value: `/${each.name} `, label: example(each), about: t(each.about) }));
}

/** @param {Network} network @param {string} word @returns {Option[]} */
function channelOptions(network, word) {
  const open = [...network.buffers.value.values()].filter((each) => each.kind === "channel").map((each) => each.name.value);
  const listed = (network.channelList.value ?? []).map((each) => each.name);
  const wanted = withoutAccents(`#${word}`);
  return [...new Set([...open, ...listed])].filter((name) => withoutAccents(name).startsWith(wanted)).slice(0, MAX_OPTIONS).map((name) => ({ value: `${name} `, label: name }));
}

/**
 * The nicks that begin with a word; those that wrote last come first.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} word
 * @param {{first: boolean, sign: string}} options `first` of the line: a colon follows; `sign`: `@` or ""
 * @returns {Option[]}
 */
function nickOptions(network, buffer, word, { first, sign }) {
  /** Place of the last message, by folded nick. @type {Map<string, number>} */
  const lastMessage = new Map();
  buffer.lines.value.forEach((each, at) => isMessage(each) && lastMessage.set(network.fold(each.nick), at));
  const place = (/** @type {string} */ nick) => lastMessage.get(network.fold(nick)) ?? -1;
  const wanted = withoutAccents(word);
  const nicks = buffer.kind === "person" ? [buffer.name.value] : [...buffer.members.value.values()].map((each) => each.nick);
  return nicks
    .filter((nick) => withoutAccents(nick).startsWith(wanted) && !network.isMe(nick))
    .sort((a, b) => place(b) - place(a) || a.localeCompare(b))
    .slice(0, MAX_OPTIONS)
    .map((nick) => ({ value: `${sign}${nick}${first && !sign ? ": " : " "}`, label: nick }));
}

/**
 * What is offered while the user types, and the keys that choose from it.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {{current: HTMLTextAreaElement | null}} area
 * @param {(value: string, caret: number) => void} write replaces the text
 */
export function useCompletion(network, buffer, area, write) {
  const [completion, setCompletion] = useState(/** @type {Completion | null} */ (null));
  const [chosen, setChosen] = useState(0);
  const requests = useRef(0);

  /** Put an option into the text. @param {Completion} from @param {number} at */
  function apply(from, at) {
    const { value } = from.options[at];
    const text = area.current?.value ?? "";
    write(text.slice(0, from.from) + value + text.slice(from.to), from.from + value.length);
    setCompletion(null);
  }

  /** Look for options; the latest call wins. @param {string} text @param {boolean} [forced] Tab was pressed */
  async function update(text, forced = false) {
    requests.current += 1;
    const request = requests.current;
    const found = await complete(network, buffer, text, area.current?.selectionStart ?? text.length, forced);
    if (request !== requests.current) return;
    if (forced && found?.options.length === 1) apply(found, 0);
    else {
      setCompletion(found);
      setChosen(0);
    }
  }

  /** @param {KeyboardEvent} event @param {string} text @returns {boolean} whether the key was for the completion */
  function onKey(event, text) {
    if (!completion?.options.length) return false;
    const count = completion.options.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !/^\/\w+$/.test(text))) {
      apply(completion, chosen);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      setCompletion(null);
    } else return false;
    event.preventDefault();
    return true;
  }

  return { completion, chosen, apply, update, onKey, hide: () => setCompletion(null) };
}

/** @param {{completion: Completion, chosen: number, choose: (at: number) => void}} props */
export function CompletionPopup({ completion: { options }, chosen, choose }) {
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
