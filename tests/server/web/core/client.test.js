// The client without a screen, against a server made of lines: coming in, labels, batches, the outbox.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client } from "../../../../src/papo/server/web/static/lib/client.js";
import { Scram } from "../../../../src/papo/server/web/static/lib/scram.js";

/** A WebSocket whose other end is the test. */
class Wire {
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
  say(...lines) {
    for (const line of lines) this.onmessage({ data: line });
  }
}

/** @type {Client[]} */
const made_ = [];
afterEach(() => made_.splice(0).forEach((each) => each.connection.close()));

function client(person = { nick: "ana" }, url = "ws://localhost/") {
  const wires = [];
  const heard = [];
  const states = [];
  const refusals = [];
  const made = new Client(url, person, {
    message: (message) => heard.push(message),
    state: (state) => states.push(state),
    refused: (why) => {
      refusals.push(why);
      return false;
    },
  }, { open: () => (wires.push(new Wire()), wires.at(-1)), random: () => 0 });
  made_.push(made);
  made.connect();
  wires[0].open();
  return { made, wires, wire: wires[0], heard, states, refusals };
}

const CAPS = ":s CAP * LS :batch labeled-response message-tags echo-message server-time draft/multiline=max-bytes=4096 draft/chathistory sasl=PLAIN,SCRAM-SHA-256";

function online(...more) {
  const all = client(...more);
  all.wire.say(CAPS);
  const asked = all.wire.sent.find((line) => line.startsWith("CAP REQ"));
  all.wire.say(`:s CAP ana ACK :${asked.slice(9)}`, ":s 001 ana :oi", ":s 005 ana CASEMAPPING=ascii CHANTYPES=# :ok", ":s 422 ana :none", ":ana!ana@h JOIN #sala");
  return all;
}

test("it asks for what it knows, and comes in", () => {
  const { wire, states, made } = online();
  assert.deepEqual(wire.sent.slice(0, 3), ["CAP LS 302", "NICK ana", "USER ana 0 * ana"]);
  assert.ok(!wire.sent.find((line) => line.startsWith("CAP REQ")).includes("sasl"));
  assert.ok(wire.sent.includes("CAP END"));
  assert.deepEqual(states, ["connecting", "registering", "online"]);
  assert.equal(made.host, "ana@h");
});

test("an answer finds its question by the label, batches and all", async () => {
  const { made, wire, heard } = online();
  const answer = made.ask("CHATHISTORY", "LATEST", "#sala", "*", "50");
  assert.equal(wire.sent.at(-1), "@label=L1 CHATHISTORY LATEST #sala * 50");
  wire.say("@label=L1 :s BATCH +1 chathistory #sala", "@batch=1;msgid=a :bia!b@h PRIVMSG #sala :um",
    "@batch=1 :s BATCH +2 draft/multiline #sala", "@batch=2 :bia!b@h PRIVMSG #sala :dois", "@batch=2;draft/multiline-concat :bia!b@h PRIVMSG #sala : e meio", "@batch=2 :bia!b@h PRIVMSG #sala :três", ":s BATCH -2", ":s BATCH -1");
  const before = heard.length;
  assert.deepEqual((await answer).map((each) => each.params[1]), ["um", "dois e meio\ntrês"]);
  assert.equal(heard.length, before);
  const empty = made.ask("MARKREAD", "#sala");
  wire.say("@label=L2 :s ACK");
  assert.deepEqual(await empty, []);
});

test("without labels the PONG behind a question ends its answer", async () => {
  const { made, wire } = client();
  wire.say(":s CAP * LS :batch", ":s CAP ana ACK :batch", ":s 001 ana :oi", ":s 422 ana :x");
  const answer = made.ask("WHOIS", "bia");
  assert.deepEqual(wire.sent.slice(-2), ["WHOIS bia", "PING L1"]);
  wire.say(":s 311 ana bia b h * :Bia", ":caio!c@h PRIVMSG ana :no meio", ":s PONG s :L1");
  assert.deepEqual((await answer).map((each) => each.command), ["311"]);
});

test("a question ends with its connection", async () => {
  const { made, wire } = online();
  const answer = made.ask("LIST");
  wire.close();
  await assert.rejects(answer);
});

test("a long message is one message of several lines, each short enough", () => {
  const { made, wire } = online();
  made.say("#sala", `${"palavra ".repeat(100)}\nfim`, { "+papo/nonce": "n" }).catch(() => {});
  const lines = wire.sent.slice(wire.sent.findIndex((line) => line.includes("BATCH +")));
  assert.match(lines[0], /^@\+papo\/nonce=n;label=L1 BATCH \+mL1 draft\/multiline #sala$/);
  assert.ok(lines.slice(1, -1).every((line) => new TextEncoder().encode(line.replace(/^@\S+ /, ":ana!ana@h ")).length <= 510));
  assert.equal(lines.at(-1), "BATCH -mL1");
});

test("SCRAM-SHA-256 as RFC 7677 has it, and again without the password", async () => {
  const server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const proof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  const first = new Scram("user", "pencil", undefined, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(first.first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  assert.equal(await first.answer(server), proof);
  assert.ok(first.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  assert.ok(!first.verify("v=AAAA"));
  const again = new Scram("user", "", first.kept, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(await again.answer(server), proof);
  assert.ok(!JSON.stringify(first.kept).includes("pencil"));
  await assert.rejects(new Scram("user", "", { ...first.kept, salt: "AAAA" }, "rOprNGfwEbeRWgbNEkqO").answer(server));
  for (const bad of ["r=other,s=AAAA,i=4096", "r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=1", "", "e=no"]) {
    await assert.rejects(new Scram("user", "pencil", undefined, "rOprNGfwEbeRWgbNEkqO").answer(bad));
  }
});

test("a password never goes over an open line as it is", () => {
  const { wire, refusals } = client({ nick: "ana", account: "ana", password: "segredo" }, "ws://192.168.0.5:8080/");
  wire.say(":s CAP * LS :sasl=PLAIN", ":s CAP ana ACK :sasl");
  assert.equal(refusals[0].code, "sasl");
  assert.ok(!wire.sent.some((line) => line.startsWith("AUTHENTICATE")));
});

test("hostile lines leave it standing", () => {
  const { made, wire } = online();
  for (const line of ["BATCH -9", "BATCH +", "@batch=9 PING x", "@label=L9 ACK", "CAP", "CAP * LS", "CAP * FOO", ":s 005", "PRIVMSG", "NICK", "AUTHENTICATE", ":", "@", ": x", "\u0000", "PONG"]) {
    assert.doesNotThrow(() => wire.say(line), line);
  }
  assert.equal(made.nick, "ana");
});
