// What the server answers to each command: found by its label (IRCv3 labeled-response), or by the PONG to a PING that is
// sent after the command. No DOM.

/**
 * @typedef {import("./batches.js").ServerMessage} ServerMessage
 * @typedef {{resolve: (answer: ServerMessage[]) => void, reject: (error: Error) => void, collected: ServerMessage[]}} Pending
 */

/** Batches that only answer a command; their messages are not events. */
const ANSWER_BATCHES = new Set(["chathistory", "search", "soju.im/search", "draft/authtoken", "draft/metadata"]);

/** @param {ServerMessage} message */
export function isOnlyAnswer(message) {
  return ANSWER_BATCHES.has(message.batch?.type ?? "");
}

export class Answers {
  constructor() {
    /** By label, oldest first. @type {Map<string, Pending>} */
    this.pending = new Map();
    this.labels = 0;
  }

  /**
   * @returns {{label: string, answer: Promise<ServerMessage[]>}} rejected if the connection ends first
   */
  expect() {
    this.labels += 1;
    const label = `L${this.labels}`;
    const answer = new Promise((resolve, reject) => this.pending.set(label, { resolve, reject, collected: [] }));
    return { label, answer };
  }

  /**
   * @param {string} label
   * @param {ServerMessage[]} messages
   */
  resolve(label, messages) {
    const pending = this.pending.get(label);
    this.pending.delete(label);
    pending?.resolve(messages);
  }

  /**
   * Without labels: what comes before the PONG may be the answer to the oldest command.
   * @param {ServerMessage[]} messages
   */
  collect(messages) {
    const [oldest] = this.pending.values();
    oldest?.collected.push(...messages.filter((each) => /^\d{3}$|^FAIL$|^NOTE$/.test(each.command) || isOnlyAnswer(each)));
  }

  /**
   * Without labels: the PONG ends the answer.
   * @param {string} token
   * @returns {boolean} false if no command waits for this PONG
   */
  complete(token) {
    const pending = this.pending.get(token);
    if (!pending) return false;
    this.resolve(token, pending.collected);
    return true;
  }

  rejectAll() {
    for (const each of this.pending.values()) each.reject(new Error("the connection ended"));
    this.pending.clear();
  }
}
