// Translations and plural rules of any language, from its catalogue alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePlural } from "../../../../src/papo/server/web/static/lib/plural.js";
import { languageName, locale, setLanguage, t, tn } from "../../../../src/papo/server/web/static/lib/translate.js";

test("a plural rule gives the same forms as gettext's", () => {
  const cases = {
    "0": [0, 0, 0, 0, 0, 0],
    "n != 1": [1, 0, 1, 1, 1, 1],
    "(n > 1)": [0, 0, 1, 1, 1, 1],
    "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2": [2, 0, 1, 2, 2, 0],
    "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)": [0, 1, 2, 3, 4, 4],
    "!(n == 1) + (n - 2 * 1 > 0) / 1": [1, 0, 1, 2, 2, 2],
  };
  for (const [rule, expected] of Object.entries(cases)) {
    const form = compilePlural(rule);
    assert.deepEqual([0, 1, 2, 5, 11, 21].map(form), expected, rule);
  }
});

test("what is no plural rule throws, and runs nothing", () => {
  for (const bad of ["", "n >", "alert(1)", "n ? 1", "(n", "n n", "globalThis", "n = 1", "1;2"]) assert.throws(() => compilePlural(bad), bad);
});

test("texts come from the catalogue; those without a translation stay as they are", () => {
  const texts = { Send: "dneS", "Reply to {nick}": "{nick} ot ylpeR", "{count} member": ["none", "one", "many: {count}"] };
  setLanguage("xx", texts, compilePlural("n == 0 ? 0 : n == 1 ? 1 : 2"));
  assert.equal(t("Send"), "dneS");
  assert.equal(t("Reply to {nick}", { nick: "ana" }), "ana ot ylpeR");
  assert.equal(t("Delete"), "Delete");
  assert.equal(t("{unknown}", {}), "{unknown}");
  assert.deepEqual([0, 1, 7].map((count) => tn("{count} member", "{count} members", count)), ["none", "one", "many: 7"]);
  assert.deepEqual([1, 7].map((count) => tn("{count} change", "{count} changes", count)), ["1 change", "7 changes"]);
  setLanguage("en");
  assert.deepEqual([0, 1, 7].map((count) => tn("{count} member", "{count} members", count)), ["0 members", "1 member", "7 members"]);
});

test("a language is named in itself", () => {
  assert.equal(languageName("pt_BR"), "Português (Brasil)");
  assert.equal(languageName("en"), "English");
  assert.equal(languageName("xx"), "Xx");
  setLanguage("pt_BR");
  assert.equal(locale(), "pt-BR");
});
