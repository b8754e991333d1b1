// The vectors of tests/protocol/vectors against the client's own modules, without a page; its README.md explains them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";

const stored = new Map();
globalThis.localStorage = { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value), removeItem: (name) => stored.delete(name) };

const { NONCE } = await import("../../../../src/papo/server/web/static/lib/answers.js");
const { parse } = await import("../../../../src/papo/server/web/static/lib/message.js");
const { isMessage, PUBLIC_NONCE } = await import("../../../../src/papo/server/web/static/state/buffer_line.js");
const history = await import("../../../../src/papo/server/web/static/state/history.js");
const { Network } = await import("../../../../src/papo/server/web/static/state/network.js");
const send = await import("../../../../src/papo/server/web/static/state/send.js");
await import("../../../../src/papo/server/web/static/state/stored.js"); // read now, so that a case need not wait for the disk
const { keywords, muted } = await import("../../../../src/papo/server/web/static/state/settings.js");

const FOLDER = new URL("../../../protocol/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
const START = read("start.json");

/** A WebSocket whose other end is the runner. */
class FakeSocket {
  constructor(received) {
    this.readyState = 0;
    this.send = received;
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}

/** One case: a network, and the server on the other end. */
class Runner {
  constructor({ nick = START.nick }) {
    stored.clear();
    keywords.value = muted.value = [];
    this.notices = [];
    this.highlights = [];
    this.refusals = [];
    this.nonces = [];
    const open = () => (this.socket = new FakeSocket((line) => this.keepSent(line)));
    this.network = new Network("ws://irc.test/", { nick }, { channels: ["#sala"], tab: "test", environment: { open, random: () => 0 } });
    this.network.listener = {
      notice: ({ kind, text }) => this.notices.push([kind, text]), highlight: (_, line) => this.highlights.push(line.text), signedIn: () => {},
    };
  }

  /** Register as start.json says, with the case's own capabilities and tokens. */
  async connect(start) {
    const { caps, lines, tokens, page = [] } = { ...START, ...start };
    Object.assign(this, { out: [], labels: [], asked: [] });
    this.network.connect();
    this.socket.readyState = 1;
    this.socket.onopen();
    this.receive(`:irc.test CAP * LS :${caps.replace("$caps", START.caps)}`);
    for (const { params } of this.out.map(parse).filter((each) => each.params[0] === "REQ")) this.receive(`:irc.test CAP * ACK :${params[1]}`);
    for (const line of lines) this.receive(line.replace("$tokens", tokens));
    await this.settle();
    if (this.asked.length && page !== null) this.page(page);
    await this.settle();
    this.network.current.value = "";
    Object.assign(this, { out: [], labels: [], notices: [], highlights: [] });
  }

  async reconnect(start) {
    this.network.client.connection.drop();
    await this.connect(start);
  }

  keepSent(text) {
    this.out.push(text);
    const { command, params, tags } = parse(text);
    const label = tags.label ?? (command === "PING" ? params[0] : "");
    if (label) this.labels.push(label);
    const nonce = tags[NONCE] ?? tags[PUBLIC_NONCE];
    if (nonce && !this.nonces.includes(nonce)) this.nonces.push(nonce);
    if (command === "CHATHISTORY") this.asked.push(label);
  }

  receive(...texts) {
    for (const text of texts) {
      let line = text;
      for (let at = this.labels.length; at; at -= 1) line = line.replaceAll(`$label${at}`, this.labels[at - 1]);
      for (let at = this.nonces.length; at; at -= 1) line = line.replaceAll(`$nonce${at}`, this.nonces[at - 1]);
      this.socket.onmessage({ data: line });
    }
  }

  /**
   * Wait until everything that was received is handled. A handler may wait in the same way, by a timer of its own, which
   * was set earlier and so ends earlier than ours.
   */
  async settle() {
    do {
      await this.network.caughtUp();
      await new Promise((resolve) => setTimeout(resolve, 0));
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.network.queue.length);
  }

  /** Answer the oldest CHATHISTORY that has no answer yet. */
  page(lines) {
    const inBatch = (text) => {
      const [, tags, rest] = /^(?:@(\S+) +)?([^]*)$/.exec(text);
      return tags?.includes("batch=") ? text : `@${tags ? `${tags};` : ""}batch=page ${rest}`;
    };
    this.receive(`@label=${this.asked.shift()} :irc.test BATCH +page chathistory #sala`, ...lines.map(inBatch), ":irc.test BATCH -page");
  }

  /** What was sent since the last call, with `$label1` and `$nonce1` for what differs from run to run. */
  sent() {
    const names = new Map([...this.labels.map((each, at) => [each, `$label${at + 1}`]), ...this.nonces.map((each, at) => [each, `$nonce${at + 1}`])]);
    for (const [at, label] of this.labels.entries()) for (const sign of ["", "+", "-"]) names.set(`${sign}m${label}`, `${sign}$batch${at + 1}`);
    const named = (text) => names.get(text) ?? text;
    return this.out.splice(0).map((line) => {
      const { command, params, tags } = parse(line);
      const renamed = ["PING", "BATCH"].includes(command) ? params.map(named) : params;
      return { command, params: renamed, tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, named(value)])) };
    });
  }

  do(action) {
    const { network } = this;
    const buffer = action.in === undefined ? network.server() : network.open(action.in);
    const line = buffer.find(action.id ?? "") ?? { id: "", reactions: [] };
    const refuse = (why) => void this.refusals.push(why);
    const actions = {
      say: () => send.say(network, buffer, action.text, { replyTo: action.reply_to }),
      retry: () => send.retry(network, buffer, buffer.lines.value.at(-1).nonce),
      edit: () => void send.edit(network, buffer, line, action.text).then(refuse),
      delete: () => void send.deleteMessage(network, buffer, line).then(refuse),
      react: () => send.react(network, buffer, line, action.emoji),
      typing: () => send.sendTyping(network, buffer, action.empty ?? false),
      mark_read: () => history.markRead(network, buffer),
      older: () => void history.loadOlder(network, buffer),
      newer: () => void history.loadNewer(network, buffer),
      present: () => void history.toPresent(network, buffer),
      jump: () => void history.jump(network, buffer, `msgid=${action.id}`),
      view: () => network.show(buffer.key),
      join: () => network.join(action.channel),
      keywords: () => void (keywords.value = action.words),
    };
    actions[action.action]();
  }

  // --- what the user sees

  check(expected) {
    const pick = (from, wanted) => (from && wanted ? Object.fromEntries(Object.keys(wanted).map((key) => [key, from[key]])) : (from ?? null));
    const { network } = this;
    const found = {};
    for (const [name, wanted] of Object.entries(expected)) {
      if (name === "buffers") found[name] = Object.fromEntries(Object.keys(wanted).map((each) => [each, pick(bufferOf(network.buffer(each)), wanted[each])]));
      else if (name === "users") found[name] = Object.fromEntries(Object.keys(wanted).map((each) => [each, pick(userOf(network.findUser(each)), wanted[each])]));
      else if (name === "open") found[name] = openNames(network);
      else if (name === "me") found[name] = pick({ nick: network.nick.value, account: network.account.value, away: network.away.value, operator: network.operator.value, caps: [...network.client.caps].sort() }, wanted);
      else found[name] = this[name];
    }
    assert.deepEqual(found, expected);
  }
}

