// What the address of the page asks for: a message (`#/%23channel/msgid`), or a file (`/f/ID/name`).

import { decode } from "../state/files.js";
import { errorIn } from "../state/replies.js";
import { goTo, openDialog, showBuffer } from "./actions.js";
import { toast } from "./toasts.js";

/** @typedef {import("../state/network.js").Network} Network */

/** Show it, once, when the network is online. @param {Network} network */
export async function openAddress(network) {
  if (network.status.value !== "online") return;
  const file = /^\/f\/\w[\w-]+\/([^/]+)$/.exec(location.pathname);
  if (file) {
    openDialog("picture", { network, file: { path: location.pathname, name: decode(file[1]) } });
    history.replaceState(null, "", "/");
  }
  const conversation = /^#\/([^/]+)(?:\/([^/]+))?$/.exec(location.hash);
  if (!conversation) return;
  history.replaceState(null, "", location.pathname);
  const [name, id] = conversation.slice(1).map((each) => decode(each ?? ""));
  if (network.client.support.isChannel(name) && !network.buffer(name)?.joined.value) await join(network, name);
  if (!network.buffer(name)) return;
  if (id) await goTo(network, name, `msgid=${id}`);
  else showBuffer(network.fold(name));
}

/** @param {Network} network @param {string} name */
async function join(network, name) {
  const error = errorIn(await network.client.ask("JOIN", name).catch(() => []));
  if (error) toast({ kind: "error", text: `${name}: ${error}` });
  await network.caughtUp();
}
