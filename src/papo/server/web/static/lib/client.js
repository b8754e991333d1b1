// An IRCv3 client without a screen: capabilities, signing in, labels, batches. What arrives leaves as whole messages.
// No DOM. Specifications: modern.ircdocs.horse; ircv3.net capability-negotiation, sasl, labeled-response, batch.

import { Connection } from "./connection.js";
import { HANDLERS, WANTED } from "./registration.js";
import { byteLength, format, parse, pieces } from "./message.js";
import { Support } from "./isupport.js";

/**
 * @typedef {import("./message.js").Message & {batch?: {type: string, params: string[]}, lines?: string[]}} Arrived
 * @typedef {{nick: string, realname?: string, account?: string, password?: string, serverPassword?: string,
 *   kept?: import("./scram.js").Kept}} Person
 *   `kept` signs in again without the password.
 * @typedef {{
 *   message: (message: Arrived) => void,
 *   state: (state: "connecting" | "waiting" | "registering" | "online" | "closed", retryAtMs: number) => void,
 *   refused: (why: {code: string, text: string}) => boolean,
 * }} Listener
 *   `refused`: coming in failed; true where the client should go on with `person` as it is now.
 * @typedef {{type: string, params: string[], tags: Record<string, string>, source: import("./message.js").Source,
 *   parent: string, messages: Arrived[]}} Batch
 */

const LINE_BYTES = 512;
const SASL_CHUNK = 400;
const REFUSALS = new Set(["431", "432", "433", "436", "437", "464", "465", "468"]);
/** Batches whose messages are the answer to a question, and nobody else's business. */
const ANSWERS = new Set(["chathistory", "search", "soju.im/search", "draft/authtoken", "draft/metadata"]);

export class Client {
  nick = "";
  /** `user@host` of ours as others see it; empty until we have seen it. */
  host = "";
  account = "";
  registered = false;
  support = new Support();
  /** What the server has, with values. @type {Map<string, string>} */
  offered = new Map();
  /** What we asked for and got. @type {Set<string>} */
  caps = new Set();
  /** Open batches, by reference. @type {Map<string, Batch>} */
  batches = new Map();
  /** Questions, by label. @type {Map<string, {resolve: (found: Arrived[]) => void, reject: (error: Error) => void, found: Arrived[]}>} */
  waiting = new Map();
  labels = 0;
  /** @type {import("./scram.js").Scram | null} */
  scram = null;
  mechanism = "";
  negotiating = false;
  /** Whether we are to sign in as soon as the server lets us. */
  asksIn = false;

  /**
   * @param {string} url
   * @param {Person} person
   * @param {Listener} listener
   * @param {ConstructorParameters<typeof Connection>[2]} [outside]
   */
  constructor(url, person, listener, outside) {
    this.person = person;
    this.listener = listener;
    this.connection = new Connection(
      url,
      { line: (line) => this.receive(line), state: (state, retryAtMs) => this.moved(state, retryAtMs) },
      outside,
    );
    this.reset();
  }

  /** A new connection knows nothing of the last one. */
  reset() {
    Object.assign(this, {
      nick: this.person.nick, host: "", account: "", registered: false, support: new Support(), offered: new Map(),
      caps: new Set(), batches: new Map(), waiting: new Map(), labels: 0, scram: null, mechanism: "", negotiating: false,
      asksIn: false,
    });
  }

  connect() {
    this.connection.connect();
  }

  /** @param {string} [reason] */
  quit(reason = "") {
    this.send("QUIT", ...(reason ? [reason] : []));
    this.connection.close();
  }

  /**
   * @param {string} command
   * @param {...string} params
   */
  send(command, ...params) {
    this.connection.send(format(command, params));
  }

  /**
   * @param {Record<string, string>} tags
   * @param {string} command
   * @param {...string} params
   */
  sendTagged(tags, command, ...params) {
    this.connection.send(format(command, params, this.caps.has("message-tags") ? tags : {}));
  }

  /**
   * Ask, and get everything that was answered. Rejects when the connection ends first.
   * @param {string} command
   * @param {...string} params
   * @returns {Promise<Arrived[]>}
   */
  ask(command, ...params) {
    return this.askTagged({}, command, ...params);
  }

  /**
   * @param {Record<string, string>} tags
   * @param {string} command
   * @param {...string} params
   * @returns {Promise<Arrived[]>}
   */
  askTagged(tags, command, ...params) {
    const { label, answer } = this.expect();
    const known = this.caps.has("message-tags") ? tags : {};
    if (this.caps.has("labeled-response")) {
      this.connection.send(format(command, params, { ...known, label }));
    } else {
      this.connection.send(format(command, params, known));
      this.send("PING", label);
    }
    return answer;
  }

  /**
   * A label, and the promise of its answer.
   * @returns {{label: string, answer: Promise<Arrived[]>}}
   */
  expect() {
    this.labels += 1;
    const label = `L${this.labels}`;
    const answer = new Promise((resolve, reject) => {
      if (this.connection.state !== "open") reject(new Error("not connected"));
      else this.waiting.set(label, { resolve, reject, found: [] });
    });
    return { label, answer };
  }

