// An IRC client without a screen: registration, capabilities, labels, batches. The listener gets whole messages. No DOM.
// Specifications: modern.ircdocs.horse; ircv3.net capability-negotiation, sasl, labeled-response, batch, multiline.

import { Answers, isOnlyAnswer, NONCE } from "./answers.js";
import { Batches } from "./batches.js";
import { Capabilities } from "./capabilities.js";
import { Connection } from "./connection.js";
import { Support } from "./isupport.js";
import { byteLength, format, readLine } from "./message.js";
import { HANDLERS, isRefusal } from "./registration.js";
import { chooseMechanism, Sasl } from "./sasl.js";
import { SecondFactor } from "./second_factor.js";
import { joined, limitOf, multiline, split } from "./split.js";

/**
 * @typedef {import("./batches.js").ServerMessage} ServerMessage
 * @typedef {{nick: string, realname?: string, account?: string, password?: string, serverPassword?: string,
 *   device?: string, scramKey?: import("./scram.js").ScramKey, deviceToken?: string, passkey?: import("./passkey.js").Sign}} Identity
 *   `device`: what Papo servers know this browser by; `scramKey` signs in without the password, `deviceToken` without a
 *   code of the second factor, `passkey` without all of them
 * @typedef {{
 *   message: (message: ServerMessage) => void,
 *   state: (state: "connecting" | "waiting" | "registering" | "online" | "closed", retryAtMs: number) => void,
 *   refused: (reason: {code: string, text: string}) => boolean,
 *   codeWanted: (error: string) => void,
 * }} Listener
 *   `refused`: registration failed; true to try again with the present `identity.nick`; `codeWanted`: only the user can
 *   give the second factor, and `error` is why the last code was not right
 */

const LINE_BYTES = 512;
/** What the server may put before our text: user, @ and host, until it has shown us ours. */
const LONGEST_HOST_BYTES = 18 + 1 + 64;
const KEEPALIVE = "still-there";

export class Client {
  nick = "";
  /** Our `user@host` as others see it; "" until the server has shown it. */
  host = "";
  account = "";
  registered = false;
  support = new Support();
  capabilities = new Capabilities(() => {});
  batches = new Batches();
  answers = new Answers((nick) => this.isMe(nick));
  /** @type {Sasl | import("./passkey.js").PasskeyLogin | null} */
  sasl = null;
  secondFactor = new SecondFactor(this);
  negotiating = false;
  /** Sign in as soon as the capability `sasl` is on. */
  signInPending = false;

  /**
   * @param {string} url
   * @param {Identity} identity
   * @param {Listener} listener
   * @param {import("./connection.js").Environment} [environment]
   */
  constructor(url, identity, listener, environment) {
    this.identity = identity;
    this.listener = listener;
    this.connection = new Connection(
      url,
      { line: (line) => this.receive(line), state: (state, retryAtMs) => this.connectionChanged(state, retryAtMs) },
      environment,
    );
    this.reset();
  }

  /** Forget everything that belongs to the last connection. */
  reset() {
    Object.assign(this, {
      nick: this.identity.nick, host: "", account: "", registered: false, support: new Support(),
      capabilities: new Capabilities((names) => this.send("CAP", "REQ", names)), batches: new Batches(), answers: new Answers((nick) => this.isMe(nick)),
      sasl: null, secondFactor: new SecondFactor(this), negotiating: false, signInPending: false,
    });
  }

  /** Enabled capabilities. */
  get caps() {
    return this.capabilities.enabled;
  }

