// The field itself, with its buttons: attach a file, insert an emoji, send.

import { html, useLayoutEffect, useRef } from "../html.js";
import { t } from "../../lib/translate.js";
import { canUpload } from "../../state/files.js";
import { openDialog } from "../actions.js";
import { Icon } from "../icons.js";

const HIDE_COMPLETION_MS = 150;

/**
 * @param {{network: import("../../state/network.js").Network, buffer: import("../../state/buffer.js").Buffer,
 *   area: {current: HTMLTextAreaElement | null}, text: string, canSend: boolean, option: string | undefined,
 *   write: (text: string) => void, attach: (files: Iterable<File>) => void, onInput: (text: string) => void,
 *   onKeyDown: (event: KeyboardEvent) => void, onLeave: () => void}} props `option`: id of the chosen completion
 */
export function Field({ network, buffer, area, text, canSend, option, write, attach, onInput, onKeyDown, onLeave }) {
  const leaveTimer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useLayoutEffect(() => fitHeight(area.current), [text]);
  const isServer = buffer.kind === "server";
  const name = buffer.name.value;
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !canUpload(network)) return;
    event.preventDefault();
    attach(files);
  };
  const insertEmoji = () => openDialog("emoji", { insert: (/** @type {string} */ emoji) => write(`${area.current?.value ?? text}${emoji}`) });
  return html`<div class="field">
    ${canUpload(network) && !isServer ? html`<${UploadButton} attach=${attach} />` : null}
    <textarea ref=${area} rows="1" value=${text} dir="auto"
      aria-label=${isServer ? t("Command") : t("Message to {name}", { name })}
      placeholder=${isServer ? t("Type a command, such as /join #channel") : t("Message to {name}", { name })}
      id="composer" aria-autocomplete="list" aria-controls=${option && "options"} aria-activedescendant=${option}
      onInput=${(/** @type {any} */ event) => onInput(event.target.value)} onKeyDown=${onKeyDown} onPaste=${onPaste}
      onFocus=${() => clearTimeout(leaveTimer.current)}
      onBlur=${() => (leaveTimer.current = setTimeout(onLeave, HIDE_COMPLETION_MS))}
    ></textarea>
    <button type="button" class="icon-button" aria-label=${t("Emoji")} title=${t("Emoji")} onClick=${insertEmoji}><${Icon} name="smile" /></button>
    <button type="submit" class="icon-button send" aria-label=${t("Send")} title=${t("Send")} disabled=${!canSend}><${Icon} name="send" /></button>
  </div>`;
}

/** @param {{attach: (files: Iterable<File>) => void}} props */
function UploadButton({ attach }) {
  const label = t("Send a file");
  return html`<label class="icon-button" title=${label}><${Icon} name="clip" />
    <input type="file" multiple class="offscreen" aria-label=${label} onChange=${(/** @type {any} */ event) => {
      attach(event.target.files);
      event.target.value = "";
    }} /></label>`;
}

/** As high as its text, up to a third of the screen. @param {HTMLTextAreaElement | null} area */
function fitHeight(area) {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight / 3)}px`;
}
