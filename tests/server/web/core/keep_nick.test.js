// The wanted nick: asked for again while it is taken, and what is used in its place.

import assert from "node:assert/strict";
import { test } from "node:test";

import { KeepNick } from "../../../../src/papo/server/web/static/state/keep_nick.js";

function fakeNetwork(nick) {
  const sent = [];
  return { sent, status: { value: "online" }, nick: { value: nick }, fold: (name) => name, client: { identity: { nick }, send: (...words) => sent.push(words) } };
}

test("it asks again after twice as long, but at least once a minute", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const network = fakeNetwork("ana_");
  const keepNick = new KeepNick(network, "ana");
  keepNick.start();
  keepNick.start(); // a second connection does not ask twice
  for (const waitMs of [1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000]) {
    context.mock.timers.tick(waitMs - 1);
    assert.deepEqual(network.sent, []);
    context.mock.timers.tick(1);
    assert.deepEqual(network.sent.splice(0), [["NICK", "ana"]]);
  }
  network.nick.value = "ana";
  context.mock.timers.tick(120_000);
  assert.deepEqual(network.sent, []);
});

test("a choice of the user ends the asking, and its refusal is shown", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const network = fakeNetwork("ana_");
  const keepNick = new KeepNick(network, "ana");
  keepNick.start();
  assert.equal(keepNick.refused(), true);
  keepNick.choose("bia");
  context.mock.timers.tick(120_000);
  assert.deepEqual(network.sent, []);
  assert.equal(keepNick.refused(), false);
  assert.equal(keepNick.wanted, "ana_");
});

test("a server that cuts long nicks gets one with a number after three underscores", () => {
  const network = fakeNetwork("mariana");
  const keepNick = new KeepNick(network, "mariana");
  const tried = [1, 2, 3, 4, 5].map(() => {
    keepNick.substitute();
    return network.client.identity.nick;
  });
  assert.deepEqual(tried.slice(0, 3), ["mariana_", "mariana__", "mariana___"]);
  for (const nick of tried.slice(3)) assert.match(nick, /^maria\d{4}$/);
  keepNick.connecting();
  assert.equal(network.client.identity.nick, "mariana");
  keepNick.substitute();
  assert.equal(network.client.identity.nick, "mariana_");
});
