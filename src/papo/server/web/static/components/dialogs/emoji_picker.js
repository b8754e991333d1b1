// Chooses an emoji: for the text in the message field, or as a reaction.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";
import { withoutAccents } from "../../lib/accents.js";
import { all, search } from "../../state/emoji.js";
import { react } from "../../state/send.js";
import { recentEmoji } from "../../state/settings.js";
import { closeDialog } from "../actions.js";
import { Dialog } from "./dialog.js";

const MAX_FOUND = 120;
const MAX_RECENT = 12;

/** @param {{network: import("../../state/network.js").Network, about: {buffer?: any, line?: any, insert?: (emoji: string) => void}}} props */
export function EmojiPicker({ network, about }) {
  const [wanted, setWanted] = useState("");
  const [found, setFound] = useState(/** @type {import("../../state/emoji.js").Emoji[]} */ ([]));
  useEffect(() => {
    let mounted = true;
    void (withoutAccents(wanted).trim() ? search(wanted, MAX_FOUND) : all()).then((list) => mounted && setFound(list));
    return () => {
      mounted = false;
    };
  }, [wanted]);
  const choose = (/** @type {string} */ emoji) => {
    recentEmoji.value = [emoji, ...recentEmoji.value.filter((each) => each !== emoji)].slice(0, MAX_RECENT);
    closeDialog();
    if (about.insert) about.insert(emoji);
    else react(network, about.buffer, about.line, emoji);
  };
  const grid = (/** @type {{emoji: string, name: string}[]} */ list) =>
    html`<div class="grid">${list.map((each) => html`<button type="button" key=${each.emoji} title=${each.name} aria-label=${each.name} onClick=${() => choose(each.emoji)}>${each.emoji}</button>`)}</div>`;
  return html`<${Dialog} title=${about.insert ? t("Emoji") : t("React")} className="emoji-dialog">
    <input type="search" placeholder=${t("Search: heart, party…")} aria-label=${t("Search emoji")} value=${wanted} autofocus
      onInput=${(/** @type {any} */ event) => setWanted(event.target.value)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || !found[0]) return;
        event.preventDefault();
        choose(found[0].emoji);
      }} />
    ${wanted ? null : html`<h3>${t("Recent")}</h3>${grid(recentEmoji.value.map((emoji) => ({ emoji, name: emoji })))}<h3>${t("All")}</h3>`}
    ${grid(found)}
    ${wanted && !found.length ? html`<p class="note">${t("No matches.")}</p>` : null}
  <//>`;
}