  /** Values of the capabilities that the server offers. */
  get offered() {
    return this.capabilities.offered;
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
   * @param {Record<string, string>} tags left out if the server does not take tags
   * @param {string} command
   * @param {...string} params
   */
  sendTagged(tags, command, ...params) {
    this.connection.send(format(command, params, this.caps.has("message-tags") ? tags : {}));
  }

  /**
   * Send a command and wait for everything the server answers to it. Rejects if the connection ends first.
   * @param {string} command
   * @param {...string} params
   * @returns {Promise<ServerMessage[]>}
   */
  ask(command, ...params) {
    return this.askTagged({}, command, ...params);
  }

  /**
   * @param {Record<string, string>} tags
   * @param {string} command
   * @param {...string} params
   * @returns {Promise<ServerMessage[]>}
   */
  askTagged(tags, command, ...params) {
    return this.expectAnswer((label) => this.sendTagged({ ...tags, ...label }, command, ...params));
  }

  /**
   * @param {(label: Record<string, string>, name: string) => void} send writes one or more lines; `label` is the tag of
   *   the first, empty without labeled-response: then a PING after the last marks the end of the answer
   * @returns {Promise<ServerMessage[]>}
   */
  expectAnswer(send) {
    if (this.connection.state !== "open") return Promise.reject(new Error("not connected"));
    const { label, answer } = this.answers.expect();
    const hasLabels = this.caps.has("labeled-response");
    send(hasLabels ? { label } : {}, label);
    if (!hasLabels) this.send("PING", label);
    return answer;
  }

  /**
   * Send a text of any number of lines, as one message if it fits. Resolves with our own copy, or with the refusal.
   * @param {string} target
   * @param {string} text
   * @param {Record<string, string>} tags
   * @param {"PRIVMSG" | "NOTICE"} [command]
   * @returns {Promise<ServerMessage[]>}
   */
  say(target, text, tags, command = "PRIVMSG") {
    const room = this.room(command, target);
    if (!text.includes("\n") && byteLength(text) <= room) return this.askTagged(tags, command, target, text);
    if (this.caps.has("draft/multiline")) {
      const messages = multiline(text, room, this.multilineLimits);
      return together(messages.map((message) => this.sayMultiline(target, message, tags, command)));
    }
    const parts = split(text, room);
    if (this.caps.has("labeled-response")) return together(parts.map((part) => this.askTagged(tags, command, target, part)));
    // One PING behind all of them: servers count lines, and disconnect a client that sends too many.
    return this.expectAnswer(() => parts.forEach((part) => this.sendTagged(tags, command, target, part)));
  }

  /**
   * The texts of the messages that `say` sends a text as: one, unless it is too long for that.
   * @param {string} target
   * @param {string} text
   * @param {string} command
   */
  parts(target, text, command) {
    const room = this.room(command, target);
    if (!text.includes("\n") && byteLength(text) <= room) return [text];
    return this.caps.has("draft/multiline") ? multiline(text, room, this.multilineLimits).map(joined) : split(text, room);
  }

  /**
   * @param {string} target
   * @param {import("./split.js").Part[]} message
   * @param {Record<string, string>} tags
   * @param {"PRIVMSG" | "NOTICE"} command
   * @returns {Promise<ServerMessage[]>}
   */
  sayMultiline(target, message, tags, command) {
    return this.expectAnswer((label, name) => {
      const reference = `m${name}`;
      this.connection.send(format("BATCH", [`+${reference}`, "draft/multiline", target], { ...tags, ...label }));
      for (const [part, continues] of message) {
        /** @type {Record<string, string>} */
        const concat = continues ? { "draft/multiline-concat": "" } : {};
        this.connection.send(format(command, [target, part], { batch: reference, ...concat }));
      }
      this.send("BATCH", `-${reference}`);
    });
  }

  /**
   * Bytes of text that fit into one line to this target.
   * @param {string} command
   * @param {string} target
   */
  room(command, target) {
    const line = this.support.number("LINELEN", LINE_BYTES);
    const host = this.host ? byteLength(this.host) : LONGEST_HOST_BYTES;
    return line - 2 - byteLength(`:${this.nick}!`) - host - byteLength(` ${command} ${target} :`);
  }

  /** Value of the capability `draft/multiline`, "" without it. */
  get multilineLimits() {
    return this.offered.get("draft/multiline") ?? "";
  }

  /** Bytes of the longest message: of several lines if the server takes those, else of a few single ones. */
  maxMessageBytes() {
    const bytes = this.caps.has("draft/multiline") ? limitOf(this.multilineLimits, "max-bytes") : Infinity;
    return bytes < Infinity ? bytes : LINE_BYTES * 8;
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
  connectionChanged(state, retryAtMs) {
    if (state === "open") {
      this.reset();
      this.negotiating = true;
      this.send("CAP", "LS", "302");
      if (this.identity.serverPassword) this.send("PASS", this.identity.serverPassword);
      this.send("NICK", this.identity.nick);
      this.send("USER", userName(this.identity.nick), "0", "*", this.identity.realname || this.identity.nick);
      this.listener.state("registering", 0);
      return;
    }
    this.answers.rejectAll();
    this.registered = false;
    this.listener.state(state, retryAtMs);
  }

  /** @param {string} line */
  receive(line) {
    const message = readLine(line);
    if (message.command) this.handle(message);
  }

  /** @param {ServerMessage} message */
  handle(message) {
    const { command, params, tags } = message;
    if (command === "BATCH") {
      const batch = this.batches.update(message);
      if (batch) this.deliver(batch.messages, batch.tags);
    } else if (!this.batches.add(message) && !(command === "PONG" && this.isOurPong(params.at(-1) ?? ""))) {
      this.deliver([message], tags);
    }
  }

  /** @param {string} token */
  isOurPong(token) {
    return this.answers.complete(token) || token === KEEPALIVE;
  }

  /**
   * @param {ServerMessage[]} messages
   * @param {Record<string, string>} tags with the label and the nonce of what they answer
   */
  deliver(messages, { label, [NONCE]: nonce }) {
    if (label !== undefined) this.answers.resolve(label, messages.filter((each) => each.command !== "ACK"));
    else if (!this.caps.has("labeled-response")) this.answers.collect(messages);
    for (const each of messages) {
      if (label !== undefined) each.tags.label = label; // handlers see that what sent the command shows it
      if (nonce) each.tags[NONCE] = nonce;
      if (!isOnlyAnswer(each)) this.dispatch(each);
    }
  }

  /** @param {ServerMessage} message */
  dispatch(message) {
    HANDLERS[message.command]?.(this, message);
    if (!this.registered && isRefusal(message.command)) this.refuse(message.command, message.params.at(-1) ?? "");
    this.listener.message(message);
  }

  /**
   * @param {string} code
   * @param {string} text
   */
  refuse(code, text) {
    if (this.listener.refused({ code, text })) this.send("NICK", this.identity.nick);
    else if (!this.registered) this.connection.close();
  }

  // --- capabilities and accounts

  /** Whether to sign in while connecting. */
  get wantsAccount() {
    return Boolean(this.identity.account || this.identity.passkey);
  }

  requestCapabilities() {
    this.capabilities.requestWanted(this.wantsAccount || !this.negotiating);
    this.continueNegotiation();
  }

  /** Sign in or end the negotiation, unless an answer is still missing. */
  continueNegotiation() {
    if (this.capabilities.requested.length) return;
    const signsIn = this.signInPending || (this.negotiating && this.wantsAccount);
    if (!signsIn) this.endNegotiation();
    else if (this.caps.has("sasl")) this.signIn();
    else this.refuse("sasl", "the server knows no accounts");
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
  logIn(account, password) {
    this.identity = { ...this.identity, account, password, scramKey: undefined };
    this.signInPending = true;
    if (this.caps.has("sasl")) this.signIn();
    else this.capabilities.request(["sasl"]);
  }

  signIn() {
    this.signInPending = false;
    const { passkey } = this.identity;
    if (passkey) {
      void this.usePasskey(passkey);
      return;
    }
    const mechanism = chooseMechanism(this.offered.get("sasl") ?? "", this.connection.url);
    if (!mechanism) {
      this.refuse("sasl", "no way to sign in that keeps the password safe");
      return;
    }
    this.sasl = new Sasl(this, mechanism);
    this.sasl.start();
  }

  /** Sign in with a passkey, whoever's it is. @param {import("./passkey.js").Sign} sign */
  async usePasskey(sign) {
    if (!this.offered.get("papo.chat/second-factor")?.split(",").includes("passkey")) {
      this.refuse("passkey", "");
      return;
    }
    const { PasskeyLogin } = await import("./passkey.js");
    this.sasl = new PasskeyLogin(this, sign);
    this.sasl.start();
  }

  /** The user has no passkey for this server, or did not want to use it; or the server has refused it. */
  passkeyRefused() {
    this.identity = { ...this.identity, passkey: undefined };
    if (this.secondFactor.awaited) this.listener.codeWanted("passkey");
    else this.refuse("passkey", "");
  }
}

/** @param {string} nick */
function userName(nick) {
  return nick.normalize("NFKD").replace(/[^A-Za-z0-9_-]/g, "").slice(0, 10) || "web";
}

/** Several answers as one. @param {Promise<ServerMessage[]>[]} answers */
async function together(answers) {
  return (await Promise.all(answers)).flat();
}
