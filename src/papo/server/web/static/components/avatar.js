// The colour and the letter that stand for a nick.

/** The CSS class of one of twelve colours, always the same for a nick. @param {string} nick */
export function hue(nick) {
  let sum = 7;
  for (const char of nick.toLowerCase().replace(/[_|`^\d]+$/, "")) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 4093;
  return `hue-${sum % 12}`;
}

/** The first letter of a name, in upper case. @param {string} name */
export function initial(name) {
  const letter = /[\p{L}\p{N}]/u.exec(name);
  return (letter?.[0] ?? name[0] ?? "?").toLocaleUpperCase();
}
