// What the client itself does with a message, during registration and after it: one function for each command, in
// tables. No DOM. Specifications: modern.ircdocs.horse "Connection Registration"; ircv3.net capability-negotiation.

import capabilities from "../data/capabilities.js";
import { group, N } from "./numerics.js";

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./batches.js").ServerMessage} ServerMessage
 */

/** Numerics that refuse registration. */
const REFUSALS = group("not_registered");
/** Capabilities to ask for if the server has them. */
export const WANTED = capabilities.filter((each) => each.wanted).map((each) => each.name);

/** @param {string} command */
export function isRefusal(command) {
  return REFUSALS.has(command);
}

/** @type {Record<string, (client: Client, message: ServerMessage) => void>} */
export const HANDLERS = {
  PING: (client, { params }) => client.send("PONG", params.at(-1) ?? ""),
  CAP: (client, { params }) => CAP[params[1]]?.(client, params),
  AUTHENTICATE: (client, { params }) => void client.sasl?.answer(params[0] ?? "+"),
  [N.RPL_LOGGEDIN]: (client, { params }) => void (client.account = params[2] ?? ""),
  [N.RPL_LOGGEDOUT]: (client) => void (client.account = ""),
  [N.ERR_NICKLOCKED]: saslFailed,
  [N.RPL_SASLSUCCESS]: (client) => client.endNegotiation(),
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
  client.refuse("904", params.at(-1) ?? "");
}

/** Subcommands of CAP. @type {Record<string, (client: Client, params: string[]) => void>} */
const CAP = {
  LS: (client, params) => {
    addOffered(client, params);
    if (params[2] !== "*") client.requestCaps();
  },
  NEW: (client, params) => {
    addOffered(client, params);
    client.requestCaps();
  },
  DEL: (client, params) => {
    for (const name of params[2].split(" ")) {
      client.caps.delete(name);
      client.offered.delete(name);
    }
  },
  ACK: (client, params) => {
    for (const name of params[2].trim().split(" ")) client.caps.add(name);
    const signsIn = client.signInPending || (client.negotiating && Boolean(client.identity.account));
    if (signsIn && client.caps.has("sasl")) client.signIn();
    else if (signsIn) client.refuse("sasl", "the server knows no accounts");
    else client.endNegotiation();
  },
  NAK: (client) => client.endNegotiation(),
};

/** @param {Client} client @param {string[]} params of CAP LS or CAP NEW */
function addOffered(client, params) {
  for (const word of (params.at(-1) ?? "").trim().split(" ")) {
    const at = word.indexOf("=");
    if (word) client.offered.set(at < 0 ? word : word.slice(0, at), at < 0 ? "" : word.slice(at + 1));
  }
}
