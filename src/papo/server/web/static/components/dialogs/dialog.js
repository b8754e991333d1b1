// A window over the page: the browser's own <dialog>, which keeps the focus inside and gives it back.

import { html, useEffect, useRef } from "../html.js";
import { t } from "../../lib/translate.js";
import { closeDialog } from "../actions.js";
import { Icon } from "../icons.js";

/** @param {{title: string, wide?: boolean, children?: any, className?: string, onClose?: () => void}} props */
export function Dialog({ title, wide, children, className = "", onClose = closeDialog }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const element = ref.current;
    if (element && !element.open) element.showModal();
  }, []);
  return html`
    <dialog
      ref=${ref} class=${`${wide ? "wide" : ""} ${className}`} aria-label=${title}
      onClose=${onClose} onCancel=${onClose}
      onMouseDown=${(/** @type {MouseEvent} */ event) => event.target === ref.current && onClose()}
    >
      <div class="sheet">
        <header><h2>${title}</h2><button type="button" class="icon-button" aria-label=${t("Close")} onClick=${onClose}><${Icon} name="close" /></button></header>
        <div class="sheet-body">${children}</div>
      </div>
    </dialog>`;
}

/** For what appears above the place where the user is: a ref to its element, which scrolls into view. */
export function useShown() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => ref.current?.scrollIntoView({ block: "start" }), []);
  return ref;
}
