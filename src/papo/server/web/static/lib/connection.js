// A WebSocket that comes back: lines in, lines out, and waiting longer after each failure. No DOM, no IRC.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SILENCE_MS = 75_000;
const ANSWER_MS = 15_000;

/**
 * @typedef {"connecting" | "open" | "waiting" | "closed"} ConnectionState
 * @typedef {{
 *   line: (line: string) => void,
 *   state: (state: ConnectionState, retryAtMs: number) => void,
 * }} Listener
 */

export class Connection {
  /**
   * @param {string} url
   * @param {Listener} listener
   * @param {{open?: (url: string, protocols: string[]) => WebSocket, random?: () => number}} [outside] for tests
   */
  constructor(url, listener, outside = {}) {
    this.url = url;
    this.listener = listener;
    this.open = outside.open ?? ((to, protocols) => new WebSocket(to, protocols));
    this.random = outside.random ?? Math.random;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ConnectionState} */
    this.state = "closed";
    this.failures = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.watch = undefined;
    this.heardAtMs = 0;
    this.askedAtMs = 0;
  }

  /** Connect, now; also where it was waiting to. */
  connect() {
    clearTimeout(this.retry);
    if (this.socket) return;
    this.say("connecting");
    const socket = this.open(this.url, ["text.ircv3.net"]);
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.heardAtMs = Date.now();
      this.askedAtMs = 0;
      clearInterval(this.watch);
      this.watch = setInterval(() => this.check(), 5_000);
      this.say("open");
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.heardAtMs = Date.now();
      this.listener.line(String(event.data));
    };
    socket.onclose = () => this.lost(socket);
    socket.onerror = () => {};
  }

  /** The server has let us in: the next failure is the first again. */
  welcomed() {
    this.failures = 0;
  }

  /** @param {string} line */
  send(line) {
    if (this.socket?.readyState === 1) this.socket.send(line);
  }

  /** End it, for good. */
  close() {
    clearTimeout(this.retry);
    clearInterval(this.watch);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.say("closed");
  }

  /** A network that has gone silent is gone: ask, and give up if no answer comes. */
  check() {
    const nowMs = Date.now();
    if (this.askedAtMs && this.heardAtMs < this.askedAtMs && nowMs - this.askedAtMs > ANSWER_MS) {
      this.drop();
    } else if (nowMs - this.heardAtMs > SILENCE_MS && this.askedAtMs < this.heardAtMs) {
      this.askedAtMs = nowMs;
      this.send("PING :still-there");
    }
  }

  /** Begin anew: the machine slept, or the network changed. */
  drop() {
    const socket = this.socket;
    if (!socket) return;
    this.lost(socket);
    socket.close();
  }

  /** @param {WebSocket} socket */
  lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.watch);
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS) * (0.5 + this.random() / 2);
    this.failures += 1;
    this.say("waiting", Date.now() + wait);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  /**
   * @param {ConnectionState} state
   * @param {number} [retryAtMs]
   */
  say(state, retryAtMs = 0) {
    this.state = state;
    this.listener.state(state, retryAtMs);
  }
}
