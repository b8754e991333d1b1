// What a message's links lead to: our own files inline, other pages as a card where the server looks them up.

import { html, useEffect, useRef, useState } from "../html.js";
import { fetchFile, ours, preview } from "../../state/files.js";
import { t } from "../../lib/translate.js";
import { open } from "../actions.js";
import { Icon } from "../icons.js";
import { setup } from "../ui.js";

/** @typedef {import("../../state/network.js").Network} Network */

export const PICTURES = /\.(png|jpe?g|gif|webp)$/i;
const SOUNDS = /\.(mp3|ogg|oga|opus|flac|wav|m4a)$/i;
const FILMS = /\.(mp4|webm)$/i;
const MOST = 6;

/** @param {{here: Network, links: string[]}} props */
export function Attachments({ here, links }) {
  if (!links.length) return null;
  return links.slice(0, MOST).map((link, at) => {
    const file = ours(here, link);
    if (file) return html`<${OwnFile} key=${link} here=${here} file=${file} />`;
    return at === 0 && setup.previews ? html`<${Card} key=${link} here=${here} link=${link} />` : null;
  });
}

/** @param {{here: Network, file: {path: string, name: string}}} props */
function OwnFile({ here, file }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [url, setUrl] = useState("");
  const [wrong, setWrong] = useState("");
  const picture = PICTURES.test(file.name);
  const fetchNow = (/** @type {string} */ path) => fetchFile(here, path).then(setUrl, (error) => setWrong(error.message));
  useEffect(() => {
    if (!picture || !ref.current) return undefined;
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      observer.disconnect();
      void fetchNow(`${file.path}?thumb=1`);
    }, { rootMargin: "400px" });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [file.path]);
  if (wrong) return html`<p class="note"><${Icon} name="warn" /> ${file.name}: ${wrong}</p>`;
  if (picture) {
    return html`<button type="button" ref=${ref} class="picture" aria-label=${t("Show {name} large", { name: file.name })} onClick=${() => open("picture", { here, file })}>
      ${url ? html`<img src=${url} alt=${file.name} />` : html`<span class="note">${file.name}</span>`}
    </button>`;
  }
  if (url && FILMS.test(file.name)) return html`<video class="media" src=${url} controls></video>`;
  if (url && SOUNDS.test(file.name)) return html`<audio class="media" src=${url} controls></audio>`;
  const playable = FILMS.test(file.name) || SOUNDS.test(file.name);
  return html`<span class="file"><${Icon} name="file" /><span>${file.name}</span>
    ${playable ? html`<button type="button" class="link" onClick=${() => fetchNow(file.path)}>${t("Play")}</button>` : null}
    <button type="button" class="link" onClick=${() => save(here, file, setWrong)}>${t("Download")}</button></span>`;
}

/** @param {Network} here @param {{path: string, name: string}} file @param {(why: string) => void} failed */
export async function save(here, file, failed) {
  try {
    const link = document.createElement("a");
    link.href = await fetchFile(here, file.path);
    link.download = file.name;
    link.click();
  } catch (error) {
    failed(/** @type {Error} */ (error).message);
  }
}

/** @param {{here: Network, link: string}} props */
function Card({ here, link }) {
  const [found, setFound] = useState(/** @type {{title: string, description: string, site: string} | null} */ (null));
  useEffect(() => {
    let mounted = true;
    void preview(here, link).then((each) => mounted && setFound(each), () => {});
    return () => {
      mounted = false;
    };
  }, [link]);
  if (!found) return null;
  return html`<a class="card" href=${link} target="_blank" rel="noopener noreferrer nofollow">
    <span class="note">${found.site}</span><b>${found.title}</b>${found.description ? html`<span>${found.description}</span>` : null}
  </a>`;
}
