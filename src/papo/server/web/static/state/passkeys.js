// The passkeys of our account (the server's verbs/passkey.py), and staying signed in with one. No DOM.

import { lines } from "../lib/passkey.js";
import { fromBase64 } from "../lib/base64.js";
import { t } from "../lib/translate.js";
import { errorIn } from "./replies.js";
import { PROOF_REQUIRED } from "./sessions.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("../lib/batches.js").ServerMessage} ServerMessage
 * @typedef {{id: string, host: string, made: string, used: string, name: string}} PasskeyInfo `used`: "*" for never
 */

/** @param {Network} network @returns {Promise<PasskeyInfo[] | null>} null if the server has no passkeys */
export async function passkeysOf(network) {
  if (!network.client.offered.get("papo.chat/second-factor")?.split(",").includes("passkey")) return null;
  const answer = await network.client.ask("PASSKEY", "LIST").catch(() => []);
  const found = answer.filter(({ command, params }) => command === "PASSKEY" && params[0] === "LIST");
  return found.map(({ params: [, id = "", host = "", made = "", used = "", , name = ""] }) => ({ id, host, made, used, name }));
}

/**
 * @param {Network} network
 * @param {string} name
 * @param {(options: any) => Promise<any>} create what `navigator.credentials.create` is asked for, to what it answers
 * @returns {Promise<string>} why not, `PROOF_REQUIRED` if the password is asked for first; "" if it is done
 */
export async function addPasskey(network, name, create) {
  const { client } = network;
  const answer = await client.ask("PASSKEY", "CHALLENGE", name).catch(() => null);
  const why = whyNot(answer);
  if (why || !answer) return why;
  const chunks = answer.filter(({ command }) => command === "PASSKEY").map(({ params }) => params[1] ?? "");
  const options = JSON.parse(fromBase64(chunks.join("").replace("+", "")));
  const made = await create(options).catch(() => null);
  if (!made) return t("No passkey was made.");
  const sent = lines(JSON.stringify(made)).map((line) => client.ask("PASSKEY", "ADD", line));
  return whyNot((await Promise.all(sent).catch(() => null))?.flat() ?? null);
}

/** @param {Network} network @param {string} id @returns {Promise<string>} why not; "" if it is done */
export async function revokePasskey(network, id) {
  return whyNot(await network.client.ask("PASSKEY", "DEL", id).catch(() => null));
}

/** @param {ServerMessage[] | null} answer */
function whyNot(answer) {
  if (!answer) return t("The server did not answer.");
  return answer.some(({ command, params }) => command === "FAIL" && params[1] === PROOF_REQUIRED) ? PROOF_REQUIRED : errorIn(answer);
}

/** After signing in with a passkey: an app password of this browser's own signs in when the connection is lost. @param {Network} network */
export async function staySignedIn(network) {
  const { client } = network;
  const { device = "" } = client.identity;
  client.identity = { ...client.identity, passkey: undefined };
  if (!device) return;
  const add = async () => (await client.ask("APPPASSWORD", "ADD", device)).find(({ command, params }) => command === "APPPASSWORD" && params[0] === "ADD");
  try {
    let made = await add();
    if (!made) {
      await client.ask("APPPASSWORD", "DEL", device); // of the last time
      made = await add();
    }
    if (made) client.logIn(made.params[2] ?? "", made.params[3] ?? "");
  } catch {
    // The connection has ended: the passkey is asked for again.
  }
}
