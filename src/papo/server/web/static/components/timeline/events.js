// Lines that are not messages: joins and the like in groups, topics, kicks, and words of the server.

import { html, useState } from "../html.js";
import { t, tn } from "../../lib/translate.js";
import { Icon } from "../icons.js";
import { RichText } from "./rich_text.js";
import { clock, full } from "./times.js";

/**
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("../../state/buffer_line.js").BufferLine} BufferLine
 */

/** @type {Record<string, string>} */
const ICONS = { error: "warn", topic: "hash", kick: "leave" };
/** Groups with more lines than this are summed up. */
const MAX_SHOWN = 2;

/** A line of its own. @param {{buffer: Buffer, line: BufferLine}} props */
export function Notice({ buffer, line }) {
  return html`<div class=${`notice kind-${line.kind}`} data-key=${line.key}>
    <${Icon} name=${ICONS[line.kind] ?? "help"} />
    <div class="text">${line.kind === "info" || line.kind === "error" ? html`<${RichText} text=${line.text} buffer=${buffer} />` : sentence(line)}</div>
    <time datetime=${new Date(line.at).toISOString()} title=${full(line.at)}>${clock(line.at)}</time>
  </div>`;
}

/** @param {{lines: BufferLine[], rowKey: string}} props */
export function EventGroup({ lines, rowKey }) {
  const [open, setOpen] = useState(false);
  if (lines.length <= MAX_SHOWN || open) {
    return html`<div class="events" data-key=${rowKey}>
      ${lines.map((line) => html`<p key=${line.key}>${sentence(line)} <time title=${full(line.at)}>${clock(line.at)}</time></p>`)}
      ${open ? html`<button type="button" class="link" aria-expanded="true" onClick=${() => setOpen(false)}>${t("Show less")}</button>` : null}
    </div>`;
  }
  return html`<div class="events" data-key=${rowKey}><button type="button" class="link" aria-expanded="false" onClick=${() => setOpen(true)}>${summary(lines)}</button></div>`;
}

/** @param {BufferLine} line */
function sentence({ kind, nick, detail, text }) {
  switch (kind) {
    case "join":
      return t("{nick} joined", { nick });
    case "part":
    case "quit":
      return text ? t("{nick} left ({text})", { nick, text }) : t("{nick} left", { nick });
    case "nick":
      return t("{nick} is now {other}", { nick, other: detail });
    case "mode":
      return t("{nick} set {other}", { nick, other: detail });
    case "kick":
      return text && text !== detail ? t("{nick} kicked {other} ({text})", { nick, other: detail, text }) : t("{nick} kicked {other}", { nick, other: detail });
    case "topic":
      if (detail) return t("{nick} renamed the channel to {other}", { nick, other: detail });
      return text ? t("{nick} set the topic: {text}", { nick, text }) : t("{nick} removed the topic", { nick });
  }
  return text;
}

/** @param {BufferLine[]} lines */
function summary(lines) {
  const people = (/** @type {string[]} */ ...kinds) => new Set(lines.filter((each) => kinds.includes(each.kind)).map((each) => each.nick)).size;
  const [joined, left] = [people("join"), people("part", "quit")];
  const changes = lines.filter((each) => each.kind === "nick" || each.kind === "mode").length;
  return [
    joined ? tn("{count} person joined", "{count} people joined", joined) : "",
    left ? tn("{count} person left", "{count} people left", left) : "",
    changes ? tn("{count} change", "{count} changes", changes) : "",
  ].filter(Boolean).join(", ");
}
