// A picture in full size.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { fetchFile } from "../../state/downloads.js";
import { download, IMAGES } from "../timeline/attachments.js";
import { Dialog } from "./dialog.js";

/** @param {{about: {network: import("../../state/network.js").Network, file: {path: string, name: string}}}} props */
export function Picture({ about: { network, file } }) {
  const [url, setUrl] = useState("");
  const [error, setError] = useState("");
  useEffect(() => void fetchFile(network, file.path).then(setUrl, (failure) => setError(failure.message)), []);
  return html`<${Dialog} title=${file.name} wide=${true} className="lightbox">
    ${url && IMAGES.test(file.name) ? html`<img src=${url} alt=${file.name} />` : html`<p class="note">${error || (url ? file.name : t("Loading…"))}</p>`}
    <div class="row"><button type="button" onClick=${() => download(network, file, setError)}>${t("Download")}</button></div>
  <//>`;
}
