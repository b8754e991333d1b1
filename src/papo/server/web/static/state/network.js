// One server and what we know of it: who we are, the conversations, the people. Lines come in, slice by slice, so that
// a flood leaves the page time to breathe; what they mean stands in events.js. No DOM.

import { batch, computed, signal } from "../vendor/signals-core.js";
import { Client } from "../lib/client.js";
import { Buffer } from "./buffer.js";
import { handle } from "./events.js";
import { refill } from "./history.js";
import { Outbox } from "./outbox.js";
import { recall, remember } from "./settings.js";

/**
 * @typedef {import("../lib/client.js").Arrived} Arrived
 * @typedef {{nick: string, account: string, away: boolean, awayText: string, bot: boolean, realname: string,
 *   host: string}} Person
 * @typedef {{kind: "info" | "error" | "mention", text: string, buffer?: string, id?: string}} Toast
 */

const SLICE_MS = 12;
export const SERVER = "";
const TRY_NICK_MS = 1_500;

export class Network {
  /**
   * @param {string} url
   * @param {import("../lib/client.js").Person} person
   * @param {{rooms: string[], tab: string, back?: boolean, keys?: Record<string, string>, outside?: any}} options
   *   `rooms`: joined at the first visit; `keys`: of channels, by name;
   *   `back`: nobody is asked, we were here before
   */
  constructor(url, person, options) {
    this.url = url;
    this.options = options;
    this.wantedNick = person.nick;
    /** @type {import("../vendor/signals-core.js").Signal<"connecting" | "waiting" | "registering" | "online" | "closed">} */
    this.status = signal("connecting");
    this.retryAt = signal(0);
    /** Why coming in failed. @type {import("../vendor/signals-core.js").Signal<{code: string, text: string} | null>} */
    this.refusal = signal(null);
    this.nick = signal(person.nick);
    this.account = signal("");
    this.operator = signal(false);
    this.away = signal(false);
    this.name = signal("");
    /** What the server takes; changes when that does. */
    this.caps = signal(new Set());
    this.wasOnline = false;
    /** Everything we have open, by folded name. @type {import("../vendor/signals-core.js").Signal<Map<string, Buffer>>} */
    this.buffers = signal(new Map([[SERVER, new Buffer("", SERVER, "server")]]));
    this.current = signal(SERVER);
    /** By folded nick; replaced when somebody changes. @type {import("../vendor/signals-core.js").Signal<Map<string, Person>>} */
    this.people = signal(new Map());
    /** Whether somebody looks at this page and its newest messages. */
    this.watched = signal(true);
    this.shown = computed(() => this.buffers.value.get(this.current.value) ?? this.server());
    /** @type {(toast: Toast) => void} */
    this.tell = () => {};
    /** @type {(buffer: Buffer, entry: import("./buffer_line.js").Entry) => void} */
    this.called = () => {};
    /** We are signed in, and know what brings us in again. @type {() => void} */
    this.signedIn = () => {};
    /** @type {{expires: number, value: string, service: string}[]} */
    this.tokens = [];
    /** Rows of the channel list that is being read. @type {import("../vendor/signals-core.js").Signal<{name: string, users: number, topic: string}[] | null>} */
    this.list = signal(null);
    /** Folded name of the channel to show as soon as we are in it. */
    this.expected = "";
    this.outbox = new Outbox(options.tab);
    /** @type {Arrived[]} */
    this.queue = [];
    this.scheduled = false;
    this.client = new Client(
      url,
      person,
      {
        message: (message) => this.enqueue(message),
        state: (state, retryAtMs) => this.moved(state, retryAtMs),
        refused: (why) => this.refused(why),
      },
      options.outside,
    );
  }

  connect() {
    this.refusal.value = null;
    this.client.connect();
  }

  /** @param {string} name */
  fold(name) {
    return this.client.support.fold(name);
  }

  /** @param {string} nick */
  isMe(nick) {
    return this.client.isMe(nick);
  }

  /** @returns {Buffer} */
  server() {
    return /** @type {Buffer} */ (this.buffers.value.get(SERVER));
  }

  /** @param {string} name @returns {Buffer | undefined} */
  buffer(name) {
    return this.buffers.value.get(this.fold(name));
  }

  /**
   * The conversation of this name, opened where there is none.
   * @param {string} name
   * @returns {Buffer}
   */
  open(name) {
    const key = this.fold(name);
    const have = this.buffers.value.get(key);
    if (have) return have;
    const made = new Buffer(name, key, this.client.support.isChannel(name) ? "channel" : "person");
    this.buffers.value = new Map([...this.buffers.value, [key, made]]);
    this.keepOpen();
    return made;
  }

  /** @param {string} key */
  shut(key) {
    const buffers = new Map(this.buffers.value);
    buffers.delete(key);
    if (this.current.value === key) {
      this.current.value = [...buffers.keys()].find((each) => each !== SERVER) ?? SERVER;
    }
    this.buffers.value = buffers;
    this.keepOpen();
  }

  /** Another device or the next visit finds the same conversations. */
  keepOpen() {
    const open = [...this.buffers.value.values()].filter((each) => each.kind !== "server");
    remember(`open.${this.url}`, open.map((each) => each.name.peek()));
  }

  /**
   * Go into a channel and show it.
   * @param {string} name
   * @param {string} [key]
   */
  join(name, key = this.options.keys?.[name] ?? "") {
    this.expected = this.fold(name);
    const have = this.buffer(name);
    if (have?.joined.value) this.show(have.key);
    else this.client.send("JOIN", name, ...(key ? [key] : []));
  }

