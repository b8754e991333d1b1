// The numerics of IRC by their names, from the table that Python reads too (papo/protocol/data/numerics.json). No DOM.

import data from "../data/numerics.js";

/** Three digits by name: `N.RPL_WELCOME` is "001". */
export const N = data.numbers;

/**
 * Numerics that clients treat alike; data/README.md says what each group means.
 * @param {keyof typeof data.groups} name
 * @returns {Set<string>}
 */
export function group(name) {
  return new Set(data.groups[name].map((each) => data.numbers[/** @type {keyof typeof N} */ (each)]));
}
