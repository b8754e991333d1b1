// The open dialog. The dialogs are fetched once the chat is on the screen, so that the page starts sooner.

import { html, signal, useEffect } from "../html.js";
import { dialog } from "../view.js";

/** Components by name, as in table.js; none until they are fetched. @type {import("../../vendor/signals-core.js").Signal<Record<string, any>>} */
const table = signal({});

/** @param {{network: import("../../state/network.js").Network}} props */
export function Dialogs({ network }) {
  const open = dialog.value;
  useEffect(() => {
    // Without a network the next dialog tries again.
    if (!Object.keys(table.value).length) void import("./table.js").then(({ DIALOGS }) => (table.value = DIALOGS), () => {});
  }, [open]);
  const Component = open && table.value[open.name];
  if (!Component) return null;
  const key = `${open.name} ${typeof open.about === "string" ? open.about : ""}`;
  return html`<${Component} key=${key} network=${network} about=${open.about} />`;
}
