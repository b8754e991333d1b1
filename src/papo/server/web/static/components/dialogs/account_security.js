// Our account: where it is signed in, its password, its address of mail.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { changeEmail, changePassword, endSession, PROOF_REQUIRED, prove, sessionsOf } from "../../state/sessions.js";
import { moment } from "../timeline/times.js";
import { toast } from "../toasts.js";
import { Passkeys } from "./passkeys.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/sessions.js").SessionInfo} SessionInfo
 */

/** @param {{network: Network}} props */
export function AccountSecurity({ network }) {
  const [sessions, setSessions] = useState(/** @type {SessionInfo[] | null} */ (null));
  const [error, setError] = useState("");
  const load = async () => setSessions(await sessionsOf(network));
  useEffect(() => void load(), [network]);
  if (!sessions) return null;
  const end = async (/** @type {string} */ which) => {
    setError(await endSession(network, which));
    await load();
  };
  return html`<fieldset><legend>${t("Where you are signed in")}</legend>
      <ul class="bans sessions">${sessions.map((each) => html`<${Session} key=${each.id} session=${each} onEnd=${end} />`)}</ul>
      ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
      ${sessions.length > 1 ? html`<div class="row"><button type="button" class="danger" onClick=${() => end("OTHERS")}>${t("End all others")}</button></div>` : null}
    </fieldset>
    <${Passkeys} network=${network} />
    <${PasswordForm} network=${network} onDone=${load} />
    <${EmailForm} network=${network} />`;
}

/** @param {{session: SessionInfo, onEnd: (id: string) => void}} props */
function Session({ session, onEnd }) {
  const { id, device, nick, address, scheme, since, active, current } = session;
  const program = scheme.startsWith("ws") ? t("web page") : t("IRC program");
  const name = device || nick;
  return html`<li><span class="grow"><b>${name}</b> ${current ? html`<span class="note">${t("this one")}</span>` : null}<br />
      <span class="note">${program} · ${address} · ${t("since {time}", { time: moment(Date.parse(since)) })} · ${t("last active {time}", { time: moment(Date.parse(active)) })}</span></span>
    ${current ? null : html`<button type="button" aria-label=${t("End the session {name}, {address}", { name, address })} onClick=${() => onEnd(id)}>${t("End")}</button>`}</li>`;
}

/** @param {{network: Network, onDone: () => Promise<void>}} props */
function PasswordForm({ network, onDone }) {
  const [error, setError] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form);
    const why = await changePassword(network, String(data.get("current")), String(data.get("next")));
    setError(why);
    if (why) return;
    form.reset();
    toast({ kind: "info", text: t("The password is changed; all other sessions have ended.") });
    await onDone();
  };
  return html`<fieldset><legend>${t("Password")}</legend><form onSubmit=${submit}>
      <input type="text" class="offscreen" name="username" autocomplete="username" value=${network.account.value} readonly tabindex="-1" aria-hidden="true" />
      <label>${t("Present password")}<input type="password" name="current" required autocomplete="current-password" /></label>
      <label>${t("New password")}<input type="password" name="next" required minlength="6" autocomplete="new-password" /></label>
      ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
      <div class="row"><button type="submit">${t("Change the password")}</button></div>
      <p class="note">${t("It ends all other sessions.")}</p>
    </form></fieldset>`;
}

/** Asks for the address, for the password if the server wants it, and for the code that was sent. @param {{network: Network}} props */
function EmailForm({ network }) {
  const [asked, setAsked] = useState({ email: "", password: false, code: false });
  const [error, setError] = useState("");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form);
    const email = String(data.get("email") ?? asked.email);
    setError("");
    if (asked.password) {
      const wrong = await prove(network, String(data.get("password")));
      if (wrong) {
        setError(wrong);
        return;
      }
    }
    const { why, waits } = asked.code ? await changeEmail(network, "VERIFY", String(data.get("code")).trim()) : await changeEmail(network, "SET", email);
    if (why === PROOF_REQUIRED) setAsked({ email, password: true, code: false });
    else if (why) setError(why);
    else {
      setAsked({ email, password: false, code: waits });
      if (!waits) toast({ kind: "info", text: t("The address is changed.") });
    }
  };
  return html`<fieldset><legend>${t("E-mail")}</legend><form onSubmit=${submit}>
      ${asked.code
        ? html`<label>${t("The code that was sent to {email}", { email: asked.email })}<input type="text" name="code" required autocomplete="one-time-code" /></label>`
        : html`<label>${t("New address")}<input type="email" name="email" required autocomplete="email" value=${asked.email} /></label>`}
      ${asked.password ? html`<label>${t("Your password, to confirm that it is you")}<input type="password" name="password" required autocomplete="current-password" /></label>` : null}
      ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
      <div class="row"><button type="submit">${asked.code ? t("Confirm") : t("Change the address")}</button></div>
    </form></fieldset>`;
}
