// What each line from the server means: one function for each command, in one table. No DOM.
// Sources: modern.ircdocs.horse; ircv3.net/specs/extensions.

import { calls, common, entry, isMessage, replyOf, said, timeOf } from "./buffer_line.js";
import { refill } from "./history.js";
import { keywords, muted } from "./settings.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./buffer.js").Buffer} Buffer
 * @typedef {import("./buffer_line.js").Entry} Entry
 * @typedef {import("../lib/client.js").Arrived} Arrived
 */

const LARGE = 1_000;
/** Refusals that concern a conversation: the second parameter says which. */
const CHANNEL_ERRORS = new Set(["401", "403", "404", "405", "437", "442", "443", "471", "473", "474", "475", "476", "477", "478", "480", "482", "489", "494"]);
const QUIET = new Set(["002", "003", "004", "005", "219", "250", "251", "252", "253", "254", "255", "265", "266", "305", "306", "315", "318", "321", "323", "324", "329", "331", "333", "352", "353", "354", "366", "368", "372", "375", "376", "396", "422", "687", "761", "762", "766", "900", "901", "903"]);

/** @param {Network} network @param {Arrived} message */
export function handle(network, message) {
  const handler = HANDLERS[message.command];
  if (handler) handler(network, message);
  else if (/^\d{3}$/.test(message.command) && !QUIET.has(message.command)) numeric(network, message);
}

/** @param {Network} network @param {Arrived} message */
function numeric(network, message) {
  const [, ...rest] = message.params;
  const text = rest.at(-1) ?? "";
  const about = CHANNEL_ERRORS.has(message.command) ? network.buffer(rest[0] ?? "") : undefined;
  const isError = message.command[0] === "4" || message.command[0] === "5";
  const shown = isError && rest.length > 1 ? `${rest[0]}: ${text}` : rest.join(" ");
  if (isError && message.tags.label === undefined) network.tell({ kind: "error", text: shown });
  add(network, about ?? network.server(), entry({ ...common(message), id: "", kind: isError ? "error" : "info", nick: "*", text: shown }));
}

/**
 * Where a message belongs, seen from us.
 * @param {Network} network
 * @param {Arrived} message
 * @returns {{name: string, rank: string}}
 */
function place(network, { source, params }) {
  const [rank, target] = network.client.support.splitPrefix(params[0] ?? "");
  if (network.client.support.isChannel(target)) return { name: target, rank };
  return { name: network.isMe(source.nick) ? target : source.nick, rank: "" };
}

/**
 * One more row; counts it where nobody looks on.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {Entry} fresh
 */
export function add(network, buffer, fresh) {
  const looked = network.current.value === buffer.key && network.watched.value && !buffer.hasNewer.value;
  buffer.append(fresh, network.current.value === buffer.key);
  if (!isMessage(fresh) || fresh.mine || fresh.waiting || buffer.kind === "server") return;
  if (fresh.at <= buffer.readAt.value) return;
  if (looked) return;
  buffer.unread.value += 1;
  if (buffer.kind === "person" || fresh.mention) {
    buffer.mentions.value += 1;
    if (!muted.value.includes(buffer.key)) network.called(buffer, fresh);
  }
}

/** @param {Network} network @param {Buffer} buffer @param {Entry} fresh @returns {Entry} */
function noticed(network, buffer, fresh) {
  if (fresh.mine) return fresh;
  const mention = calls(fresh.text, [network.nick.value, ...keywords.value]) || Boolean(fresh.replyTo && buffer.find(fresh.replyTo)?.mine);
  return mention ? { ...fresh, mention } : fresh;
}

/** @param {Network} network @param {Arrived} message @returns {boolean} */
function isMine(network, { source, tags }) {
  return network.isMe(source.nick) || (network.account.value !== "" && tags.account === network.account.value);
}