function openNames(network) {
  const open = [...network.buffers.value.values()].filter((each) => each.kind !== "server");
  return open.sort((a, b) => a.kind.localeCompare(b.kind) || (a.key < b.key ? -1 : 1)).map((each) => each.name.value);
}

function userOf(user) {
  return user && { ...user, away_text: user.awayText };
}

function bufferOf(buffer) {
  if (!buffer) return null;
  const lines = buffer.lines.value.map(lineOf);
  return {
    lines, last: lines.at(-1) ?? null, texts: buffer.lines.value.filter(isMessage).map((each) => each.text),
    kind: buffer.kind, name: buffer.name.value, topic: buffer.topic.value, joined: buffer.joined.value,
    unread: buffer.unread.value, mentions: buffer.mentions.value, has_older: buffer.hasOlder.value, has_newer: buffer.hasNewer.value,
    members: Object.fromEntries([...buffer.members.value.values()].map(({ nick, prefixes }) => [nick, prefixes])),
    modes: Object.fromEntries(buffer.modes.value), read_at: buffer.readAt.value ? new Date(buffer.readAt.value).toISOString() : null,
    typing: [...buffer.typing.value.values()].filter(({ until }) => until > Date.now()).map(({ nick }) => nick),
  };
}

const USUAL = { kind: "say", detail: "", edited: false, redacted: false, mine: false, mention: false, pending: "", error: "", reply_to: "", rank: "" };

/** Nick and text, and whatever is not as usual. */
function lineOf(line) {
  const all = { ...line, reply_to: line.replyTo };
  const found = { nick: line.nick, text: line.text };
  for (const [name, usual] of Object.entries(USUAL)) if (all[name] !== usual) found[name] = all[name];
  return line.reactions.length ? { ...found, reactions: Object.fromEntries(line.reactions) } : found;
}

/** A line as it is compared. */
function parsed(line) {
  const { command, params, tags } = parse(line);
  return { command, params, tags: { ...tags } };
}

/** @type {Record<string, (runner: Runner, value: any) => Promise<void> | void>} */
const STEPS = {
  receive: (runner, value) => runner.receive(...[value].flat()),
  page: (runner, value) => runner.page(value),
  do: (runner, value) => runner.do(value),
  reconnect: (runner, value) => runner.reconnect(value),
  sent: (runner, value) => assert.deepEqual(runner.sent(), value.map(parsed)),
  expect: (runner, value) => runner.check(value),
};

/** @type {Runner[]} */
const runners = [];
after(() => runners.forEach(({ network }) => network.client.connection.close()));

for (const file of readdirSync(new URL("vectors/", FOLDER)).sort()) {
  for (const { name, start = {}, steps } of read(`vectors/${file}`)) {
    test(`${file}: ${name}`, async () => {
      const runner = new Runner(start);
      runners.push(runner);
      await runner.connect(start);
      for (const [kind, value] of steps.flatMap((step) => Object.entries(step))) {
        await STEPS[kind](runner, value);
        await runner.settle();
      }
    });
  }
}
