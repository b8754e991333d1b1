// Keeps the page's own files, so that it opens without a network; nothing that anybody said is kept here.

const CACHE = "papo-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/a/")) event.respondWith(kept(request));
  else if (request.mode === "navigate" && url.pathname === "/") event.respondWith(fresh(request));
});

/** Files never change under their address. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const have = await cache.match(request);
  if (have) return have;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** The page itself: the server's where it answers, and then the files of other versions are let go. */
async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      const version = /\/a\/(\w+)\//.exec(await answer.clone().text())?.[1];
      for (const old of await cache.keys()) if (version && old.url.includes("/a/") && !old.url.includes(`/a/${version}/`)) await cache.delete(old);
      await cache.put("/", answer.clone());
    }
    return answer;
  } catch {
    return (await cache.match("/")) ?? Response.error();
  }
}
