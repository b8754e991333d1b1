// A message in the outbox is sent once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Buffer } from "../../../../src/papo/server/web/static/state/buffer.js";
import { edit, resend, say } from "../../../../src/papo/server/web/static/state/send.js";

/** @param {(answer: any[]) => void} [answered] */
function fakeNetwork() {
  const items = new Map();
  const said = [];
  let made = 0;
  return {
    said, url: "ws://x", status: { value: "online" }, nick: { value: "ana" }, fold: (name) => name,
    outbox: {
      add: (item) => {
        const waiting = { ...item, nonce: `n${(made += 1)}`, at: 1, tried: false, failed: "" };
        items.set(waiting.nonce, waiting);
        return waiting;
      },
      of: () => [...items.values()], find: (nonce) => items.get(nonce), change: () => {}, remove: (nonce) => items.delete(nonce),
    },
    client: {
      caps: new Set(["echo-message"]),
      say: (...words) => new Promise((resolve, reject) => said.push({ words, resolve, reject })),
    },
  };
}

test("a message in flight is not sent again when history arrives", async () => {
  const network = fakeNetwork();
  const buffer = new Buffer("#a", "#a", "channel");
  say(network, buffer, "oi");
  resend(network, buffer, []);
  assert.equal(network.said.length, 1);

  network.said[0].reject(new Error("the connection ended"));
  await new Promise((resolve) => setImmediate(resolve));
  resend(network, buffer, []);
  assert.equal(network.said.length, 2);
});

test("an edit of several lines is refused, not joined into one", async () => {
  const asked = [];
  const network = { ...fakeNetwork(), client: { ask: async (...words) => (asked.push(words), []) } };
  const buffer = new Buffer("#a", "#a", "channel");
  assert.match(await edit(network, buffer, { id: "m1" }, "one\ntwo"), /one line/);
  assert.deepEqual(asked, []);
  assert.equal(await edit(network, buffer, { id: "m1" }, "one"), "");
  assert.deepEqual(asked, [["EDIT", "#a", "m1", "one"]]);
});
