// The whole page: the door or the chat, dialogs, short notes, and the keyboard.

import { html, useEffect } from "./html.js";
import { membersOpen, notify, remember, theme } from "../state/settings.js";
import { t } from "../lib/translate.js";
import { toPresent } from "../state/history.js";
import { doings } from "../state/commands.js";
import { focusComposer, goTo, leave, open, showBuffer } from "./actions.js";
import { Composer } from "./composer/composer.js";
import { Dialogs } from "./dialogs/dialogs.js";
import { Entry, explain } from "./login.js";
import { Header } from "./panels/header.js";
import { Icon } from "./icons.js";
import { Members } from "./panels/members.js";
import { askToNotify, canNotify, NotifyQuestion } from "./notifications.js";
import { Search } from "./panels/search.js";
import { Sidebar } from "./panels/sidebar.js";
import { Timeline } from "./timeline/timeline.js";
import { dialog, drawer, dropToast, isField, memberDrawer, network, panel, toasts } from "./ui.js";

export function App() {
  const here = network.value;
  useEffect(() => {
    document.documentElement.dataset.theme = theme.value;
  }, [theme.value]);
  useEffect(() => {
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  const refusal = here?.refusal.value ?? null;
  const inside = here && (here.wasOnline || !refusal) && !(here.status.value === "closed" && !here.wasOnline);
  return html`
    ${inside ? html`<${Chat} here=${here} />` : html`<${Entry} key=${refusal?.code ?? ""} problem=${refusal} />`}
    ${here ? html`<${Dialogs} here=${here} />` : null}
    <${Toasts} />`;
}

/** @param {{here: import("../state/network.js").Network}} props */
function Chat({ here }) {
  const buffer = here.shown.value;
  const members = buffer.kind === "channel" && (membersOpen.value || memberDrawer.value);
  useEffect(() => remember("nick", here.wantedNick), [here.nick.value]);
  useEffect(() => void openAddress(here), [here.status.value]);
  useEffect(swipes, []);
  const classes = ["chat", drawer.value ? "drawer" : "", members ? "with-members" : "", memberDrawer.value ? "member-drawer" : "", panel.value ? "with-panel" : ""];
  return html`
    <div class=${classes.filter(Boolean).join(" ")}>
      <a class="skip" href="#composer" onClick=${(/** @type {Event} */ event) => {
        event.preventDefault();
        document.querySelector(/** @type {"textarea"} */ (".composer textarea"))?.focus();
      }}>${t("Go to the message field")}</a>
      <${Sidebar} here=${here} />
      <div class="shade" onClick=${() => {
        drawer.value = false;
        memberDrawer.value = false;
      }}></div>
      <main aria-label=${buffer.name.value || here.name.value}>
        <${Header} here=${here} buffer=${buffer} />
        <${Connection} here=${here} />
        <${Timeline} key=${buffer.key} here=${here} buffer=${buffer} />
        <${Composer} key=${`c ${buffer.key}`} here=${here} buffer=${buffer} />
      </main>
      ${panel.value === "search" ? html`<${Search} here=${here} />` : members ? html`<${Members} here=${here} buffer=${buffer} />` : null}
    </div>`;
}

const SWIPE_PX = 60;
const EDGE_PX = 40;

/** On a phone the lists come in from their edges, and go the way they came. */
function swipes() {
  let from = { x: 0, y: 0 };
  const began = (/** @type {TouchEvent} */ event) => (from = { x: event.touches[0].clientX, y: event.touches[0].clientY });
  const ended = (/** @type {TouchEvent} */ event) => {
    const x = event.changedTouches[0].clientX - from.x;
    const y = event.changedTouches[0].clientY - from.y;
    if (dialog.value || Math.abs(x) < SWIPE_PX || Math.abs(y) > Math.abs(x) / 2) return;
    if (x > 0 && memberDrawer.value) memberDrawer.value = false;
    else if (x < 0 && drawer.value) drawer.value = false;
    else if (x > 0 && from.x < EDGE_PX) drawer.value = true;
    else if (x < 0 && from.x > innerWidth - EDGE_PX) memberDrawer.value = true;
  };
  addEventListener("touchstart", began, { passive: true });
  addEventListener("touchend", ended, { passive: true });
  return () => {
    removeEventListener("touchstart", began);
    removeEventListener("touchend", ended);
  };
}

/** @param {{here: import("../state/network.js").Network}} props */
function Connection({ here }) {
  const status = here.status.value;
  const refusal = here.refusal.value;
  if (status === "online") return null;
  if (status === "closed") {
    return html`<p class="banner" role="alert">${refusal ? explain(refusal) : t("Not connected.")}
      <button type="button" class="link" onClick=${() => here.connect()}>${t("Connect again")}</button>
      <button type="button" class="link" onClick=${() => leave(here)}>${t("Leave")}</button></p>`;
  }
  return html`<p class="banner" role="status">${status === "waiting" ? t("No connection. What you write is kept and sent when it is back.") : t("Connecting…")}
    ${status === "waiting" ? html`<button type="button" class="link" onClick=${() => here.client.connect()}>${t("Try now")}</button>` : null}</p>`;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map((each) => html`<div key=${each.id} class=${`toast ${each.kind}`}>
      <span>${each.text}</span>
      ${each.kind === "ask" ? html`<${NotifyQuestion} answer=${(/** @type {boolean} */ yes) => {
        dropToast(each.id);
        if (yes && canNotify()) void askToNotify();
        else notify.value = "off";
      }} />` : null}
      ${each.kind === "mention" && each.buffer !== undefined ? html`<button type="button" class="link" onClick=${() => {
        dropToast(each.id);
        showBuffer(/** @type {string} */ (each.buffer));
      }}>${t("Show")}</button>` : null}
      ${each.kind === "info" && each.buffer ? html`<button type="button" class="link" onClick=${() => {
        dropToast(each.id);
        network.value?.join(/** @type {string} */ (each.buffer));
      }}>${t("Join")}</button>` : null}
      <button type="button" class="icon-button" aria-label=${t("Close")} onClick=${() => dropToast(each.id)}><${Icon} name="close" /></button>
    </div>`)}
  </div>`;
}

/** `#/%23room/msgid`: a link to a message. @param {import("../state/network.js").Network} here */
async function openAddress(here) {
  const file = /^\/f\/\w[\w-]+\/([^/]+)$/.exec(location.pathname);
  if (file && here.status.value === "online") {
    open("picture", { here, file: { path: location.pathname, name: decodeURIComponent(file[1]) } });
    history.replaceState(null, "", "/");
  }
  const found = /^#\/([^/]+)(?:\/([^/]+))?$/.exec(location.hash);
  if (!found || here.status.value !== "online") return;
  history.replaceState(null, "", location.pathname);
  const name = decodeURIComponent(found[1]);
  if (here.client.support.isChannel(name) && !here.buffer(name)?.joined.value) {
    await here.client.ask("JOIN", name).catch(() => []);
    await here.settled();
  }
  if (!here.buffer(name)) return;
  if (found[2]) await goTo(here, name, `msgid=${decodeURIComponent(found[2])}`);
  else showBuffer(here.fold(name));
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const here = network.value;
  if (!here) return;
  const command = event.ctrlKey || event.metaKey;
  const doing = command && event.key.toLowerCase() === "k" ? () => open("palette")
    : command && event.key.toLowerCase() === "f" && here.has("draft/search") ? () => doings.search("")
    : event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown") ? () => step(here, event.key === "ArrowUp" ? -1 : 1, event.shiftKey)
    : event.key === "?" && !isField(event.target) ? () => open("help")
    : event.key === "Escape" && !dialog.value ? () => escape(here)
    : null;
  if (doing) {
    event.preventDefault();
    doing();
  } else if (!dialog.value && !command && !event.altKey && event.key.length === 1 && event.key !== " " && !isField(event.target) && !(event.target instanceof HTMLElement && event.target.closest(".scroll, .search"))) {
    document.querySelector(/** @type {"textarea"} */ (".composer textarea"))?.focus(); // typing anywhere writes
  }
}

/** @param {import("../state/network.js").Network} here @param {number} by @param {boolean} unreadOnly */
function step(here, by, unreadOnly) {
  const all = [...document.querySelectorAll(/** @type {"button"} */ (".sidebar .item"))];
  const at = all.findIndex((each) => each.classList.contains("shown"));
  for (let n = 1; n <= all.length; n += 1) {
    const next = all[(at + by * n + all.length * n) % all.length];
    if (!unreadOnly || next.querySelector(".count")) {
      next.click();
      return;
    }
  }
}

/** @param {import("../state/network.js").Network} here */
function escape(here) {
  if (panel.value) panel.value = "";
  else if (drawer.value || memberDrawer.value) drawer.value = memberDrawer.value = false;
  else {
    focusComposer();
    void toPresent(here, here.shown.value).then(() => {
      const element = document.querySelector(".scroll");
      if (element) element.scrollTop = element.scrollHeight;
    });
  }
}
