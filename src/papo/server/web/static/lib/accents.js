// How words compare if the user types them without accents. No DOM.

/** Without accents and case: "coracao" finds coração. @param {string} text */
export function withoutAccents(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/_/g, " ");
}
