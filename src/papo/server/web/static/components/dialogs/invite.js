// Invites people to a channel: by a link with a QR code, or by their nick.

import { html, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { closeDialog } from "../actions.js";
import { copy } from "../clipboard.js";
import { Dialog } from "./dialog.js";

/** @param {{network: import("../../state/network.js").Network, about: import("../../state/buffer.js").Buffer}} props */
export function Invite({ network, about: buffer }) {
  const [link, setLink] = useState(/** @type {{url: string, qr: string} | null} */ (null));
  const [error, setError] = useState("");
  const [nick, setNick] = useState("");
  const createLink = async () => {
    setError("");
    const token = await network.token("PAPO", buffer.name.value);
    const answer = await fetch("/api/invites", { method: "POST", headers: { Authorization: `Bearer ${token}`, "Accept-Language": document.documentElement.lang } });
    if (answer.ok) setLink(await answer.json());
    else setError((await answer.text()).trim());
  };
  return html`<${Dialog} title=${t("Invite people to {name}", { name: buffer.name.value })}>
    ${link ? html`<p><code class="address">${link.url}</code></p>
      <div class="row"><button type="button" class="primary" onClick=${() => void copy(link.url)}>${t("Copy the link")}</button></div>
      <img class="qr" src=${link.qr} alt=${t("The link as a QR code")} />
      <p class="note">${t("Anyone with this link can join, for seven days.")}</p>`
      : html`<div class="row"><button type="button" class="primary" onClick=${createLink}>${t("Create a link")}</button></div>`}
    ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
    <form class="row" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      network.client.send("INVITE", nick.trim(), buffer.name.value);
      closeDialog();
    }}><label class="grow">${t("Or invite a user of this server")}<input type="text" value=${nick} required placeholder=${t("nick")} onInput=${(/** @type {any} */ event) => setNick(event.target.value)} /></label><button type="submit">${t("Invite")}</button></form>
    <p class="note">${t("On a projector:")} <a href="/qr" target="_blank" rel="noopener">${location.origin}/qr</a></p>
  <//>`;
}