/** @param {Network} network @param {Arrived} message */
function privmsg(network, message) {
  const { source, command, params, tags } = message;
  if (/^\x01(?!ACTION)/.test(params[1] ?? "")) {
    ctcp(network, message);
    return;
  }
  const { name, rank } = place(network, message);
  const mine = isMine(network, message);
  const fromServer = !source.user && (source.nick.includes(".") || source.nick === "");
  if (fromServer || params[0] === "*") {
    add(network, network.server(), entry({ ...common(message), kind: "notice", text: params[1] ?? "" }));
    return;
  }
  if (command === "NOTICE" && !network.buffer(name) && !mine) {
    // Services and the like answer by notice: not worth a conversation, and not to be missed either.
    network.tell({ kind: "info", text: `${source.nick}: ${params[1]}` });
    add(network, network.server(), said(message, { mine, rank }));
    return;
  }
  const buffer = network.open(name);
  if (buffer.kind === "person") network.know(name, {});
  if (!buffer.filled && buffer.kind === "person") void refill(network, buffer);
  const fresh = said(message, { mine, rank });
  buffer.types(network.fold(source.nick), "", false);
  if (tags["+draft/edit"]) {
    buffer.edit(tags["+draft/edit"], fresh.text);
    return;
  }
  if (mine && fresh.nonce) network.outbox.remove(fresh.nonce);
  add(network, buffer, noticed(network, buffer, fresh));
}

/** @param {Network} network @param {Arrived} message */
function ctcp(network, { source, command, params }) {
  const [word, ...rest] = (params[1] ?? "").replace(/\x01/g, "").split(" ");
  if (command !== "PRIVMSG" || network.isMe(source.nick)) return;
  const answer = word === "PING" ? rest.join(" ") : word === "VERSION" ? "Papo" : "";
  if (answer) network.client.send("NOTICE", source.nick, `\x01${word} ${answer}\x01`);
}

/** @param {Network} network @param {Arrived} message */
function tagmsg(network, message) {
  const { source, tags } = message;
  const buffer = network.buffer(place(network, message).name);
  if (!buffer) return;
  const typing = tags["+typing"] ?? tags["+draft/typing"];
  if (typing && !network.isMe(source.nick)) buffer.types(network.fold(source.nick), source.nick, typing === "active");
  reaction(buffer, message);
}

/** @param {Buffer} buffer @param {Arrived} message */
function reaction(buffer, message) {
  const { tags, source } = message;
  const of = replyOf(message);
  const on = tags["+draft/react"] ?? tags["+react"];
  const off = tags["+draft/unreact"] ?? tags["+unreact"];
  if (of && on) buffer.react(of, on.slice(0, 64), source.nick, true);
  if (of && off) buffer.react(of, off.slice(0, 64), source.nick, false);
}

/** @param {Network} network @param {Arrived} message */
function join(network, message) {
  const { source, params } = message;
  const mine = network.isMe(source.nick);
  if (mine) network.open(params[0]);
  const buffer = network.buffer(params[0]);
  if (!buffer) return;
  const extended = network.client.caps.has("extended-join");
  network.know(source.nick, {
    host: `${source.user}@${source.host}`, bot: message.tags.bot !== undefined,
    ...(extended ? { account: params[1] === "*" ? "" : (params[1] ?? ""), realname: params[2] ?? "" } : {}),
  });
  buffer.setMember(network.fold(source.nick), { nick: source.nick, signs: "" });
  if (!mine) {
    add(network, buffer, entry({ ...common(message), kind: "join" }));
    return;
  }
  buffer.name.value = params[0];
  buffer.joined.value = true;
  if (network.expected === buffer.key) {
    network.expected = "";
    network.show(buffer.key);
  }
  buffer.members.value = new Map([[network.fold(source.nick), { nick: source.nick, signs: "" }]]);
  network.client.send("MODE", params[0]);
  if (network.status.value !== "registering") void refill(network, buffer);
  else void network.settled().then(() => refill(network, buffer));
}

/** @param {Network} network @param {Buffer} buffer @param {string} nick */
function leave(network, buffer, nick) {
  if (network.isMe(nick)) {
    buffer.joined.value = false;
    buffer.members.value = new Map();
  } else buffer.setMember(network.fold(nick), null);
}

