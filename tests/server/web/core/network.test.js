// What a network keeps over a lost connection, and what it does not.

import assert from "node:assert/strict";
import { after, test } from "node:test";

const stored = new Map();
globalThis.localStorage = { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value), removeItem: (name) => stored.delete(name) };

const { Network } = await import("../../../../src/papo/server/web/static/state/network.js");
const { say } = await import("../../../../src/papo/server/web/static/state/send.js");

/** @type {Network[]} */
const networks = [];
after(() => networks.forEach(({ client }) => client.connection.close()));

/** A network whose other end is the test. @param {string[]} channels */
function fakeNetwork(channels) {
  const out = [];
  let socket;
  const open = () => (socket = { readyState: 0, send: (line) => out.push(line), close: () => {} });
  const network = new Network("ws://irc.test/", { nick: "ana" }, { channels, tab: "test", environment: { open, random: () => 0 } });
  networks.push(network);
  const receive = async (...lines) => {
    for (const data of lines) socket.onmessage({ data });
    await network.caughtUp();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    network, receive,
    async register(caps = "") {
      network.connect();
      socket.readyState = 1;
      socket.onopen();
      await receive(`:s CAP * LS :${caps}`);
      if (caps) await receive(`:s CAP * ACK :${caps.replace(/=\S+/g, "")}`);
      await receive(":s 001 ana :oi", ":s 005 ana CHANTYPES=# :ok", ":s 422 ana :none");
      return out.splice(0).filter((line) => line.startsWith("JOIN"));
    },
  };
}

test("a channel whose JOIN was not answered is joined over the next connection, one that was refused is not", async () => {
  stored.clear();
  const { network, receive, register } = fakeNetwork(["#a", "#b", "#c"]);
  assert.deepEqual(await register(), ["JOIN #a,#b,#c"]);
  await receive(":ana!a@h JOIN #a", ":s 474 ana #b :Cannot join channel (+b)");
  network.client.connection.drop();
  assert.deepEqual(await register(), ["JOIN #a,#c"]);
  await receive(":ana!a@h JOIN #a", ":ana!a@h JOIN #c");
  network.client.connection.drop();
  assert.deepEqual(await register(), ["JOIN #a,#c"]);
  assert.deepEqual(JSON.parse(stored.get("papo.open.ws://irc.test/")), ["#a", "#c"]);
});

test("what an earlier connection has sent again is forgotten when another one is made", async () => {
  stored.clear();
  const { network, receive, register } = fakeNetwork(["#a"]);
  await register("echo-message labeled-response batch message-tags papo.chat/nonce=duration=60");
  await receive(":ana!a@h JOIN #a");
  say(network, network.open("#a"), "oi");
  network.client.connection.drop();
  await register("echo-message labeled-response batch message-tags papo.chat/nonce=duration=60");
  await receive(":ana!a@h JOIN #a");
  assert.equal(network.sentAgain.size, 1);
  network.client.connection.drop();
  await register();
  assert.equal(network.sentAgain.size, 0);
});
