// The links into a channel: who made each, until when, who joined with it; each can be revoked, or all.

import { html } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { moment } from "../timeline/times.js";

/** @typedef {import("../invitations.js").Link} Link */

/** @param {{links: Link[], onRevoke: (id: string) => void}} props */
export function InvitationLinks({ links, onRevoke }) {
  return html`<fieldset><legend>${t("Links into this channel")}</legend>
    <ul class="bans links">${links.map((link) => html`<li key=${link.id}>
      <span class="grow"><b>${link.mine ? t("Your link") : t("Link of {name}", { name: link.by })}</b> <code>${link.id}</code><br />
        <span class="note">${link.made ? t("from {made} to {until}", { made: moment(link.made), until: moment(link.until) }) : t("until {until}; opens only an open channel", { until: moment(link.until) })} · ${uses(link)}</span>
        ${link.joined.length ? html`<details><summary>${t("Who joined")}</summary><ul class="joined">${link.joined.map((each) => html`<li>${each.nick} <span class="note">${moment(each.at)}</span></li>`)}</ul></details>` : null}</span>
      <button type="button" aria-label=${t("Revoke the link {id}", { id: link.id })} onClick=${() => onRevoke(link.id)}>${t("Revoke")}</button></li>`)}</ul>
    ${links.length > 1 ? html`<div class="row"><button type="button" class="danger" onClick=${() => onRevoke("all")}>${t("Revoke all")}</button></div>` : null}
  </fieldset>`;
}

/** @param {Link} link */
function uses({ uses: count, maxUses }) {
  if (maxUses) return t("{count} of {most} joined", { count, most: maxUses });
  if (!count) return t("nobody has joined yet");
  return tn("{count} person joined", "{count} people joined", count);
}
