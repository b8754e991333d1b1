// The members of channels, and facts about users: one function for each command, in one table. No DOM.
// Sources: modern.ircdocs.horse; ircv3.net extended-join, away-notify, account-notify, chghost, setname; ircx.us whox.

import { isTarget } from "../lib/message.js";
import { N } from "../lib/numerics.js";
import { addLine } from "./buffer_lines.js";
import { eventLine, noticeLine } from "./buffer_line.js";
import { refill } from "./history.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 */

/** Channels with more members than this are not asked who is away. */
const MAX_WHO_MEMBERS = 1_000;
/** Tells our WHO from others (WHOX). */
const WHO_TOKEN = "7";

/** @param {Network} network @param {ServerMessage} message */
function join(network, message) {
  const { source, params, tags } = message;
  const [name = "", account = "", realname = ""] = params;
  if (!isTarget(name)) return;
  const mine = network.isMe(source.nick);
  const buffer = mine ? network.open(name) : network.buffer(name);
  if (!buffer) return;
  network.updateUser(source.nick, {
    host: `${source.user}@${source.host}`, bot: tags.bot !== undefined,
    ...(network.client.caps.has("extended-join") ? { account: accountName(account), realname } : {}),
  });
  if (!mine) {
    buffer.setMember(network.fold(source.nick), { nick: source.nick, prefixes: "" });
    addLine(network, buffer, eventLine("join", message));
    return;
  }
  buffer.name.value = name;
  buffer.joined.value = true;
  buffer.members.value = new Map([[network.fold(source.nick), { nick: source.nick, prefixes: "" }]]);
  if (network.expected === buffer.key) {
    network.expected = "";
    network.show(buffer.key);
  }
  network.client.send("MODE", name);
  if (network.status.value !== "registering") void refill(network, buffer);
  else void network.caughtUp().then(() => refill(network, buffer));
}

/** @param {string} param of ACCOUNT or JOIN, `*` for none */
function accountName(param) {
  return param === "*" ? "" : param;
}

/** @param {Network} network @param {Buffer} buffer @param {string} nick */
function removeMember(network, buffer, nick) {
  if (network.isMe(nick)) {
    buffer.joined.value = false;
    buffer.members.value = new Map();
  } else buffer.setMember(network.fold(nick), null);
}

/** @param {Network} network @param {ServerMessage} message */
function part(network, message) {
  const [name = "", text = ""] = message.params;
  const buffer = network.buffer(name);
  if (!buffer) return;
  removeMember(network, buffer, message.source.nick);
  if (network.isMe(message.source.nick)) network.close(buffer.key);
  else addLine(network, buffer, eventLine("part", message, { text }));
}

/** @param {Network} network @param {ServerMessage} message */
function kick(network, message) {
  const [name = "", kicked = "", text = ""] = message.params;
  const buffer = network.buffer(name);
  if (!buffer) return;
  removeMember(network, buffer, kicked);
  addLine(network, buffer, eventLine("kick", message, { detail: kicked, text }));
  if (network.isMe(kicked)) network.listener.notice({ kind: "error", text: `${buffer.name.value}: ${text}` });
}

/** @param {Network} network @param {ServerMessage} message */
function quit(network, message) {
  const key = network.fold(message.source.nick);
  const users = new Map(network.users.value);
  if (users.delete(key)) network.users.value = users;
  for (const buffer of network.buffers.value.values()) {
    if (!buffer.members.value.has(key) && buffer.key !== key) continue;
    buffer.setMember(key, null);
    const line = eventLine("quit", message, { text: message.params[0] ?? "" });
    // The history of a conversation with one user does not contain it.
    addLine(network, buffer, buffer.kind === "person" ? { ...line, id: "" } : line);
  }
}

