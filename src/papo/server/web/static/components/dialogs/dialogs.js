// The small windows: each opens by its name (actions.open) and gets what it is about.

import { html, useEffect, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { plain, search as searchEmoji, all as allEmoji } from "../../state/emoji.js";
import { fetchFile } from "../../state/files.js";
import { react, remove } from "../../state/send.js";
import { recentEmoji } from "../../state/settings.js";
import { close, goTo } from "../actions.js";
import { PICTURES, save } from "../composer/attachments.js";
import { Account } from "./account.js";
import { Dialog } from "./dialog.js";
import { Help } from "./help.js";
import { Palette } from "./palette.js";
import { Person } from "./user_card.js";
import { Invite, Room } from "../panels/room.js";
import { Settings } from "./preferences.js";
import { dialog, drawer, toast } from "../ui.js";

/** @typedef {import("../../state/network.js").Network} Network */

/** @param {{here: Network}} props */
export function Dialogs({ here }) {
  const now = dialog.value;
  if (!now) return null;
  const Component = TABLE[now.name];
  return Component ? html`<${Component} key=${`${now.name} ${typeof now.about === "string" ? now.about : ""}`} here=${here} about=${now.about} />` : null;
}

/** @param {{here: Network, about: {buffer?: any, entry?: any, insert?: (emoji: string) => void}}} props */
function Emoji({ here, about }) {
  const [wanted, setWanted] = useState("");
  const [found, setFound] = useState(/** @type {import("../../state/emoji.js").Emoji[]} */ ([]));
  useEffect(() => {
    let mounted = true;
    void (plain(wanted).trim() ? searchEmoji(wanted, 120) : allEmoji()).then((list) => mounted && setFound(list));
    return () => {
      mounted = false;
    };
  }, [wanted]);
  const choose = (/** @type {string} */ emoji) => {
    recentEmoji.value = [emoji, ...recentEmoji.value.filter((each) => each !== emoji)].slice(0, 12);
    close();
    if (about.insert) about.insert(emoji);
    else react(here, about.buffer, about.entry, emoji);
  };
  const grid = (/** @type {{emoji: string, name: string}[]} */ list) =>
    html`<div class="grid">${list.map((each) => html`<button type="button" key=${each.emoji} title=${each.name} aria-label=${each.name} onClick=${() => choose(each.emoji)}>${each.emoji}</button>`)}</div>`;
  return html`<${Dialog} title=${about.insert ? t("Emoji") : t("React")} className="emoji-dialog">
    <input type="search" placeholder=${t("Search: heart, party…")} aria-label=${t("Search emoji")} value=${wanted} autofocus
      onInput=${(/** @type {any} */ event) => setWanted(event.target.value)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter" && found[0]) {
          event.preventDefault();
          choose(found[0].emoji);
        }
      }} />
    ${wanted ? null : html`<h3>${t("Used last")}</h3>${grid(recentEmoji.value.map((emoji) => ({ emoji, name: emoji })))}<h3>${t("All")}</h3>`}
    ${grid(found)}
    ${wanted && !found.length ? html`<p class="note">${t("Nothing fits.")}</p>` : null}
  <//>`;
}

/** @param {{here: Network, about: {buffer: any, entry: any}}} props */
function Delete({ here, about }) {
  const act = async () => {
    close();
    const why = await remove(here, about.buffer, about.entry);
    if (why) toast({ kind: "error", text: why });
  };
  return html`<${Dialog} title=${t("Delete this message?")}>
    <blockquote>${about.entry.text.slice(0, 300)}</blockquote>
    <p class="note">${t("It is deleted for everybody, and for good.")}</p>
    <div class="row"><button type="button" class="danger" onClick=${act}>${t("Delete")}</button><button type="button" onClick=${close} autofocus>${t("Keep it")}</button></div>
  <//>`;
}

/** @param {{here: Network}} props */
function Browse({ here }) {
  const [wanted, setWanted] = useState("");
  const [done, setDone] = useState(false);
  useEffect(() => {
    here.list.value = [];
    here.client.ask("LIST").then(() => here.settled()).then(() => setDone(true), () => setDone(true));
  }, []);
  const rows = (here.list.value ?? [])
    .filter((each) => plain(`${each.name} ${each.topic}`).includes(plain(wanted)))
    .sort((a, b) => b.users - a.users || a.name.localeCompare(b.name))
    .slice(0, 200);
  const name = here.client.support.isChannel(wanted.trim()) ? wanted.trim() : `#${wanted.trim().replace(/\s+/g, "-")}`;
  const join = (/** @type {string} */ to) => {
    close();
    drawer.value = false;
    here.join(to);
  };
  return html`<${Dialog} title=${t("Channels")} wide=${true}>
    <input type="search" placeholder=${t("Find a channel, or name a new one")} aria-label=${t("Find a channel, or name a new one")} value=${wanted} autofocus onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />
    <ul class="channels">
      ${rows.map((each) => html`<li key=${each.name}><button type="button" onClick=${() => join(each.name)}><b>${each.name}</b><span class="note">${tn("{count} person", "{count} people", each.users)}</span><span class="about">${each.topic}</span></button></li>`)}
      ${wanted.trim() && !rows.some((each) => here.fold(each.name) === here.fold(name)) ? html`<li><button type="button" onClick=${() => join(name)}><b>${name}</b><span class="about">${t("Make this channel, or join it if it is hidden")}</span></button></li>` : null}
    </ul>
    ${done ? (rows.length || wanted ? null : html`<p class="note">${t("There is no channel yet. Type a name to make the first.")}</p>`) : html`<p class="note">${t("Loading…")}</p>`}
  <//>`;
}

/** @param {{here: Network, about: import("../../state/buffer.js").Buffer}} props */
function Day({ here, about }) {
  const [day, setDay] = useState(new Date().toLocaleDateString("sv"));
  const go = (/** @type {Event} */ event) => {
    event.preventDefault();
    close();
    void goTo(here, about.name.value, `timestamp=${new Date(`${day}T00:00`).toISOString()}`);
  };
  return html`<${Dialog} title=${t("Go to a day")}><form class="row" onSubmit=${go}>
    <input type="date" value=${day} aria-label=${t("Day")} required max=${new Date().toLocaleDateString("sv")} onInput=${(/** @type {any} */ event) => setDay(event.target.value)} />
    <button type="submit" class="primary">${t("Show")}</button></form><//>`;
}

/** @param {{here: Network, about: {here: Network, file: {path: string, name: string}}}} props */
function Picture({ about }) {
  const [url, setUrl] = useState("");
  const [wrong, setWrong] = useState("");
  useEffect(() => void fetchFile(about.here, about.file.path).then(setUrl, (error) => setWrong(error.message)), []);
  return html`<${Dialog} title=${about.file.name} wide=${true} className="lightbox">
    ${url && PICTURES.test(about.file.name) ? html`<img src=${url} alt=${about.file.name} />` : html`<p class="note">${wrong || (url ? about.file.name : t("Loading…"))}</p>`}
    <div class="row"><button type="button" onClick=${() => save(about.here, about.file, setWrong)}>${t("Download")}</button></div>
  <//>`;
}

/** @type {Record<string, any>} */
const TABLE = {
  account: Account, browse: Browse, date: Day, delete: Delete, emoji: Emoji, help: Help, invite: Invite, palette: Palette,
  person: Person, picture: Picture, room: Room, settings: Settings,
};
