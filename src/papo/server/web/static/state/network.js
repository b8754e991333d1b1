// One server and its state: our nick and account, the conversations, the users. Messages are handled in slices, so that
// a flood leaves the page time to draw; events.js says what they mean. No DOM.

import { batch, computed, signal } from "../vendor/signals-core.js";
import { Client } from "../lib/client.js";
import { group } from "../lib/numerics.js";
import { Buffer } from "./buffer.js";
import { handle } from "./events.js";
import { refill } from "./history.js";
import { KeepNick } from "./keep_nick.js";
import { Outbox } from "./outbox.js";
import { resend } from "./send.js";
import { recall, remember } from "./settings.js";

/**
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 * @typedef {{nick: string, account: string, away: boolean, awayText: string, bot: boolean, realname: string,
 *   host: string}} UserInfo `host` is `user@host`
 * @typedef {{kind: "info" | "error" | "mention" | "ask", text: string, buffer?: string}} Notice
 * @typedef {{
 *   notice: (notice: Notice) => void,
 *   highlight: (buffer: Buffer, line: import("./buffer_line.js").BufferLine) => void,
 *   signedIn: () => void,
 * }} Listener
 *   `notice`: something that must not be missed; `highlight`: a mention or a private message that nobody looks at;
 *   `signedIn`: the key that signs in again is in `client.identity`
 */

const NICK_TAKEN = group("nick_taken");
const SLICE_MS = 12;
/** Key of the conversation with the messages of the server itself. */
const SERVER = "";
const TOKEN_LIFETIME_MS = 240_000;
const MAX_USERS = 20_000;

export class Network {
  /**
   * @param {string} url
   * @param {import("../lib/client.js").Identity} identity
   * @param {{channels: string[], tab: string, returning?: boolean, keys?: Record<string, string>, environment?: import("../lib/connection.js").Environment}} options
   *   `channels`: joined at the first connection; `keys`: of channels, by name; `returning`: the session was here before,
   *   so a nick that is taken is not the user's problem
   */
  constructor(url, identity, options) {
    this.url = url;
    this.options = options;
    this.keepNick = new KeepNick(this, identity.nick);
    /** @type {Listener} */
    this.listener = { notice: () => {}, highlight: () => {}, signedIn: () => {} };
    /** @type {import("../vendor/signals-core.js").Signal<"connecting" | "waiting" | "registering" | "online" | "closed">} */
    this.status = signal("connecting");
    this.retryAt = signal(0);
    /** Why registration or authentication failed. @type {import("../vendor/signals-core.js").Signal<{code: string, text: string} | null>} */
    this.refusal = signal(null);
    /** Why the last code of the second factor was not right, "" for the first; null if none is wanted. @type {import("../vendor/signals-core.js").Signal<string | null>} */
    this.codeWanted = signal(null);
    this.nick = signal(identity.nick);
    this.account = signal("");
    this.operator = signal(false);
    this.away = signal(false);
    /** What the network calls itself. */
    this.name = signal("");
    this.caps = signal(new Set());
    this.wasOnline = false;
    /** By folded name. @type {import("../vendor/signals-core.js").Signal<Map<string, Buffer>>} */
    this.buffers = signal(new Map([[SERVER, new Buffer("", SERVER, "server")]]));
    /** Key of the conversation on the screen. */
    this.current = signal(SERVER);
    this.currentBuffer = computed(() => this.buffers.value.get(this.current.value) ?? this.server());
    /** By folded nick. @type {import("../vendor/signals-core.js").Signal<Map<string, UserInfo>>} */
    this.users = signal(new Map());
    /** Whether the user sees the newest lines of the current conversation. */
    this.watched = signal(true);
    /** Rows of LIST, null before it was asked for. @type {import("../vendor/signals-core.js").Signal<{name: string, users: number, topic: string}[] | null>} */
    this.channelList = signal(null);
    /** Key of the channel to show as soon as it is joined. */
    this.expected = "";
    /** Channels that we have asked to join, by folded name, until the server answers. @type {Map<string, string>} */
    this.joining = new Map();
    /** @type {{expires: number, value: string, service: string}[]} */
    this.tokens = [];
    this.outbox = new Outbox(options.tab);
    /** Nonces of messages that an earlier connection has sent, and this one too. @type {Set<string>} */
    this.sentAgain = new Set();
    /** @type {ServerMessage[]} */
    this.queue = [];
    this.scheduled = false;
    this.client = new Client(
      url,
      identity,
      {
        message: (message) => this.enqueue(message),
        state: (state, retryAtMs) => this.stateChanged(state, retryAtMs),
        refused: (reason) => this.refused(reason),
        codeWanted: (error) => void (this.codeWanted.value = error),
      },
      options.environment,
    );
  }

  connect() {
    this.refusal.value = null;
    this.client.connect();
  }

