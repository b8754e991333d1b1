// Moments as people read them, in their language.

import { locale, t } from "../../lib/translate.js";
import { twentyFour } from "../../state/settings.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const made = new Map();

/** @param {string} name @param {Intl.DateTimeFormatOptions} options */
function format(name, options) {
  const key = `${locale()} ${name} ${twentyFour.value}`;
  let found = made.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), options);
    made.set(key, found);
  }
  return found;
}

/** @param {number} at */
export function clock(at) {
  return format("clock", { hour: "2-digit", minute: "2-digit", hour12: !twentyFour.value }).format(at);
}

/** @param {number} at */
export function full(at) {
  return format("full", { dateStyle: "full", timeStyle: "medium", hour12: !twentyFour.value }).format(at);
}

/** @param {number} at */
export function day(at) {
  const days = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
  if (days === 0) return t("Today");
  if (days === 1) return t("Yesterday");
  const thisYear = new Date(at).getFullYear() === new Date().getFullYear();
  return format(thisYear ? "day" : "dayYear", {
    weekday: "long", day: "numeric", month: "long", ...(thisYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** @param {number} at */
export function midnight(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** @param {number} at */
export function short(at) {
  return midnight(at) === midnight(Date.now()) ? clock(at) : format("short", { day: "numeric", month: "short" }).format(at);
}
