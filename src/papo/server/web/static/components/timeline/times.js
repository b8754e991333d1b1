// Times and days in the language of the user.

import { locale, t } from "../../lib/translate.js";
import { clock24 } from "../../state/settings.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} name @param {Intl.DateTimeFormatOptions} options */
function format(name, options) {
  const key = `${locale()} ${name} ${clock24.value}`;
  let present = formats.get(key);
  if (!present) {
    present = new Intl.DateTimeFormat(locale(), options);
    formats.set(key, present);
  }
  return present;
}

/** @param {number} at */
export function clock(at) {
  return format("clock", { hour: "2-digit", minute: "2-digit", hour12: !clock24.value }).format(at);
}

/** @param {number} at */
export function full(at) {
  return format("full", { dateStyle: "full", timeStyle: "medium", hour12: !clock24.value }).format(at);
}

/** A day and a time, in a few letters. @param {number} at */
export function moment(at) {
  return format("moment", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: !clock24.value }).format(at);
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
