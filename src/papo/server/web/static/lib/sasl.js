// SASL authentication: the choice of a mechanism, and the answers to its challenges (IRCv3 sasl-3.2). No DOM.

import { fromBase64, toBase64 } from "./base64.js";

const CHUNK_BYTES = 400;

/** @typedef {import("./client.js").Client} Client */

/**
 * Whether a password may cross this connection as it is.
 * @param {string} url
 */
function isPrivate(url) {
  const { protocol, hostname } = new URL(url);
  // The whole name: localhost.example.org and 127.example.org may be anywhere.
  return protocol === "wss:" || hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * @param {string} offered value of the capability `sasl`, such as `PLAIN,SCRAM-SHA-256`; "" if the server does not say
 * @param {string} url
 * @returns {string} "" if every mechanism would send the password in the open
 */
export function chooseMechanism(offered, url) {
  const mechanisms = offered.split(",");
  if (mechanisms.includes("SCRAM-SHA-256")) return "SCRAM-SHA-256";
  return isPrivate(url) && (mechanisms.includes("PLAIN") || mechanisms[0] === "") ? "PLAIN" : "";
}

export class Sasl {
  isPasskey = false;

  /**
   * @param {Client} client
   * @param {string} mechanism
   */
  constructor(client, mechanism) {
    this.client = client;
    this.mechanism = mechanism;
    /** @type {import("./scram.js").Scram | null} */
    this.scram = null;
    /** Whether the server has proved all that the mechanism asks of it. */
    this.proved = false;
  }

  start() {
    this.client.send("AUTHENTICATE", this.mechanism);
  }

  /** The account, and on Papo servers, which have capabilities of their own, the device: `ana@web-x7`. */
  name() {
    const { account = "", device = "" } = this.client.identity;
    const isPapo = [...this.client.offered.keys()].some((name) => name.startsWith("papo.chat/"));
    return isPapo && device ? `${account}@${device}` : account;
  }

  /** @param {string} payload */
  respond(payload) {
    const text = toBase64(payload);
    for (let at = 0; at <= text.length; at += CHUNK_BYTES) this.client.send("AUTHENTICATE", text.slice(at, at + CHUNK_BYTES) || "+");
  }

  /** @param {string} challenge base64, or `+` for none */
  async answer(challenge) {
    const { password = "", scramKey } = this.client.identity;
    const name = this.name();
    if (this.mechanism === "PLAIN") {
      this.proved = true;
      this.respond(`\0${name}\0${password}`);
      return;
    }
    try {
      if (!this.scram) {
        const { Scram } = await import("./scram.js");
        this.scram = new Scram(name, password, scramKey);
        this.respond(this.scram.first);
      } else if (!this.scram.expected) {
        this.respond(await this.scram.answer(fromBase64(challenge)));
      } else if (this.scram.verify(fromBase64(challenge))) {
        this.client.identity = { ...this.client.identity, scramKey: this.scram.key };
        this.proved = true;
        this.client.send("AUTHENTICATE", "+");
      } else {
        throw new Error("the server does not know the password");
      }
    } catch (error) {
      this.client.send("AUTHENTICATE", "*");
      this.client.refuse("904", String(error));
    }
  }
}
