// The chat: conversations on the left, messages in the middle, members or search on the right.

import { html, useEffect } from "./html.js";
import { membersOpen, remember } from "../state/settings.js";
import { t } from "../lib/translate.js";
import { focusMessageField } from "./actions.js";
import { openAddress } from "./address.js";
import { Composer } from "./composer/composer.js";
import { ConnectionBanner } from "./connection_banner.js";
import { deferred } from "./deferred.js";
import { Header } from "./panels/header.js";
import { Sidebar } from "./panels/sidebar.js";
import { Timeline } from "./timeline/timeline.js";
import { drawer, memberDrawer, panel } from "./view.js";

const Members = deferred(() => import("./panels/members.js").then((module) => module.Members));
const Search = deferred(() => import("./panels/search.js").then((module) => module.Search));

/** @param {{network: import("../state/network.js").Network}} props */
export function Chat({ network }) {
  const buffer = network.currentBuffer.value;
  const members = buffer.kind === "channel" && (membersOpen.value || memberDrawer.value);
  useEffect(() => remember("nick", network.wantedNick), [network.nick.value]);
  useEffect(() => void openAddress(network), [network.status.value]);
  useEffect(() => void import("./swipes.js").catch(() => {}), []);
  const classes = ["chat", drawer.value ? "drawer" : "", members ? "with-members" : "", memberDrawer.value ? "member-drawer" : "", panel.value ? "with-panel" : ""];
  return html`
    <div class=${classes.filter(Boolean).join(" ")}>
      <a class="skip" href="#composer" onClick=${(/** @type {Event} */ event) => {
        event.preventDefault();
        focusMessageField();
      }}>${t("Go to the message field")}</a>
      <${Sidebar} network=${network} />
      <div class="backdrop" onClick=${() => {
        drawer.value = false;
        memberDrawer.value = false;
      }}></div>
      <main aria-label=${buffer.name.value || network.name.value}>
        <${Header} network=${network} buffer=${buffer} />
        <${ConnectionBanner} network=${network} />
        <${Timeline} key=${buffer.key} network=${network} buffer=${buffer} />
        <${Composer} key=${`c ${buffer.key}`} network=${network} buffer=${buffer} />
      </main>
      ${panel.value === "search" ? html`<${Search} network=${network} />` : members ? html`<${Members} network=${network} buffer=${buffer} />` : null}
    </div>`;
}
