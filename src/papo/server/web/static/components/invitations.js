// Invitation links over HTTP: what the server knows of them, and those that we make and revoke.

import { t } from "../lib/translate.js";

/**
 * @typedef {import("../state/network.js").Network} Network
 * @typedef {{id: string, by: string, mine: boolean, made: number, until: number, uses: number, maxUses: number, joined: {nick: string, at: number}[]}} Link
 *   times in ms; `made` 0: it is not known who made it
 * @typedef {{links: Link[], mayCreate: boolean}} Answer
 * @typedef {{channel: string, by: string, valid: boolean, welcome: () => string}} Invitation `channel` is "" if its name is told
 *   only to users
 */

/**
 * Ask for the links of a channel (GET), make one (POST), or revoke one by its id or "all" (DELETE).
 * @param {Network} network
 * @param {string} channel
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{answer: any, refusal: string}>} `answer` is null if it is refused, for the reason in `refusal`
 */
export async function invitations(network, channel, method, path, body) {
  try {
    const token = await network.token("PAPO", channel);
    const headers = { Authorization: `Bearer ${token}`, "Accept-Language": document.documentElement.lang };
    const answer = await fetch(`/api/invites${path && `/${path}`}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (answer.ok) return { answer: await answer.json(), refusal: "" };
    return { answer: null, refusal: (await answer.text()).trim() };
  } catch {
    return { answer: null, refusal: t("You are offline; try again when the connection is back.") };
  }
}

/**
 * Where a link leads. @param {string} code
 * @param {string} [token] of a user, who is told more than a stranger
 * @returns {Promise<Invitation>}
 */
export async function readInvitation(code, token = "") {
  try {
    const answer = await fetch(`/api/invites/${code}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (answer.ok) {
      const { channel, by } = await answer.json();
      return { channel, by, valid: true, welcome: () => welcome(channel, by) };
    }
  } catch {
    // As a link that is not valid: the page says so, and offers to connect.
  }
  return { channel: "", by: "", valid: false, welcome: () => "" };
}

/** @param {string} channel @param {string} by */
function welcome(channel, by) {
  if (!channel) return t("You are invited to a channel. Its name is shown when you have joined.");
  return by ? t("{by} invites you to {channel}.", { by, channel }) : t("You are invited to {channel}.", { channel });
}

/** Join the channel that a link leads to, whose name only users are told. @param {Network} network @param {string} code */
export async function follow(network, code) {
  const { channel } = await readInvitation(code, await network.token("PAPO"));
  if (channel) network.join(channel, code);
  else network.listener.notice({ kind: "error", text: t("This invitation is no longer valid.") });
}
