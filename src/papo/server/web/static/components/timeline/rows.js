// The rows of a timeline: days, the unread line, messages with or without a header, events in groups. Pure.

import { isMessage } from "../../state/buffer_line.js";
import { midnight } from "./times.js";

/**
 * @typedef {import("../../state/buffer_line.js").BufferLine} BufferLine
 * @typedef {{kind: "day", key: string, at: number} | {kind: "unread", key: string}
 *   | {kind: "message", key: string, line: BufferLine, head: boolean} | {kind: "events", key: string, lines: BufferLine[]}} Row
 *   `head`: the message shows its author
 */

const SAME_AUTHOR_MS = 5 * 60_000;
const GROUPED = new Set(["join", "part", "quit", "nick", "mode"]);

/**
 * @param {BufferLine[]} lines
 * @param {{unreadLineAt: number, joins: boolean}} options `unreadLineAt`: time of the last message read, 0 for no unread
 *   line; `joins`: whether events are shown
 * @returns {Row[]}
 */
export function rowsOf(lines, { unreadLineAt, joins }) {
  /** @type {Row[]} */
  const rows = [];
  let today = 0;
  let drawn = unreadLineAt === 0;
  /** @type {BufferLine | null} */
  let before = null;
  const read = lines.findLastIndex((line) => !line.pending && line.at <= unreadLineAt);
  /** @type {Set<number>} */
  const days = new Set();
  for (const [index, line] of lines.entries()) {
    const grouped = GROUPED.has(line.kind);
    if (grouped && !joins) continue;
    const day = midnight(line.at);
    if (day !== today) {
      rows.push({ kind: "day", key: days.has(day) ? `day-${line.key}` : `day-${day}`, at: line.at });
      days.add(day); // one comes twice where the server's clock was set back
      today = day;
      before = null;
    }
    if (!drawn && index > read && isMessage(line) && !line.mine) {
      rows.push({ kind: "unread", key: "unread-line" });
      drawn = true;
      before = null;
    }
    if (!grouped) {
      rows.push({ kind: "message", key: line.key, line, head: !continues(before, line) });
      before = line;
      continue;
    }
    const last = rows[rows.length - 1];
    if (last?.kind === "events") rows[rows.length - 1] = { ...last, lines: [...last.lines, line] };
    else rows.push({ kind: "events", key: `q-${line.key}`, lines: [line] });
    before = null;
  }
  return rows;
}

/** Whether a message goes on with the one before it, without a header. @param {BufferLine | null} before @param {BufferLine} line */
function continues(before, line) {
  return (
    before !== null && before.kind === "say" && line.kind === "say" && before.nick === line.nick && !line.replyTo &&
    before.relayedBy === line.relayedBy && before.rank === line.rank && line.at - before.at < SAME_AUTHOR_MS
  );
}
