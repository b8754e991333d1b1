// Invites people to a channel: by links with a QR code, or by their nick.

import { html, useEffect, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { closeDialog } from "../actions.js";
import { copy } from "../clipboard.js";
import { invitations } from "../invitations.js";
import { InvitationLinks } from "./invitation_links.js";
import { Dialog } from "./dialog.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("../invitations.js").Link} Link
 * @typedef {import("../invitations.js").Answer} Answer
 */

const DAYS = [1, 7, 30];
const USES = [0, 1, 10, 50];

/** @param {{network: Network, about: Buffer}} props */
export function Invite({ network, about: buffer }) {
  const [made, setMade] = useState(/** @type {Link & {url: string, qr: string} | null} */ (null));
  const [state, setState] = useState(/** @type {Answer | null} */ (null));
  const [error, setError] = useState("");
  const [nick, setNick] = useState("");
  const name = buffer.name.value;
  const ask = async (/** @type {string} */ method, /** @type {string} */ path = "", /** @type {object | undefined} */ body = undefined) => {
    setError("");
    const { answer, refusal } = await invitations(network, name, method, path, body);
    if (refusal) setError(refusal);
    return answer;
  };
  const load = async () => {
    const answer = await ask("GET");
    if (answer) setState(answer);
  };
  useEffect(() => void load(), [buffer]);
  const create = async (/** @type {any} */ event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    setMade(await ask("POST", "", { days: Number(data.get("days")), uses: Number(data.get("uses")) }));
    await load();
  };
  const revoke = async (/** @type {string} */ id) => {
    if (!(await ask("DELETE", id))) return;
    if (made && (id === "all" || id === made.id)) setMade(null);
    await load();
  };
  if (!state && !error) return null; // it opens whole
  return html`<${Dialog} title=${t("Invite people to {name}", { name })}>
    ${made ? html`<p><code class="address">${made.url}</code></p>
      <div class="row"><button type="button" class="primary" onClick=${() => void copy(made.url)}>${t("Copy the link")}</button></div>
      <img class="qr" src=${made.qr} alt=${t("The link as a QR code")} />
      <p class="note">${t("The link is shown only now. Whoever has it can join, until it ends or is revoked.")}</p>` : null}
    ${state?.mayCreate ? html`<form class="row" onSubmit=${create}>
      <label class="grow">${t("Valid for")}<select name="days">${DAYS.map((days) => html`<option value=${days} selected=${days === 7}>${tn("{count} day", "{count} days", days)}</option>`)}</select></label>
      <label class="grow">${t("How many may join")}<select name="uses">${USES.map((uses) => html`<option value=${uses}>${uses ? tn("{count} person", "{count} people", uses) : t("as many as like")}</option>`)}</select></label>
      <button type="submit" class=${made ? "" : "primary"}>${t("Create a link")}</button></form>` : null}
    ${state && !state.mayCreate ? html`<p class="note">${t("Here operators create the links; they can let members do so, too (+A).")}</p>` : null}
    ${error ? html`<p class="error-text" role="alert">${error}</p>` : null}
    ${state?.links.length ? html`<${InvitationLinks} links=${state.links} onRevoke=${revoke} />` : null}
    <form class="row" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      network.client.send("INVITE", nick.trim(), name);
      closeDialog();
    }}><label class="grow">${t("Or invite a user of this server")}<input type="text" value=${nick} required placeholder=${t("nick")} onInput=${(/** @type {any} */ event) => setNick(event.target.value)} /></label><button type="submit">${t("Invite")}</button></form>
    <p class="note">${t("On a projector:")} <a href="/qr" target="_blank" rel="noopener">${location.origin}/qr</a></p>
  <//>`;
}
