// The passkeys of our account: which there are, another one, and away with one.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { addPasskey, passkeysOf, revokePasskey } from "../../state/passkeys.js";
import { PROOF_REQUIRED, prove } from "../../state/sessions.js";
import { browserName, hasPasskeys } from "../device.js";
import { moment } from "../timeline/times.js";
import { toast } from "../toasts.js";
import { create } from "../webauthn.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/passkeys.js").PasskeyInfo} PasskeyInfo
 */

/** @param {{network: Network}} props */
export function Passkeys({ network }) {
  const [passkeys, setPasskeys] = useState(/** @type {PasskeyInfo[] | null} */ (null));
  const [name, setName] = useState(browserName());
  const [asksPassword, setAsksPassword] = useState(false);
  const [error, setError] = useState("");
  const load = async () => setPasskeys(await passkeysOf(network));
  useEffect(() => void load(), [network]);
  if (!passkeys) return null;
  const revoke = async (/** @type {PasskeyInfo} */ { id }) => {
    setError(await revokePasskey(network, id));
    await load();
  };
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const wrong = asksPassword ? await prove(network, String(data.get("password"))) : "";
    const why = wrong || (await addPasskey(network, name.trim() || browserName(), create));
    setAsksPassword(Boolean(wrong) || why === PROOF_REQUIRED);
    setError(why === PROOF_REQUIRED ? "" : why);
    if (why) return;
    toast({ kind: "info", text: t("The passkey is added: it signs you in without a password.") });
    await load();
  };
  return html`<fieldset><legend>${t("Passkeys")}</legend>
    <p class="note">${t("A passkey signs you in with your fingerprint, your face or the PIN of this device, or with a security key. No other site can ask for it.")}</p>
    <ul class="bans passkeys">${passkeys.map((each) => html`<${Passkey} key=${each.id} passkey=${each} onRevoke=${revoke} />`)}</ul>
    ${hasPasskeys() ? html`<form onSubmit=${submit}>
      <label>${t("Name of the new passkey")}<input type="text" name="name" required maxlength="64" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label>
      ${asksPassword ? html`<label>${t("Your password, to confirm that it is you")}<input type="password" name="password" required autofocus autocomplete="current-password" /></label>` : null}
      <div class="row"><button type="submit">${t("Add a passkey")}</button></div></form>`
      : html`<p class="note">${t("Passkeys can be made where this page comes over https, from a server with a name.")}</p>`}
    ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
  </fieldset>`;
}

/** @param {{passkey: PasskeyInfo, onRevoke: (passkey: PasskeyInfo) => void}} props */
function Passkey({ passkey, onRevoke }) {
  const { name, host, made, used } = passkey;
  const last = used === "*" ? t("never used") : t("used last {time}", { time: moment(Date.parse(used)) });
  return html`<li><span class="grow"><b>${name}</b><br /><span class="note">${host} · ${t("made {time}", { time: moment(Date.parse(made)) })} · ${last}</span></span>
    <button type="button" aria-label=${t("Revoke the passkey {name}", { name })} onClick=${() => onRevoke(passkey)}>${t("Revoke")}</button></li>`;
}
