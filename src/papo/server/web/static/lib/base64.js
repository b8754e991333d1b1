// Text in base64, as AUTHENTICATE has it. No DOM.

/** @param {string} text */
export function toBase64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {string} text */
export function fromBase64(text) {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