/** @param {Network} network @param {ServerMessage} message */
function nick(network, message) {
  const [newNick = ""] = message.params;
  if (!newNick) return;
  const [from, to] = [network.fold(message.source.nick), network.fold(newNick)];
  const info = network.users.value.get(from);
  if (info) {
    const users = new Map(network.users.value);
    users.delete(from);
    network.users.value = users.set(to, { ...info, nick: newNick });
  }
  if (network.fold(network.client.nick) === to) network.nick.value = network.client.nick;
  for (const buffer of network.buffers.value.values()) {
    const member = buffer.members.value.get(from);
    if (!member) continue;
    buffer.setMember(from, null);
    buffer.setMember(to, { ...member, nick: newNick });
    addLine(network, buffer, eventLine("nick", message, { detail: newNick }));
  }
}

/** @param {Network} network @param {ServerMessage} message */
function names(network, { params }) {
  const buffer = network.buffer(params[2] ?? "");
  if (!buffer) return;
  const members = new Map(buffer.members.value);
  for (const word of (params[3] ?? "").split(" ")) {
    const [prefixes, full] = network.client.support.splitPrefix(word);
    const [nick_, host = ""] = full.split("!");
    if (!nick_) continue;
    members.set(network.fold(nick_), { nick: nick_, prefixes });
    if (host) network.updateUser(nick_, { host });
  }
  buffer.members.value = members;
}

/** @param {Network} network @param {ServerMessage} message */
function endOfNames(network, { params }) {
  const name = params[1] ?? "";
  const buffer = network.buffer(name);
  if (!name || !buffer || buffer.members.value.size > MAX_WHO_MEMBERS) return;
  if (network.client.support.tokens.has("WHOX")) network.client.send("WHO", name, `%tnfar,${WHO_TOKEN}`);
}

/** @param {Network} network @param {ServerMessage} message */
function whox(network, { params }) {
  const [, token, nick_, flags, account, realname] = params;
  if (token !== WHO_TOKEN || realname === undefined) return;
  const bot = network.client.support.tokens.get("BOT") ?? "";
  network.updateUser(nick_, {
    away: flags.startsWith("G"), bot: bot !== "" && flags.includes(bot), account: account === "0" ? "" : account, realname,
  });
}

/** @type {Record<string, (network: Network, message: ServerMessage) => void>} */
export const HANDLERS = {
  JOIN: join,
  PART: part,
  KICK: kick,
  QUIT: quit,
  NICK: nick,
  AWAY: (network, { source, params }) => network.updateUser(source.nick, { away: params.length > 0, awayText: params[0] ?? "" }),
  ACCOUNT: (network, { source, params }) => {
    network.updateUser(source.nick, { account: accountName(params[0] ?? "") });
    network.account.value = network.client.account;
  },
  CHGHOST: (network, { source, params }) => network.updateUser(source.nick, { host: `${params[0]}@${params[1]}` }),
  SETNAME: (network, { source, params }) => network.updateUser(source.nick, { realname: params[0] ?? "" }),
  [N.RPL_AWAY]: (network, { params }) => network.updateUser(params[1] ?? "", { away: true, awayText: params[2] ?? "" }),
  [N.RPL_UNAWAY]: (network) => void (network.away.value = false),
  [N.RPL_NOWAWAY]: (network) => void (network.away.value = true),
  [N.RPL_NAMREPLY]: names,
  [N.RPL_WHOSPCRPL]: whox,
  [N.RPL_ENDOFNAMES]: endOfNames,
  [N.RPL_YOUREOPER]: (network, { params }) => {
    network.operator.value = true;
    addLine(network, network.server(), noticeLine("info", params.at(-1) ?? ""));
  },
  [N.RPL_LOGGEDIN]: (network, { params }) => {
    network.account.value = network.client.account;
    const { passkey, account } = network.client.identity;
    if (passkey && !account && network.status.peek() !== "online") network.keepNick.choose(network.client.account);
    addLine(network, network.server(), noticeLine("info", params.at(-1) ?? ""));
  },
  [N.RPL_LOGGEDOUT]: (network) => void (network.account.value = ""),
  [N.RPL_SASLSUCCESS]: (network) => {
    network.codeWanted.value = null;
    network.listener.signedIn();
  },
};