  /** The nick that the user wants. */
  get wantedNick() {
    return this.keepNick.wanted;
  }

  /** @param {string} name @returns {string} equal for names that are the same to the server */
  fold(name) {
    return this.client.support.fold(name);
  }

  /** @param {string} nick */
  isMe(nick) {
    return this.client.isMe(nick);
  }

  /** @param {string} capability */
  has(capability) {
    return this.caps.value.has(capability);
  }

  /** Our own rank in a channel. @param {Buffer} buffer */
  rank(buffer) {
    return this.client.support.rank(buffer.members.value.get(this.fold(this.nick.value))?.prefixes ?? "");
  }

  // --- conversations

  /** The conversation with the messages of the server itself. @returns {Buffer} */
  server() {
    return /** @type {Buffer} */ (this.buffers.value.get(SERVER));
  }

  /** @param {string} name @returns {Buffer | undefined} */
  buffer(name) {
    return this.buffers.value.get(this.fold(name));
  }

  /**
   * The conversation of this name; opened if it is not.
   * @param {string} name
   * @returns {Buffer}
   */
  open(name) {
    const key = this.fold(name);
    this.joining.delete(key);
    const present = this.buffers.value.get(key);
    if (present) return present;
    const buffer = new Buffer(name, key, this.client.support.isChannel(name) ? "channel" : "person");
    this.buffers.value = new Map([...this.buffers.value, [key, buffer]]);
    this.saveOpen();
    return buffer;
  }

  /** @param {string} key */
  close(key) {
    if (key === SERVER) return;
    const buffers = new Map(this.buffers.value);
    buffers.delete(key);
    if (this.current.value === key) this.current.value = [...buffers.keys()].find((each) => each !== SERVER) ?? SERVER;
    this.buffers.value = buffers;
    this.saveOpen();
  }

  /** @param {Buffer} buffer @param {string} name */
  rename(buffer, name) {
    const isCurrent = this.current.value === buffer.key;
    const buffers = new Map(this.buffers.value);
    buffers.delete(buffer.key);
    buffer.key = this.fold(name);
    buffer.name.value = name;
    this.buffers.value = buffers.set(buffer.key, buffer);
    if (isCurrent) this.show(buffer.key);
    this.saveOpen();
  }

  /** Remember the open conversations for the next visit, and the next connection. */
  saveOpen() {
    const open = [...this.buffers.value.values()].filter((each) => each.kind !== "server");
    remember(`open.${this.url}`, [...new Set([...open.map((each) => each.name.peek()), ...this.joining.values()])]);
  }

  /** We cannot join: what waits is sent, so that the server says why it is refused, or that it has it. @param {string} name */
  joinRefused(name) {
    const buffer = this.buffer(name);
    if (!this.joining.delete(this.fold(name))) return;
    this.saveOpen();
    if (buffer) void resend(this, buffer);
  }

  /**
   * Join a channel and show it.
   * @param {string} name
   * @param {string} [key]
   */
  join(name, key = this.options.keys?.[name] ?? "") {
    this.expected = this.fold(name);
    const present = this.buffer(name);
    if (present?.joined.value) this.show(present.key);
    else this.client.send("JOIN", name, ...(key ? [key] : []));
  }

  /** @param {string} key */
  show(key) {
    if (!this.buffers.value.has(key)) return;
    const before = this.buffers.value.get(this.current.value);
    if (before && this.current.value !== key) before.unreadLineAt.value = before.readAt.value;
    this.current.value = key;
    remember(`current.${this.url}`, key);
  }

  // --- users

  /** @param {string} nick @returns {UserInfo | undefined} */
  findUser(nick) {
    return this.users.value.get(this.fold(nick));
  }

  /** @param {string} nick @param {Partial<UserInfo>} fields */
  updateUser(nick, fields) {
    const key = this.fold(nick);
    const old = this.users.value.get(key);
    const isNew = (/** @type {[string, unknown]} */ [name, value]) => old?.[/** @type {keyof UserInfo} */ (name)] !== value;
    if (old?.nick === nick && !Object.entries(fields).some(isNew)) return;
    const info = { nick, account: "", away: false, awayText: "", bot: false, realname: "", host: "", ...old, ...fields };
    const users = [...this.users.value];
    this.users.value = new Map(users.length < MAX_USERS ? users : users.slice(MAX_USERS / 2)).set(key, info);
  }

  // --- messages

  /** @param {ServerMessage} message */
  enqueue(message) {
    this.queue.push(message);
    if (this.scheduled) return;
    this.scheduled = true;
    setTimeout(() => this.handleQueue(), 0);
  }

