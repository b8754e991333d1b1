// Capabilities of one connection: offered, requested, enabled (IRCv3 capability-negotiation). No DOM.

import table from "../data/capabilities.js";

/** Capabilities to request if the server offers them. */
const WANTED = table.filter((each) => each.wanted).map((each) => each.name);
/** Characters in one CAP REQ: the answer repeats them after the server's name and our nick. */
const MAX_REQUEST = 400;

export class Capabilities {
  /** @param {(names: string) => void} send one CAP REQ */
  constructor(send) {
    this.send = send;
    /** Name to value, "" if it has none. @type {Map<string, string>} */
    this.offered = new Map();
    /** @type {Set<string>} */
    this.enabled = new Set();
    /** Names of each CAP REQ that has no answer yet, oldest first. @type {string[][]} */
    this.requested = [];
  }

  /** CAP LS and CAP NEW. @param {string[]} words */
  offer(words) {
    for (const word of words) {
      const [name] = word.split("=", 1);
      this.offered.set(name, word.slice(name.length + 1));
    }
  }

  /** CAP DEL. @param {string[]} names */
  withdraw(names) {
    for (const name of names) {
      this.enabled.delete(name);
      this.offered.delete(name);
    }
  }

  /** Request what is wanted, offered and not requested before. @param {boolean} sasl whether that is wanted too */
  requestWanted(sasl) {
    const requested = new Set(this.requested.flat());
    /** @type {string[]} */
    let names = [];
    for (const name of WANTED) {
      if (!this.offered.has(name) || this.enabled.has(name) || requested.has(name) || (name === "sasl" && !sasl)) continue;
      if ([...names, name].join(" ").length > MAX_REQUEST) {
        this.request(names);
        names = [];
      }
      names.push(name);
    }
    if (names.length) this.request(names);
  }

  /** The server enables all of them or none. @param {string[]} names */
  request(names) {
    this.requested.push(names);
    this.send(names.join(" "));
  }

  /** CAP ACK. @param {string[]} names those with a minus are disabled @returns {boolean} whether it answers a request */
  acknowledge(names) {
    for (const name of names) {
      if (name.startsWith("-")) this.enabled.delete(name.slice(1));
      else this.enabled.add(name);
    }
    return this.requested.shift() !== undefined;
  }

  /** CAP NAK: request each name alone, since the server may refuse only one. @returns {boolean} whether it answers a request */
  refuse() {
    const names = this.requested.shift();
    if (names && names.length > 1) for (const name of names) this.request([name]);
    return names !== undefined;
  }
}