/** @param {Network} network @param {Arrived} message */
function part(network, message) {
  const buffer = network.buffer(message.params[0]);
  if (!buffer) return;
  leave(network, buffer, message.source.nick);
  if (network.isMe(message.source.nick)) network.shut(buffer.key);
  else add(network, buffer, entry({ ...common(message), kind: "part", text: message.params[1] ?? "" }));
}

/** @param {Network} network @param {Arrived} message */
function kick(network, message) {
  const [name, victim, text = ""] = message.params;
  const buffer = network.buffer(name);
  if (!buffer) return;
  leave(network, buffer, victim);
  add(network, buffer, entry({ ...common(message), kind: "kick", other: victim, text }));
  if (network.isMe(victim)) network.tell({ kind: "error", text: `${buffer.name.value}: ${text}` });
}

/** @param {Network} network @param {Arrived} message */
function quit(network, message) {
  const key = network.fold(message.source.nick);
  for (const buffer of network.buffers.value.values()) {
    if (!buffer.members.value.has(key) && buffer.key !== key) continue;
    buffer.setMember(key, null);
    add(network, buffer, entry({ ...common(message), kind: "quit", text: message.params[0] ?? "" }));
  }
}

/** @param {Network} network @param {Arrived} message */
function nick(network, message) {
  const [fresh] = message.params;
  const old = message.source.nick;
  const [from, to] = [network.fold(old), network.fold(fresh)];
  const person = network.people.value.get(from);
  const people = new Map(network.people.value);
  people.delete(from);
  if (person) people.set(to, { ...person, nick: fresh });
  network.people.value = people;
  if (network.fold(network.client.nick) === to) network.nick.value = network.client.nick;
  for (const buffer of network.buffers.value.values()) {
    const member = buffer.members.value.get(from);
    if (!member) continue;
    const members = new Map(buffer.members.value);
    members.delete(from);
    members.set(to, { ...member, nick: fresh });
    buffer.members.value = members;
    add(network, buffer, entry({ ...common(message), kind: "nick", other: fresh }));
  }
}

/** @param {Network} network @param {Arrived} message */
function mode(network, message) {
  const [name, ...words] = message.params;
  const buffer = network.buffer(name);
  if (!buffer || buffer.kind !== "channel") return;
  changeModes(network, buffer, words);
  add(network, buffer, entry({ ...common(message), kind: "mode", other: words.join(" ") }));
}

/** @param {Network} network @param {Buffer} buffer @param {string[]} words */
function changeModes(network, buffer, words) {
  const support = network.client.support;
  const modes = new Map(buffer.modes.value);
  for (const { add: on, letter, value } of support.modeChanges(words)) {
    const at = support.prefixModes.indexOf(letter);
    if (at >= 0 && value !== null) {
      const key = network.fold(value);
      const member = buffer.members.value.get(key);
      if (!member) continue;
      const sign = support.prefixes[at];
      const signs = [...support.prefixes].filter((each) => (each === sign ? on : member.signs.includes(each))).join("");
      buffer.setMember(key, { ...member, signs });
    } else if (!support.channelModes[0].includes(letter)) {
      if (on) modes.set(letter, value ?? "");
      else modes.delete(letter);
    }
  }
  buffer.modes.value = modes;
}

/** @param {Network} network @param {Arrived} message */
function names(network, { params }) {
  const buffer = network.buffer(params[2]);
  if (!buffer) return;
  const members = new Map(buffer.members.value);
  for (const word of (params[3] ?? "").split(" ").filter(Boolean)) {
    const [signs, full] = network.client.support.splitPrefix(word);
    const nick_ = full.split("!")[0];
    members.set(network.fold(nick_), { nick: nick_, signs });
  }
  buffer.members.value = members;
}

/** @param {Network} network @param {Arrived} message */
function endOfNames(network, { params }) {
  const buffer = network.buffer(params[1]);
  if (!buffer || buffer.members.value.size > LARGE) return;
  if (network.client.support.tokens.has("WHOX")) network.client.send("WHO", params[1], "%tnfar,7");
}

