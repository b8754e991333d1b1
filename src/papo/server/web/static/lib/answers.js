// What the server answers to each command: found by its label (IRCv3 labeled-response), or by the PONG to a PING that is
// sent after the command. No DOM.

import table from "../data/answer_batches.js";

/**
 * @typedef {import("./batches.js").ServerMessage} ServerMessage
 * @typedef {{resolve: (answer: ServerMessage[]) => void, reject: (error: Error) => void, collected: ServerMessage[]}} Pending
 */

/** Batches that only answer a command; their messages are not events. */
const ANSWER_BATCHES = new Set(table);

/** Commands that carry what users write. */
export const MESSAGE_COMMANDS = new Set(["PRIVMSG", "NOTICE"]);

/** Capability, and tag of a message that the server recognises if it is sent again; the answer has it too. */
export const NONCE = "papo.chat/nonce";

/** @param {ServerMessage} message */
export function isOnlyAnswer(message) {
  return ANSWER_BATCHES.has(message.batch?.type ?? "");
}

const MAY_ANSWER = /^(\d{3}|FAIL|NOTE|TOKEN|REGISTER|VERIFY)$/;

export class Answers {
  /** @param {(nick: string) => boolean} isMe */
  constructor(isMe) {
    this.isMe = isMe;
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
   * Without labels: messages before the PONG of the oldest command may be its answer.
   * @param {ServerMessage[]} messages
   */
  collect(messages) {
    const [oldest] = this.pending.values();
    oldest?.collected.push(...messages.filter((each) => this.mayAnswer(each)));
  }

  /** @param {ServerMessage} message */
  mayAnswer(message) {
    const { command, source } = message;
    if (MESSAGE_COMMANDS.has(command) && this.isMe(source.nick)) return true;
    return MAY_ANSWER.test(command) || isOnlyAnswer(message);
  }

  /**
   * Without labels: the PONG ends the answer, and those to the commands before it.
   * @param {string} token
   * @returns {boolean} false if no command waits for this PONG
   */
  complete(token) {
    if (!this.pending.has(token)) return false;
    for (const [label, { collected }] of this.pending) {
      this.resolve(label, collected);
      if (label === token) break;
    }
    return true;
  }

  rejectAll() {
    for (const each of this.pending.values()) each.reject(new Error("the connection ended"));
    this.pending.clear();
  }
}
