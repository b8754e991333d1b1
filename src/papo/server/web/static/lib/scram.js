// SCRAM-SHA-256 for a client (RFC 5802, RFC 7677), without crypto.subtle: browsers do not give that to pages over plain
// http, where a password must not be sent as it is.

import { hmac } from "../vendor/noble/hmac.js";
import { pbkdf2Async } from "../vendor/noble/pbkdf2.js";
import { sha256 } from "../vendor/noble/sha2.js";

const encoder = new TextEncoder();

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** @param {string} name */
function saslName(name) {
  return name.replace(/=/g, "=3D").replace(/,/g, "=2C");
}

/** @typedef {{salt: string, rounds: number, salted: string}} ScramKey signs in without the password; salts are base64 */

export class Scram {
  /**
   * @param {string} name
   * @param {string} password
   * @param {ScramKey} [key] of an earlier sign-in, for an empty password
   * @param {string} [nonce] random unless a test gives one
   */
  constructor(name, password, key, nonce) {
    this.password = password.normalize("NFKC");
    /** @type {ScramKey | undefined} */
    this.key = key;
    this.nonce = nonce ?? toBase64(crypto.getRandomValues(new Uint8Array(18)));
    this.bare = `n=${saslName(name)},r=${this.nonce}`;
    this.first = `n,,${this.bare}`;
    this.expected = "";
  }

  /**
   * The client's final message. Throws if the challenge is not acceptable.
   * @param {string} challenge
   */
  async answer(challenge) {
    const fields = Object.fromEntries(challenge.split(",").map((part) => [part[0], part.slice(2)]));
    const rounds = parseInt(fields.i, 10);
    if (!fields.r?.startsWith(this.nonce) || fields.r === this.nonce || !fields.s || !(rounds >= 4096 && rounds <= 1e6)) {
      throw new Error("the server's SCRAM message is not acceptable");
    }
    const salted = await this.salted(fields.s, rounds);
    const clientKey = hmac(sha256, salted, encoder.encode("Client Key"));
    const withoutProof = `c=biws,r=${fields.r}`;
    const signed = encoder.encode(`${this.bare},${challenge},${withoutProof}`);
    const signature = hmac(sha256, sha256(clientKey), signed);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]);
    this.expected = toBase64(hmac(sha256, hmac(sha256, salted, encoder.encode("Server Key")), signed));
    return `${withoutProof},p=${toBase64(proof)}`;
  }

  /**
   * The salted password. Hashing is slow on purpose, so an earlier key is used again if there is no password.
   * @param {string} salt base64
   * @param {number} rounds
   */
  async salted(salt, rounds) {
    if (!this.password) {
      if (this.key?.salt !== salt || this.key.rounds !== rounds) throw new Error("the password has changed");
      return fromBase64(this.key.salted);
    }
    const derived = await pbkdf2Async(sha256, encoder.encode(this.password), fromBase64(salt), { c: rounds, dkLen: 32 });
    this.key = { salt, rounds, salted: toBase64(derived) };
    return derived;
  }

  /**
   * Whether the server has proved that it knows the password too.
   * @param {string} last
   */
  verify(last) {
    return this.expected !== "" && last.split(",").includes(`v=${this.expected}`);
  }
}
