// Files: uploaded with progress, fetched with a token that proves our identity (draft/FILEHOST, draft/authtoken).

import { t } from "../lib/translate.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {{url: string, name: string, type: string, bytes: number, width?: number, height?: number, thumb?: string}} Uploaded
 */

const OWN_FILE = /\/f\/(\d{8}[\w-]{22})\/([^/?#]+)$/;
const MAX_CACHED = 80;
/** Addresses of files that were fetched, by path, the latest last. @type {Map<string, Promise<string>>} */
const fetched = new Map();

/** @param {Network} network */
export function canUpload(network) {
  return network.client.support.tokens.has("draft/FILEHOST") && sameOrigin(network);
}

/** Whether the network is the server that this page comes from. @param {Network} network */
function sameOrigin(network) {
  return new URL(network.url).host === location.host;
}

/**
 * A file of this server.
 * @param {Network} network
 * @param {string} link
 * @returns {{path: string, name: string} | null} null for any other link
 */
export function ownFile(network, link) {
  const found = OWN_FILE.exec(link);
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
 * @param {string} target the channel or the nick that may read it
 * @param {Blob} file
 * @param {string} name
 * @param {(share: number) => void} onProgress 0 to 1
 * @returns {{done: Promise<Uploaded>, stop: () => void}} `done` rejects with a sentence for the user
 */
export function upload(network, target, file, name, onProgress) {
  const request = new XMLHttpRequest();
  const done = network.token("FILEHOST", target).then(
    (token) =>
      new Promise((resolve, reject) => {
        request.open("POST", "/f");
        if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
        request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
        request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
        request.setRequestHeader("Accept-Language", document.documentElement.lang);
        request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0);
        request.onload = () => {
          if (request.status === 201) resolve(JSON.parse(request.responseText));
          else reject(new Error(request.responseText.trim() || t("The server did not accept the file.")));
        };
        request.onerror = () => reject(new Error(t("The connection was lost; the file was not sent.")));
        request.onabort = () => reject(new Error(t("Stopped.")));
        request.send(file);
      }),
  );
  return { done: /** @type {Promise<Uploaded>} */ (done), stop: () => request.abort() };
}

/**
 * A `blob:` address for a file. Rejects with the server's words if we may not read it.
 * @param {Network} network
 * @param {string} path
 * @returns {Promise<string>}
 */
export function fetchFile(network, path) {
  const present = fetched.get(path);
  if (present) return present;
  const address = (async () => {
    const token = await network.token("FILEHOST");
    const answer = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return URL.createObjectURL(await answer.blob());
  })();
  fetched.set(path, address);
  address.catch(() => fetched.delete(path));
  for (const [old, url] of fetched) {
    if (fetched.size <= MAX_CACHED) break;
    fetched.delete(old);
    void url.then((each) => URL.revokeObjectURL(each));
  }
  return address;
}

/**
 * The title and description of a page, fetched by our server; null if there is nothing to show.
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

/** Such as `1.5 MiB`. @param {number} bytes */
export function fileSize(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at ? value.toFixed(1) : value} ${units[at]}`;
}