/** @param {Network} network @param {Arrived} message */
function whox(network, { params }) {
  const [, token, nick_, flags = "", account = "0", realname = ""] = params;
  if (token !== "7") return;
  const bot = network.client.support.tokens.get("BOT") ?? "";
  network.know(nick_, { away: flags.startsWith("G"), bot: bot !== "" && flags.includes(bot), account: account === "0" ? "" : account, realname });
}

/** @param {Network} network @param {Arrived} message */
function topic(network, message) {
  const buffer = network.buffer(message.params[0]);
  if (!buffer) return;
  buffer.topic.value = message.params[1] ?? "";
  add(network, buffer, entry({ ...common(message), kind: "topic", text: message.params[1] ?? "" }));
}

/** @param {Network} network @param {Arrived} message */
function redact(network, message) {
  network.buffer(place(network, message).name)?.redact(message.params[1] ?? "");
}

/** @param {Network} network @param {Arrived} message */
function edit(network, message) {
  network.buffer(place(network, message).name)?.edit(message.params[1] ?? "", message.params[2] ?? "");
}

/** @param {Network} network @param {Arrived} message */
function markread(network, { params }) {
  const buffer = network.buffer(params[0]);
  const at = Date.parse((params[1] ?? "").replace("timestamp=", ""));
  if (!buffer || Number.isNaN(at) || at <= buffer.readAt.value) return;
  const first = buffer.readAt.value === 0;
  buffer.readAt.value = at;
  if (first) buffer.lineAt.value = at;
  const left = buffer.entries.value.filter((each) => isMessage(each) && !each.mine && !each.waiting && each.at > at);
  buffer.unread.value = left.length;
  buffer.mentions.value = left.filter((each) => buffer.kind === "person" || each.mention).length;
}

/** @param {Network} network @param {Arrived} message */
function standard(network, message) {
  const text = message.params.at(-1) ?? "";
  const about = message.params.slice(2, -1).map((word) => network.buffer(word)).find(Boolean);
  if (message.command === "FAIL" && message.tags.label === undefined) network.tell({ kind: "error", text });
  add(network, about ?? network.server(), entry({ ...common(message), id: "", kind: message.command === "FAIL" ? "error" : "info", nick: "*", text }));
}

/** @param {Network} network @param {Arrived} message */
function rename(network, message) {
  const [old, fresh] = message.params;
  const buffer = network.buffer(old);
  if (!buffer) return;
  const looked = network.current.value === buffer.key;
  const buffers = new Map(network.buffers.value);
  buffers.delete(buffer.key);
  buffer.key = network.fold(fresh);
  buffer.name.value = fresh;
  buffers.set(buffer.key, buffer);
  network.buffers.value = buffers;
  if (looked) network.show(buffer.key);
  network.keepOpen();
  add(network, buffer, entry({ ...common(message), kind: "topic", other: fresh, text: "" }));
}

