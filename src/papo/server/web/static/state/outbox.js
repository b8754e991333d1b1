// Messages that are not stored by the server yet. They survive a reload, a lost network and a restart of the browser;
// each has a nonce, so none is said twice.

import { recall, remember } from "./settings.js";

/**
 * @typedef {{nonce: string, url: string, target: string, text: string, replyTo: string, command: "PRIVMSG" | "NOTICE",
 *   reaction?: string, at: number, after: string, tried: boolean, sentAt?: number, failed: string}} OutboxMessage
 *   `after`: msgid of the newest line when it was written; `tried`: sent, but not answered; `sentAt`: when it was first
 *   sent to a server that recognises it; `failed`: the refusal; `reaction`: the tag whose value is the text, to `replyTo`
 */

const HEARTBEAT_MS = 3_000;
const CLOSED_AFTER_MS = 12_000;

/** 128 random bits. */
export function newNonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** @param {string} tab name of this tab, so that two tabs do not send each other's messages */
  constructor(tab) {
    this.tab = tab;
    /** @type {OutboxMessage[]} */
    this.items = recall(`outbox.${tab}`) ?? [];
    this.adopt();
  }

  /** Take over the messages of tabs that were closed. */
  adopt() {
    /** When each tab was last open. @type {Record<string, number>} */
    const tabs = recall("tabs") ?? {};
    for (const [tab, heartbeat] of Object.entries(tabs)) {
      if (tab === this.tab || Date.now() - heartbeat < CLOSED_AFTER_MS) continue;
      this.items.push(...(recall(`outbox.${tab}`) ?? []));
      remember(`outbox.${tab}`, null);
      delete tabs[tab];
    }
    remember("tabs", { ...tabs, [this.tab]: Date.now() });
    this.save();
  }

  /** Show other tabs that this one is open. */
  startHeartbeat() {
    return setInterval(() => remember("tabs", { ...(recall("tabs") ?? {}), [this.tab]: Date.now() }), HEARTBEAT_MS);
  }

  save() {
    remember(`outbox.${this.tab}`, this.items.length ? this.items : null);
  }

  /**
   * @param {Omit<OutboxMessage, "nonce" | "at" | "tried" | "failed">} fields
   * @returns {OutboxMessage}
   */
  add(fields) {
    const item = { ...fields, nonce: newNonce(), at: Date.now(), tried: false, failed: "" };
    this.items.push(item);
    this.save();
    return item;
  }

  /** @param {string} nonce @param {Partial<OutboxMessage>} changes */
  change(nonce, changes) {
    this.items = this.items.map((each) => (each.nonce === nonce ? { ...each, ...changes } : each));
    this.save();
  }

  /** Put several messages in place of one. @param {OutboxMessage} item @param {string[]} texts */
  cut(item, texts) {
    const parts = texts.map((text, at) => ({ ...item, nonce: `${item.nonce}.${at}`, text }));
    this.items = this.items.flatMap((each) => (each.nonce === item.nonce ? parts : each));
    this.save();
    return parts;
  }

  /** @param {string} nonce */
  remove(nonce) {
    this.items = this.items.filter((each) => each.nonce !== nonce);
    this.save();
  }

  /** The messages for one server, oldest first. @param {string} url @returns {OutboxMessage[]} */
  of(url) {
    return this.items.filter((each) => each.url === url);
  }

  /** @param {string} nonce */
  find(nonce) {
    return this.items.find((each) => each.nonce === nonce);
  }
}
