// The client without a screen, against a server client of lines: registration, labels, batches, SASL.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client } from "../../../../src/papo/server/web/static/lib/client.js";
import { pbkdf2, Scram } from "../../../../src/papo/server/web/static/lib/scram.js";

/** A WebSocket whose other end is the test. */
class FakeSocket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
  }
  send(line) {
    this.sent.push(line);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  receive(...lines) {
    for (const line of lines) this.onmessage({ data: line });
  }
}

/** @type {Client[]} */
const clients = [];
afterEach(() => clients.splice(0).forEach((each) => each.connection.close()));

function connect(person = { nick: "ana" }, url = "ws://localhost/") {
  const sockets = [];
  const received = [];
  const states = [];
  const refusals = [];
  const codes = [];
  const client = new Client(url, person, {
    message: (message) => received.push(message),
    state: (state) => states.push(state),
    refused: (reason) => {
      refusals.push(reason);
      return false;
    },
    codeWanted: (error) => codes.push(error),
  }, { open: () => (sockets.push(new FakeSocket()), sockets.at(-1)), random: () => 0 });
  clients.push(client);
  client.connect();
  sockets[0].open();
  return { client, sockets, socket: sockets[0], received, states, refusals, codes };
}

const CAPS = ":s CAP * LS :batch labeled-response message-tags echo-message server-time draft/multiline=max-bytes=4096 draft/chathistory sasl=PLAIN,SCRAM-SHA-256";

function online(...more) {
  const all = connect(...more);
  all.socket.receive(CAPS);
  const request = all.socket.sent.find((line) => line.startsWith("CAP REQ"));
  all.socket.receive(`:s CAP ana ACK :${request.slice(9)}`, ":s 001 ana :oi", ":s 005 ana CASEMAPPING=ascii CHANTYPES=# :ok", ":s 422 ana :none", ":ana!ana@h JOIN #sala");
  return all;
}

test("it asks for the capabilities it knows, and registers", () => {
  const { socket, states, client } = online();
  assert.deepEqual(socket.sent.slice(0, 3), ["CAP LS 302", "NICK ana", "USER ana 0 * ana"]);
  assert.ok(!socket.sent.find((line) => line.startsWith("CAP REQ")).includes("sasl"));
  assert.ok(socket.sent.includes("CAP END"));
  assert.deepEqual(states, ["connecting", "registering", "online"]);
  assert.equal(client.host, "ana@h");
});

test("an answer finds its command by the label, batches included", async () => {
  const { client, socket, received } = online();
  const answer = client.ask("CHATHISTORY", "LATEST", "#sala", "*", "50");
  assert.equal(socket.sent.at(-1), "@label=L1 CHATHISTORY LATEST #sala * 50");
  socket.receive("@label=L1 :s BATCH +1 chathistory #sala", "@batch=1;msgid=a :bia!b@h PRIVMSG #sala :um",
    "@batch=1 :s BATCH +2 draft/multiline #sala", "@batch=2 :bia!b@h PRIVMSG #sala :dois", "@batch=2;draft/multiline-concat :bia!b@h PRIVMSG #sala : e meio", "@batch=2 :bia!b@h PRIVMSG #sala :três", ":s BATCH -2", ":s BATCH -1");
  const before = received.length;
  assert.deepEqual((await answer).map((each) => each.params[1]), ["um", "dois e meio\ntrês"]);
  assert.equal(received.length, before);
  const empty = client.ask("MARKREAD", "#sala");
  socket.receive("@label=L2 :s ACK");
  assert.deepEqual(await empty, []);
});

test("without labels the PONG after a command ends its answer", async () => {
  const { client, socket } = connect();
  socket.receive(":s CAP * LS :batch", ":s CAP ana ACK :batch", ":s 001 ana :oi", ":s 422 ana :x");
  const answer = client.ask("WHOIS", "bia");
  assert.deepEqual(socket.sent.slice(-2), ["WHOIS bia", "PING L1"]);
  socket.receive(":s 311 ana bia b h * :Bia", ":caio!c@h PRIVMSG ana :no meio", ":s PONG s :L1");
  assert.deepEqual((await answer).map((each) => each.command), ["311"]);
});

test("without labels the commands of accounts and tokens are answers too", async () => {
  const { client, socket } = connect();
  socket.receive(":s CAP * LS :batch", ":s CAP ana ACK :batch", ":s 001 ana :oi", ":s 422 ana :x");
  const answer = client.ask("TOKEN", "GENERATE", "FILEHOST");
  const lines = [":s TOKEN GENERATE FILEHOST abc", ":s REGISTER SUCCESS ana :ok", ":s VERIFY SUCCESS ana :ok", ":s TOPIC #sala :oi"];
  socket.receive(...lines, ":s PONG s :L1");
  assert.deepEqual((await answer).map((each) => each.command), ["TOKEN", "REGISTER", "VERIFY"]);
});

test("an answer is rejected when the connection ends", async () => {
  const { client, socket } = online();
  const answer = client.ask("LIST");
  socket.close();
  await assert.rejects(answer);
});

