// What was said and is not on the server's disk yet. It survives a reload, a lost network and a full restart of the
// browser; every message carries a number of its own, so nothing is said twice.

import { recall, remember } from "./settings.js";

/**
 * @typedef {{nonce: string, url: string, target: string, text: string, replyTo: string, command: "PRIVMSG" | "NOTICE",
 *   at: number, after: string, tried: boolean, failed: string}} Waiting
 *   `after`: msgid of the newest message that was there. `tried`: it was sent, and no answer came.
 */

const BEAT_MS = 3_000;
const STALE_MS = 12_000;

export class Outbox {
  /** @param {string} tab name of this tab, so that two tabs do not send each other's */
  constructor(tab) {
    this.tab = tab;
    /** @type {Waiting[]} */
    this.items = recall(`outbox.${tab}`) ?? [];
    this.adopt();
  }

  /** Take over what tabs that are closed have left. */
  adopt() {
    /** @type {Record<string, number>} */
    const tabs = recall("tabs") ?? {};
    for (const [tab, beat] of Object.entries(tabs)) {
      if (tab === this.tab || Date.now() - beat < STALE_MS) continue;
      this.items.push(...(recall(`outbox.${tab}`) ?? []));
      remember(`outbox.${tab}`, null);
      delete tabs[tab];
    }
    remember("tabs", { ...tabs, [this.tab]: Date.now() });
    this.keep();
  }

  /** Say that this tab is alive, for as long as it is. */
  beat() {
    return setInterval(() => remember("tabs", { ...(recall("tabs") ?? {}), [this.tab]: Date.now() }), BEAT_MS);
  }

  keep() {
    remember(`outbox.${this.tab}`, this.items.length ? this.items : null);
  }

  /**
   * @param {Omit<Waiting, "nonce" | "at" | "tried" | "failed">} item
   * @returns {Waiting}
   */
  add(item) {
    const nonce = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36)).join("");
    const waiting = { ...item, nonce, at: Date.now(), tried: false, failed: "" };
    this.items.push(waiting);
    this.keep();
    return waiting;
  }

  /** @param {string} nonce @param {Partial<Waiting>} changes */
  change(nonce, changes) {
    this.items = this.items.map((each) => (each.nonce === nonce ? { ...each, ...changes } : each));
    this.keep();
  }

  /** @param {string} nonce */
  remove(nonce) {
    this.items = this.items.filter((each) => each.nonce !== nonce);
    this.keep();
  }

  /** @param {string} url @returns {Waiting[]} */
  of(url) {
    return this.items.filter((each) => each.url === url);
  }

  /** @param {string} nonce */
  find(nonce) {
    return this.items.find((each) => each.nonce === nonce);
  }
}
