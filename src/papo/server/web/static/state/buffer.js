// One conversation: a channel, a user, or the server itself. messages.js, membership.js and history.js fill it.

import { signal } from "../vendor/signals-core.js";

/**
 * @typedef {import("./buffer_line.js").BufferLine} BufferLine
 * @typedef {{nick: string, prefixes: string}} Member
 * @typedef {{text: string, account: string, isChecked: boolean}} Edit `account`: the sender's, "" for none; `isChecked`:
 *   the server has checked that they are the author
 */

/** Lines that are kept of the conversation on the screen, and of any other: they bound the size of the page. */
export const MAX_LINES = 500;
const MAX_HIDDEN_LINES = 150;
const MAX_EXCESS = 50;
/** Messages that are not here whose edits, reactions and redactions are kept. */
const MAX_STRAYS = 2_000;
const MAX_EDITS = 8;
const MAX_EMOJI = 50;
const MAX_NICKS = 500;
const MAX_TYPING = 100;
const TYPING_MS = 6_500;

export class Buffer {
  /**
   * @param {string} name
   * @param {string} key the folded name
   * @param {"channel" | "person" | "server"} kind
   */
  constructor(name, key, kind) {
    this.key = key;
    this.kind = kind;
    this.name = signal(name);
    this.topic = signal("");
    this.joined = signal(kind !== "channel");
    /** By folded nick. @type {import("../vendor/signals-core.js").Signal<Map<string, Member>>} */
    this.members = signal(new Map());
    /** @type {import("../vendor/signals-core.js").Signal<Map<string, string>>} */
    this.modes = signal(new Map());
    /** Oldest first. @type {import("../vendor/signals-core.js").Signal<BufferLine[]>} */
    this.lines = signal([]);
    this.hasOlder = signal(true);
    /** Whether the lines end before now. */
    this.hasNewer = signal(false);
    /** What is being fetched: newest, older, newer, jump; "" for nothing. */
    this.loading = signal("");
    this.unread = signal(0);
    this.mentions = signal(0);
    /** Time of the newest message that was read; 0 if there is none. */
    this.readAt = signal(0);
    /** The unread line is after this moment: it stays there while the conversation is on the screen. */
    this.unreadLineAt = signal(0);
    /** By folded nick. @type {import("../vendor/signals-core.js").Signal<Map<string, {nick: string, until: number}>>} */
    this.typing = signal(new Map());
    this.latestAt = signal(0);
    /** By msgid, also of messages that are not here. @type {Map<string, [string, string[]][]>} */
    this.reactions = new Map();
    /** By msgid, also of messages that are not here. @type {Map<string, Edit[]>} */
    this.edits = new Map();
    /** msgids, also of messages that are not here. @type {Set<string>} */
    this.redactions = new Set();
    /** Whether history was requested since the connection was made. */
    this.historyRequested = false;
    /** Whether what waited was sent since then. */
    this.outboxSent = false;
    /** msgid of the last line before those that are missing, until they are fetched; "" if none was here. @type {string | null} */
    this.gap = null;
  }

  /** The last line that has a msgid. */
  newest() {
    return this.lines.value.findLast((each) => each.id);
  }

  /** The first line that has a msgid. */
  oldest() {
    return this.lines.value.find((each) => each.id);
  }

  /** @param {string} id */
  find(id) {
    return id ? this.lines.value.find((each) => each.id === id) : undefined;
  }

