// The slash commands: what each does here. Names, usage and help are in the table that Python reads too
// (papo/protocol/data/commands.json); a command without a function is not offered. No DOM.

import table from "../data/commands.js";
import { t } from "../lib/translate.js";
import { say } from "./send.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {{
 *   dialog: (name: string, about?: unknown) => void,
 *   search: (words: string) => void,
 *   leave: (network: Network, reason: string) => void,
 * }} Window what a command needs of the page
 * @typedef {{window: Window, network: Network, buffer: Buffer, words: string[], rest: string}} Input
 *   `words` after the command, and `rest`, all of them as they were typed
 * @typedef {{name: string, usage: string, about: string, aliases?: string[], min_words?: number, offline?: boolean,
 *   conversation?: boolean}} Command
 */

/** @param {Input} input @returns {string} what was typed after the first word */
function afterFirst({ words, rest }) {
  return rest.slice((words[0] ?? "").length).trim();
}

/** @param {string} letters @param {(input: Input) => string} [parameter] */
function changeMode(letters, parameter = ({ words }) => words[0]) {
  return (/** @type {Input} */ input) => input.network.client.send("MODE", input.buffer.name.value, letters, parameter(input));
}

/** @param {string} name */
function openDialog(name) {
  return (/** @type {Input} */ { window, words }) => window.dialog(name, words[0]);
}

/** @param {Input} input */
function part({ window, network, buffer, rest }) {
  if (buffer.kind === "server") window.leave(network, rest);
  else if (buffer.kind === "channel" && buffer.joined.value && network.status.value === "online") {
    network.client.send("PART", buffer.name.value, ...(rest ? [rest] : []));
  } else network.close(buffer.key);
}

/** By name; a text that is returned says what is wrong. @type {Record<string, (input: Input) => string | void>} */
const FUNCTIONS = {
  join: ({ network, words }) => network.join(network.client.support.isChannel(words[0]) ? words[0] : `#${words[0]}`, words[1]),
  part,
  msg: (input) => {
    say(input.network, input.network.open(input.words[0]), afterFirst(input));
    input.network.show(input.network.fold(input.words[0]));
  },
  query: ({ network, words }) => network.show(network.open(words[0]).key),
  me: ({ network, buffer, rest }) => (buffer.kind === "server" ? nobodyReads() : say(network, buffer, `\x01ACTION ${rest}\x01`)),
  notice: (input) => input.network.client.send("NOTICE", input.words[0], afterFirst(input)),
  nick: ({ network, words }) => network.changeNick(words[0]),
  topic: ({ window, network, buffer, rest }) => {
    if (rest) network.client.send("TOPIC", buffer.name.value, rest);
    else window.dialog("channel", buffer);
  },
  rename: (input) => input.network.client.send("RENAME", input.buffer.name.value, input.words[0], afterFirst(input) || "-"),
  away: ({ network, rest }) => network.client.send("AWAY", ...(rest ? [rest] : [])),
  invite: ({ network, buffer, words }) => network.client.send("INVITE", words[0], words[1] ?? buffer.name.value),
  kick: (input) => input.network.client.send("KICK", input.buffer.name.value, input.words[0], afterFirst(input) || input.words[0]),
  ban: changeMode("+b", ({ network, words }) => banMask(network, words[0])),
  unban: changeMode("-b"),
  mute: changeMode("+b", ({ network, words }) => `m:${banMask(network, words[0])}`),
  op: changeMode("+o"),
  deop: changeMode("-o"),
  voice: changeMode("+v"),
  devoice: changeMode("-v"),
  mode: ({ network, buffer, words }) => {
    const own = !words[0] || /^[+-]/.test(words[0]);
    // In the server's own conversation the modes are ours.
    network.client.send("MODE", ...(own ? [buffer.name.value || network.nick.value, ...words] : words));
  },
  whois: openDialog("person"),
  list: openDialog("browse"),
  search: ({ window, rest }) => window.search(rest),
  clear: ({ buffer }) => {
    buffer.lines.value = buffer.lines.value.filter((each) => each.pending);
    buffer.hasOlder.value = true;
  },
  oper: ({ network, words }) => network.client.send("OPER", words[0], words[1]),
  quote: ({ network, rest }) => network.client.connection.send(rest),
  quit: ({ window, network, rest }) => window.leave(network, rest),
  help: openDialog("help"),
};

/** @type {Command[]} */
export const COMMANDS = table.filter(({ name }) => name in FUNCTIONS);

/** How a command is used, in the user's language: `/kick nick [reason]`. @param {Command} command */
export function example({ name, usage }) {
  return usage ? `/${name} ${t(usage)}` : `/${name}`;
}

/** The commands of which a name begins so. @param {string} start without the slash */
export function commandsFrom(start) {
  const wanted = start.toLowerCase();
  return COMMANDS.filter((each) => [each.name, ...(each.aliases ?? [])].some((name) => name.startsWith(wanted)));
}

/** @param {string} name of a command, or an alias */
function find(name) {
  const wanted = name.toLowerCase();
  return COMMANDS.find((each) => each.name === wanted || each.aliases?.includes(wanted));
}

/** A mask of everybody from the same host as this nick. @param {Network} network @param {string} nick */
export function banMask(network, nick) {
  if (/[!@*:]/.test(nick)) return nick;
  const host = network.findUser(nick)?.host.split("@")[1];
  return host ? `*!*@${host}` : `${nick}!*@*`;
}

function nobodyReads() {
  return t("Nobody reads this. Choose a conversation first, or type /join #channel.");
}

/**
 * Do what was typed: a command, or a message to send. `//text` sends `/text`.
 * @param {Window} window
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text
 * @param {{replyTo?: string}} [options]
 * @returns {string} what was wrong; "" if nothing was
 */
export function enter(window, network, buffer, text, options = {}) {
  const online = network.status.value === "online";
  if (!text.startsWith("/") || text.startsWith("//") || text.includes("\n")) {
    if (buffer.kind === "server") return nobodyReads();
    if (buffer.kind === "channel" && !buffer.joined.value && online) return t("You are not in this channel.");
    say(network, buffer, text.startsWith("//") ? text.slice(1) : text, options);
    return "";
  }
  const [, name = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(text) ?? [];
  const command = find(name);
  if (!command) return t("There is no command /{name}. Type /help to see them, or // to begin a message with a slash.", { name });
  const words = rest.split(/\s+/).filter(Boolean);
  if (words.length < (command.min_words ?? 0)) return t("Use it so: /{name} {usage}", { name: command.name, usage: t(command.usage) });
  if (!online && !command.offline) return t("You are offline; try again when the connection is back.");
  if (command.conversation && buffer.kind === "server" && !(command.name === "invite" && words.length > 1)) return nobodyReads();
  return FUNCTIONS[command.name]({ window, network, buffer, words, rest: rest.trim() }) || "";
}
