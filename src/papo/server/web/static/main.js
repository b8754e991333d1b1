// Starts the page.

import { App } from "./components/app.js";
import { html, render } from "./components/html.js";
import { loadLanguage } from "./components/language.js";
import { showCountsInTitle } from "./components/notifications.js";
import { invitationCode, resume, savedSession, start } from "./components/session.js";

await loadLanguage();
const session = savedSession();
if (session && !invitationCode()) start(resume(session));
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
showCountsInTitle();
if ("serviceWorker" in navigator && isSecureContext) {
  // The one address that a script is loaded from by name; the page's policy allows no other.
  const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("papo", { createScriptURL: () => "/sw.js" });
  navigator.serviceWorker.register(policy ? policy.createScriptURL("") : "/sw.js").catch(() => {});
}
