// What kind of screen, keyboard and browser the user has.

import { t } from "../lib/translate.js";

/** Whether typing goes into this element. @param {EventTarget | null} element */
export function isField(element) {
  return element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

export function isPhone() {
  return matchMedia("(max-width: 720px)").matches;
}

/** Whether the user has no mouse. */
export function isTouch() {
  return matchMedia("(hover: none)").matches;
}

/** What the owner of the account sees this browser listed as. */
export function browserName() {
  const { userAgent } = navigator;
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? t("Browser");
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent)?.[0] ?? "";
  return [browser, system].filter(Boolean).join(", ");
}

/** Whether this browser has passkeys here: only over https or on this machine, and for a name, never for an address. */
export function hasPasskeys() {
  return isSecureContext && "PublicKeyCredential" in window && !/^[\d.]+$|^\[/.test(location.hostname);
}
