// Files on their way to the server, by conversation: a progress bar each, then sent with the next message.

import { html, signal } from "../html.js";
import { t } from "../../lib/translate.js";
import { fileSize, upload } from "../../state/files.js";
import { Icon } from "../icons.js";
import { toast } from "../toasts.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {{id: number, name: string, bytes: number, share: number, url: string, stop: () => void}} Upload
 *   `share` of it that is sent, 0 to 1; `url` is "" until it is complete
 * @typedef {import("../../vendor/signals-core.js").Signal<Upload[]>} Uploads
 */

/** By key of the conversation. @type {Map<string, Uploads>} */
const uploads = new Map();
let created = 0;

/** @param {Buffer} buffer */
export function uploadsOf(buffer) {
  let list = uploads.get(buffer.key);
  if (!list) uploads.set(buffer.key, (list = signal(/** @type {Upload[]} */ ([]))));
  return list;
}

/** @param {Network} network @param {Buffer} buffer @param {File} file @param {(error: string) => void} onError */
export function startUpload(network, buffer, file, onError) {
  const list = uploadsOf(buffer);
  created += 1;
  const id = created;
  const change = (/** @type {Partial<Upload>} */ fields) => {
    list.value = list.value.map((each) => (each.id === id ? { ...each, ...fields } : each));
  };
  const name = file.name || "image.png";
  const { done, stop } = upload(network, buffer.name.value, file, name, (share) => change({ share }));
  list.value = [...list.value, { id, name, bytes: file.size, share: 0, url: "", stop }];
  done.then(
    ({ url }) => change({ url: new URL(url, location.href).href, share: 1 }),
    (error) => {
      list.value = list.value.filter((each) => each.id !== id);
      onError(error.message);
      toast({ kind: "error", text: error.message });
    },
  );
}

/** @param {{list: Uploads}} props */
export function UploadList({ list }) {
  if (!list.value.length) return null;
  return html`<ul class="uploads">${list.value.map((each) => html`
    <li key=${each.id}><${Icon} name="file" /><span>${each.name}</span><span class="note">${fileSize(each.bytes)}</span>
      ${each.url ? html`<${Icon} name="check" />` : html`<progress max="1" value=${each.share} aria-label=${each.name}></progress>`}
      <button type="button" class="icon-button" aria-label=${t("Remove {name}", { name: each.name })} onClick=${() => {
        each.stop();
        list.value = list.value.filter((other) => other.id !== each.id);
      }}><${Icon} name="close" /></button></li>`)}</ul>`;
}
