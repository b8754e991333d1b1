// Where the user writes: drafts that last, completion, replies and edits, files by paste, drop or button.

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
import { editing, replying, setFor } from "../view.js";
import { CompletionPopup, useCompletion } from "./completion.js";
import { Field } from "./field.js";
import { Typing } from "./typing.js";
import { startUpload, UploadList, uploadsOf } from "./uploads.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {import("../../state/buffer_line.js").BufferLine} BufferLine
 */

/** What commands do to the page. @type {import("../../state/commands.js").Window} */
const WINDOW = { dialog: openDialog, search: openSearch, leave };
/** An error that offers to send the text as a file. */
const TOO_LONG = "too long";

/** @param {Network} network @param {Buffer} buffer */
function draftName(network, buffer) {
  return `draft.${network.url}.${buffer.key}`;
}

/** @param {{network: Network, buffer: Buffer}} props */
export function Composer({ network, buffer }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const draft = () => recall(draftName(network, buffer)) ?? "";
  const [text, setText] = useState(draft);
  const [error, setError] = useState("");
  const completion = useCompletion(network, buffer, area, write);
  const editedLine = editing.value.get(buffer.key);
  const uploads = uploadsOf(buffer);
  useLayoutEffect(() => editedLine && write(editedLine.text), [editedLine]);
  useEffect(() => {
    if (!editedLine) remember(draftName(network, buffer), text || null);
  }, [text, editedLine]);

  /** @param {string} value @param {number} [caret] */
  function write(value, caret = value.length) {
    setText(value);
    setError("");
    requestAnimationFrame(() => area.current?.setSelectionRange(caret, caret));
  }
  /** The end of a reply or an edit. */
  function finish() {
    setFor(replying, buffer.key, null);
    setFor(editing, buffer.key, null);
    if (editedLine) write(draft());
    setError("");
  }
  async function submit() {
    if (!text.trim() && !uploads.value.length) return;
    const why = await submitText(network, buffer, text.replace(/\s+$/, ""), editedLine);
    if (why) {
      setError(why);
      return;
    }
    completion.hide();
    finish();
    if (!editedLine) write("");
  }
  /** @param {Iterable<File>} files */
  function attach(files) {
    for (const file of files) startUpload(network, buffer, file, setError);
  }
  function sendAsFile() {
    attach([new File([text], "text.txt", { type: "text/plain" })]);
    write("");
  }
  const onInput = (/** @type {string} */ value) => {
    setText(value);
    setError("");
    sendTyping(network, buffer, !value || value.startsWith("/"));
    void completion.update(value);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || completion.onKey(event, text)) return;
    const act = actionOf(event, { network, buffer, text, editedLine, submit, finish, complete: () => completion.update(text, true) });
    if (!act) return;
    event.preventDefault();
    act();
  };
  return html`<form class="composer" onSubmit=${prevented(() => void submit())} onDragOver=${prevented()} onDrop=${prevented((event) => attach(event.dataTransfer?.files ?? []))}>
    <${Typing} buffer=${buffer} />
    ${completion.completion ? html`<${CompletionPopup} completion=${completion.completion} chosen=${completion.chosen}
      choose=${(/** @type {number} */ at) => completion.completion && completion.apply(completion.completion, at)} />` : null}
    <${Context} buffer=${buffer} cancel=${finish} />
    ${error ? html`<${Problem} error=${error} sendAsFile=${canUpload(network) ? sendAsFile : null} />` : null}
    <${UploadList} list=${uploads} />
    <${Field} network=${network} buffer=${buffer} area=${area} text=${text} canSend=${Boolean(text.trim() || uploads.value.length)}
      option=${completion.completion ? `option-${completion.chosen}` : undefined}
      write=${write} attach=${attach} onInput=${onInput} onKeyDown=${onKeyDown} onLeave=${completion.hide} />
  </form>`;
}

/** @param {(event: any) => void} [act] */
function prevented(act) {
  return (/** @type {Event} */ event) => {
    event.preventDefault();
    act?.(event);
  };
}

/**
 * Send a text with its uploads, do a command, or save an edit.
 * @param {Network} network
 * @param {Buffer} buffer
 * @param {string} text
 * @param {BufferLine | undefined} editedLine
 * @returns {Promise<string>} what was wrong; "" if nothing was
 */
async function submitText(network, buffer, text, editedLine) {
  const uploads = uploadsOf(buffer);
  if (uploads.value.some((each) => !each.url)) return t("A file is still being sent.");
  const whole = [text, ...uploads.value.map((each) => each.url)].filter(Boolean).join(text.includes("\n") ? "\n" : " ");
  if (byteLength(whole) > network.client.maxMessageBytes()) return TOO_LONG;
  if (editedLine) return saveEdit(network, buffer, editedLine, text);
  const why = enter(WINDOW, network, buffer, whole, { replyTo: replying.value.get(buffer.key)?.id });
  if (why) return why;
  void scrollToPresent(network, buffer);
  uploads.value = [];
  return "";
}

/** @param {Network} network @param {Buffer} buffer @param {BufferLine} line @param {string} text */
async function saveEdit(network, buffer, line, text) {
  if (text === line.text) return "";
  if (network.status.value !== "online") return t("You are offline; try again when the connection is back.");
  return edit(network, buffer, line, text);
}

/**
 * What a key does, if it does more than type.
 * @param {KeyboardEvent} event
 * @param {{network: Network, buffer: Buffer, text: string, editedLine: BufferLine | undefined, submit: () => Promise<void>,
 *   finish: () => void, complete: () => Promise<void>}} composer
 * @returns {(() => void) | null}
 */
function actionOf(event, { network, buffer, text, editedLine, submit, finish, complete }) {
  if (event.key === "Enter" && !event.shiftKey && !event.altKey && !isTouch()) return () => void submit();
  if (event.key === "Tab" && !event.shiftKey && text) return () => void complete();
  if (event.key === "Escape" && (editedLine || replying.value.has(buffer.key))) {
    event.stopPropagation();
    return finish;
  }
  if (event.key !== "ArrowUp" || text || !network.has("draft/message-edit")) return null;
  const mine = buffer.lines.value.findLast((each) => each.mine && each.id && each.kind === "say" && !each.redacted);
  return mine ? () => startEdit(buffer, mine) : null;
}

/** @param {{error: string, sendAsFile: (() => void) | null}} props */
function Problem({ error, sendAsFile }) {
  if (error !== TOO_LONG) return html`<p class="error-text" role="alert">${error}</p>`;
  return html`<p class="error-text" role="alert">${t("This is too long for one message.")} ${sendAsFile ? html`<button type="button" class="link" onClick=${sendAsFile}>${t("Send it as a file")}</button>` : null}</p>`;
}

/** The message that the user replies to or edits. @param {{buffer: Buffer, cancel: () => void}} props */
function Context({ buffer, cancel }) {
  const reply = replying.value.get(buffer.key);
  const editedLine = editing.value.get(buffer.key);
  if (!reply && !editedLine) return null;
  return html`<div class="context"><${Icon} name=${editedLine ? "edit" : "reply"} />
    <span>${editedLine ? t("Editing your message") : html`${t("Reply to {nick}", { nick: reply?.nick ?? "" })}: <span class="note">${(reply?.text ?? "").slice(0, 120)}</span>`}</span>
    <button type="button" class="icon-button" aria-label=${t("Cancel")} onClick=${cancel}><${Icon} name="close" /></button></div>`;
}
