// Topics, modes and names of channels, the list of channels, invitations: one function for each command, in one table.
// No DOM. Sources: modern.ircdocs.horse; ircv3.net channel-rename, invite-notify.

import { isTarget } from "../lib/message.js";
import { N } from "../lib/numerics.js";
import { addLine } from "./buffer_lines.js";
import { eventLine } from "./buffer_line.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

const MAX_LISTED = 50_000;

/** @param {Network} network @param {ServerMessage} message */
function mode(network, message) {
  const [name = "", ...words] = message.params;
  const buffer = network.buffer(name);
  if (!buffer || buffer.kind !== "channel") return;
  changeModes(network, buffer, words);
  addLine(network, buffer, eventLine("mode", message, { detail: words.join(" ") }));
}

/** @param {Network} network @param {Buffer} buffer @param {string[]} words letters, then parameters */
function changeModes(network, buffer, words) {
  const support = network.client.support;
  const modes = new Map(buffer.modes.value);
  for (const { add, letter, value } of support.modeChanges(words)) {
    const at = support.prefixModes.indexOf(letter);
    if (at >= 0) {
      const key = network.fold(value ?? "");
      const member = buffer.members.value.get(key);
      if (!member) continue;
      const changed = support.prefixes[at];
      const prefixes = [...support.prefixes].filter((each) => (each === changed ? add : member.prefixes.includes(each))).join("");
      buffer.setMember(key, { ...member, prefixes });
    } else if (!support.channelModes[0].includes(letter)) {
      if (add) modes.set(letter, value ?? "");
      else modes.delete(letter);
    }
  }
  buffer.modes.value = modes;
}

/** @param {Network} network @param {ServerMessage} message */
function modesAre(network, { params }) {
  const buffer = network.buffer(params[1] ?? "");
  if (!buffer) return;
  buffer.modes.value = new Map();
  changeModes(network, buffer, params.slice(2));
}

/** @param {Network} network @param {ServerMessage} message */
function topic(network, message) {
  const [name = "", text = ""] = message.params;
  const buffer = network.buffer(name);
  if (!buffer) return;
  buffer.topic.value = text;
  addLine(network, buffer, eventLine("topic", message, { text }));
}

/** @param {Network} network @param {string | undefined} name @param {string} text */
function topicIs(network, name, text) {
  const buffer = network.buffer(name ?? "");
  if (buffer) buffer.topic.value = text;
}

/** @param {Network} network @param {ServerMessage} message */
function rename(network, message) {
  const [oldName = "", newName = ""] = message.params;
  const buffer = oldName && isTarget(newName) ? network.buffer(oldName) : undefined;
  if (!buffer) return;
  network.rename(buffer, newName);
  addLine(network, buffer, eventLine("topic", message, { detail: newName }));
}

/** @param {Network} network @param {ServerMessage} message */
function listed(network, { params }) {
  const rows = network.channelList.value ?? [];
  if (rows.length >= MAX_LISTED) return;
  network.channelList.value = [...rows, { name: params[1] ?? "", users: parseInt(params[2], 10) || 0, topic: params[3] ?? "" }];
}

/** @param {Network} network @param {ServerMessage} message */
function invite(network, { source, params }) {
  if (!network.isMe(params[0] ?? "")) return;
  network.listener.notice({ kind: "info", text: `${source.nick} → ${params[1]}`, buffer: params[1] });
}

/** @type {Record<string, (network: Network, message: ServerMessage) => void>} */
export const HANDLERS = {
  MODE: mode,
  TOPIC: topic,
  RENAME: rename,
  INVITE: invite,
  [N.RPL_LIST]: listed,
  [N.RPL_CHANNELMODEIS]: modesAre,
  [N.RPL_NOTOPIC]: (network, { params }) => topicIs(network, params[1], ""),
  [N.RPL_TOPIC]: (network, { params }) => topicIs(network, params[1], params[2] ?? ""),
};
