// Accounts: register one, or sign in while connected (IRCv3 account-registration, sasl). No DOM.

import { t } from "../lib/translate.js";
import { errorIn } from "./replies.js";

/** @typedef {import("./network.js").Network} Network */

const SIGN_IN_TIMEOUT_MS = 15_000;
const KEY_TIMEOUT_MS = 10_000;

/**
 * Register an account named as our nick, and sign in to it.
 * @param {Network} network
 * @param {string} password
 * @param {string} email `*` for none
 * @returns {Promise<string>} why it failed; "" if it is done
 */
export async function register(network, password, email) {
  const answer = await network.client.ask("REGISTER", "*", email, password).catch(() => []);
  const [status, account] = answer.find((each) => each.command === "REGISTER")?.params ?? [];
  if (status === "VERIFICATION_REQUIRED") return t("A code is on its way to you: type /quote VERIFY {name} CODE", { name: account });
  if (status !== "SUCCESS") return errorIn(answer) || t("The server did not answer.");
  // We are signed in already; doing it again with the password gives the key that signs in without it.
  await new Promise((resolve) => {
    const { listener } = network;
    const signedIn = () => {
      network.listener = listener;
      listener.signedIn();
      resolve(undefined);
    };
    network.listener = { ...listener, signedIn };
    setTimeout(resolve, KEY_TIMEOUT_MS);
    network.client.logIn(account, password);
  });
  return "";
}

/**
 * @param {Network} network
 * @param {string} account
 * @param {string} password
 * @returns {Promise<string>} why it failed; "" if it is done
 */
export function signIn(network, account, password) {
  return new Promise((resolve) => {
    /** @type {(() => void)[]} */
    const cleanup = [];
    const done = (/** @type {string} */ why) => {
      queueMicrotask(() => cleanup.forEach((each) => each()));
      resolve(why);
    };
    network.refusal.value = null;
    cleanup.push(network.account.subscribe((now) => now && done("")));
    cleanup.push(network.refusal.subscribe((refusal) => refusal && done(t("The account or the password is wrong."))));
    const timer = setTimeout(() => done(t("The server did not answer.")), SIGN_IN_TIMEOUT_MS);
    cleanup.push(() => clearTimeout(timer));
    cleanup.push(network.codeWanted.subscribe((error) => error !== null && clearTimeout(timer))); // it waits for the user
    network.client.logIn(account, password);
  });
}
