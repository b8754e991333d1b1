// The second factor of our account, and its app passwords (decision 40). No DOM.

import { t } from "../lib/translate.js";
import { errorIn } from "./replies.js";
import { PROOF_REQUIRED } from "./sessions.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {{name: string, created: string, used: string, from: string}} AppPassword `used` is `*` if it never was
 */

/**
 * @param {Network} network
 * @param {...string} words
 * @returns {Promise<{lines: string[][], why: string}>} the parameters of each line of the answer; why not, "" if it is done
 */
export async function ask(network, ...words) {
  const answer = await network.client.ask(words[0], ...words.slice(1)).catch(() => null);
  if (!answer) return { lines: [], why: t("The server did not answer.") };
  const proof = answer.some(({ command, params }) => command === "FAIL" && params[1] === PROOF_REQUIRED);
  return { lines: answer.filter(({ command }) => command === words[0]).map(({ params }) => params), why: proof ? PROOF_REQUIRED : errorIn(answer) };
}

/** @param {Network} network @returns {Promise<{on: boolean, recovery: number, apps: AppPassword[]}>} */
export async function statusOf(network) {
  const [status] = (await ask(network, "SECONDFACTOR", "STATUS")).lines;
  const apps = (await ask(network, "APPPASSWORD", "LIST")).lines;
  return {
    on: status?.[1] === "on",
    recovery: Number(status?.[2]?.replace("recovery=", "") ?? 0),
    apps: apps.map(([, name = "", created = "", used = "*", from = ""]) => ({ name, created, used, from })),
  };
}

/**
 * The secret of an authenticator app, and its QR code as the path of an SVG, one module to a unit.
 * @param {string[][]} lines answer to SECONDFACTOR CHALLENGE
 */
export function challengeIn(lines) {
  const secret = lines.find(([kind]) => kind === "CHALLENGE")?.[2] ?? "";
  const uri = lines.find(([kind]) => kind === "CHALLENGE")?.[3] ?? "";
  const rows = lines.filter(([kind]) => kind === "QR");
  const size = Number(rows[0]?.[1] ?? 0);
  const bytes = Uint8Array.from(atob(rows.map((row) => row[2]).join("")), (char) => char.charCodeAt(0));
  let path = "";
  for (let at = 0; at < size * size; at += 1) {
    if ((bytes[at >> 3] >> (7 - (at & 7))) & 1) path += `M${at % size} ${Math.floor(at / size)}h1v1h-1z`;
  }
  return { secret, uri, size, path };
}
