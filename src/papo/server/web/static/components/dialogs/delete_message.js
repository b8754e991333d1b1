// Asks before a message is deleted.

import { html } from "../html.js";
import { t } from "../../lib/translate.js";
import { deleteMessage } from "../../state/send.js";
import { closeDialog } from "../actions.js";
import { toast } from "../toasts.js";
import { Dialog } from "./dialog.js";

/** @param {{network: import("../../state/network.js").Network, about: {buffer: any, line: any}}} props */
export function DeleteMessage({ network, about }) {
  const act = async () => {
    closeDialog();
    const why = await deleteMessage(network, about.buffer, about.line);
    if (why) toast({ kind: "error", text: why });
  };
  return html`<${Dialog} title=${t("Delete this message?")}>
    <blockquote>${about.line.text.slice(0, 300)}</blockquote>
    <p class="note">${t("It is deleted for everybody, and for good.")}</p>
    <div class="row"><button type="button" class="danger" onClick=${act}>${t("Delete")}</button><button type="button" onClick=${closeDialog} autofocus>${t("Keep it")}</button></div>
  <//>`;
}
