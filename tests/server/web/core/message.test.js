// Lines as values and back, ISUPPORT, formatting and Markdown, also over random texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byteLength, format, parse } from "../../../../src/papo/server/web/static/lib/message.js";
import { pieces } from "../../../../src/papo/server/web/static/lib/split.js";
import { Support } from "../../../../src/papo/server/web/static/lib/isupport.js";
import { runs, plainText } from "../../../../src/papo/server/web/static/lib/formatting.js";
import { loadLinks } from "../../../../src/papo/server/web/static/lib/links.js";
import { inline, markdown, safeHref } from "../../../../src/papo/server/web/static/lib/markdown.js";

/** Random numbers from a seed, so that a failure repeats. */
function* numbers(seed) {
  for (let x = seed; ; ) {
    x = (x * 1664525 + 1013904223) >>> 0;
    yield x / 2 ** 32;
  }
}

test("a line is its tags, source, command and parameters", () => {
  const { tags, source, command, params } = parse("@a=b\\:\\s\\\\\\r\\n;c;+d/e=f :ana!u@h.x  privmsg  #sala  :olá  mundo :x");
  assert.deepEqual({ ...tags }, { a: "b; \\\r\n", c: "", "+d/e": "f" });
  assert.deepEqual(source, { nick: "ana", user: "u", host: "h.x" });
  assert.equal(command, "PRIVMSG");
  assert.deepEqual(params, ["#sala", "olá  mundo :x"]);
  assert.deepEqual(parse(":irc.example 005 a b :").params, ["a", "b", ""]);
  assert.deepEqual(parse("CAP * LS :").params, ["*", "LS", ""]);
  assert.equal(parse("").command, "");
  assert.equal(parse("@__proto__=x PING").tags.toString, undefined);
});

test("a formatted line parses as it was, and no parameter starts a second line", () => {
  const next = numbers(7);
  const signs = ["a", " ", ":", ";", "\\", "\n", "\r", "=", "@", "é", "😀", ""];
  const word = () => Array.from({ length: 1 + Math.floor(next.next().value * 6) }, () => signs[Math.floor(next.next().value * signs.length)]).join("");
  for (let n = 0; n < 3000; n += 1) {
    const [value, text] = [word(), word()];
    const line = format("PRIVMSG", ["#sala", text], { "+x": value });
    assert.ok(!/[\r\n]/.test(line));
    const read = parse(line);
    assert.equal(read.tags["+x"], value);
    assert.deepEqual(read.params, ["#sala", text.replace(/[\r\n\0]+/g, " ")]);
  }
  assert.throws(() => format("JOIN", ["#a b", "key"]));
});

test("long texts are split between characters, at spaces if there are any", () => {
  const text = `${"palavra ".repeat(50)}${"😀".repeat(100)}`;
  const parts = pieces(text, 100);
  assert.equal(parts.join(""), text);
  assert.ok(parts.every((part) => byteLength(part) <= 100));
  assert.ok(parts[0].endsWith(" "));
});

test("ISUPPORT says how names compare and which modes take a parameter", () => {
  const support = new Support();
  assert.equal(support.fold("A[\\]^"), "a{|}~".replace("~", "^"));
  support.update(["CASEMAPPING=ascii", "PREFIX=(qaohv)~&@%+", "CHANTYPES=#", "CHANMODES=beI,k,fjlLW,imnst", "NETWORK=Sala\\x20Um"]);
  assert.equal(support.fold("A[É"), "a[É");
  assert.equal(support.network, "Sala Um");
  assert.deepEqual(support.splitPrefix("@+ana"), ["@+", "ana"]);
  assert.deepEqual(support.modeChanges(["+ovk-lb+m", "ana", "bia", "x", "*!*@h"]), [
    { add: true, letter: "o", value: "ana" }, { add: true, letter: "v", value: "bia" }, { add: true, letter: "k", value: "x" },
    { add: false, letter: "l", value: null }, { add: false, letter: "b", value: "*!*@h" }, { add: true, letter: "m", value: null },
  ]);
  assert.ok(support.rank("@") > support.rank("+") && support.rank("@") === support.rankOf("o"));
});

test("colours become runs, and no text throws", () => {
  assert.deepEqual(runs("a\x02b\x0304,02c\x0fd").map(({ text, bold, colour }) => [text, bold, colour]), [["a", false, null], ["b", true, null], ["c", true, 4], ["d", false, null]]);
  assert.equal(plainText("\x02\x1f\x033oi\x03 \x01"), "oi ");
  const next = numbers(11);
  for (let n = 0; n < 2000; n += 1) {
    const text = Array.from({ length: 12 }, () => String.fromCharCode(Math.floor(next.next().value * 130))).join("");
    assert.ok(!/[\x00-\x08\x0b-\x1f]/.test(runs(text).map((run) => run.text).join("")));
  }
});

test("a link whose text is an address leads there", async () => {
  await loadLinks();
  const names = { isNick: () => false, isChannel: () => false };
  const links = (nodes) => nodes.flatMap((node) => (typeof node === "string" ? [] : node.kind === "a" ? [[node.children.join(""), node.href]] : links(node.children ?? [])));
  for (const [text, expected] of [
    ["[aqui](https://y.example/a)", [["aqui", "https://y.example/a"]]],
    ["[x.org](https://x.org/a)", [["x.org", "https://x.org/a"]]],
    ["[https://x.org](https://y.org/a)", [["https://x.org", "https://x.org"], ["https://y.org/a", "https://y.org/a"]]],
    ["[**www.x.org**](https://y.org)", [["www.x.org", "http://www.x.org"], ["https://y.org", "https://y.org"]]],
    ["[z@x.org](mailto:z@y.org)", [["z@x.org", "mailto:z@x.org"], ["mailto:z@y.org", "mailto:z@y.org"]]],
  ]) assert.deepEqual(links(markdown(text, names)), expected);
  for (const text of ["[x.org](https://x.org@y.org)", "[z@x.org](https://y.org)", "[HTTPS://X.ORG](https://y.org)", "[ver x.org hoje](ircs://y.org)"]) {
    for (const [shown, href] of links(markdown(text, names))) assert.ok(href.toLowerCase().includes(shown.toLowerCase()), text);
  }
});

test("only safe addresses are links", async () => {
  await loadLinks();
  for (const bad of ["javascript:alert(1)", " java\nscript:x", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//a.example", "\u0001javascript:x"]) assert.equal(safeHref(bad), "");
  assert.equal(safeHref("https://a.example/x"), "https://a.example/x");
  const names = { isNick: (word) => word === "ana", isChannel: (word) => word.startsWith("#") };
  const kinds = (nodes) => nodes.flatMap((node) => (typeof node === "string" ? [] : [node.kind, ...kinds(node.children ?? [])]));
  assert.deepEqual(kinds(inline("oi ana, veja #sala e https://a.example", names)), ["nick", "channel", "a"]);
  assert.deepEqual(kinds(markdown("**ana** `x` <b>", names)), ["p", "strong", "nick", "code"]);
  const next = numbers(5);
  const bits = ["*", "_", "`", "[", "](", ")", "<", ">", "\n", " ", "a", "http://a.b", "#", "- ", "> ", "```", "\\", "|", "~~"];
  for (let n = 0; n < 1500; n += 1) markdown(Array.from({ length: 20 }, () => bits[Math.floor(next.next().value * bits.length)]).join(""), names);
});
