// Search on the server (draft/search, soju.im/search). No DOM.

import { escapeTag } from "../lib/message.js";
import { messageLine } from "./buffer_line.js";
import { place, isMine } from "./buffer_lines.js";
import { errorIn } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

const MAX_RESULTS = 50;

/**
 * @param {Network} network
 * @param {Record<string, string>} query `in`, `from`, `text`, `after`, `before`
 * @returns {Promise<{target: string, line: BufferLine}[]>} newest first; rejected with the text of the server's refusal
 */
export async function search(network, query) {
  const words = Object.entries(query).filter(([, value]) => value).map(([key, value]) => `${key}=${escapeTag(value)}`);
  const answer = await network.client.ask("SEARCH", [...words, `limit=${MAX_RESULTS}`].join(";"));
  const error = errorIn(answer);
  if (error) throw new Error(error);
  return answer
    .filter((each) => each.batch?.type.endsWith("search"))
    .map((each) => resultOf(network, each))
    .reverse();
}

/**
 * A search result: the conversation it is in, and the line.
 * @param {Network} network
 * @param {ServerMessage} message
 */
function resultOf(network, message) {
  const { name, rank } = place(network, message);
  return { target: name, line: messageLine(message, { mine: isMine(network, message), rank }) };
}
