// Signs in with a passkey: the SASL mechanism PAPO-PASSKEY (decision 44). No DOM: the browser's part is a function.

import { fromBase64, toBase64 } from "./base64.js";

const CHUNK = 400;

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {(options: any) => Promise<any>} Sign what `navigator.credentials.get` is asked for, to what it answers, both as JSON
 */

/** A message in base64, in lines as AUTHENTICATE has them: after a full one another follows. @param {string} message */
export function lines(message) {
  const text = toBase64(message);
  const found = text.match(/.{1,400}/g) ?? [];
  return found.at(-1)?.length === CHUNK || !found.length ? [...found, "+"] : found;
}

export class PasskeyLogin {
  isPasskey = true;
  proved = false;
  begun = false;
  text = "";

  /** @param {Client} client @param {Sign} sign */
  constructor(client, sign) {
    this.client = client;
    this.sign = sign;
  }

  start() {
    this.client.send("AUTHENTICATE", "PAPO-PASSKEY");
  }

  /** @param {string} message */
  respond(message) {
    for (const line of lines(message)) this.client.send("AUTHENTICATE", line);
  }

  /** @param {string} chunk base64, or `+` for none */
  async answer(chunk) {
    const { client } = this;
    if (!this.begun) {
      this.begun = true;
      this.respond(`@${client.identity.device ?? ""}`);
      return;
    }
    if (chunk !== "+") this.text += chunk;
    if (chunk.length === CHUNK) return;
    try {
      const signed = await this.sign(JSON.parse(fromBase64(this.text)));
      if (client.sasl !== this) return; // the connection has ended meanwhile
      this.proved = true;
      this.respond(JSON.stringify(signed));
    } catch {
      if (client.sasl !== this) return;
      client.send("AUTHENTICATE", "*");
      client.passkeyRefused();
    }
  }
}
