// Files: sent with progress, fetched with proof of who we are (soju.im/FILEHOST, draft/authtoken).

import { t } from "../lib/translate.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {{url: string, name: string, type: string, bytes: number, width?: number, height?: number, thumb?: string}} Sent
 */

const OURS = /\/f\/(\d{8}[\w-]{22})\/([^/?#]+)$/;
const MOST_KEPT = 80;
/** Addresses of pictures that were fetched, the latest last. @type {Map<string, Promise<string>>} */
const fetched = new Map();

/** Whether the server takes files. @param {Network} network */
export function takesFiles(network) {
  return network.client.support.tokens.has("draft/FILEHOST") && sameOrigin(network);
}

/** The page's own server is the one that is connected to. @param {Network} network */
function sameOrigin(network) {
  return new URL(network.url).host === location.host;
}

/**
 * A file of this server's, by its link.
 * @param {Network} network
 * @param {string} link
 * @returns {{path: string, name: string} | null}
 */
export function ours(network, link) {
  const found = OURS.exec(link);
  if (!found || !sameOrigin(network)) return null;
  const { host } = new URL(link);
  const filehost = network.client.support.tokens.get("draft/FILEHOST") ?? "";
  if (host !== location.host && !filehost.includes(`//${host}/`)) return null;
  return { path: `/f/${found[1]}/${found[2]}`, name: decode(found[2]) };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param {Network} network
 * @param {string} target who may read it: a channel, or a nick
 * @param {Blob} file
 * @param {string} name
 * @param {(share: number) => void} progress 0 to 1
 * @returns {{done: Promise<Sent>, stop: () => void}} rejects with a sentence
 */
export function send(network, target, file, name, progress) {
  const request = new XMLHttpRequest();
  const done = network.token("FILEHOST", target).then(
    (token) =>
      new Promise((resolve, reject) => {
        request.open("POST", "/f");
        if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
        request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
        request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
        request.setRequestHeader("Accept-Language", document.documentElement.lang);
        request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
        request.onload = () => {
          if (request.status === 201) resolve(JSON.parse(request.responseText));
          else reject(new Error(request.responseText.trim() || t("The file was not taken.")));
        };
        request.onerror = () => reject(new Error(t("The connection broke; the file was not sent.")));
        request.onabort = () => reject(new Error(t("Stopped.")));
        request.send(file);
      }),
  );
  return { done: /** @type {Promise<Sent>} */ (done), stop: () => request.abort() };
}

/**
 * An address inside the page for a file that only we may read. Rejects where we may not.
 * @param {Network} network
 * @param {string} path
 * @returns {Promise<string>}
 */
export function fetchFile(network, path) {
  const have = fetched.get(path);
  if (have) return have;
  const made = (async () => {
    const token = await network.token("FILEHOST");
    const answer = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return URL.createObjectURL(await answer.blob());
  })();
  fetched.set(path, made);
  made.catch(() => fetched.delete(path));
  for (const [old, url] of fetched) {
    if (fetched.size <= MOST_KEPT) break;
    fetched.delete(old);
    void url.then((each) => URL.revokeObjectURL(each));
  }
  return made;
}

/**
 * What a link leads to, as our server sees it; null where it shows nothing.
 * @param {Network} network
 * @param {string} link
 * @returns {Promise<{title: string, description: string, site: string} | null>}
 */
export async function preview(network, link) {
  if (!sameOrigin(network)) return null;
  const token = await network.token("PAPO");
  if (!token) return null;
  const answer = await fetch(`/api/preview?url=${encodeURIComponent(link)}`, { headers: { Authorization: `Bearer ${token}` } });
  return answer.status === 200 ? answer.json() : null;
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at ? value.toFixed(1) : value} ${units[at]}`;
}