  /**
   * Add a line at the end. The server's copy of our own message replaces the one that waits.
   * @param {BufferLine} line
   * @param {boolean} visible whether the conversation is on the screen
   * @returns {boolean} false if the line was here before
   */
  append(line, visible) {
    const present = this.lines.value;
    if (this.find(line.id)) return false;
    const waiting = line.nonce ? present.findIndex((each) => each.pending && each.nonce === line.nonce) : -1;
    const rest = waiting < 0 ? present : present.filter((_, at) => at !== waiting);
    this.latestAt.value = Math.max(this.latestAt.value, line.at);
    if (this.hasNewer.value && !line.pending) {
      if (waiting >= 0) this.lines.value = rest;
      return true;
    }
    // Our messages that wait stay last: they happen when the server says so.
    let at = line.pending ? rest.length : rest.findLastIndex((each) => !each.pending) + 1;
    if (line.sentAgain) while (at && rest[at - 1].at > line.at) at -= 1;
    if (!at && rest.some((each) => !each.pending) && this.hasOlder.value) {
      this.lines.value = rest; // it belongs before what is here
      return false;
    }
    const all = [...rest.slice(0, at), this.amended(line), ...rest.slice(at)];
    const limit = visible ? MAX_LINES : MAX_HIDDEN_LINES;
    if (all.length > limit + MAX_EXCESS) {
      this.hasOlder.value = true;
      this.lines.value = all.slice(all.length - limit);
    } else this.lines.value = all;
    return true;
  }

  /** Add a page of what was before. @param {BufferLine[]} page oldest first */
  prepend(page) {
    const ids = new Set(this.lines.value.map((each) => each.id));
    const all = [...page.filter((each) => !each.id || !ids.has(each.id)), ...this.lines.value];
    if (all.length > MAX_LINES) this.hasNewer.value = true;
    this.lines.value = all.slice(0, MAX_LINES);
  }

  /**
   * Put a page in place of what is here after a message. Lines without a msgid, which no page has, keep their place in
   * time, and those that came while the page was on its way come after it.
   * @param {BufferLine[]} page oldest first
   * @param {{after?: string, replace?: boolean}} options `after`: msgid, "" for the newest page; `replace`: what is here
   *   up to that message is dropped too, because the page does not connect
   */
  merge(page, { after = "", replace = false }) {
    const nonces = new Set(page.map((each) => each.nonce).filter(Boolean));
    const waiting = this.lines.value.filter((each) => each.pending && !nonces.has(each.nonce));
    const present = this.lines.value.filter((each) => !each.pending);
    const at = after ? present.findIndex((each) => each.id === after) + 1 : 0;
    const older = replace ? [] : present.slice(0, at);
    const newer = present.slice(at);
    const ids = new Set([...older, ...page].map((each) => each.id).filter(Boolean));
    const isLate = (/** @type {BufferLine} */ each) => each.id && !(each.sentAgain && page.length && each.at < page[0].at);
    const late = newer.slice(newer.findLastIndex((each) => ids.has(each.id)) + 1).filter(isLate);
    const olderIds = new Set(older.map((each) => each.id));
    const missing = page.filter((each) => !each.id || !olderIds.has(each.id));
    const all = [...older, ...mergedByTime(missing, newer.filter((each) => !each.id)), ...late];
    if (all.length > MAX_LINES) this.hasOlder.value = true;
    this.lines.value = [...all.slice(-MAX_LINES), ...waiting];
    this.latestAt.value = Math.max(this.latestAt.value, all.at(-1)?.at ?? 0);
  }

  /** @param {string} nonce @param {Partial<BufferLine>} changes */
  updatePending(nonce, changes) {
    this.lines.value = this.lines.value.map((each) => (each.pending && each.nonce === nonce ? { ...each, ...changes } : each));
  }

  /** The server has taken it, and gives no copy of it. @param {string} nonce */
  confirmPending(nonce) {
    const line = this.lines.value.find((each) => each.pending && each.nonce === nonce);
    if (!line) return;
    this.removePending(nonce);
    this.append({ ...line, pending: "", nonce: "" }, true);
  }

  /** @param {string} nonce */
  removePending(nonce) {
    this.lines.value = this.lines.value.filter((each) => !(each.pending && each.nonce === nonce));
  }

  // --- edits, reactions and redactions: each may arrive before its message

  /**
   * @param {string} id
   * @param {Edit} edit
   * @returns {boolean} false if the author is another one than the sender
   */
  edit(id, edit) {
    const message = this.find(id);
    if (message && !isByAuthor(edit, message)) return false;
    // As long as the message is not here, any of them may be by its author.
    this.edits.set(id, message ? [edit] : [...(this.edits.get(id) ?? []), edit].slice(-MAX_EDITS));
    this.forgetStrays(this.edits);
    this.update(id);
    return true;
  }

