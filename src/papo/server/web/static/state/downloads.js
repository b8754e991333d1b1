// Files and previews of links, fetched with a token that proves our identity (draft/FILEHOST, draft/authtoken).

import { sameOrigin } from "./files.js";

/** @typedef {import("./network.js").Network} Network */

const MAX_CACHED = 80;
/** Addresses of files that were fetched, by path, the latest last. @type {Map<string, Promise<string>>} */
const fetched = new Map();

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
