// What the server supports (ISUPPORT, 005): how names compare, prefixes of members, types of modes. No DOM.

import { fold } from "./case_mapping.js";

export class Support {
  constructor() {
    /** @type {Map<string, string>} */
    this.tokens = new Map();
    this.prefixModes = "ov";
    this.prefixes = "@+";
    this.channelTypes = "#&";
    /** @type {[string, string, string, string]} */
    this.channelModes = ["b", "k", "l", "imnpst"];
    this.network = "";
  }

  /** @param {string[]} words parameters of 005 between the nick and the sentence */
  update(words) {
    for (const word of words) {
      const at = word.indexOf("=");
      const name = at < 0 ? word : word.slice(0, at);
      const value = at < 0 ? "" : word.slice(at + 1).replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
      if (name.startsWith("-")) {
        this.tokens.delete(name.slice(1));
        continue;
      }
      this.tokens.set(name, value);
      if (name === "PREFIX") {
        const found = /^\(([^)]*)\)(.*)$/.exec(value);
        if (found) [, this.prefixModes, this.prefixes] = found;
      } else if (name === "CHANTYPES") this.channelTypes = value;
      else if (name === "NETWORK") this.network = value;
      else if (name === "CHANMODES") {
        const [a = "", b = "", c = "", d = ""] = value.split(",");
        this.channelModes = [a, b, c, d];
      }
    }
  }

  /** @param {string} name @param {number} [missing] if the server does not give it */
  number(name, missing = 0) {
    return parseInt(this.tokens.get(name) ?? "", 10) || missing;
  }

  /** @param {string} name */
  isChannel(name) {
    return name !== "" && this.channelTypes.includes(name[0]);
  }

  /**
   * Equal texts for names that are the same to the server.
   * @param {string} name
   */
  fold(name) {
    return fold(name, this.tokens);
  }

  /**
   * `@+ana` as its prefixes and the nick.
   * @param {string} word
   * @returns {[string, string]}
   */
  splitPrefix(word) {
    let at = 0;
    while (at < word.length && this.prefixes.includes(word[at])) at += 1;
    return [word.slice(0, at), word.slice(at)];
  }

  /**
   * The changes of a MODE line, in order; `value` is null if the mode takes no parameter.
   * @param {string[]} words letters, then parameters
   * @returns {{add: boolean, letter: string, value: string | null}[]}
   */
  modeChanges(words) {
    const [letters = "", ...rest] = words;
    const [lists, always, onSet] = this.channelModes;
    const changes = [];
    let add = true;
    for (const letter of letters) {
      if (letter === "+" || letter === "-") {
        add = letter === "+";
        continue;
      }
      const takes = lists.includes(letter) || always.includes(letter) || this.prefixModes.includes(letter) || (add && onSet.includes(letter));
      changes.push({ add, letter, value: takes ? (rest.shift() ?? null) : null });
    }
    return changes;
  }

  /**
   * Rank of the highest of these prefixes; 0 for a plain member.
   * @param {string} prefixes such as `@+`
   */
  rank(prefixes) {
    if (!prefixes) return 0;
    const at = this.prefixes.indexOf(prefixes[0]);
    return at < 0 ? 0 : this.prefixes.length - at;
  }

  /**
   * Rank of a mode letter, such as `o`; Infinity if the server does not have it.
   * @param {string} letter
   */
  rankOf(letter) {
    const at = this.prefixModes.indexOf(letter);
    return at < 0 ? Infinity : this.prefixes.length - at;
  }
}
