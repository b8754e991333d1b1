// What the server says itself: numerics, standard replies (FAIL, WARN, NOTE) and ERROR. No DOM.
// Sources: modern.ircdocs.horse; ircv3.net standard-replies.

import { group, N } from "../lib/numerics.js";
import { addLine } from "./buffer_lines.js";
import { noticeLine } from "./buffer_line.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** Refusals that concern a conversation: the second parameter is its name. */
const CHANNEL_ERRORS = group("about_a_channel");
const ABOUT_A_NICK = group("about_a_nick");
/** Numerics that are not shown. */
const QUIET = group("quiet");

/** Whether a message refuses a command. @param {ServerMessage} message */
export function isError({ command }) {
  return command === "FAIL" || /^[45]\d\d$/.test(command);
}

/** The first refusal in an answer as text; "" if there is none. @param {ServerMessage[]} answer */
export function errorIn(answer) {
  const error = answer.find(isError);
  return error ? (error.params.at(-1) ?? error.command) : "";
}

/** A numeric without a handler of its own. @param {Network} network @param {ServerMessage} message */
export function numeric(network, message) {
  if (QUIET.has(message.command)) return;
  const rest = message.params.slice(1);
  if (ABOUT_A_NICK.has(message.command) && isWantedNick(network, rest[0] ?? "") && network.keepNick.refused()) return;
  const text = rest.at(-1) ?? "";
  const error = isError(message);
  if (error && message.tags.label !== undefined) return; // shown by what sent the command
  const shown = error && rest.length > 1 ? `${rest[0]}: ${text}` : rest.join(" ");
  if (error && network.client.registered) network.listener.notice({ kind: "error", text: shown });
  const about = CHANNEL_ERRORS.has(message.command) ? (rest[0] ?? "") : null;
  const buffer = about === null ? undefined : network.buffer(about);
  addLine(network, buffer ?? network.server(), noticeLine(error ? "error" : "info", shown));
  if (about !== null) network.joinRefused(about);
}

/** @param {Network} network @param {string} nick */
function isWantedNick(network, nick) {
  return network.status.value === "online" && network.fold(nick) === network.fold(network.wantedNick);
}

/** @param {Network} network @param {ServerMessage} message */
function standard(network, message) {
  const text = message.params.at(-1) ?? "";
  const fail = message.command === "FAIL";
  if (fail && (message.tags.label !== undefined || message.params[0] === "CHATHISTORY" || message.params[0] === "SECONDFACTOR")) return;
  if (fail && message.params[1] === "SESSION_ENDED") {
    network.endedElsewhere(text);
    return;
  }
  if (fail) network.listener.notice({ kind: "error", text });
  const buffer = message.params.slice(2, -1).map((word) => network.buffer(word)).find(Boolean);
  addLine(network, buffer ?? network.server(), noticeLine(fail ? "error" : "info", text));
}

/** @type {Record<string, (network: Network, message: ServerMessage) => void>} */
export const HANDLERS = {
  FAIL: standard,
  WARN: standard,
  NOTE: standard,
  CAP: (network) => void (network.caps.value = new Set(network.client.caps)),
  ERROR: (network, { params }) => addLine(network, network.server(), noticeLine("error", params.at(-1) ?? "")),
  [N.RPL_WELCOME]: (network, { params }) => addLine(network, network.server(), noticeLine("info", params.at(-1) ?? "")),
};
