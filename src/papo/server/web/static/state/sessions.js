// The sessions of our account, its password and its address of mail (the server's verbs/sessions.py). No DOM.

import { unescapeTag } from "../lib/message.js";
import { t } from "../lib/translate.js";
import { errorIn } from "./replies.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 * @typedef {{id: string, nick: string, device: string, address: string, scheme: string, login: string, since: string,
 *   active: string, current: boolean}} SessionInfo
 */

const PROOF_TIMEOUT_MS = 120_000;
/** What an answer says when the password is asked for first. */
export const PROOF_REQUIRED = "PROOF_REQUIRED";

/** @param {Network} network @returns {Promise<SessionInfo[] | null>} null if the server has no such list */
export async function sessionsOf(network) {
  const answer = await network.client.ask("SESSIONS", "LIST").catch(() => []);
  const lines = answer.filter(({ command, params }) => command === "SESSIONS" && params[0] === "LIST");
  return lines.length ? lines.map(({ params }) => sessionIn(params)) : null;
}

/** @param {string[]} params @returns {SessionInfo} */
function sessionIn([, id = "", ...words]) {
  const values = Object.fromEntries(words.map((word) => [word.split("=", 1)[0], unescapeTag(word.slice(word.indexOf("=") + 1))]));
  return { nick: "", device: "", address: "", scheme: "", login: "", since: "", active: "", ...values, id, current: words.includes("current") };
}

/** @param {Network} network @param {string} which an id, or OTHERS @returns {Promise<string>} why not; "" if it is done */
export async function endSession(network, which) {
  return refusalIn(await network.client.ask("SESSIONS", "LOGOUT", which).catch(() => null));
}

/** @param {Network} network @param {string} current @param {string} next @returns {Promise<string>} why not; "" if it is done */
export async function changePassword(network, current, next) {
  const wrong = await prove(network, current);
  if (wrong) return wrong;
  const why = refusalIn(await network.client.ask("PASSWD", next).catch(() => null));
  if (!why) await prove(network, next); // gives the key that signs in without it
  return why;
}

/**
 * @param {Network} network
 * @param {"SET" | "VERIFY"} what
 * @param {string} value an address or a code
 * @returns {Promise<{why: string, waits: boolean}>} why not, `PROOF_REQUIRED` if the password is asked for first; whether
 *   a code was sent that has to be given
 */
export async function changeEmail(network, what, value) {
  const answer = await network.client.ask("EMAIL", what, value).catch(() => null);
  const proof = answer?.some(({ command, params }) => command === "FAIL" && params[1] === PROOF_REQUIRED);
  const waits = Boolean(answer?.some(({ command, params }) => command === "EMAIL" && params[0] === "VERIFICATION_REQUIRED"));
  return { why: proof ? PROOF_REQUIRED : refusalIn(answer), waits };
}

/** Prove to the server that we know the password. @param {Network} network @param {string} password @returns {Promise<string>} why not */
export function prove(network, password) {
  return new Promise((resolve) => {
    const { listener, client } = network;
    const { identity } = client;
    /** @type {() => void} */
    let stop = () => {};
    const done = (/** @type {string} */ why) => {
      network.listener = listener;
      if (why) client.identity = identity;
      queueMicrotask(() => stop());
      resolve(why);
    };
    network.refusal.value = null;
    network.listener = {
      ...listener,
      signedIn: () => {
        listener.signedIn();
        done("");
      },
    };
    const unsubscribe = network.refusal.subscribe((refusal) => refusal && done(t("The password is wrong.")));
    const timer = setTimeout(() => done(t("The server did not answer.")), PROOF_TIMEOUT_MS);
    stop = () => {
      unsubscribe();
      clearTimeout(timer);
      network.refusal.value = null;
    };
    client.logIn(network.account.peek() ?? "", password);
  });
}

/** @param {ServerMessage[] | null} answer */
function refusalIn(answer) {
  return answer === null ? t("The server did not answer.") : errorIn(answer);
}
