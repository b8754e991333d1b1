// The session: connect to a server, and resume after a reload.

import { Network } from "../state/network.js";
import { chosenLanguage, deviceName, recall, remember } from "../state/settings.js";
import { highlight } from "./notifications.js";
import { toast } from "./toasts.js";
import { currentNetwork, setup } from "./view.js";

/**
 * @typedef {{url: string, nick: string, account: string, kept?: import("../lib/scram.js").ScramKey, deviceToken?: string, rooms: string[]}} SavedSession
 *   as in localStorage
 */

/** Of the server this page comes from. */
export function ownUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`;
}

/** The name of this tab; it survives a reload. */
function tabName() {
  let name = "";
  try {
    name = sessionStorage.getItem("papo.tab") ?? "";
    if (!name) {
      name = Math.random().toString(36).slice(2, 10);
      sessionStorage.setItem("papo.tab", name);
    }
  } catch {
    name = "tab";
  }
  return name;
}

/**
 * @param {string} url
 * @param {import("../lib/client.js").Identity} identity
 * @param {{channels: string[], keys?: Record<string, string>, invitation?: string, returning?: boolean}} options `invitation`: a code
 */
export function connect(url, identity, options) {
  const network = new Network(url, { ...identity, device: deviceName(url) }, { ...options, tab: tabName() });
  network.listener = { notice: toast, highlight, signedIn: () => signedIn(network) };
  network.outbox.startHeartbeat();
  network.status.subscribe((status) => {
    if (status !== "online") return;
    if (invitationCode()) history.replaceState(null, "", "/");
    const code = options.invitation;
    options.invitation = "";
    if (code) void import("./invitations.js").then(({ follow }) => follow(network, code));
    signedIn(network);
    const language = chosenLanguage.value || setup.language;
    if (language && network.client.offered.has("draft/languages")) network.client.send("LANGUAGE", language);
  });
  network.account.subscribe(() => network.status.peek() === "online" && saveSession(network));
  addEventListener("online", () => network.client.connect());
  network.connect();
  return network;
}

/** @param {Network} network */
function signedIn(network) {
  saveSession(network);
  if (network.client.registered && network.client.identity.passkey) void import("../state/passkeys.js").then(({ staySignedIn }) => staySignedIn(network));
}

/** Remember what signs in again: never the password itself. @param {Network} network */
export function saveSession(network) {
  const { account = "", scramKey, deviceToken } = network.client.identity;
  /** @type {SavedSession} */
  const session = { url: network.url, nick: network.wantedNick, account: scramKey ? account : "", kept: scramKey, deviceToken: scramKey && deviceToken, rooms: network.options.channels };
  remember("session", session);
}

/** @returns {SavedSession | null} */
export function savedSession() {
  const session = recall("session");
  return session?.url && session.nick ? session : null;
}

/** @param {SavedSession} session */
export function resume(session) {
  const identity = { nick: session.nick, ...(session.kept ? { account: session.account, password: "", scramKey: session.kept, deviceToken: session.deviceToken } : {}) };
  return connect(session.url, identity, { channels: session.rooms ?? setup.rooms ?? [], returning: true });
}

/** The code of an invitation in the address of the page; "" if there is none. */
export function invitationCode() {
  return /^\/i\/([\w-]+)$/.exec(location.pathname)?.[1] ?? "";
}

/** Show this network. @param {Network} network */
export function start(network) {
  currentNetwork.value = network;
  Object.assign(window, { papo: network }); // for the console, and for tests
}
