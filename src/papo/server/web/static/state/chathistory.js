// Pages of a conversation's history from the server (IRCv3 chathistory). No DOM.

import { historyLines } from "./history_lines.js";
import { errorIn } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {{page: BufferLine[] | null, full: boolean, last: string}} Answer
 *   `page`: oldest first, null if the server refuses it; `full`: there may be more; `last`: msgid of its last message
 */

const PAGE = 60;

/** Whether the server stores history. @param {Network} network */
export function isAvailable(network) {
  return network.client.caps.has("draft/chathistory");
}

/**
 * Rejects if the connection ends first.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {"LATEST" | "BEFORE" | "AFTER" | "AROUND"} subcommand
 * @param {string} bound `msgid=…`, `timestamp=…` or `*`
 * @returns {Promise<Answer>}
 */
export async function fetchPage(network, buffer, subcommand, bound) {
  const support = network.client.support;
  const limit = Math.min(PAGE, support.number("CHATHISTORY", PAGE), support.number("draft/CHATHISTORY", PAGE));
  const answer = await network.client.ask("CHATHISTORY", subcommand, buffer.name.peek(), bound, String(limit));
  const messages = answer.filter((each) => each.batch?.type === "chathistory");
  if (!messages.length && errorIn(answer)) return { page: null, full: false, last: "" };
  return { page: historyLines(network, buffer, messages), full: messages.length >= limit, last: messages.at(-1)?.tags.msgid ?? "" };
}
