// Colours and styles in IRC text (modern.ircdocs.horse "Formatting"). No DOM.

/**
 * @typedef {{text: string, bold: boolean, italic: boolean, underline: boolean, strike: boolean, mono: boolean,
 *   colour: number | null}} Run
 */

const CODES = /[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;
/** @type {Record<string, "bold" | "italic" | "underline" | "strike" | "mono">} */
const TOGGLES = { "\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike", "\x11": "mono" };

/** @param {string} text */
export function isFormatted(text) {
  return CODES.test(text);
}

/**
 * @param {string} text
 * @returns {Run[]} none of them empty
 */
export function runs(text) {
  /** @type {Run[]} */
  const found = [];
  const plain = { bold: false, italic: false, underline: false, strike: false, mono: false, colour: null };
  /** @type {Run} */
  let now = { text: "", ...plain };
  const next = (/** @type {Partial<Run>} */ changes) => {
    if (now.text) found.push({ ...now, text: now.text.replace(CONTROL, "") });
    now = { ...now, text: "", ...changes };
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char in TOGGLES) next({ [TOGGLES[char]]: !now[TOGGLES[char]] });
    else if (char === "\x0f") next(plain);
    else if (char === "\x03") {
      const digits = /^\x03(\d{1,2})?(?:,\d{1,2})?/.exec(text.slice(at, at + 6));
      next({ colour: digits?.[1] === undefined ? null : parseInt(digits[1], 10) % 16 });
      at += (digits?.[1] === undefined ? 1 : (digits?.[0].length ?? 1)) - 1;
    } else if (char === "\x04") {
      const hex = /^\x04([0-9A-Fa-f]{6})?/.exec(text.slice(at, at + 7));
      next({ colour: null });
      at += (hex?.[0].length ?? 1) - 1;
    } else if (char !== "\x16") now.text += char;
  }
  next({});
  return found;
}

/** @param {string} text */
export function plainText(text) {
  return isFormatted(text) ? runs(text).map((run) => run.text).join("") : text.replace(CONTROL, "");
}
