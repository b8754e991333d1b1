// Caches the files of the page, so that it opens without a network. No messages are cached.

const CACHE = "papo-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/a/")) event.respondWith(cacheFirst(request));
  else if (request.mode === "navigate" && url.pathname === "/") event.respondWith(networkFirst(request));
});

/** For files, which never change at their address. */
async function cacheFirst(request) {
  const cache = await caches.open(CACHE);
  const cached = await cache.match(request);
  if (cached) return cached;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** For the page itself; when a new one comes, the files of other versions are deleted. */
async function networkFirst(request) {
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
