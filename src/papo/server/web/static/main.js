// Where the page begins.

import { App } from "./components/app.js";
import { html, render } from "./components/html.js";
import { titleCounts } from "./components/notifications.js";
import { begin, firstLanguage, invitation, lastSession, resume } from "./components/start.js";

await firstLanguage();
const session = lastSession();
if (session && !invitation()) begin(resume(session));
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
titleCounts();
if ("serviceWorker" in navigator && isSecureContext) {
  // The only address that a script is ever loaded from by name; the page's policy allows no other.
  const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("papo", { createScriptURL: () => "/sw.js" });
  navigator.serviceWorker.register(policy ? policy.createScriptURL("") : "/sw.js").catch(() => {});
}