  /**
   * Say something, in as many lines as it takes, as one message. Resolves with our own copy, or the refusal.
   * @param {string} target
   * @param {string} text
   * @param {Record<string, string>} tags
   * @param {"PRIVMSG" | "NOTICE"} [command]
   * @returns {Promise<Arrived[]>}
   */
  say(target, text, tags, command = "PRIVMSG") {
    const room = this.room(command, target);
    const lines = text.split("\n");
    if (lines.length === 1 && byteLength(text) <= room) return this.askTagged(tags, command, target, text);
    if (!this.caps.has("draft/multiline")) {
      const parts = lines.flatMap((line) => (line ? pieces(line, room) : []));
      return Promise.all(parts.map((part) => this.askTagged(tags, command, target, part))).then((all) => all.flat());
    }
    const { label, answer } = this.expect();
    const reference = `m${label}`;
    const opening = { ...tags, ...(this.caps.has("labeled-response") ? { label } : {}) };
    this.connection.send(format("BATCH", [`+${reference}`, "draft/multiline", target], opening));
    for (const line of lines) {
      pieces(line, room).forEach((part, at) => {
        /** @type {Record<string, string>} */
        const inside = { batch: reference };
        if (at) inside["draft/multiline-concat"] = "";
        this.connection.send(format(command, [target, part], inside));
      });
    }
    this.send("BATCH", `-${reference}`);
    if (!this.caps.has("labeled-response")) this.send("PING", label);
    return answer;
  }

  /**
   * Bytes of text that fit one line to this target.
   * @param {string} command
   * @param {string} target
   */
  room(command, target) {
    const line = this.support.number("LINELEN", LINE_BYTES);
    const host = this.host ? byteLength(this.host) : 18 + 1 + 64;
    return line - 2 - byteLength(`:${this.nick}!`) - host - byteLength(` ${command} ${target} :`);
  }

  /** The longest message of several lines that the server takes, in bytes; that of one line where it takes none. */
  longest() {
    const value = this.offered.get("draft/multiline") ?? "";
    const found = /max-bytes=(\d+)/.exec(value);
    return this.caps.has("draft/multiline") && found ? parseInt(found[1], 10) : LINE_BYTES * 8;
  }

  /** @param {string} nick */
  isMe(nick) {
    return this.support.fold(nick) === this.support.fold(this.nick);
  }

  // --- the connection

  /**
   * @param {import("./connection.js").ConnectionState} state
   * @param {number} retryAtMs
   */
  moved(state, retryAtMs) {
    if (state === "open") {
      this.reset();
      this.negotiating = true;
      this.send("CAP", "LS", "302");
      if (this.person.serverPassword) this.send("PASS", this.person.serverPassword);
      this.send("NICK", this.person.nick);
      this.send("USER", userName(this.person.nick), "0", "*", this.person.realname || this.person.nick);
      this.listener.state("registering", 0);
      return;
    }
    for (const each of this.waiting.values()) each.reject(new Error("the connection ended"));
    this.waiting.clear();
    this.registered = false;
    this.listener.state(state === "waiting" ? "waiting" : state === "closed" ? "closed" : "connecting", retryAtMs);
  }

  /** @param {string} line */
  receive(line) {
    const message = parse(line);
    if (message.command) this.take(message);
  }

  /** @param {Arrived} message */
  take(message) {
    const { command, params, tags } = message;
    if (command === "BATCH") {
      this.batch(message);
      return;
    }
    const batch = tags.batch === undefined ? undefined : this.batches.get(tags.batch);
    if (batch) {
      batch.messages.push(message);
      return;
    }
    if (command === "PONG" && this.fence(params[params.length - 1])) return;
    if (tags.label !== undefined) this.answer(tags.label, command === "ACK" ? [] : [message]);
    else if (!this.caps.has("labeled-response") && this.waiting.size) this.overhear([message]);
    this.arrive(message);
  }

  /** @param {Arrived} message */
  batch(message) {
    const { params, tags, source } = message;
    const reference = (params[0] ?? "").slice(1);
    if (params[0]?.startsWith("+")) {
      this.batches.set(reference, {
        type: params[1] ?? "", params: params.slice(2), tags, source, parent: tags.batch ?? "", messages: [],
      });
      return;
    }
    const done = this.batches.get(reference);
    if (!done) return;
    this.batches.delete(reference);
    const whole = done.type === "draft/multiline" ? [joined(done)] : done.messages;
    const parent = this.batches.get(done.parent);
    if (done.type !== "draft/multiline" && done.type !== "labeled-response") {
      for (const each of whole) each.batch ??= { type: done.type, params: done.params };
    }
    if (parent) {
      parent.messages.push(...whole);
      return;
    }
    if (done.tags.label !== undefined) this.answer(done.tags.label, whole);
    else if (!this.caps.has("labeled-response") && this.waiting.size) this.overhear(whole);
    for (const each of whole) if (!ANSWERS.has(each.batch?.type ?? "")) this.arrive(each);
  }

