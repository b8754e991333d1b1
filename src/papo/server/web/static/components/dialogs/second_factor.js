// The second factor of our account, and passwords for programs that cannot ask for it.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { ask, challengeIn, statusOf } from "../../state/second_factor.js";
import { PROOF_REQUIRED, prove } from "../../state/sessions.js";
import { copy } from "../clipboard.js";
import { moment } from "../timeline/times.js";
import { Dialog, useShown } from "./dialog.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/second_factor.js").AppPassword} AppPassword
 * @typedef {{on: boolean, recovery: number, apps: AppPassword[]}} Status
 * @typedef {(...words: string[]) => Promise<string[][] | null>} Do the answer's lines; null if it is refused
 */

/** @param {{network: Network}} props */
export function SecondFactor({ network }) {
  const [status, setStatus] = useState(/** @type {Status | null} */ (null));
  const [error, setError] = useState("");
  const [unproved, setUnproved] = useState(false);
  const [secrets, setSecrets] = useState(/** @type {string[]} */ ([]));
  const load = async () => setStatus(await statusOf(network));
  useEffect(() => void load(), [network]);
  /** @type {Do} */
  const act = async (...words) => {
    setSecrets([]);
    const { lines, why } = await ask(network, ...words);
    setUnproved(why === PROOF_REQUIRED);
    setError(why === PROOF_REQUIRED ? "" : why);
    if (!why) await load();
    return why ? null : lines;
  };
  const confirm = async (/** @type {string} */ password) => {
    const why = await prove(network, password);
    setError(why);
    setUnproved(Boolean(why));
  };
  if (!status) return null;
  return html`<${Dialog} title=${t("Second factor and app passwords")}>
    ${error ? html`<${Problem} error=${error} />` : null}
    ${unproved ? html`<${Proof} network=${network} onPassword=${confirm} />` : null}
    ${secrets.length ? html`<${Secrets} secrets=${secrets} />` : null}
    ${status.on ? html`<${Present} status=${status} act=${act} show=${setSecrets} />` : html`<${Setup} act=${act} show=${setSecrets} />`}
    <${AppPasswords} apps=${status.apps} act=${act} show=${setSecrets} />
  <//>`;
}

/** @param {{error: string}} props */
function Problem({ error }) {
  return html`<p class="error-text" role="alert" ref=${useShown()}>${error}</p>`;
}

/** @param {{network: Network, onPassword: (password: string) => Promise<void>}} props */
function Proof({ network, onPassword }) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    void onPassword(String(new FormData(event.target).get("password")));
  };
  return html`<form onSubmit=${submit} ref=${useShown()}>
    <p role="alert">${t("Confirm that it is you, then do it again.")}</p>
    <input type="text" class="offscreen" name="username" autocomplete="username" value=${network.account.value} readonly tabindex="-1" aria-hidden="true" />
    <label>${t("Your password, to confirm that it is you")}<input type="password" name="password" required autocomplete="current-password" /></label>
    <div class="row"><button type="submit" class="primary">${t("Confirm")}</button></div>
  </form>`;
}

/** What is shown once. @param {{secrets: string[]}} props */
function Secrets({ secrets }) {
  return html`<fieldset ref=${useShown()}><legend>${t("Shown only now: keep it in a safe place")}</legend>
    <p role="status">${secrets.map((each) => html`<code>${each}</code><br />`)}</p>
    <div class="row"><button type="button" onClick=${() => void copy(secrets.join("\n"))}>${t("Copy")}</button></div>
  </fieldset>`;
}

