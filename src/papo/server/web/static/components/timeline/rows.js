// From entries to rows: days, the unread line, who goes on speaking, and comings and goings drawn together. Pure.

import { isMessage } from "../../state/buffer_line.js";
import { midnight } from "./times.js";

/**
 * @typedef {import("../../state/buffer_line.js").Entry} Entry
 * @typedef {{kind: "day", key: string, at: number} | {kind: "line", key: string}
 *   | {kind: "message", key: string, entry: Entry, head: boolean} | {kind: "quiet", key: string, entries: Entry[]}} Row
 */

const SAME_BREATH_MS = 5 * 60_000;
const QUIET = new Set(["join", "part", "quit", "nick", "mode"]);

/**
 * @param {Entry[]} entries
 * @param {{lineAt: number, joins: boolean}} how `lineAt`: newest read moment, 0 for no line
 * @returns {Row[]}
 */
export function rowsOf(entries, { lineAt, joins }) {
  /** @type {Row[]} */
  const rows = [];
  let today = 0;
  let drawn = lineAt === 0;
  /** @type {Entry | null} */
  let before = null;
  for (const entry of entries) {
    const quiet = QUIET.has(entry.kind);
    if (quiet && !joins) continue;
    const day = midnight(entry.at);
    if (day !== today) {
      rows.push({ kind: "day", key: `day-${day}`, at: entry.at });
      today = day;
      before = null;
    }
    if (!drawn && entry.at > lineAt && isMessage(entry) && !entry.mine) {
      rows.push({ kind: "line", key: "unread-line" });
      drawn = true;
      before = null;
    }
    const last = rows[rows.length - 1];
    if (quiet) {
      if (last?.kind === "quiet") rows[rows.length - 1] = { ...last, entries: [...last.entries, entry] };
      else rows.push({ kind: "quiet", key: `q-${entry.key}`, entries: [entry] });
      before = null;
      continue;
    }
    rows.push({ kind: "message", key: entry.key, entry, head: !goesOn(before, entry) });
    before = entry;
  }
  return rows;
}

/** @param {Entry | null} before @param {Entry} entry */
function goesOn(before, entry) {
  return (
    before !== null && before.kind === "say" && entry.kind === "say" && before.nick === entry.nick && !entry.replyTo &&
    before.relayedBy === entry.relayedBy && before.rank === entry.rank && entry.at - before.at < SAME_BREATH_MS
  );
}