  /** @param {string} id @param {string} emoji @param {string} nick @param {boolean} on false takes it back */
  react(id, emoji, nick, on) {
    this.reactions.set(id, changeReaction(this.reactions.get(id) ?? [], emoji, nick, on));
    this.forgetStrays(this.reactions);
    this.update(id);
  }

  /** @param {string} id */
  redact(id) {
    this.redactions.add(id);
    this.edits.delete(id);
    this.reactions.delete(id);
    this.forgetStrays(this.redactions);
    this.update(id);
  }

  /** @param {string} id */
  update(id) {
    if (!this.find(id)) return;
    this.lines.value = this.lines.value.map((each) => (each.id === id ? this.amended(each) : each));
  }

  /**
   * A line with what is known of its edits, reactions and redaction.
   * @param {BufferLine} line
   * @returns {BufferLine}
   */
  amended(line) {
    if (!line.id) return line;
    if (this.redactions.has(line.id)) return { ...line, redacted: true, text: "", reactions: [] };
    const reactions = this.reactions.get(line.id) ?? [];
    const edit = (this.edits.get(line.id) ?? []).findLast((each) => isByAuthor(each, line));
    return edit ? { ...line, reactions, text: edit.text, edited: true } : { ...line, reactions };
  }

  /** @param {Map<string, unknown> | Set<string>} kept by msgid, oldest first */
  forgetStrays(kept) {
    if (kept.size <= MAX_STRAYS + this.lines.value.length) return;
    const present = new Set(this.lines.value.map((each) => each.id));
    const strays = [...kept.keys()].filter((id) => !present.has(id));
    for (const id of strays.slice(0, MAX_STRAYS / 2)) kept.delete(id);
  }

  // --- people

  /** @param {string} key folded nick @param {string} nick @param {boolean} on */
  setTyping(key, nick, on) {
    const typing = new Map([...this.typing.value].filter(([, each]) => each.until > Date.now()));
    if (!on) typing.delete(key);
    else if (typing.has(key) || typing.size < MAX_TYPING) typing.set(key, { nick, until: Date.now() + TYPING_MS });
    if (typing.size || this.typing.value.size) this.typing.value = typing;
  }

  /** @param {string} key folded nick @param {Member | null} member null removes */
  setMember(key, member) {
    const members = new Map(this.members.value);
    if (member) members.set(key, member);
    else {
      members.delete(key);
      this.setTyping(key, "", false);
    }
    this.members.value = members;
  }
}

/** A page with lines of our own in their places by time. @param {BufferLine[]} page @param {BufferLine[]} own */
function mergedByTime(page, own) {
  /** @type {BufferLine[]} */
  const all = [];
  let next = 0;
  for (const line of page) {
    while (next < own.length && own[next].at < line.at) all.push(own[next++]);
    all.push(line);
  }
  return [...all, ...own.slice(next)];
}

/** Whether an edit may change a line: only an account proves that, unless the server has checked it. @param {Edit} edit @param {BufferLine} line */
function isByAuthor({ account, isChecked }, line) {
  if (isChecked && !(account && line.account)) return true;
  return account !== "" && account === line.account;
}

/**
 * @param {[string, string[]][]} reactions
 * @param {string} emoji
 * @param {string} nick
 * @param {boolean} on
 * @returns {[string, string[]][]}
 */
function changeReaction(reactions, emoji, nick, on) {
  /** @type {[string, string[]][]} */
  const without = reactions.map(([each, nicks]) => [each, each === emoji ? nicks.filter((other) => other !== nick) : nicks]);
  const have = without.find(([each]) => each === emoji);
  if (on && have && have[1].length < MAX_NICKS) have[1].push(nick);
  else if (on && !have && without.length < MAX_EMOJI) without.push([emoji, [nick]]);
  return without.filter(([, nicks]) => nicks.length);
}