  /** @param {string} key folded */
  show(key) {
    if (!this.buffers.value.has(key)) return;
    const before = this.buffers.value.get(this.current.value);
    if (before && this.current.value !== key) before.lineAt.value = before.readAt.value;
    this.current.value = key;
    remember(`current.${this.url}`, key);
  }

  /** @param {string} nick @returns {Person | undefined} */
  person(nick) {
    return this.people.value.get(this.fold(nick));
  }

  /** @param {string} nick @param {Partial<Person>} fields */
  know(nick, fields) {
    const key = this.fold(nick);
    const have = this.people.value.get(key);
    const next = { nick, account: "", away: false, awayText: "", bot: false, realname: "", host: "", ...have, ...fields };
    if (have && Object.entries(fields).every(([name, value]) => have[/** @type {keyof Person} */ (name)] === value) && have.nick === nick) return;
    this.people.value = new Map(this.people.value).set(key, next);
  }

  /** @param {Buffer} buffer our own weight in a channel */
  rank(buffer) {
    return this.client.support.rank(buffer.members.value.get(this.fold(this.nick.value))?.signs ?? "");
  }

  /** @param {string} name of a capability */
  has(name) {
    return this.caps.value.has(name);
  }

  // --- lines

  /** @param {Arrived} message */
  enqueue(message) {
    this.queue.push(message);
    if (!this.scheduled) {
      this.scheduled = true;
      setTimeout(() => this.work(), 0);
    }
  }

  work() {
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
    if (this.scheduled) setTimeout(() => this.work(), SLICE_MS);
  }

  /** Everything that has arrived is in its place: for who needs the answer to a question to be shown first. */
  settled() {
    return new Promise((resolve) => {
      const look = () => (this.queue.length ? setTimeout(look, 0) : resolve(undefined));
      look();
    });
  }

  // --- the connection

  /** @param {"connecting" | "waiting" | "registering" | "online" | "closed"} state @param {number} retryAtMs */
  moved(state, retryAtMs) {
    this.retryAt.value = retryAtMs;
    if (state === "online") void this.arrived();
    else if (this.status.value !== state) this.status.value = state;
    if (state === "waiting") this.tokens = [];
  }

  async arrived() {
    await this.settled();
    const first = !this.wasOnline;
    this.wasOnline = true;
    batch(() => {
      this.status.value = "online";
      this.nick.value = this.client.nick;
      this.account.value = this.client.account;
      this.caps.value = new Set(this.client.caps);
      this.name.value = this.client.support.network;
      this.people.value = new Map();
      for (const buffer of this.buffers.value.values()) buffer.filled = false;
    });
    /** @type {string[]} */
    const known = recall(`open.${this.url}`) ?? this.options.rooms;
    const open = [...new Set([...known, ...(first ? this.options.rooms : [])])];
    const joined = new Set([...this.buffers.value.values()].filter((each) => each.kind === "channel" && each.joined.value).map((each) => each.key));
    const channels = open.filter((name) => this.client.support.isChannel(name));
    const missing = first ? channels.filter((name) => !joined.has(this.fold(name))) : channels;
    const current = recall(`current.${this.url}`);
    if (first) this.expected = open.some((name) => this.fold(name) === current) ? current : this.fold(open[0] ?? "");
    if (missing.length) this.client.send("JOIN", missing.join(","), ...this.keysFor(missing));
    for (const name of open) if (!this.client.support.isChannel(name)) void refill(this, this.open(name));
    if (first) this.show(this.expected);
    if (this.fold(this.nick.value) !== this.fold(this.wantedNick)) this.wantNick();
  }

  /** @param {string[]} names */
  keysFor(names) {
    const keys = names.map((name) => this.options.keys?.[name] ?? "x");
    return keys.some((key) => key !== "x") ? [keys.join(",")] : [];
  }

  /** Somebody, most likely our own old connection, has the nick we came for: ask again until it is free. */
  wantNick(waitMs = TRY_NICK_MS) {
    setTimeout(() => {
      if (this.status.value !== "online" || this.fold(this.nick.value) === this.fold(this.wantedNick)) return;
      this.client.send("NICK", this.wantedNick);
      this.wantNick(waitMs * 2);
    }, waitMs);
  }

  /**
   * Coming in failed. At a reconnect another nick will do; at the first time the person decides.
   * @param {{code: string, text: string}} why
   */
  refused(why) {
    if (why.code === "433" && (this.wasOnline || this.options.back)) {
      this.client.person = { ...this.client.person, nick: `${this.client.person.nick}_` };
      return true;
    }
    this.refusal.value = why;
    if (this.status.value !== "online") this.status.value = "closed";
    return false;
  }

  /**
   * Proof for a web service of who we are (draft/authtoken); "" where the server gives none.
   * @param {string} service
   * @param {string} [scope]
   */
  async token(service, scope = "") {
    const have = this.tokens.find((each) => each.service === `${service} ${scope}` && each.expires > Date.now());
    if (have) return have.value;
    if (!this.caps.value.has("draft/authtoken")) return "";
    const answer = await this.client.ask("TOKEN", "GENERATE", service, ...(scope ? [scope] : []));
    const value = answer.filter((each) => each.command === "TOKEN").map((each) => each.params.at(-1)).join("");
    this.tokens = this.tokens.filter((each) => each.expires > Date.now());
    if (value) this.tokens.push({ service: `${service} ${scope}`, value, expires: Date.now() + 240_000 });
    return value;
  }
}