/** @type {Record<string, (network: Network, message: Arrived) => void>} */
export const HANDLERS = {
  PRIVMSG: privmsg,
  NOTICE: privmsg,
  TAGMSG: tagmsg,
  JOIN: join,
  PART: part,
  KICK: kick,
  QUIT: quit,
  NICK: nick,
  MODE: mode,
  TOPIC: topic,
  REDACT: redact,
  EDIT: edit,
  RENAME: rename,
  MARKREAD: markread,
  FAIL: standard,
  WARN: standard,
  NOTE: standard,
  AWAY: (network, { source, params }) => network.know(source.nick, { away: params.length > 0, awayText: params[0] ?? "" }),
  ACCOUNT: (network, { source, params }) => {
    network.know(source.nick, { account: params[0] === "*" ? "" : params[0] });
    network.account.value = network.client.account;
  },
  CHGHOST: (network, { source, params }) => network.know(source.nick, { host: `${params[0]}@${params[1]}` }),
  SETNAME: (network, { source, params }) => network.know(source.nick, { realname: params[0] }),
  INVITE: (network, message) => {
    if (network.isMe(message.params[0])) network.tell({ kind: "info", text: `${message.source.nick} → ${message.params[1]}`, buffer: message.params[1] });
  },
  903: (network) => network.signedIn(),
  CAP: (network) => void (network.caps.value = new Set(network.client.caps)),
  ERROR: (network, { params }) => add(network, network.server(), entry({ kind: "error", nick: "*", text: params[0] ?? "" })),
  PING: () => {},
  PONG: () => {},
  AUTHENTICATE: () => {},
  "001": (network, { params }) => add(network, network.server(), entry({ kind: "info", nick: "*", text: params[1] ?? "" })),
  301: (network, { params }) => network.know(params[1], { away: true, awayText: params[2] ?? "" }),
  305: (network) => void (network.away.value = false),
  306: (network) => void (network.away.value = true),
  322: (network, { params }) => {
    const row = { name: params[1], users: parseInt(params[2], 10) || 0, topic: params[3] ?? "" };
    network.list.value = [...(network.list.value ?? []), row];
  },
  324: (network, { params }) => {
    const buffer = network.buffer(params[1]);
    if (buffer) {
      buffer.modes.value = new Map();
      changeModes(network, buffer, params.slice(2));
    }
  },
  332: (network, { params }) => {
    const buffer = network.buffer(params[1]);
    if (buffer) buffer.topic.value = params[2] ?? "";
  },
  331: (network, { params }) => {
    const buffer = network.buffer(params[1]);
    if (buffer) buffer.topic.value = "";
  },
  353: names,
  354: whox,
  366: endOfNames,
  381: (network) => void (network.operator.value = true),
  900: (network, { params }) => {
    network.account.value = network.client.account;
    add(network, network.server(), entry({ kind: "info", nick: "*", text: params.at(-1) ?? "" }));
  },
  901: (network) => void (network.account.value = ""),
};

/** @type {Record<string, (message: Arrived) => Partial<Entry>>} */
const HAPPENED = {
  JOIN: () => ({ kind: "join" }),
  PART: ({ params }) => ({ kind: "part", text: params[1] ?? "" }),
  QUIT: ({ params }) => ({ kind: "quit", text: params[0] ?? "" }),
  KICK: ({ params }) => ({ kind: "kick", other: params[1] ?? "", text: params[2] ?? "" }),
  NICK: ({ params }) => ({ kind: "nick", other: params[0] ?? "" }),
  MODE: ({ params }) => ({ kind: "mode", other: params.slice(1).join(" ") }),
  TOPIC: ({ params }) => ({ kind: "topic", text: params[1] ?? "" }),
};

/**
 * A page of the past as rows, oldest first; what changed messages is applied to them.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {Arrived[]} messages
 * @returns {Entry[]}
 */
export function past(network, buffer, messages) {
  /** @type {Entry[]} */
  const found = [];
  const gone = new Set();
  for (const message of messages) {
    const { command, params, tags } = message;
    if (command === "PRIVMSG" || command === "NOTICE") {
      const mine = isMine(network, message);
      found.push(noticed(network, buffer, said(message, { mine, rank: place(network, message).rank })));
    } else if (command === "TAGMSG") reaction(buffer, message);
    else if (command === "EDIT") buffer.edits.set(params[1] ?? "", params[2] ?? "");
    else if (command === "REDACT") gone.add(params[1]);
    else if (command in HAPPENED) found.push(entry({ ...common(message), ...HAPPENED[command](message), at: timeOf(message) }));
    if (tags["+draft/edit"]) buffer.edits.set(tags["+draft/edit"], params[1] ?? "");
  }
  return found
    .filter((each) => !gone.has(each.id))
    .map((each) => ({
      ...each,
      edited: buffer.edits.has(each.id),
      text: buffer.edits.get(each.id) ?? each.text,
      reactions: buffer.reactions.get(each.id) ?? [],
    }));
}

/**
 * A search result: where it was said, and the row.
 * @param {Network} network
 * @param {Arrived} message
 */
export function called(network, message) {
  const { name, rank } = place(network, message);
  return { target: name, entry: said(message, { mine: isMine(network, message), rank }) };
}