  handleQueue() {
    const endMs = performance.now() + SLICE_MS;
    batch(() => {
      let done = 0;
      while (done < this.queue.length && performance.now() < endMs) {
        try {
          handle(this, this.queue[done]);
        } catch (error) {
          console.error(error);
        }
        done += 1;
      }
      this.queue.splice(0, done);
    });
    this.scheduled = this.queue.length > 0;
    if (this.scheduled) setTimeout(() => this.handleQueue(), SLICE_MS);
  }

  /** Resolves when every received message is handled. */
  caughtUp() {
    return new Promise((resolve) => {
      const check = () => (this.queue.length ? setTimeout(check, 0) : resolve(undefined));
      check();
    });
  }

  // --- the connection

  /** @param {"connecting" | "waiting" | "registering" | "online" | "closed"} state @param {number} retryAtMs */
  stateChanged(state, retryAtMs) {
    this.retryAt.value = retryAtMs;
    this.codeWanted.value = null;
    if (state === "online") void this.registered();
    else if (this.status.value !== state) this.status.value = state;
    if (state === "connecting") {
      this.keepNick.connecting();
      this.sentAgain.clear();
    }
    if (state === "waiting") this.tokens = [];
  }

  async registered() {
    await this.caughtUp();
    const first = !this.wasOnline;
    this.wasOnline = true;
    batch(() => {
      this.status.value = "online";
      this.nick.value = this.client.nick;
      this.account.value = this.client.account;
      this.caps.value = new Set(this.client.caps);
      this.name.value = this.client.support.network;
      this.users.value = new Map();
      for (const buffer of this.buffers.value.values()) buffer.historyRequested = buffer.outboxSent = false;
    });
    this.reopen(first);
    this.keepNick.start();
  }

  /** Join the channels and open the conversations of the last visit. @param {boolean} first whether this is the first connection */
  reopen(first) {
    /** @type {string[]} */
    const remembered = recall(`open.${this.url}`) ?? this.options.channels;
    const names = [...new Set([...remembered, ...(first ? this.options.channels : [])])];
    const channels = names.filter((name) => this.client.support.isChannel(name));
    // The server may have joined us to some already.
    const missing = first ? channels.filter((name) => !this.buffer(name)?.joined.value) : channels;
    const current = recall(`current.${this.url}`);
    if (first) this.expected = names.some((name) => this.fold(name) === current) ? current : this.fold(names[0] ?? "");
    this.joining = new Map(missing.map((name) => [this.fold(name), name]));
    if (missing.length) this.client.send("JOIN", missing.join(","), ...this.keysOf(missing));
    for (const name of names) if (!channels.includes(name)) void refill(this, this.open(name));
    this.saveOpen();
    if (first && this.buffers.value.get(this.expected)?.joined.value) {
      this.show(this.expected);
      this.expected = ""; // or the JOIN of a reconnect would show it again
    }
  }

  /** @param {string[]} channels @returns {string[]} the second parameter of JOIN; none if no channel has a key */
  keysOf(channels) {
    const keys = channels.map((name) => this.options.keys?.[name] ?? "x");
    return keys.some((key) => key !== "x") ? [keys.join(",")] : [];
  }

  /** @param {string} nick */
  changeNick(nick) {
    this.keepNick.choose(nick);
    this.client.send("NICK", nick);
  }

  /**
   * Registration failed. At a reconnect another nick will do; at the first connection the user decides.
   * @param {{code: string, text: string}} reason
   */
  refused(reason) {
    if (NICK_TAKEN.has(reason.code) && (this.wasOnline || this.options.returning)) {
      this.keepNick.substitute();
      return true;
    }
    this.codeWanted.value = null;
    this.refusal.value = reason;
    if (this.status.value !== "online") this.status.value = "closed";
    return false;
  }

  /** Our session was ended from another one: stay away, and forget what signs in again. @param {string} text why */
  endedElsewhere(text) {
    this.client.identity = { nick: this.client.identity.nick };
    this.listener.signedIn(); // saves it
    this.client.connection.close();
    this.refused({ code: "SESSION_ENDED", text });
  }

  /**
   * A token that proves our identity to a web service (draft/authtoken); "" if the server gives none.
   * @param {string} service
   * @param {string} [scope]
   */
  async token(service, scope = "") {
    const key = `${service} ${scope}`;
    const present = this.tokens.find((each) => each.service === key && each.expires > Date.now());
    if (present) return present.value;
    if (!this.caps.value.has("draft/authtoken")) return "";
    const answer = await this.client.ask("TOKEN", "GENERATE", service, ...(scope ? [scope] : []));
    const value = answer.filter((each) => each.command === "TOKEN").map((each) => each.params.at(-1)).join("");
    this.tokens = this.tokens.filter((each) => each.expires > Date.now());
    if (value) this.tokens.push({ service: key, value, expires: Date.now() + TOKEN_LIFETIME_MS });
    return value;
  }
}
