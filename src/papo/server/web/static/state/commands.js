// The slash commands: one table for doing, completing and explaining them. No DOM.

import { t } from "../lib/translate.js";
import { say } from "./send.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {{name: string, usage: string, about: () => string, least?: number, also?: string[],
 *   run: (network: Network, buffer: Buffer, words: string[], rest: string) => void | string}} Command
 *   `words` are those after the command, `rest` all of them as they were typed; a returned text is an error.
 */

/** What other parts of the page do; they put themselves here. @type {Record<string, (...words: any[]) => void>} */
export const doings = {};

/** @param {Network} network @param {Buffer} buffer @param {string} letters @param {string} word */
function mode(network, buffer, letters, word) {
  network.client.send("MODE", buffer.name.value, letters, ...(word ? [word] : []));
}

/** @type {Command[]} */
export const COMMANDS = [
  { name: "join", usage: "#channel [key]", about: () => t("Join a channel, or make it."), least: 1, also: ["j", "entrar"], run: (network, _, words) => {
    const name = network.client.support.isChannel(words[0]) ? words[0] : `#${words[0]}`;
    network.join(name, words[1]);
  } },
  { name: "part", usage: "[reason]", about: () => t("Leave this channel, or close this conversation."), also: ["leave", "close", "sair"], run: (network, buffer, _, rest) => {
    if (buffer.kind === "channel" && buffer.joined.value) network.client.send("PART", buffer.name.value, ...(rest ? [rest] : []));
    else if (buffer.kind !== "server") network.shut(buffer.key);
  } },
  { name: "msg", usage: "nick text", about: () => t("Write to one person."), least: 2, also: ["w", "tell"], run: (network, _, words, rest) => {
    say(network, network.open(words[0]), rest.slice(words[0].length).trim());
    network.show(network.fold(words[0]));
  } },
  { name: "query", usage: "nick", about: () => t("Open a conversation with one person."), least: 1, also: ["dm"], run: (network, _, words) => {
    network.open(words[0]);
    network.show(network.fold(words[0]));
  } },
  { name: "me", usage: "text", about: () => t("Say what you are doing: /me waves."), least: 1, run: (network, buffer, _, rest) => say(network, buffer, `\x01ACTION ${rest}\x01`) },
  { name: "notice", usage: "target text", about: () => t("Send a notice, which nothing answers automatically."), least: 2, run: (network, _, words, rest) => network.client.send("NOTICE", words[0], rest.slice(words[0].length).trim()) },
  { name: "nick", usage: "name", about: () => t("Take another nick."), least: 1, run: (network, _, words) => {
    network.wantedNick = words[0];
    network.client.person = { ...network.client.person, nick: words[0] };
    network.client.send("NICK", words[0]);
  } },
  { name: "topic", usage: "[text]", about: () => t("Set the topic of this channel."), run: (network, buffer, _, rest) => {
    if (rest) network.client.send("TOPIC", buffer.name.value, rest);
    else doings.dialog?.("room", buffer);
  } },
  { name: "rename", usage: "#name [reason]", about: () => t("Give this channel another name."), least: 1, run: (network, buffer, words, rest) => network.client.send("RENAME", buffer.name.value, words[0], rest.slice(words[0].length).trim() || "-") },
  { name: "away", usage: "[text]", about: () => t("Go away; without a text, come back."), run: (network, _, __, rest) => network.client.send("AWAY", ...(rest ? [rest] : [])) },
  { name: "invite", usage: "nick", about: () => t("Invite somebody into this channel."), least: 1, run: (network, buffer, words) => network.client.send("INVITE", words[0], words[1] ?? buffer.name.value) },
  { name: "kick", usage: "nick [reason]", about: () => t("Put somebody out of this channel."), least: 1, run: (network, buffer, words, rest) => network.client.send("KICK", buffer.name.value, words[0], rest.slice(words[0].length).trim() || words[0]) },
  { name: "ban", usage: "nick", about: () => t("Keep somebody out of this channel."), least: 1, run: (network, buffer, words) => mode(network, buffer, "+b", banMask(network, words[0])) },
  { name: "unban", usage: "mask", about: () => t("Let somebody in again."), least: 1, run: (network, buffer, words) => mode(network, buffer, "-b", words[0]) },
  { name: "mute", usage: "nick", about: () => t("Let somebody read, and not write."), least: 1, run: (network, buffer, words) => mode(network, buffer, "+b", `m:${banMask(network, words[0])}`) },
  { name: "op", usage: "nick", about: () => t("Make somebody an operator of this channel."), least: 1, run: (network, buffer, words) => mode(network, buffer, "+o", words[0]) },
  { name: "deop", usage: "nick", about: () => t("Take that away again."), least: 1, run: (network, buffer, words) => mode(network, buffer, "-o", words[0]) },
  { name: "voice", usage: "nick", about: () => t("Let somebody speak where only some may."), least: 1, run: (network, buffer, words) => mode(network, buffer, "+v", words[0]) },
  { name: "devoice", usage: "nick", about: () => t("Take that away again."), least: 1, run: (network, buffer, words) => mode(network, buffer, "-v", words[0]) },
  { name: "mode", usage: "[target] letters [words]", about: () => t("Change modes, as IRC has them."), run: (network, buffer, words) => {
    const own = !words[0] || /^[+-]/.test(words[0]);
    network.client.send("MODE", ...(own ? [buffer.name.value, ...words] : words));
  } },
  { name: "whois", usage: "nick", about: () => t("Who somebody is."), least: 1, run: (_, __, words) => doings.dialog?.("person", words[0]) },
  { name: "list", usage: "", about: () => t("Show all channels."), also: ["channels"], run: () => doings.dialog?.("browse") },
  { name: "search", usage: "[words]", about: () => t("Find what was said."), run: (_, __, ___, rest) => doings.search?.(rest) },
  { name: "clear", usage: "", about: () => t("Clear the screen; nothing is deleted."), run: (_, buffer) => {
    buffer.entries.value = buffer.entries.value.filter((each) => each.waiting);
    buffer.hasOlder.value = true;
  } },
  { name: "oper", usage: "name password", about: () => t("Become an operator of the server."), least: 2, run: (network, _, words) => network.client.send("OPER", words[0], words[1]) },
  { name: "quote", usage: "line", about: () => t("Send a line of IRC as it is."), least: 1, also: ["raw"], run: (network, _, __, rest) => network.client.connection.send(rest) },
  { name: "quit", usage: "[reason]", about: () => t("Leave the server."), also: ["logout"], run: (network, _, __, rest) => doings.leave?.(network, rest) },
  { name: "help", usage: "", about: () => t("Show shortcuts and commands."), also: ["ajuda"], run: () => doings.dialog?.("help") },
];

