// Who we are: the nick, and the account that keeps it, for the guest who wants to stay.

import { html, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { close, leave } from "../actions.js";
import { Dialog } from "./dialog.js";
import { keepSession } from "../start.js";
import { setup, toast } from "../ui.js";

/** @typedef {import("../../state/network.js").Network} Network */

/** @param {{here: Network}} props */
export function Account({ here }) {
  const [nick, setNick] = useState(here.nick.value);
  const away = here.away.value;
  const rename = (/** @type {Event} */ event) => {
    event.preventDefault();
    here.wantedNick = nick.trim();
    here.client.person = { ...here.client.person, nick: nick.trim() };
    here.client.send("NICK", nick.trim());
    keepSession(here);
    close();
  };
  return html`<${Dialog} title=${t("You")}>
    <form class="row" onSubmit=${rename}><label class="grow">${t("Nick")}<input type="text" value=${nick} required maxlength="32" onInput=${(/** @type {any} */ event) => setNick(event.target.value)} /></label><button type="submit">${t("Change")}</button></form>
    <div class="row"><button type="button" aria-pressed=${away} onClick=${() => here.client.send("AWAY", ...(away ? [] : [t("away")]))}>${away ? t("I am back") : t("I am away")}</button></div>
    ${here.account.value ? html`<p>${t("You are signed in to the account {name}; the nick is yours.", { name: here.account.value })}</p>` : html`<${Keep} here=${here} />`}
    <div class="row"><button type="button" class="danger" onClick=${() => leave(here)}>${t("Leave")}</button></div>
  <//>`;
}

/** @param {{here: Network}} props */
function Keep({ here }) {
  const [mode, setMode] = useState(/** @type {"make" | "enter"} */ (setup.registration ? "make" : "enter"));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const needsMail = /email-required/.test(here.client.offered.get("draft/account-registration") ?? "");
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const password = String(data.get("password"));
    setBusy(true);
    setWrong("");
    const why = mode === "make" ? await register(here, password, String(data.get("email") || "*")) : await signIn(here, String(data.get("account")), password);
    setBusy(false);
    if (why) setWrong(why);
    else {
      keepSession(here);
      close();
      toast({ kind: "info", text: t("You are signed in.") });
    }
  };
  if (!here.client.offered.has("sasl")) return null;
  return html`<fieldset><legend>${mode === "make" ? t("Keep this nick") : t("Sign in")}</legend>
    <p class="note">${mode === "make" ? t("With an account the nick is yours, your history goes with you, and you can use other devices.") : ""}</p>
    <form onSubmit=${submit}>
      ${mode === "enter" ? html`<label>${t("Account")}<input type="text" name="account" autocomplete="username" required value=${here.nick.value} /></label>` : html`<input type="text" class="offscreen" name="username" autocomplete="username" value=${here.nick.value} readonly tabindex="-1" aria-hidden="true" />`}
      <label>${t("Password")}<input type="password" name="password" required minlength=${mode === "make" ? 6 : 1} autocomplete=${mode === "make" ? "new-password" : "current-password"} /></label>
      ${mode === "make" && needsMail ? html`<label>${t("E-mail")}<input type="email" name="email" required autocomplete="email" /></label>` : null}
      ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : null}
      <div class="row"><button type="submit" class="primary" disabled=${busy}>${mode === "make" ? t("Make the account {name}", { name: here.nick.value }) : t("Sign in")}</button>
      ${setup.registration ? html`<button type="button" class="link" onClick=${() => setMode(mode === "make" ? "enter" : "make")}>${mode === "make" ? t("I have an account") : t("Make an account")}</button>` : null}</div>
    </form></fieldset>`;
}

/** @param {Network} here @param {string} password @param {string} email @returns {Promise<any>} why not; "" where it is done */
async function register(here, password, email) {
  const answer = await here.client.ask("REGISTER", "*", email, password).catch(() => []);
  const good = answer.find((each) => each.command === "REGISTER");
  if (good?.params[0] === "SUCCESS") {
    // Once more, with the password: it gives us what signs us in again without it.
    const kept = new Promise((resolve) => {
      const before = here.signedIn;
      here.signedIn = () => {
        here.signedIn = before;
        before();
        resolve("");
      };
      setTimeout(resolve, 10_000, "");
    });
    here.client.signInAs(good.params[1], password);
    return kept;
  }
  if (good?.params[0] === "VERIFICATION_REQUIRED") return t("A code is on its way to you: type /quote VERIFY {name} CODE", { name: good.params[1] });
  return answer.find((each) => each.command === "FAIL")?.params.at(-1) ?? t("The server did not answer.");
}

/** @param {Network} here @param {string} account @param {string} password @returns {Promise<string>} */
function signIn(here, account, password) {
  return new Promise((resolve) => {
    const stop = here.account.subscribe((now) => {
      if (!now) return;
      queueMicrotask(() => stop());
      done("");
    });
    const unheard = here.refusal.subscribe((why) => why && done(t("The account or the password is wrong.")));
    const timer = setTimeout(() => done(t("The server did not answer.")), 15_000);
    const done = (/** @type {string} */ why) => {
      clearTimeout(timer);
      queueMicrotask(() => {
        unheard();
        stop();
      });
      resolve(why);
    };
    here.refusal.value = null;
    here.client.signInAs(account, password);
  });
}
