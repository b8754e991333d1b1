// One conversation: a channel, a person, or the server itself. What its parts are is written by events.js and history.js.

import { signal } from "../vendor/signals-core.js";
import { reacted } from "./buffer_line.js";

/**
 * @typedef {import("./buffer_line.js").Entry} Entry
 * @typedef {{nick: string, signs: string}} Member
 */

/** Rows that are kept while somebody looks on, and while nobody does. The page stays quick because of these. */
export const MOST_ENTRIES = 500;
export const MOST_UNSEEN = 150;
const TYPING_MS = 6_500;

export class Buffer {
  /**
   * @param {string} name
   * @param {string} key
   * @param {"channel" | "person" | "server"} kind
   */
  constructor(name, key, kind) {
    this.key = key;
    this.kind = kind;
    this.name = signal(name);
    this.topic = signal("");
    this.joined = signal(kind !== "channel");
    /** @type {import("../vendor/signals-core.js").Signal<Map<string, Member>>} */
    this.members = signal(new Map());
    /** @type {import("../vendor/signals-core.js").Signal<Map<string, string>>} */
    this.modes = signal(new Map());
    /** Oldest first. @type {import("../vendor/signals-core.js").Signal<Entry[]>} */
    this.entries = signal([]);
    this.hasOlder = signal(true);
    this.hasNewer = signal(false);
    this.loading = signal("");
    this.unread = signal(0);
    this.mentions = signal(0);
    /** Milliseconds since 1970 of the newest message that was read; 0 for nothing yet. */
    this.readAt = signal(0);
    /** Where the unread line stands: kept while the conversation is on the screen. */
    this.lineAt = signal(0);
    /** Folded nick to nick and until when. @type {import("../vendor/signals-core.js").Signal<Map<string, {nick: string, until: number}>>} */
    this.typing = signal(new Map());
    this.muted = signal(false);
    this.latestAt = signal(0);
    /** Reactions to messages that may not be here. @type {Map<string, [string, string[]][]>} */
    this.reactions = new Map();
    /** msgids of edited messages. @type {Map<string, string>} */
    this.edits = new Map();
    /** Whether the past was asked for since we connected. */
    this.filled = false;
  }

  /** @returns {Entry | undefined} */
  newest() {
    return this.entries.value.findLast((each) => each.id);
  }

  /** @returns {Entry | undefined} */
  oldest() {
    return this.entries.value.find((each) => each.id);
  }

  /** @param {string} id */
  find(id) {
    return this.entries.value.find((each) => each.id === id);
  }

  /**
   * One more at the end; ours that the server has stored takes the place of the one that waited.
   * @param {Entry} fresh
   * @param {boolean} watched whether somebody looks on
   */
  append(fresh, watched) {
    const have = this.entries.value;
    if (fresh.id && have.some((each) => each.id === fresh.id)) return;
    const done = { ...fresh, reactions: this.reactions.get(fresh.id) ?? fresh.reactions };
    const waiting = fresh.nonce ? have.findIndex((each) => each.waiting && each.nonce === fresh.nonce) : -1;
    const rest = waiting < 0 ? have : have.filter((_, at) => at !== waiting);
    this.latestAt.value = Math.max(this.latestAt.value, fresh.at);
    if (this.hasNewer.value) {
      if (waiting >= 0) this.entries.value = rest;
      return;
    }
    // What is still waiting stays last: it happens when the server says so.
    const at = rest.findLastIndex((each) => !each.waiting) + 1;
    const all = fresh.waiting ? [...rest, done] : [...rest.slice(0, at), done, ...rest.slice(at)];
    const most = watched ? MOST_ENTRIES : MOST_UNSEEN;
    if (all.length > most + 50) {
      this.hasOlder.value = true;
      this.entries.value = all.slice(all.length - most);
    } else this.entries.value = all;
  }

  /** @param {string} nonce @param {Partial<Entry>} changes */
  changeWaiting(nonce, changes) {
    this.entries.value = this.entries.value.map((each) => (each.waiting && each.nonce === nonce ? { ...each, ...changes } : each));
  }

  /** @param {string} nonce */
  dropWaiting(nonce) {
    this.entries.value = this.entries.value.filter((each) => !(each.waiting && each.nonce === nonce));
  }

  /** @param {string} id @param {Partial<Entry>} changes */
  change(id, changes) {
    if (!this.find(id)) return;
    this.entries.value = this.entries.value.map((each) => (each.id === id ? { ...each, ...changes } : each));
  }

  /** @param {string} id @param {string} emoji @param {string} nick @param {boolean} on */
  react(id, emoji, nick, on) {
    const now = reacted(this.reactions.get(id) ?? [], emoji, nick, on);
    this.reactions.set(id, now);
    this.change(id, { reactions: now });
  }

  /** @param {string} id @param {string} text */
  edit(id, text) {
    this.edits.set(id, text);
    this.change(id, { text, edited: true });
  }

  /** @param {string} id */
  redact(id) {
    this.change(id, { gone: true, text: "", reactions: [] });
  }

  /** @param {string} key @param {string} nick @param {boolean} on */
  types(key, nick, on) {
    const typing = new Map([...this.typing.value].filter(([, each]) => each.until > Date.now()));
    if (on) typing.set(key, { nick, until: Date.now() + TYPING_MS });
    else typing.delete(key);
    if (typing.size || this.typing.value.size) this.typing.value = typing;
  }

  /** @param {string} key @param {Member | null} member null: gone */
  setMember(key, member) {
    const members = new Map(this.members.value);
    if (member) members.set(key, member);
    else members.delete(key);
    this.members.value = members;
  }
}
