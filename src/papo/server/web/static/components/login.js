// The door: a name, and one is in. Signing in is one click further.

import { html, useEffect, useState } from "./html.js";
import { LANGUAGES, language, t } from "../lib/translate.js";
import { chosenLanguage, recall } from "../state/settings.js";
import { begin, changeLanguage, connect, invitation, ownUrl } from "./start.js";
import { setup } from "./ui.js";

const ANIMALS = ["Arara", "Boto", "Capivara", "Coruja", "Garça", "Jabuti", "Lobo", "Mico", "Onça", "Quati", "Sagui", "Tatu", "Tucano", "Veado"];

function suggested() {
  const [animal, number] = crypto.getRandomValues(new Uint16Array(2));
  return `${ANIMALS[animal % ANIMALS.length].normalize("NFD").replace(/\p{M}/gu, "")}${(number % 90) + 10}`;
}

/** @param {{problem?: {code: string, text: string} | null}} props */
export function Entry({ problem = null }) {
  const [signing, setSigning] = useState(Boolean(setup.accountRequired || problem?.code === "904"));
  const [invite, setInvite] = useState(/** @type {{channel: string, by: string} | null} */ (null));
  const [nick, setNick] = useState(() => recall("nick") || suggested());
  const code = invitation();
  useEffect(() => {
    if (code) void fetch(`/api/invites/${code}`).then((answer) => (answer.ok ? answer.json().then(setInvite) : setInvite({ channel: "", by: "" })));
  }, [code]);
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    const value = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
    const account = signing ? value("account") : "";
    const chosen = nick.trim().replace(/\s+/g, "_");
    const person = { nick: signing ? account : chosen, serverPassword: value("server"), ...(signing ? { account, password: String(data.get("password") ?? "") } : {}) };
    const rooms = invite?.channel ? [invite.channel] : (value("room") ? [value("room")] : (setup.rooms ?? []));
    begin(connect(value("url") || ownUrl(), person, rooms, invite?.channel ? { [invite.channel]: code } : {}));
  };
  return html`
    <main class="entry">
      <form onSubmit=${submit}>
        <h1>${setup.network ?? "Papo"}</h1>
        <p class="note">${setup.description ?? ""}</p>
        ${invite?.channel ? html`<p class="invited">${t("{by} invites you to {channel}.", { by: invite.by, channel: invite.channel })}</p>` : null}
        ${invite && !invite.channel ? html`<p class="wrong" role="alert">${t("This invitation is not good any more; you can still come in.")}</p>` : null}
        ${signing ? html`
          <label>${t("Account")}<input type="text" name="account" autocomplete="username" required autofocus value=${recall("nick") ?? ""} /></label>
          <label>${t("Password")}<input type="password" name="password" autocomplete="current-password" required /></label>` : html`
          <label>${t("Your name here")}<input type="text" name="nick" autocomplete="nickname" required maxlength="32" autofocus value=${nick} onInput=${(/** @type {any} */ event) => setNick(event.target.value)} onFocus=${(/** @type {any} */ event) => event.target.select()} /></label>`}
        ${setup.passwordRequired ? html`<label>${t("Password of the server")}<input type="password" name="server" required /></label>` : null}
        ${problem ? html`<p class="wrong" role="alert">${explain(problem)}</p>` : null}
        <button type="submit" class="primary">${signing ? t("Sign in") : t("Come in")}</button>
        ${setup.accountRequired ? null : html`<button type="button" class="link" onClick=${() => setSigning(!signing)}>${signing ? t("Come in as a guest") : t("I have an account")}</button>`}
        <details><summary>${t("More")}</summary>
          ${invite?.channel ? null : html`<label>${t("Channel")}<input type="text" name="room" value=${(setup.rooms ?? [])[0] ?? ""} /></label>`}
          ${setup.networks?.length ? html`<label>${t("Server")}<select name="url"><option value="">${t("This one")}</option>${setup.networks.map((/** @type {string} */ url) => html`<option value=${url}>${new URL(url).host}</option>`)}</select></label>` : null}
          <p class="note">${t("Any IRC program works too: {address}", { address: location.hostname })}</p>
        </details>
        <p class="languages">${Object.entries(LANGUAGES).map(([each, name]) => html`<button type="button" class="link" lang=${each.replace("_", "-")} aria-pressed=${language.value === each} onClick=${() => {
          chosenLanguage.value = each;
          void changeLanguage(each);
        }}>${name}</button>`)}</p>
      </form>
    </main>`;
}

/** @param {{code: string, text: string}} problem */
export function explain({ code, text }) {
  switch (code) {
    case "433":
      return t("Somebody has this name already. Choose another.");
    case "432":
      return t("A name may not begin with a digit and may not hold spaces or signs like # and @.");
    case "464":
      return t("The server's password is wrong.");
    case "465":
      return t("You may not come in: {text}", { text });
    case "904":
      return t("The account or the password is wrong.");
    case "sasl":
      return t("Signing in would send the password in the open here. Use https, or come in as a guest.");
  }
  return text;
}
