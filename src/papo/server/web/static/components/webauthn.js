// The browser's passkeys: options and answers as JSON, for browsers that do not convert them themselves (WebAuthn level 3).

/** @param {string} text base64url */
function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
}

/** @param {ArrayBuffer | null} buffer */
function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {{id: string}[] | undefined} descriptors */
function descriptors(descriptors = []) {
  return descriptors.map((each) => ({ ...each, type: /** @type {const} */ ("public-key"), id: bytes(each.id) }));
}

/** Make a passkey. Rejects if there is none or the user does not want to. @param {any} options */
export async function create(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
  const made = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return { ...named(made), response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) } };
}

/** Sign with a passkey. Rejects as `create` does. @param {any} options */
export async function sign(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: descriptors(options.allowCredentials) };
  const signed = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature, userHandle } = /** @type {AuthenticatorAssertionResponse} */ (signed.response);
  return {
    ...named(signed),
    response: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: text(userHandle) },
  };
}

/** @param {PublicKeyCredential} credential */
function named({ id, rawId, type }) {
  return { id, rawId: text(rawId), type };
}
