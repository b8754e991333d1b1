// What each message from the server means: one function for each command, in tables. No DOM.

import { HANDLERS as CHANNELS } from "./channels.js";
import { HANDLERS as MEMBERSHIP } from "./membership.js";
import { HANDLERS as MESSAGES } from "./messages.js";
import { HANDLERS as REPLIES, numeric } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** @type {Record<string, (network: Network, message: ServerMessage) => void>} */
const HANDLERS = { ...MESSAGES, ...MEMBERSHIP, ...CHANNELS, ...REPLIES };

/** @param {Network} network @param {ServerMessage} message */
export function handle(network, message) {
  const { command } = message;
  if (command in HANDLERS) HANDLERS[command](network, message);
  else if (/^\d{3}$/.test(command)) numeric(network, message);
}
