// What kind of screen and keyboard the user has.

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
