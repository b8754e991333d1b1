// The message field: drafts that last, completion, replies and edits, files by paste, drop or button.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { byteLength } from "../../lib/message.js";
import { t } from "../../lib/translate.js";
import { enter } from "../../state/commands.js";
import { canUpload } from "../../state/files.js";
import { edit, sendTyping } from "../../state/send.js";
import { recall, remember } from "../../state/settings.js";
import { leave, openDialog, openSearch, startEdit } from "../actions.js";
import { isTouch } from "../device.js";
import { Icon } from "../icons.js";
import { scrollToPresent } from "../timeline/scroll.js";
import { editing, setFor, replying } from "../view.js";
import { complete, CompletionPopup } from "./completion.js";
import { Typing } from "./typing.js";
import { startUpload, UploadList, uploadsOf } from "./uploads.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("./completion.js").Completion} Completion
 */

/** What commands do to the page. @type {import("../../state/commands.js").Window} */
const WINDOW = { dialog: openDialog, search: openSearch, leave };
const HIDE_COMPLETION_MS = 150;

/** @param {Network} network @param {Buffer} buffer */
function draftName(network, buffer) {
  return `draft.${network.url}.${buffer.key}`;
}

/** @param {{network: Network, buffer: Buffer}} props */
export function Composer({ network, buffer }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [text, setText] = useState(() => recall(draftName(network, buffer)) ?? "");
  const [error, setError] = useState("");
  const [completion, setCompletion] = useState(/** @type {Completion | null} */ (null));
  const [chosen, setChosen] = useState(0);
  const requests = useRef(0);
  const hideTimer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const edited = editing.value.get(buffer.key);
  const uploads = uploadsOf(buffer);

  useLayoutEffect(() => {
    if (edited) write(edited.text);
    return undefined;
  }, [edited]);
  useEffect(() => {
    if (!edited) remember(draftName(network, buffer), text || null);
  }, [text, edited]);
  useLayoutEffect(() => fitHeight(area.current), [text]);

  /** @param {string} value @param {number} [caret] */
  function write(value, caret = value.length) {
    setText(value);
    setError("");
    requestAnimationFrame(() => area.current?.setSelectionRange(caret, caret));
  }

  /** @param {string} value @param {boolean} [forced] */
  async function updateCompletion(value, forced = false) {
    requests.current += 1;
    const request = requests.current;
    const found = await complete(network, buffer, value, area.current?.selectionStart ?? value.length, forced);
    if (request !== requests.current) return;
    if (forced && found?.options.length === 1) applyCompletion(found, 0);
    else {
      setCompletion(found);
      setChosen(0);
    }
  }

  /** @param {Completion} from @param {number} at */
  function applyCompletion(from, at) {
    const value = from.options[at].value;
    const now = area.current?.value ?? text;
    write(now.slice(0, from.from) + value + now.slice(from.to), from.from + value.length);
    setCompletion(null);
  }

  async function submit() {
    const value = text.replace(/\s+$/, "");
    if (uploads.value.some((each) => !each.url)) {
      setError(t("A file is still being sent."));
      return;
    }
    const whole = [value, ...uploads.value.map((each) => each.url)].filter(Boolean).join(value.includes("\n") ? "\n" : " ");
    if (!whole) return;
    if (byteLength(whole) > network.client.maxMessageBytes()) {
      setError("long");
      return;
    }
    const replyTo = replying.value.get(buffer.key)?.id;
    const why = edited ? await saveEdit(edited, value) : enter(WINDOW, network, buffer, whole, { replyTo });
    if (why) {
      setError(why);
      return;
    }
    if (!edited) void scrollToPresent(network, buffer);
    uploads.value = [];
    setFor(replying, buffer.key, null);
    setCompletion(null);
    write(edited ? (recall(draftName(network, buffer)) ?? "") : "");
    setFor(editing, buffer.key, null);
  }

  /** @param {import("../../state/buffer_line.js").BufferLine} line @param {string} value */
  async function saveEdit(line, value) {
    if (value === line.text) return "";
    if (network.status.value !== "online") return t("You are offline; try again when the connection is back.");
    return edit(network, buffer, line, value);
  }

  function cancel() {
    setFor(replying, buffer.key, null);
    if (edited) {
      setFor(editing, buffer.key, null);
      write(recall(draftName(network, buffer)) ?? "");
    }
    setError("");
  }

  /** Keys of the completion popup. @param {KeyboardEvent} event @returns {boolean} whether it was one */
  function completionKey(event) {
    if (!completion?.options.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + completion.options.length) % completion.options.length);
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !/^\/\w+$/.test(text))) {
      applyCompletion(completion, chosen);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      setCompletion(null);
    } else return false;
    event.preventDefault();
    return true;
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.isComposing || completionKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !isTouch()) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Tab" && !event.shiftKey && text) {
      event.preventDefault();
      void updateCompletion(text, true);
    } else if (event.key === "Escape" && (edited || replying.value.has(buffer.key))) {
      event.stopPropagation();
      cancel();
    } else if (event.key === "ArrowUp" && !text && network.has("draft/message-edit")) {
      const mine = buffer.lines.value.findLast((each) => each.mine && each.id && each.kind === "say" && !each.redacted);
      if (mine) {
        event.preventDefault();
        startEdit(buffer, mine);
      }
    }
  }

  /** @param {Iterable<File>} files */
  function attach(files) {
    for (const file of files) startUpload(network, buffer, file, setError);
  }

  const name = buffer.name.value;
  const uploadLabel = t("Send a file");
  return html`
    <form class="composer" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      void submit();
    }}
      onDragOver=${(/** @type {DragEvent} */ event) => event.preventDefault()}
      onDrop=${(/** @type {DragEvent} */ event) => {
        event.preventDefault();
        attach(event.dataTransfer?.files ?? []);
      }}
    >
      <${Typing} buffer=${buffer} />
      ${completion ? html`<${CompletionPopup} completion=${completion} chosen=${chosen} choose=${(/** @type {number} */ at) => applyCompletion(completion, at)} />` : null}
      <${Context} buffer=${buffer} cancel=${cancel} />
      ${error === "long" ? html`<${TooLong} canUpload=${canUpload(network)} sendAsFile=${() => {
        attach([new File([text], "text.txt", { type: "text/plain" })]);
        write("");
      }} />` : error ? html`<p class="error-text" role="alert">${error}</p>` : null}
      <${UploadList} list=${uploads} />
      <div class="field">
        ${canUpload(network) && buffer.kind !== "server" ? html`<label class="icon-button" title=${uploadLabel}><${Icon} name="clip" />
          <input type="file" multiple class="offscreen" aria-label=${uploadLabel} onChange=${(/** @type {any} */ event) => {
            attach(event.target.files);
            event.target.value = "";
          }} /></label>` : null}
        <textarea ref=${area} rows="1" value=${text} dir="auto"
          aria-label=${buffer.kind === "server" ? t("Command") : t("Message to {name}", { name })}
          placeholder=${buffer.kind === "server" ? t("Type a command, such as /join #channel") : t("Message to {name}", { name })}
          id="composer" aria-autocomplete="list" aria-controls=${completion ? "options" : undefined}
          aria-activedescendant=${completion ? `option-${chosen}` : undefined}
          onInput=${(/** @type {any} */ event) => {
            setText(event.target.value);
            setError("");
            sendTyping(network, buffer, !event.target.value || event.target.value.startsWith("/"));
            void updateCompletion(event.target.value);
          }}
          onKeyDown=${onKeyDown}
          onPaste=${(/** @type {ClipboardEvent} */ event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length && canUpload(network)) {
              event.preventDefault();
              attach(files);
            }
          }}
          onFocus=${() => clearTimeout(hideTimer.current)}
          onBlur=${() => (hideTimer.current = setTimeout(() => setCompletion(null), HIDE_COMPLETION_MS))}
        ></textarea>
        <button type="button" class="icon-button" aria-label=${t("Emoji")} title=${t("Emoji")} onClick=${() => openDialog("emoji", { insert: (/** @type {string} */ emoji) => write(`${area.current?.value ?? text}${emoji}`) })}><${Icon} name="smile" /></button>
        <button type="submit" class="icon-button send" aria-label=${t("Send")} title=${t("Send")} disabled=${!text.trim() && !uploads.value.length}><${Icon} name="send" /></button>
      </div>
    </form>`;
}

/** @param {{canUpload: boolean, sendAsFile: () => void}} props */
function TooLong({ canUpload: offersFile, sendAsFile }) {
  return html`<p class="error-text" role="alert">${t("This is too long for one message.")} ${offersFile ? html`<button type="button" class="link" onClick=${sendAsFile}>${t("Send it as a file")}</button>` : null}</p>`;
}

/** The message that the user replies to or edits. @param {{buffer: Buffer, cancel: () => void}} props */
function Context({ buffer, cancel }) {
  const reply = replying.value.get(buffer.key);
  const edited = editing.value.get(buffer.key);
  if (!reply && !edited) return null;
  return html`<div class="context"><${Icon} name=${edited ? "edit" : "reply"} />
    <span>${edited ? t("Editing your message") : html`${t("Reply to {nick}", { nick: reply?.nick ?? "" })}: <span class="note">${(reply?.text ?? "").slice(0, 120)}</span>`}</span>
    <button type="button" class="icon-button" aria-label=${t("Cancel")} onClick=${cancel}><${Icon} name="close" /></button></div>`;
}

/** As high as its text, up to a third of the screen. @param {HTMLTextAreaElement | null} area */
function fitHeight(area) {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight / 3)}px`;
}
