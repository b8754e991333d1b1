// Beginning and coming back: the language, the last session, the connection.

import { Network } from "../state/network.js";
import { chosenLanguage, recall, remember } from "../state/settings.js";
import { speak } from "../lib/translate.js";
import { listen } from "./notifications.js";
import { network, setup } from "./ui.js";

/** @typedef {{url: string, nick: string, account: string, kept?: import("../lib/scram.js").Kept, rooms: string[]}} Session */

/** @param {string} code */
export async function changeLanguage(code) {
  const catalogue = code === "en" ? null : await fetch(new URL(`../i18n/${code}.json`, import.meta.url)).then((answer) => answer.json());
  speak(code, catalogue);
  document.documentElement.lang = code.replace("_", "-");
}

export function firstLanguage() {
  return changeLanguage(chosenLanguage.value || setup.language || "en").catch(() => speak("en", null));
}

/** Of the server this page comes from. */
export function ownUrl() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`;
}

/** This tab's name: it outlives a reload. */
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
 * @param {import("../lib/client.js").Person} person
 * @param {string[]} rooms
 * @param {Record<string, string>} [keys]
 * @param {boolean} [back] whether we were here before
 */
export function connect(url, person, rooms, keys = {}, back = false) {
  const here = new Network(url, person, { rooms, keys, back, tab: tabName() });
  listen(here);
  here.signedIn = () => keepSession(here);
  here.outbox.beat();
  here.status.subscribe((status) => {
    if (status !== "online") return;
    keepSession(here);
    const language = chosenLanguage.value || setup.language;
    if (language && here.client.offered.has("draft/languages")) here.client.send("LANGUAGE", language);
  });
  here.account.subscribe(() => here.status.peek() === "online" && keepSession(here));
  addEventListener("online", () => here.client.connection.connect());
  here.connect();
  return here;
}

/** What brings us in again without asking: never the password itself. @param {Network} here */
export function keepSession(here) {
  const { account = "", kept } = here.client.person;
  remember("session", { url: here.url, nick: here.wantedNick, account: kept ? account : "", kept, rooms: here.options.rooms });
}

/** @returns {Session | null} */
export function lastSession() {
  const session = recall("session");
  return session?.url && session.nick ? session : null;
}

/** Come back as before. @param {Session} session */
export function resume(session) {
  const person = { nick: session.nick, ...(session.kept ? { account: session.account, password: "", kept: session.kept } : {}) };
  return connect(session.url, person, session.rooms ?? setup.rooms ?? [], {}, true);
}

/** Invitation in the page's address. @returns {string} */
export function invitation() {
  return /^\/i\/([\w-]+)$/.exec(location.pathname)?.[1] ?? "";
}

/** @param {Network | null} here */
export function begin(here) {
  network.value = here;
  Object.assign(window, { papo: here }); // for whoever looks under the bonnet, tests among them
}
