// The second factor after a password: the trusted device's token, or a code that the user types (decision 40). No DOM.

/** @typedef {import("./client.js").Client} Client */

export class SecondFactor {
  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    /** Whether the server waits for it. */
    this.awaited = false;
    this.triedToken = false;
    /** What may be given. @type {string[]} */
    this.ways = [];
  }

  /** SECONDFACTOR from the server. @param {string[]} params */
  receive([kind, account, ways = ""]) {
    const { client } = this;
    if (kind === "DEVICE") {
      client.identity = { ...client.identity, deviceToken: account };
    } else if (kind === "REQUIRED" && client.sasl?.proved) {
      this.awaited = true;
      this.ways = ways.split(",");
      const token = client.identity.deviceToken ?? "";
      // Not if the user signs in again by hand: that is to prove that they sit here.
      this.triedToken = Boolean(token) && client.negotiating && this.ways.includes("device");
      if (this.triedToken) client.send("SECONDFACTOR", "CODE", "device", token);
      else client.listener.codeWanted("");
    }
  }

  /** The server has refused the token or a code. @param {string} text */
  refused(text) {
    if (!this.awaited) return;
    const { client } = this;
    if (this.triedToken) client.identity = { ...client.identity, deviceToken: undefined };
    client.listener.codeWanted(this.triedToken ? "" : text);
    this.triedToken = false;
  }

  /** A passkey instead of a code. @param {import("./passkey.js").Sign} sign */
  givePasskey(sign) {
    this.client.identity = { ...this.client.identity, passkey: sign };
    void this.client.usePasskey(sign);
  }

  /**
   * What the user has typed: six digits are the app's code, anything else is a recovery code.
   * @param {string} typed
   * @param {string} device its name, if it is to be trusted from now on; "" if not
   */
  give(typed, device) {
    const code = typed.replace(/\s/g, "");
    this.client.send("SECONDFACTOR", "CODE", /^\d+$/.test(code) ? "totp" : "recovery", code, ...(device ? [device] : []));
  }
}
