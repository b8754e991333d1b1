// The messages of one conversation: a window on the server's history that grows as the user scrolls, and is bounded.

import { html, useEffect, useLayoutEffect, useMemo, useRef } from "../html.js";
import { isMessage } from "../../state/buffer_line.js";
import { showJoins } from "../../state/settings.js";
import { t, tn } from "../../lib/translate.js";
import { openDialog, startEdit, startReply } from "../actions.js";
import { isField, isTouch } from "../device.js";
import { Icon } from "../icons.js";
import { target } from "../view.js";
import { EventGroup, Notice } from "./events.js";
import { Message } from "./message.js";
import { rowsOf } from "./rows.js";
import { awayFromBottom, flash, follow, keepPosition, markSeen, onScroll, scrollToPresent } from "./scroll.js";
import { day } from "./times.js";
import { active, Toolbar } from "./toolbar.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 */

/** Lines of these kinds are no messages, and stand alone. */
const NOTICES = new Set(["topic", "kick", "info", "error"]);

/** @param {{network: Network, buffer: Buffer}} props */
export function Timeline({ network, buffer }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const lines = buffer.lines.value;
  const rows = useMemo(
    () => rowsOf(lines, { unreadLineAt: buffer.unreadLineAt.value, joins: showJoins.value }),
    [lines, buffer.unreadLineAt.value, showJoins.value],
  );
  useLayoutEffect(() => keepPosition(ref.current, buffer), [rows]);
  useEffect(() => follow(ref.current, network, buffer), [buffer]);
  useEffect(() => markSeen(network, buffer), [lines, network.watched.value]);
  // At an edge no scroll event says that more is wanted.
  useEffect(() => onScroll(ref.current, network, buffer), [rows]);
  useEffect(() => flash(ref.current, buffer, target.value), [target.value, lines]);
  const loading = buffer.loading.value;
  return html`
    <div class="timeline">
      <div
        class="scroll" ref=${ref} role="log" aria-live="polite" aria-relevant="additions" aria-busy=${loading !== ""}
        aria-label=${t("Messages")} tabindex="0"
        onScroll=${() => onScroll(ref.current, network, buffer)}
        onPointerOver=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && activate(event.target)}
        onPointerLeave=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && (active.value = null)}
        onClick=${(/** @type {MouseEvent} */ event) => isTouch() && activate(event.target)}
        onFocusIn=${(/** @type {FocusEvent} */ event) => activate(event.target)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => onKeyDown(event, ref.current, buffer)}
      >
        <div class="top">
          ${loading === "older" ? html`<p class="note">${t("Loading…")}</p>` : buffer.hasOlder.value || buffer.kind === "server" ? null : html`<${Beginning} buffer=${buffer} />`}
        </div>
        ${rows.map((row) => html`<${Row} key=${row.key} network=${network} buffer=${buffer} row=${row} />`)}
        <${Toolbar} network=${network} buffer=${buffer} />
      </div>
      <${ToBottom} network=${network} buffer=${buffer} scroll=${ref} />
    </div>`;
}

/** @param {{network: Network, buffer: Buffer, row: import("./rows.js").Row}} props */
function Row({ network, buffer, row }) {
  if (row.kind === "day") return html`<div class="day"><button type="button" onClick=${() => openDialog("date", buffer)}>${day(row.at)}</button></div>`;
  if (row.kind === "unread") return html`<div class="unread" role="separator"><span>${t("New messages")}</span></div>`;
  if (row.kind === "events") return html`<${EventGroup} rowKey=${row.key} lines=${row.lines} />`;
  if (NOTICES.has(row.line.kind)) return html`<${Notice} buffer=${buffer} line=${row.line} />`;
  return html`<${Message} network=${network} buffer=${buffer} line=${row.line} head=${row.head} />`;
}

/** @param {{buffer: Buffer}} props */
function Beginning({ buffer }) {
  const name = buffer.name.value;
  return html`<div class="beginning"><h2>${name}</h2><p>${buffer.kind === "channel" ? t("This is where {name} begins.", { name }) : t("This is where your conversation with {name} begins.", { name })}</p></div>`;
}

/** @param {{network: Network, buffer: Buffer, scroll: {current: HTMLElement | null}}} props */
function ToBottom({ network, buffer, scroll }) {
  if (!buffer.hasNewer.value && !awayFromBottom.value) return null;
  const count = buffer.unread.value;
  const down = async () => {
    await scrollToPresent(network, buffer);
    if (scroll.current) scroll.current.scrollTop = scroll.current.scrollHeight;
  };
  return html`<button type="button" class="to-bottom" onClick=${down}>
    <${Icon} name="down" />${count ? tn("{count} new message", "{count} new messages", count) : t("Back to now")}
  </button>`;
}

/** Move the toolbar to the message that contains this element. @param {EventTarget | null} element */
function activate(element) {
  if (!(element instanceof Element) || element.closest(".toolbar")) return;
  const row = /** @type {HTMLElement | null} */ (element.closest(".message"));
  if (row?.dataset.key && !row.classList.contains("redacted")) {
    if (active.value?.key !== row.dataset.key || active.value.top !== row.offsetTop) active.value = { key: row.dataset.key, top: row.offsetTop };
  } else if (!element.closest(".scroll > .message")) active.value = null;
}

/** Arrows go from message to message; letters do what the toolbar does. */
function onKeyDown(/** @type {KeyboardEvent} */ event, /** @type {HTMLElement | null} */ element, /** @type {Buffer} */ buffer) {
  if (!element || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".message")]);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const to = at < 0 ? rows.length - 1 : at + (event.key === "ArrowUp" ? -1 : 1);
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
    return;
  }
  const line = buffer.lines.value.find((each) => each.key === rows[at]?.dataset.key);
  if (!line || !isMessage(line) || line.redacted || line.pending) return;
  if (event.key === "r") startReply(buffer, line);
  else if (event.key === "e" && line.mine) startEdit(buffer, line);
  else if (event.key === "+" || event.key === "a") openDialog("emoji", { buffer, line });
  else if (event.key === "Delete") openDialog("delete", { buffer, line });
  else return;
  event.preventDefault();
}