  /**
   * @param {string} label
   * @param {Arrived[]} found
   */
  answer(label, found) {
    const waiting = this.waiting.get(label);
    this.waiting.delete(label);
    waiting?.resolve(found);
  }

  /**
   * Without labels: what comes before the PONG to our question may be its answer.
   * @param {Arrived[]} found
   */
  overhear(found) {
    const [first] = this.waiting.values();
    first?.found.push(...found.filter((each) => /^\d{3}$|^FAIL$|^NOTE$/.test(each.command) || ANSWERS.has(each.batch?.type ?? "")));
  }

  /** @param {string} token */
  fence(token) {
    const waiting = this.waiting.get(token);
    if (!waiting) return token === "still-there";
    this.waiting.delete(token);
    waiting.resolve(waiting.found);
    return true;
  }

  /** @param {Arrived} message */
  arrive(message) {
    HANDLERS[message.command]?.(this, message);
    if (!this.registered && REFUSALS.has(message.command)) this.refuse(message.command, message.params.at(-1) ?? "");
    this.listener.message(message);
  }

  /**
   * @param {string} code
   * @param {string} text
   */
  refuse(code, text) {
    if (this.listener.refused({ code, text })) this.send("NICK", this.person.nick);
    else if (!this.registered) this.connection.close();
  }

  // --- capabilities and signing in

  requestCaps() {
    const wanted = WANTED.filter((name) => this.offered.has(name) && !this.caps.has(name));
    if (!this.person.account && this.negotiating) removeFrom(wanted, "sasl");
    if (wanted.length) this.send("CAP", "REQ", wanted.join(" "));
    else if (this.negotiating) this.endNegotiation();
  }

  endNegotiation() {
    if (!this.negotiating) return;
    this.negotiating = false;
    this.send("CAP", "END");
  }

  /**
   * Sign in while connected.
   * @param {string} account
   * @param {string} password
   */
  signInAs(account, password) {
    this.person = { ...this.person, account, password, kept: undefined };
    this.asksIn = true;
    if (this.caps.has("sasl")) this.signIn();
    else this.send("CAP", "REQ", "sasl");
  }

  signIn() {
    this.asksIn = false;
    this.scram = null;
    const offered = (this.offered.get("sasl") ?? "").split(",");
    const url = this.connection.url;
    const private_ = url.startsWith("wss:") || /^ws:\/\/(localhost|127\.|\[::1\])/.test(url);
    if (offered.includes("SCRAM-SHA-256")) this.mechanism = "SCRAM-SHA-256";
    else if (private_ && (offered.includes("PLAIN") || offered[0] === "")) this.mechanism = "PLAIN";
    else {
      this.refuse("sasl", "no way to sign in that keeps the password safe");
      return;
    }
    this.send("AUTHENTICATE", this.mechanism);
  }

  /** @param {string} payload */
  authenticate(payload) {
    const text = toBase64(payload);
    for (let at = 0; at <= text.length; at += SASL_CHUNK) this.send("AUTHENTICATE", text.slice(at, at + SASL_CHUNK) || "+");
  }

  /** @param {string} challenge base64, or `+` for none */
  async challenged(challenge) {
    const { account = "", password = "", kept } = this.person;
    if (this.mechanism === "PLAIN") {
      this.authenticate(`\0${account}\0${password}`);
      return;
    }
    try {
      if (!this.scram) {
        const { Scram } = await import("./scram.js");
        this.scram = new Scram(account, password, kept);
        this.authenticate(this.scram.first);
      } else if (!this.scram.expected) {
        this.authenticate(await this.scram.answer(fromBase64(challenge)));
      } else if (this.scram.verify(fromBase64(challenge))) {
        this.person = { ...this.person, kept: this.scram.kept };
        this.send("AUTHENTICATE", "+");
      } else {
        throw new Error("the server does not know the password");
      }
    } catch (error) {
      this.send("AUTHENTICATE", "*");
      this.refuse("904", String(error));
    }
  }
}

/**
 * The lines of a multiline batch as one message (IRCv3 multiline).
 * @param {Batch} batch
 * @returns {Arrived}
 */
function joined(batch) {
  const [first] = batch.messages;
  let text = "";
  batch.messages.forEach((each, at) => {
    text += (at && each.tags["draft/multiline-concat"] === undefined ? "\n" : "") + (each.params[1] ?? "");
  });
  return {
    tags: batch.tags, source: first?.source ?? batch.source, command: first?.command ?? "PRIVMSG",
    params: [batch.params[0] ?? "", text],
  };
}

/** @param {string} nick */
function userName(nick) {
  return nick.normalize("NFKD").replace(/[^A-Za-z0-9_-]/g, "").slice(0, 10) || "web";
}

/** @param {string} text */
function toBase64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {string} text */
function fromBase64(text) {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

/**
 * @param {string[]} list
 * @param {string} item
 */
function removeFrom(list, item) {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
