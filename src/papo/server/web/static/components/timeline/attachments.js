// What the links of a message show: files of this server, and previews of other pages.

import { html, useEffect, useRef, useState } from "../html.js";
import { fetchFile, preview } from "../../state/downloads.js";
import { ownFile } from "../../state/files.js";
import { t } from "../../lib/translate.js";
import { openDialog } from "../actions.js";
import { Icon } from "../icons.js";
import { setup } from "../view.js";

/** @typedef {import("../../state/network.js").Network} Network */

export const IMAGES = /\.(png|jpe?g|gif|webp)$/i;
const AUDIO = /\.(mp3|ogg|oga|opus|flac|wav|m4a)$/i;
const VIDEO = /\.(mp4|webm)$/i;
const MAX_SHOWN = 6;

/** @param {{network: Network, links: string[]}} props */
export function Attachments({ network, links }) {
  return links.slice(0, MAX_SHOWN).map((link, at) => {
    const file = ownFile(network, link);
    if (file) return html`<${Attachment} key=${link} network=${network} file=${file} />`;
    return at === 0 && setup.previews ? html`<${Preview} key=${link} network=${network} link=${link} />` : null;
  });
}

/** @param {{network: Network, file: {path: string, name: string}}} props */
function Attachment({ network, file }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [url, setUrl] = useState("");
  const [error, setError] = useState("");
  const isImage = IMAGES.test(file.name);
  const load = (/** @type {string} */ path) => fetchFile(network, path).then(setUrl, (failure) => setError(failure.message));
  useEffect(() => {
    if (!isImage || !ref.current) return undefined;
    const observer = new IntersectionObserver((changes) => {
      if (!changes.some((each) => each.isIntersecting)) return;
      observer.disconnect();
      void load(`${file.path}?thumb=1`);
    }, { rootMargin: "400px" });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [file.path]);
  if (error) return html`<p class="note"><${Icon} name="warn" /> ${file.name}: ${error}</p>`;
  if (isImage) {
    return html`<button type="button" ref=${ref} class="picture" aria-label=${t("Show {name} large", { name: file.name })} onClick=${() => openDialog("picture", { network, file })}>
      ${url ? html`<img src=${url} alt=${file.name} />` : html`<span class="note">${file.name}</span>`}
    </button>`;
  }
  if (url && VIDEO.test(file.name)) return html`<video class="media" src=${url} controls></video>`;
  if (url && AUDIO.test(file.name)) return html`<audio class="media" src=${url} controls></audio>`;
  const playable = VIDEO.test(file.name) || AUDIO.test(file.name);
  return html`<span class="file"><${Icon} name="file" /><span>${file.name}</span>
    ${playable ? html`<button type="button" class="link" onClick=${() => load(file.path)}>${t("Play")}</button>` : null}
    <button type="button" class="link" onClick=${() => download(network, file, setError)}>${t("Download")}</button></span>`;
}

/** @param {Network} network @param {{path: string, name: string}} file @param {(error: string) => void} onError */
export async function download(network, file, onError) {
  try {
    const link = document.createElement("a");
    link.href = await fetchFile(network, file.path);
    link.download = file.name;
    link.click();
  } catch (error) {
    onError(/** @type {Error} */ (error).message);
  }
}

/** @param {{network: Network, link: string}} props */
function Preview({ network, link }) {
  const [page, setPage] = useState(/** @type {{title: string, description: string, site: string} | null} */ (null));
  useEffect(() => {
    let mounted = true;
    void preview(network, link).then((found) => mounted && setPage(found), () => {});
    return () => {
      mounted = false;
    };
  }, [link]);
  if (!page) return null;
  return html`<a class="card" href=${link} target="_blank" rel="noopener noreferrer nofollow">
    <span class="note">${page.site}</span><b>${page.title}</b>${page.description ? html`<span>${page.description}</span>` : null}
  </a>`;
}
