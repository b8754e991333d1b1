// A text that does not fit into one line, in parts. No DOM.

import { byteLength } from "./message.js";

/** @typedef {[string, boolean]} Part a line of a multiline message, and whether it continues the one before */

const ACTION = "\x01ACTION ";
/** Bytes of text in a line, even if a server claims that fewer fit. */
const SHORTEST_ROOM = 64;

/**
 * Parts of at most `room` bytes, cut at a space if one is near, never inside a character.
 * @param {string} text
 * @param {number} room
 * @returns {string[]}
 */
export function pieces(text, room) {
  const limit = Math.max(room, SHORTEST_ROOM);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts = [];
  let data = new TextEncoder().encode(text);
  while (data.length > limit) {
    let end = limit;
    while ((data[end] & 0xc0) === 0x80) end -= 1;
    const space = data.lastIndexOf(32, end - 1);
    if (space >= Math.floor((end * 2) / 3)) end = space + 1;
    parts.push(decoder.decode(data.subarray(0, end)));
    data = data.subarray(end);
  }
  return [...parts, decoder.decode(data)];
}

/**
 * As several messages, for a server without multiline; each message of an action is an action.
 * @param {string} text
 * @param {number} room bytes of text in each
 * @returns {string[]}
 */
export function split(text, room) {
  const [head, tail] = text.startsWith(ACTION) ? [ACTION, "\x01"] : ["", ""];
  const body = head ? text.slice(head.length).replace(/\x01+$/, "") : text;
  const lines = body.split("\n").filter(Boolean);
  return lines.flatMap((line) => pieces(line, room - head.length - tail.length).map((part) => head + part + tail));
}

/**
 * As multiline messages: one, or several if it exceeds the limits.
 * @param {string} text
 * @param {number} room bytes of text in each line
 * @param {string} limits the value of the capability
 * @returns {Part[][]}
 */
export function multiline(text, room, limits) {
  const maxBytes = limitOf(limits, "max-bytes");
  const maxLines = limitOf(limits, "max-lines");
  /** @type {Part[]} */
  let message = [];
  const messages = [message];
  let bytes = 0;
  for (const line of text.split("\n")) {
    pieces(line, Math.min(room, maxBytes)).forEach((part, at) => {
      const length = byteLength(part) + (at ? 0 : 1);
      if (message.length && (bytes + length > maxBytes || message.length >= maxLines)) {
        messages.push((message = []));
        bytes = 0;
      }
      message.push([part, at > 0 && message.length > 0]);
      bytes += length;
    });
  }
  // The server refuses a message that has only empty lines.
  return messages.filter((each) => each.some(([part]) => part));
}

/** The text of a multiline message. @param {Part[]} message */
export function joined(message) {
  return message.map(([part, continues], at) => (continues || !at ? part : `\n${part}`)).join("");
}

/**
 * @param {string} limits such as `max-bytes=4096,max-lines=100`
 * @param {string} name
 */
export function limitOf(limits, name) {
  return parseInt(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(limits)?.[1] ?? "", 10) || Infinity;
}