/** @param {string} name without the slash */
export function find(name) {
  const wanted = name.toLowerCase();
  return COMMANDS.find((each) => each.name === wanted || each.also?.includes(wanted));
}

/** Everybody from the same place as this nick. @param {Network} network @param {string} nick */
export function banMask(network, nick) {
  if (/[!@*:]/.test(nick)) return nick;
  const host = network.person(nick)?.host.split("@")[1];
  return host ? `*!*@${host}` : `${nick}!*@*`;
}

/**
 * What was typed: a command, or something to say. `//text` says `/text`.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text
 * @param {{replyTo?: string}} [how]
 * @returns {string} what was wrong; "" where it is done
 */
export function enter(network, buffer, text, how = {}) {
  if (!text.startsWith("/") || text.startsWith("//") || text.includes("\n")) {
    if (buffer.kind === "server") return t("Nobody reads this. Choose a conversation first, or type /join #channel.");
    if (buffer.kind === "channel" && !buffer.joined.value && network.status.value === "online") return t("You are not in this channel.");
    say(network, buffer, text.startsWith("//") ? text.slice(1) : text, how);
    return "";
  }
  const [, name = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(text) ?? [];
  const command = find(name);
  if (!command) return t("There is no command /{name}. Type /help to see them, or // to begin a message with a slash.", { name });
  const words = rest.split(/\s+/).filter(Boolean);
  if (words.length < (command.least ?? 0)) return t("Use it so: /{name} {usage}", { name: command.name, usage: command.usage });
  if (network.status.value !== "online" && !["help", "search", "clear", "me", "msg"].includes(command.name)) return t("You are offline; try again when the connection is back.");
  return command.run(network, buffer, words, rest.trim()) || "";
}