test("a long message is one message of several lines, each short enough", () => {
  const { client, socket } = online();
  client.say("#sala", `${"palavra ".repeat(100)}\nfim`, { "+papo/nonce": "n" }).catch(() => {});
  const lines = socket.sent.slice(socket.sent.findIndex((line) => line.includes("BATCH +")));
  assert.match(lines[0], /^@\+papo\/nonce=n;label=L1 BATCH \+mL1 draft\/multiline #sala$/);
  assert.ok(lines.slice(1, -1).every((line) => new TextEncoder().encode(line.replace(/^@\S+ /, ":ana!ana@h ")).length <= 510));
  assert.equal(lines.at(-1), "BATCH -mL1");
});

test("SCRAM-SHA-256 as in RFC 7677, and again without the password", async () => {
  const server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const proof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  const first = new Scram("user", "pencil", undefined, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(first.first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  assert.equal(await first.answer(server), proof);
  assert.ok(first.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  assert.ok(!first.verify("v=AAAA"));
  const again = new Scram("user", "", first.key, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(await again.answer(server), proof);
  assert.ok(!JSON.stringify(first.key).includes("pencil"));
  await assert.rejects(new Scram("user", "", { ...first.key, salt: "AAAA" }, "rOprNGfwEbeRWgbNEkqO").answer(server));
  for (const bad of ["r=other,s=AAAA,i=4096", "r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=1", "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4095", "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=2000001", "", "e=no"]) {
    await assert.rejects(new Scram("user", "pencil", undefined, "rOprNGfwEbeRWgbNEkqO").answer(bad));
  }
});

test("the browser's own PBKDF2 and noble's are one, and noble leaves the page time", async () => {
  const [password, salt] = [new TextEncoder().encode("pencil"), new TextEncoder().encode("sal de teste")];
  let turns = 0;
  let running = true;
  const tick = () => {
    turns += 1;
    if (running) setTimeout(tick);
  };
  tick();
  // `null`, as undefined would be replaced by the default.
  const slow = await pbkdf2(password, salt, 50_000, null);
  running = false;
  assert.ok(turns > 2);
  assert.deepEqual(await pbkdf2(password, salt, 50_000), slow);
  assert.deepEqual(await pbkdf2(password, salt, 50_000, { importKey: (...args) => crypto.subtle.importKey(...args), deriveBits: (...args) => crypto.subtle.deriveBits(...args) }), slow);
  assert.equal((await pbkdf2(new Uint8Array(), salt, 4096)).length, 32);
});

test("only Papo servers are told the device: others take it for a part of the name", async () => {
  for (const [caps, name] of [["sasl=PLAIN papo.chat/nonce", "ana@web-x7"], ["sasl=PLAIN", "ana"]]) {
    const { socket } = connect({ nick: "ana", account: "ana", password: "segredo", device: "web-x7" }, "wss://chat.example.org/");
    socket.receive(`:s CAP * LS :${caps}`, `:s CAP ana ACK :sasl`, "AUTHENTICATE +");
    await Promise.resolve();
    assert.equal(atob(socket.sent.at(-1).replace("AUTHENTICATE ", "")), `\0${name}\0segredo`);
  }
});

test("a password is never sent unencrypted", () => {
  const { socket, refusals } = connect({ nick: "ana", account: "ana", password: "segredo" }, "ws://192.168.0.5:8080/");
  socket.receive(":s CAP * LS :sasl=PLAIN", ":s CAP ana ACK :sasl");
  assert.equal(refusals[0].code, "sasl");
  assert.ok(!socket.sent.some((line) => line.startsWith("AUTHENTICATE")));
});

test("no line throws", () => {
  const { client, socket } = online();
  for (const line of ["BATCH -9", "BATCH +", "@batch=9 PING x", "@label=L9 ACK", "CAP", "CAP * LS", "CAP * FOO", ":s 005", "PRIVMSG", "NICK", "AUTHENTICATE", ":", "@", ": x", "\u0000", "PONG"]) {
    assert.doesNotThrow(() => socket.receive(line), line);
  }
  assert.equal(client.nick, "ana");
});

test("a second factor is asked for, and the token stands for it at the next sign-in", () => {
  const signIn = (...more) => {
    const all = connect({ nick: "ana", account: "ana", password: "s", ...more[0] });
    all.socket.receive(":s CAP * LS :sasl=PLAIN papo.chat/second-factor", ":s CAP ana ACK :papo.chat/second-factor sasl", "AUTHENTICATE +");
    return all;
  };
  const first = signIn();
  first.socket.receive(":s SECONDFACTOR REQUIRED ana totp,recovery :x");
  assert.deepEqual(first.codes, [""]);
  first.client.secondFactor.give("123 456", "Firefox, Linux");
  assert.equal(first.socket.sent.at(-1), "SECONDFACTOR CODE totp 123456 :Firefox, Linux");
  first.socket.receive(":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :wrong");
  assert.deepEqual(first.codes, ["", "wrong"]);
  first.client.secondFactor.give("abcd-efgh", "");
  assert.equal(first.socket.sent.at(-1), "SECONDFACTOR CODE recovery abcd-efgh");
  first.socket.receive(":s 900 ana ana!a@h ana :in", ":s SECONDFACTOR DEVICE token-1", ":s 903 ana :ok");
  assert.equal(first.socket.sent.at(-1), "CAP END");
  assert.equal(first.client.identity.deviceToken, "token-1");
  const next = signIn({ deviceToken: "token-1" });
  next.socket.receive(":s SECONDFACTOR REQUIRED ana totp,device :x");
  assert.equal(next.socket.sent.at(-1), "SECONDFACTOR CODE device token-1");
  next.socket.receive(":s FAIL SECONDFACTOR BAD_SECOND_FACTOR :forgotten");
  assert.deepEqual(next.codes, [""]);
  assert.equal(next.client.identity.deviceToken, undefined);
  next.socket.receive(":s 904 ana :no");
  assert.equal(next.refusals.at(-1).code, "code");
});

test("a server that asks for the token out of turn does not get it", () => {
  const { socket, codes } = connect({ nick: "ana", account: "ana", password: "s", deviceToken: "token-1" });
  socket.receive(":s FAIL SECONDFACTOR X :x", ":s SECONDFACTOR REQUIRED ana device :x");
  assert.ok(!socket.sent.some((line) => line.includes("token-1")));
  assert.deepEqual(codes, []);
});
