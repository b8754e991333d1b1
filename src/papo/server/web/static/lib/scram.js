// SCRAM-SHA-256 for a client (RFC 5802, RFC 7677). Browsers do not give crypto.subtle to pages over plain http, where a
// password must not be sent as it is: there noble hashes, in slices that leave the page time.

import { hmac } from "../vendor/noble/hmac.js";
import { pbkdf2Async } from "../vendor/noble/pbkdf2.js";
import { sha256 } from "../vendor/noble/sha2.js";

// As a server may ask for them: with fewer a false one would get a proof that is cheap to guess, with more it would keep
// the page busy.
const MIN_ROUNDS = 4096;
const MAX_ROUNDS = 2_000_000;
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

/**
 * PBKDF2-HMAC-SHA256: 0.2 s for 600,000 rounds in the browser's own code, seconds in noble.
 * @param {Uint8Array<ArrayBuffer>} password
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} rounds
 * @param {SubtleCrypto | undefined} subtle
 */
export async function pbkdf2(password, salt, rounds, subtle = globalThis.crypto?.subtle) {
  // An empty password is no key to WebCrypto in some browsers.
  if (!subtle || !password.length) return pbkdf2Async(sha256, password, salt, { c: rounds, dkLen: 32 });
  const key = await subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, key, 256));
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
    if (!fields.r?.startsWith(this.nonce) || fields.r === this.nonce || !fields.s || !(rounds >= MIN_ROUNDS && rounds <= MAX_ROUNDS)) {
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
    const derived = await pbkdf2(encoder.encode(this.password), fromBase64(salt), rounds);
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
