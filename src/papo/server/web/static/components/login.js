// The login page: a nick is enough to join; signing in to an account is one click further.

import { html, useEffect, useState } from "./html.js";
import { N } from "../lib/numerics.js";
import { t } from "../lib/translate.js";
import { recall } from "../state/settings.js";
import { hasPasskeys } from "./device.js";
import { LanguageButtons } from "./language.js";
import { explainRefusal } from "./refusals.js";
import { connect, invitationCode, ownUrl, start } from "./session.js";
import { setup } from "./view.js";

/** @typedef {import("./invitations.js").Invitation} Invitation */

const ANIMALS = ["Arara", "Boto", "Capivara", "Coruja", "Garça", "Jabuti", "Lobo", "Mico", "Onça", "Quati", "Sagui", "Tatu", "Tucano", "Veado"];

function randomNick() {
  const [animal, number] = crypto.getRandomValues(new Uint16Array(2));
  return `${ANIMALS[animal % ANIMALS.length].normalize("NFD").replace(/\p{M}/gu, "")}${(number % 90) + 10}`;
}

/** @param {{refusal?: {code: string, text: string} | null}} props `refusal` of the last attempt */
export function Login({ refusal = null }) {
  const [hasAccount, setHasAccount] = useState(Boolean(setup.accountRequired || [N.ERR_SASLFAIL, "code", "passkey"].includes(refusal?.code ?? "")));
  const [invitation, setInvitation] = useState(/** @type {Invitation | null} */ (null));
  const [nick, setNick] = useState(() => recall("nick") || randomNick());
  const code = invitationCode();
  useEffect(() => {
    if (code) void import("./invitations.js").then(({ readInvitation }) => readInvitation(code)).then(setInvitation);
  }, [code]);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const withPasskey = event.submitter?.value === "passkey";
    const data = new FormData(event.target);
    const value = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
    const account = { nick: value("account"), account: value("account"), password: String(data.get("password") ?? "") };
    const passkey = withPasskey ? { nick: recall("nick") || randomNick(), passkey: (await import("./webauthn.js")).sign } : null;
    const identity = { ...(passkey ? passkey : hasAccount ? account : { nick: nick.trim().replace(/\s+/g, "_") }), serverPassword: value("server") };
    const channel = invitation?.channel || value("channel");
    const keys = invitation?.channel ? { [invitation.channel]: code } : {};
    const isSecret = invitation?.valid && !channel;
    const channels = channel ? [channel] : isSecret ? [] : (setup.rooms ?? []);
    start(connect(value("url") || ownUrl(), identity, { channels, keys, invitation: isSecret ? code : "" }));
  };
  return html`
    <main class="login">
      <form onSubmit=${submit}>
        <h1>${setup.network ?? "Papo"}</h1>
        <p class="note">${setup.description ?? ""}</p>
        ${invitation?.valid ? html`<p class="invited">${invitation.welcome()}</p>` : null}
        ${invitation && !invitation.valid ? html`<p class="error-text" role="alert">${t("This invitation is no longer valid; you can still join the server.")}</p>` : null}
        ${hasAccount ? html`
          <label>${t("Account")}<input type="text" name="account" autocomplete="username" required autofocus value=${recall("nick") ?? ""} /></label>
          <label>${t("Password")}<input type="password" name="password" autocomplete="current-password" required /></label>` : html`
          <label>${t("Your name here")}<input type="text" name="nick" autocomplete="nickname" required maxlength="32" autofocus
            value=${nick} onInput=${(/** @type {any} */ event) => setNick(event.target.value)}
            onFocus=${(/** @type {any} */ event) => event.target.select()} /></label>`}
        ${setup.passwordRequired ? html`<label>${t("Server password")}<input type="password" name="server" required /></label>` : null}
        ${refusal ? html`<p class="error-text" role="alert">${explainRefusal(refusal)}</p>` : null}
        <button type="submit" class="primary" disabled=${code && !invitation}>${hasAccount ? t("Sign in") : t("Join")}</button>
        ${hasAccount && hasPasskeys() ? html`<button type="submit" name="with" value="passkey" formnovalidate>${t("Sign in with a passkey")}</button>` : null}
        ${setup.accountRequired ? null : html`<button type="button" class="link" onClick=${() => setHasAccount(!hasAccount)}>${hasAccount ? t("Join as a guest") : t("I have an account")}</button>`}
        <details><summary>${t("More")}</summary>
          ${invitation?.valid ? null : html`<label>${t("Channel")}<input type="text" name="channel" value=${(setup.rooms ?? [])[0] ?? ""} /></label>`}
          ${setup.networks?.length ? html`<label>${t("Server")}<select name="url">
            <option value="">${t("This one")}</option>
            ${setup.networks.map((/** @type {string} */ url) => html`<option value=${url}>${new URL(url).host}</option>`)}
          </select></label>` : null}
          <p class="note">${t("Any IRC program works too: {address}", { address: location.hostname })}</p>
        </details>
        <p class="languages"><${LanguageButtons} className="link" /></p>
      </form>
    </main>`;
}
