// A WebSocket that reconnects: lines in, lines out, and a longer wait after each failure. No DOM, no IRC.

const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const PING_AFTER_MS = 75_000;
const PONG_TIMEOUT_MS = 15_000;
const CHECK_EVERY_MS = 5_000;

/**
 * @typedef {"connecting" | "open" | "waiting" | "closed"} ConnectionState
 * @typedef {{
 *   line: (line: string) => void,
 *   state: (state: ConnectionState, retryAtMs: number) => void,
 * }} Listener
 * @typedef {{open?: (url: string, protocols: string[]) => WebSocket, random?: () => number}} Environment
 */

export class Connection {
  /**
   * @param {string} url
   * @param {Listener} listener
   * @param {Environment} [environment] replaced in tests
   */
  constructor(url, listener, environment = {}) {
    this.url = url;
    this.listener = listener;
    this.open = environment.open ?? ((to, protocols) => new WebSocket(to, protocols));
    this.random = environment.random ?? Math.random;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ConnectionState} */
    this.state = "closed";
    this.failures = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retryTimer = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.checkTimer = undefined;
    this.receivedAtMs = 0;
    this.pingedAtMs = 0;
  }

  /** Connect now, even if a retry is scheduled for later. */
  connect() {
    clearTimeout(this.retryTimer);
    if (this.socket) return;
    this.setState("connecting");
    const socket = this.open(this.url, ["text.ircv3.net"]);
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.receivedAtMs = Date.now();
      this.pingedAtMs = 0;
      clearInterval(this.checkTimer);
      this.checkTimer = setInterval(() => this.checkAlive(), CHECK_EVERY_MS);
      this.setState("open");
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.receivedAtMs = Date.now();
      this.listener.line(String(event.data));
    };
    socket.onclose = () => this.scheduleRetry(socket);
    socket.onerror = () => {};
  }

  /** Registration succeeded: the next failure waits the shortest time again. */
  resetRetries() {
    this.failures = 0;
  }

  /** @param {string} line dropped unless the socket is open */
  send(line) {
    if (this.socket?.readyState === 1) this.socket.send(line);
  }

  /** Disconnect and do not reconnect. */
  close() {
    clearTimeout(this.retryTimer);
    clearInterval(this.checkTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.setState("closed");
  }

  /** Send a PING after a silence, and reconnect if nothing answers it. */
  checkAlive() {
    const nowMs = Date.now();
    if (this.pingedAtMs && this.receivedAtMs < this.pingedAtMs && nowMs - this.pingedAtMs > PONG_TIMEOUT_MS) {
      this.drop();
    } else if (nowMs - this.receivedAtMs > PING_AFTER_MS && this.pingedAtMs < this.receivedAtMs) {
      this.pingedAtMs = nowMs;
      this.send("PING :still-there");
    }
  }

  /** Give up this socket and connect again: the machine slept, or the network changed. */
  drop() {
    const socket = this.socket;
    if (!socket) return;
    this.scheduleRetry(socket);
    socket.close();
  }

  /** @param {WebSocket} socket the one that closed; ignored if it is not the current one */
  scheduleRetry(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.checkTimer);
    const wait = Math.min(MIN_RETRY_MS * 2 ** this.failures, MAX_RETRY_MS) * (0.5 + this.random() / 2);
    this.failures += 1;
    this.setState("waiting", Date.now() + wait);
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  /**
   * @param {ConnectionState} state
   * @param {number} [retryAtMs]
   */
  setState(state, retryAtMs = 0) {
    this.state = state;
    this.listener.state(state, retryAtMs);
  }
}
