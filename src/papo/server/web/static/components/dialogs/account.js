// Our own nick and account: change the nick, go away, register an account or sign in to one, leave.

import { html, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { register, signIn } from "../../state/account.js";
import { closeDialog, leave, openDialog } from "../actions.js";
import { saveSession } from "../session.js";
import { toast } from "../toasts.js";
import { setup } from "../view.js";
import { AccountSecurity } from "./account_security.js";
import { Dialog } from "./dialog.js";

/** @typedef {import("../../state/network.js").Network} Network */

/** @param {{network: Network}} props */
export function Account({ network }) {
  const [nick, setNick] = useState(network.nick.value);
  const away = network.away.value;
  const account = network.account.value;
  const rename = (/** @type {Event} */ event) => {
    event.preventDefault();
    network.changeNick(nick.trim());
    saveSession(network);
    closeDialog();
  };
  return html`<${Dialog} title=${t("You")}>
    <form class="row" onSubmit=${rename}><label class="grow">${t("Nick")}<input type="text" value=${nick} required maxlength="32" onInput=${(/** @type {any} */ event) => setNick(event.target.value)} /></label><button type="submit">${t("Change")}</button></form>
    <div class="row"><button type="button" aria-pressed=${away} onClick=${() => network.client.send("AWAY", ...(away ? [] : [t("away")]))}>${away ? t("I am back") : t("I am away")}</button></div>
    ${account ? html`<p>${t("You are signed in to the account {name}; the nick is yours.", { name: account })}</p><${AccountSecurity} network=${network} />` : html`<${AccountForm} network=${network} />`}
    ${account && network.client.offered.has("papo.chat/second-factor") ? html`<div class="row"><button type="button" onClick=${() => openDialog("factor")}>${t("Second factor and app passwords")}</button></div>` : null}
    <div class="row"><button type="button" class="danger" onClick=${() => leave(network)}>${t("Leave")}</button></div>
  <//>`;
}

/** Registers an account, or signs in to one. @param {{network: Network}} props */
function AccountForm({ network }) {
  const [registers, setRegisters] = useState(Boolean(setup.registration));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const needsMail = /email-required/.test(network.client.offered.get("draft/account-registration") ?? "");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const password = String(data.get("password"));
    setBusy(true);
    setError("");
    const why = await (registers ? register(network, password, String(data.get("email") || "*")) : signIn(network, String(data.get("account")), password));
    setBusy(false);
    if (why) {
      setError(why);
      return;
    }
    saveSession(network);
    closeDialog();
    toast({ kind: "info", text: t("You are signed in.") });
  };
  if (!network.client.offered.has("sasl")) return null;
  const nick = network.nick.value;
  return html`<fieldset><legend>${registers ? t("Keep this nick") : t("Sign in")}</legend>
    <p class="note">${registers ? t("With an account the nick is yours, your history goes with you, and you can use other devices.") : ""}</p>
    <form onSubmit=${submit}>
      ${registers ? html`<input type="text" class="offscreen" name="username" autocomplete="username" value=${nick} readonly tabindex="-1" aria-hidden="true" />` : html`<label>${t("Account")}<input type="text" name="account" autocomplete="username" required value=${nick} /></label>`}
      <label>${t("Password")}<input type="password" name="password" required minlength=${registers ? 6 : 1} autocomplete=${registers ? "new-password" : "current-password"} /></label>
      ${registers && needsMail ? html`<label>${t("E-mail")}<input type="email" name="email" required autocomplete="email" /></label>` : null}
      ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
      <div class="row"><button type="submit" class="primary" disabled=${busy}>${registers ? t("Create the account {name}", { name: nick }) : t("Sign in")}</button>
      ${setup.registration ? html`<button type="button" class="link" onClick=${() => setRegisters(!registers)}>${registers ? t("I have an account") : t("Create an account")}</button>` : null}</div>
    </form></fieldset>`;
}
