// Which mechanism sends the password, and over which connections it may be sent as it is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseMechanism } from "../../../../src/papo/server/web/static/lib/sasl.js";

test("a password crosses TLS and this machine in the open, and nothing whose name only begins so", () => {
  for (const url of ["wss://evil.example/ws", "ws://localhost/ws", "ws://localhost:8080/", "ws://127.0.0.1/", "ws://127.1.2.3:1/", "ws://[::1]:8080/"]) {
    assert.equal(chooseMechanism("PLAIN", url), "PLAIN", url);
  }
  for (const url of ["ws://localhost.evil.example/", "ws://127.evil.example/", "ws://127.0.0.1.evil.example/", "ws://localhost@evil.example/", "ws://evil.example/#localhost", "ws://192.168.0.5/"]) {
    assert.equal(chooseMechanism("PLAIN", url), "", url);
    assert.equal(chooseMechanism("PLAIN,SCRAM-SHA-256", url), "SCRAM-SHA-256", url);
  }
});
