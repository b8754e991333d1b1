// What the core itself does with lines: coming in, capabilities, who we are. One function for each, in tables. No DOM.
// Specifications: modern.ircdocs.horse "Connection Registration"; ircv3.net capability-negotiation, sasl-3.2.

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./client.js").Arrived} Arrived
 */

/** What we can use, if the server has it. */
export const WANTED = [
  "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "draft/account-registration",
  "draft/authtoken", "draft/channel-rename", "draft/chathistory", "draft/event-playback", "draft/message-edit",
  "draft/message-redaction", "draft/metadata-2", "draft/multiline", "draft/read-marker", "draft/search", "echo-message",
  "extended-join", "invite-notify", "labeled-response", "message-tags", "multi-prefix", "sasl", "server-time",
  "setname", "standard-replies",
];

/** @type {Record<string, (client: Client, message: Arrived) => void>} */
export const HANDLERS = {
  PING: (client, { params }) => client.send("PONG", params[params.length - 1] ?? ""),
  CAP: (client, { params }) => CAP[params[1]]?.(client, params),
  AUTHENTICATE: (client, { params }) => void client.challenged(params[0] ?? "+"),
  900: (client, { params }) => void (client.account = params[2] ?? ""),
  901: (client) => void (client.account = ""),
  903: (client) => client.endNegotiation(),
  902: (client, { params }) => client.refuse("904", params.at(-1) ?? ""),
  904: (client, { params }) => client.refuse("904", params.at(-1) ?? ""),
  905: (client, { params }) => client.refuse("904", params.at(-1) ?? ""),
  "001": (client, { params }) => {
    client.nick = params[0];
    client.registered = true;
    client.connection.welcomed();
  },
  "005": (client, { params }) => client.support.take(params.slice(1, -1)),
  376: (client) => client.listener.state("online", 0),
  422: (client) => client.listener.state("online", 0),
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

/** @type {Record<string, (client: Client, params: string[]) => void>} */
const CAP = {
  LS: (client, params) => {
    offer(client, params);
    if (params[2] !== "*") client.requestCaps();
  },
  NEW: (client, params) => {
    offer(client, params);
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
    const wants = client.asksIn || (client.negotiating && Boolean(client.person.account));
    if (wants && client.caps.has("sasl")) client.signIn();
    else if (wants) client.refuse("sasl", "the server knows no accounts");
    else client.endNegotiation();
  },
  NAK: (client) => client.endNegotiation(),
};

/**
 * @param {Client} client
 * @param {string[]} params
 */
function offer(client, params) {
  for (const word of (params[params.length - 1] ?? "").trim().split(" ")) {
    const at = word.indexOf("=");
    if (word) client.offered.set(at < 0 ? word : word.slice(0, at), at < 0 ? "" : word.slice(at + 1));
  }
}
