// Files of this server, and uploading them with a token that proves our identity (draft/FILEHOST, draft/authtoken).

import { t } from "../lib/translate.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {{url: string, name: string, type: string, bytes: number, width?: number, height?: number, thumb?: string}} Uploaded
 */

/** Without punctuation after it; needs no library, so that no address of a file is seen before its picture. */
const ADDRESS = /https?:\/\/[^\s<>"()\u0000-\u001f]*[^\s<>"()\u0000-\u001f.,:;!?'*_~]/gi;
const OWN_FILE = /\/f\/(\d{8}[\w-]{22})\/([^/?#]+)$/;

/** @param {Network} network */
export function canUpload(network) {
  return network.client.support.tokens.has("draft/FILEHOST") && sameOrigin(network);
}

/** Whether the network is the server that this page comes from. @param {Network} network */
export function sameOrigin(network) {
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
  const host = found && hostOf(link);
  if (!host || !sameOrigin(network)) return null;
  const filehost = network.client.support.tokens.get("draft/FILEHOST") ?? "";
  if (host !== location.host && !filehost.includes(`//${host}/`)) return null;
  return { path: `/f/${found[1]}/${found[2]}`, name: decode(found[2]) };
}

/** @param {string} link @returns {string} "" if it is no address: a port or a number of the host may be impossible */
function hostOf(link) {
  try {
    return new URL(link).host;
  } catch {
    return "";
  }
}

/**
 * A text without the links to files of this server, as `upload` gives them, which are shown below it.
 * @param {Network} network
 * @param {string} text
 */
export function withoutFiles(network, text) {
  if (!text.includes("/f/")) return text;
  return text.replace(ADDRESS, (link) => (ownFile(network, link) ? "" : link)).trim();
}

/** @param {string} text */
export function decode(text) {
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
