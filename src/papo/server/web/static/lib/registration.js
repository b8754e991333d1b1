// What the client itself does with a message, during registration and after it: one function for each command, in
// tables. No DOM. Specifications: modern.ircdocs.horse "Connection Registration"; ircv3.net capability-negotiation.

import { group, N } from "./numerics.js";

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./batches.js").ServerMessage} ServerMessage
 */

/** Numerics that refuse registration. */
const REFUSALS = group("not_registered");

/** @param {string} command */
export function isRefusal(command) {
  return REFUSALS.has(command);
}

/** @type {Record<string, (client: Client, message: ServerMessage) => void>} */
export const HANDLERS = {
  PING: (client, { params }) => client.send("PONG", params.at(-1) ?? ""),
  CAP: (client, { params }) => CAP[params[1]]?.(client, params),
  AUTHENTICATE: (client, { params }) => void client.sasl?.answer(params[0] ?? "+"),
  [N.RPL_LOGGEDIN]: (client, { params }) => {
    client.account = params[2] ?? "";
    if (!client.negotiating || !client.identity.passkey || client.identity.account) return;
    client.identity = { ...client.identity, nick: client.account }; // only the passkey knew the name
    client.send("NICK", client.account);
  },
  [N.RPL_LOGGEDOUT]: (client) => void (client.account = ""),
  [N.ERR_NICKLOCKED]: saslFailed,
  SECONDFACTOR: (client, { params }) => client.secondFactor.receive(params),
  FAIL: (client, { params }) => {
    if (params[0] === "SECONDFACTOR") client.secondFactor.refused(params.at(-1) ?? "");
  },
  [N.RPL_SASLSUCCESS]: (client) => {
    client.secondFactor.awaited = false;
    client.endNegotiation();
  },
  [N.ERR_SASLFAIL]: saslFailed,
  [N.ERR_SASLTOOLONG]: saslFailed,
  [N.RPL_WELCOME]: (client, { params }) => {
    client.nick = params[0];
    client.registered = true;
    client.connection.resetRetries();
  },
  [N.RPL_ISUPPORT]: (client, { params }) => client.support.update(params.slice(1, -1)),
  [N.RPL_ENDOFMOTD]: (client) => client.listener.state("online", 0),
  [N.ERR_NOMOTD]: (client) => client.listener.state("online", 0),
  NICK: (client, { source, params }) => {
    if (client.isMe(source.nick)) client.nick = params[0];
  },
  JOIN: (client, { source }) => {
    if (client.isMe(source.nick) && source.host) client.host = `${source.user}@${source.host}`;
  },
  CHGHOST: (client, { source, params }) => {
    if (client.isMe(source.nick)) client.host = `${params[0]}@${params[1]}`;
  },
  ACCOUNT: (client, { source, params }) => {
    if (client.isMe(source.nick)) client.account = params[0] === "*" ? "" : params[0];
  },
};

/** @param {Client} client @param {ServerMessage} message */
function saslFailed(client, { params }) {
  if (client.sasl?.isPasskey) {
    client.passkeyRefused();
    return;
  }
  const code = client.secondFactor.awaited ? "code" : "904";
  client.secondFactor.awaited = false;
  client.refuse(code, params.at(-1) ?? "");
}

/** Subcommands of CAP. @type {Record<string, (client: Client, params: string[]) => void>} */
const CAP = {
  LS: (client, params) => {
    client.capabilities.offer(wordsOf(params));
    if (params[2] !== "*") client.requestCapabilities();
  },
  NEW: (client, params) => {
    client.capabilities.offer(wordsOf(params));
    client.requestCapabilities();
  },
  DEL: (client, params) => client.capabilities.withdraw(wordsOf(params)),
  ACK: (client, params) => {
    if (client.capabilities.acknowledge(wordsOf(params))) client.continueNegotiation();
  },
  NAK: (client) => {
    if (client.capabilities.refuse()) client.continueNegotiation();
  },
};

/** @param {string[]} params of CAP */
function wordsOf(params) {
  return (params.at(-1) ?? "").split(" ").filter(Boolean);
}
