// Which names are the same: the case mappings that servers name in 005, as in papo/case_mapping.py. No DOM.

const CHEROKEE = /[\u13a0-\u13f5]/;
const SMALL_CHEROKEE = /[\u13f8-\u13fd\uab70-\uabbf]/;

/** @param {string} name */
const ascii = (name) => name.replace(/[A-Z]/g, (char) => char.toLowerCase());

/** @param {string} name */
const strict = (name) => ascii(name).replace(/\[/g, "{").replace(/\]/g, "}").replace(/\\/g, "|");

/**
 * Unicode's toCaseFold for one character, which JavaScript does not have: small, and as small as its capital is. But a
 * dotless i is not the small letter of I, and Cherokee folds to its capitals.
 * @param {string} char
 */
function foldChar(char) {
  if (char === "\u0131" || CHEROKEE.test(char)) return char;
  if (SMALL_CHEROKEE.test(char)) return char.toUpperCase();
  return char.toLowerCase().toUpperCase().toLowerCase();
}

/** @param {string} name */
function rfc7613(name) {
  // Character by character: toLowerCase() of a whole word would give a sigma at its end another form.
  return /^[\0-\x7f]*$/.test(name) ? ascii(name) : [...name.normalize("NFKC")].map(foldChar).join("").normalize("NFC");
}

/** @param {string} name */
function rfc8265(name) {
  return name.replace(/[\uff01-\uffef]/g, (char) => char.normalize("NFKC")).toLowerCase().normalize("NFC");
}

/** @type {Record<string, (name: string) => string>} values of CASEMAPPING */
const CASEMAPPINGS = { ascii, "rfc1459-strict": strict, rfc1459: (name) => strict(name).replace(/~/g, "^") };

/** @type {Record<string, (name: string) => string>} values of UTF8MAPPING, which Ergo sends beside CASEMAPPING=ascii */
const UTF8MAPPINGS = { rfc7613, rfc8265 };

/**
 * The same text for names that are equal on a server that has sent these tokens.
 * @param {string} name
 * @param {ReadonlyMap<string, string>} tokens
 */
export function fold(name, tokens) {
  const mapping = UTF8MAPPINGS[tokens.get("UTF8MAPPING") ?? ""] ?? CASEMAPPINGS[tokens.get("CASEMAPPING") ?? "rfc1459"] ?? ascii;
  return mapping(name);
}
