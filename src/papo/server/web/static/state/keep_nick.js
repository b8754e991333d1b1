// The nick that the user wants, and asking for it again while it is taken (irssi and ZNC: keepnick). No DOM.

/** @typedef {import("./network.js").Network} Network */

const MIN_RETRY_MS = 1_500;
const MAX_RETRY_MS = 60_000;
/** Nicks with one more underscore are tried before one with a number. */
const MAX_UNDERSCORES = 3;

/** Most likely it is our own old connection that still has the nick. */
export class KeepNick {
  /** @param {Network} network @param {string} wanted */
  constructor(network, wanted) {
    this.network = network;
    this.wanted = wanted;
    this.askingFor = "";
    this.refusals = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} nick */
  registerAs(nick) {
    const { client } = this.network;
    client.identity = { ...client.identity, nick };
  }

  /** The user wants another nick. @param {string} nick */
  choose(nick) {
    this.wanted = nick;
    this.registerAs(nick);
    this.askingFor = "";
  }

  /** A new connection begins. */
  connecting() {
    this.refusals = 0;
    this.registerAs(this.wanted);
  }

  /** We are online: ask again if it is with another nick than the wanted one. */
  start() {
    if (this.isMissing()) this.askAgain(MIN_RETRY_MS);
  }

  isMissing() {
    const { network } = this;
    return network.status.value === "online" && network.fold(network.nick.value) !== network.fold(this.wanted);
  }

  /** @param {number} waitMs twice as long each time */
  askAgain(waitMs) {
    this.askingFor = this.wanted;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.isMissing() || this.askingFor !== this.wanted) return;
      this.network.client.send("NICK", this.wanted);
      this.askAgain(Math.min(waitMs * 2, MAX_RETRY_MS));
    }, waitMs);
  }

  /** The server refuses the wanted nick while we are online. @returns {boolean} whether only this class had asked */
  refused() {
    if (this.askingFor === this.wanted) return true;
    this.wanted = this.network.nick.value; // the next connection begins with the nick that we have
    return false;
  }

  /** Register with another nick, since the one that was sent is taken. */
  substitute() {
    this.refusals += 1;
    if (this.refusals <= MAX_UNDERSCORES) this.registerAs(`${this.network.client.identity.nick}_`);
    // Servers cut long nicks: one more underscore may be cut off again.
    else this.registerAs([...this.wanted].slice(0, 5).join("") + Math.floor(1_000 + Math.random() * 9_000));
  }
}
