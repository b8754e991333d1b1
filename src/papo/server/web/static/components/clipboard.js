// Copies a text. Pages over plain http have no clipboard API, so there is an older way too.

import { t } from "../lib/translate.js";
import { toast } from "./toasts.js";

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast({ kind: "info", text: t("Copied.") });
}
