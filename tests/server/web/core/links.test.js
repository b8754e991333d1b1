// Links in texts, before and after the library for them has come.

import assert from "node:assert/strict";
import { test } from "node:test";
import { find, loadLinks, mayHoldLink } from "../../../../src/papo/server/web/static/lib/links.js";
import { findLinks, inline } from "../../../../src/papo/server/web/static/lib/markdown.js";
import { find as findByLibrary } from "../../../../src/papo/server/web/static/vendor/linkify.js";

const names = { isNick: (word) => word === "ana", isChannel: (word) => word.startsWith("#") };
const TEXT = "oi ana, veja #sala e https://a.example/ana#sala, ana";

test("a text without a link needs no library, and one with a link is plain until it has come", async () => {
  assert.deepEqual(find("oi, tudo bem? às 10:30, na 2.1 e/ou depois..."), []);
  assert.deepEqual(findLinks(TEXT), []);
  assert.deepEqual(inline(TEXT, names).map((node) => node.kind ?? node).filter((node) => !/^\s+$/.test(node)),
    ["oi", "nick", ",", "veja", "channel", "e", "https://a.example/ana#sala,", "nick"]);
  assert.equal(inline(TEXT, names).map((node) => (typeof node === "string" ? node : node.children[0])).join(""), TEXT);
  await loadLinks();
  assert.deepEqual(findLinks(TEXT), ["https://a.example/ana#sala"]);
  assert.deepEqual(inline(TEXT, names).filter((node) => node.kind).map((node) => node.kind), ["nick", "channel", "a", "nick"]);
});

test("every link that the library finds looks like one", () => {
  const bits = ["a", "b", "org", "com", "localhost", ".", ":", "@", "/", "//", "http", "https", "mailto", " ", "-", "1", "#", "é", "😀", "(", ")"];
  let found = 0;
  let seed = 7;
  const next = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  for (let n = 0; n < 20_000; n += 1) {
    const text = Array.from({ length: 1 + Math.floor(next() * 8) }, () => bits[Math.floor(next() * bits.length)]).join("");
    for (const { value } of findByLibrary(text)) {
      found += 1;
      assert.ok(mayHoldLink(value) && !/\s/.test(value), text);
    }
  }
  assert.ok(found > 100);
});
