// Asks for the second factor of an account, between its password and the chat.

import { html, useEffect, useRef, useState } from "./html.js";
import { t } from "../lib/translate.js";
import { leave } from "./actions.js";
import { browserName, hasPasskeys } from "./device.js";
import { setup } from "./view.js";

/** @typedef {import("../state/network.js").Network} Network */

/** @param {{network: Network}} props */
export function CodeForm({ network }) {
  const [code, setCode] = useState("");
  const [trusts, setTrusts] = useState(true);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []); // it comes into a page that has the focus already
  const isTrusted = Boolean(network.client.identity.deviceToken);
  const error = network.codeWanted.value;
  const { secondFactor } = network.client;
  const usePasskey = async () => secondFactor.givePasskey((await import("./webauthn.js")).sign);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    secondFactor.give(code, trusts && !isTrusted ? browserName() : "");
    setCode("");
  };
  return html`
    <main class="login">
      <form onSubmit=${submit}>
        <h1>${setup.network ?? "Papo"}</h1>
        <label>${t("Code")}<input type="text" name="code" autocomplete="one-time-code" required ref=${field} autocapitalize="none" spellcheck=${false}
          value=${code} onInput=${(/** @type {any} */ event) => setCode(event.target.value)} aria-describedby="code-note" /></label>
        <p class="note" id="code-note">${t("Enter the code that your authenticator app shows, or one of your recovery codes.")}</p>
        ${isTrusted ? null : html`<label class="check"><input type="checkbox" checked=${trusts} onChange=${() => setTrusts(!trusts)} />${t("Do not ask again in this browser")}</label>`}
        ${error ? html`<p class="error-text" role="alert">${error === "passkey" ? t("No passkey of this account was used.") : t("The code is wrong, too old or used already: wait for the next one, and check that your clock is right")}</p>` : null}
        <button type="submit" class="primary">${t("Sign in")}</button>
        ${hasPasskeys() && secondFactor.ways.includes("passkey") ? html`<button type="button" onClick=${usePasskey}>${t("Use a passkey")}</button>` : null}
        <button type="button" class="link" onClick=${() => leave(network)}>${t("Cancel")}</button>
      </form>
    </main>`;
}
