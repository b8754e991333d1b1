// Names fold as in Python: the pairs of tests/protocol/case_mapping.json, which Python reads as well.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Support } from "../../../../src/papo/server/web/static/lib/isupport.js";

const mappings = JSON.parse(readFileSync(new URL("../../../protocol/case_mapping.json", import.meta.url), "utf8"));

for (const { tokens, names } of mappings) {
  test(`names fold as ${tokens} says`, () => {
    const support = new Support();
    support.update(["CASEMAPPING=ascii", ...tokens.split(" ")]);
    for (const [name, folded] of names) {
      assert.equal(support.fold(name), folded);
      assert.equal(support.fold(folded), folded);
    }
  });
}