/** @param {{act: Do, show: (secrets: string[]) => void}} props */
function Setup({ act, show }) {
  const [challenge, setChallenge] = useState(/** @type {ReturnType<typeof challengeIn> | null} */ (null));
  const begin = async () => {
    const lines = await act("SECONDFACTOR", "CHALLENGE", "totp");
    if (lines) setChallenge(challengeIn(lines));
  };
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const lines = await act("SECONDFACTOR", "ADD", "totp", codeIn(event));
    if (lines) show((lines[0]?.at(-1) ?? "").split(" "));
  };
  return html`<fieldset><legend>${t("Second factor")}</legend>
    <p class="note">${t("With a second factor whoever knows your password still cannot sign in: a code of an app on your phone is asked for as well.")}</p>
    ${challenge ? html`<form onSubmit=${submit}>
      <svg class="qr" viewBox=${`-4 -4 ${challenge.size + 8} ${challenge.size + 8}`} role="img" aria-label=${t("The secret as a QR code")}><rect x="-4" y="-4" width="100%" height="100%" fill="#fff" /><path d=${challenge.path} fill="#111" /></svg>
      <p>${t("Scan this with your authenticator app, or give it this secret:")} <a href=${challenge.uri}><code>${challenge.secret}</code></a></p>
      <label>${t("The code that the app shows")}<input type="text" name="code" inputmode="numeric" required autocomplete="one-time-code" /></label>
      <div class="row"><button type="submit" class="primary">${t("Turn on")}</button></div>
    </form>` : html`<div class="row"><button type="button" onClick=${begin}>${t("Set up")}</button></div>`}
  </fieldset>`;
}

/** @param {{status: Status, act: Do, show: (secrets: string[]) => void}} props */
function Present({ status, act, show }) {
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const what = event.submitter?.value === "REMOVE" ? "REMOVE" : "RECOVERY";
    const lines = await act("SECONDFACTOR", what, codeIn(event));
    if (lines && what === "RECOVERY") show((lines[0]?.at(-1) ?? "").split(" "));
  };
  return html`<fieldset><legend>${t("Second factor")}</legend>
    <p>${t("It is on. Recovery codes left: {count}", { count: status.recovery })}</p>
    <form onSubmit=${submit}>
      <label>${t("A code, to change it")}<input type="text" name="code" required autocomplete="one-time-code" /></label>
      <div class="row"><button type="submit" value="RECOVERY">${t("New recovery codes")}</button><button type="submit" class="danger" value="REMOVE">${t("Turn off")}</button></div>
    </form>
  </fieldset>`;
}

/** @param {{apps: AppPassword[], act: Do, show: (secrets: string[]) => void}} props */
function AppPasswords({ apps, act, show }) {
  const add = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const lines = await act("APPPASSWORD", "ADD", String(new FormData(form).get("name")).trim());
    if (!lines) return;
    form.reset();
    show([t("User name {name}", { name: lines[0]?.[2] ?? "" }), t("Password {password}", { password: lines[0]?.[3] ?? "" })]);
  };
  return html`<fieldset><legend>${t("App passwords")}</legend>
    <p class="note">${t("For IRC programs, which cannot ask for a code. Give each program one of its own.")}</p>
    <ul class="bans">${apps.map((each) => html`<li key=${each.name}><span class="grow"><b>${each.name}</b><br /><span class="note">${useOf(each)}</span></span>
      <button type="button" aria-label=${t("Revoke {name}", { name: each.name })} onClick=${() => void act("APPPASSWORD", "DEL", each.name)}>${t("Revoke")}</button></li>`)}</ul>
    <form class="row" onSubmit=${add}><label class="grow">${t("Name of the program")}<input type="text" name="name" required maxlength="32" pattern="[A-Za-z0-9_.\\-]+" /></label><button type="submit">${t("Add")}</button></form>
  </fieldset>`;
}

/** @param {AppPassword} app */
function useOf({ used, from }) {
  return used === "*" ? t("never used") : t("used last {time} from {place}", { time: moment(Date.parse(used)), place: from });
}

/** What was typed, without the spaces that apps show in it. @param {any} event */
function codeIn(event) {
  return String(new FormData(event.target).get("code")).replace(/\s/g, "");
}
