// Where one writes: drafts that last, completion, replies and edits, files by paste, drop or button.

import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { byteLength } from "../../lib/message.js";
import { t } from "../../lib/translate.js";
import { enter } from "../../state/commands.js";
import { send as sendFile, size, takesFiles } from "../../state/files.js";
import { edit, typing } from "../../state/send.js";
import { recall, remember } from "../../state/settings.js";
import { open, startEdit } from "../actions.js";
import { offer as makeOffer, Options } from "./completion.js";
import { Icon } from "../icons.js";
import { goDown } from "../timeline/timeline.js";
import { Typing } from "../timeline/typing.js";
import { editing, put, replying, toast } from "../ui.js";

/**
 * @typedef {import("../../state/network.js").Network} Network
 * @typedef {import("../../state/buffer.js").Buffer} Buffer
 * @typedef {{id: number, name: string, bytes: number, share: number, url: string, stop: () => void}} Upload
 */

/** Files on their way, by conversation. @type {Map<string, import("../../vendor/signals-core.js").Signal<Upload[]>>} */
const uploads = new Map();
let uploaded = 0;

/** @param {Buffer} buffer */
function uploadsOf(buffer) {
  let found = uploads.get(buffer.key);
  if (!found) uploads.set(buffer.key, (found = signal(/** @type {Upload[]} */ ([]))));
  return found;
}

/** @param {Network} here @param {Buffer} buffer */
function draftName(here, buffer) {
  return `draft.${here.url}.${buffer.key}`;
}

/** @param {{here: Network, buffer: Buffer}} props */
export function Composer({ here, buffer }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [text, setText] = useState(() => recall(draftName(here, buffer)) ?? "");
  const [wrong, setWrong] = useState("");
  const [offered, setOffered] = useState(/** @type {import("./completion.js").Offer | null} */ (null));
  const [chosen, setChosen] = useState(0);
  const asked = useRef(0);
  const blurred = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const edited = editing.value.get(buffer.key);
  const files = uploadsOf(buffer);

  useLayoutEffect(() => {
    if (edited) write(edited.text);
    return undefined;
  }, [edited]);
  useEffect(() => {
    if (!edited) remember(draftName(here, buffer), text || null);
  }, [text, edited]);
  useLayoutEffect(() => grow(area.current), [text]);

  /** @param {string} value @param {number} [caret] */
  function write(value, caret = value.length) {
    setText(value);
    setWrong("");
    requestAnimationFrame(() => area.current?.setSelectionRange(caret, caret));
  }

  /** @param {string} value @param {boolean} [forced] */
  async function complete(value, forced = false) {
    asked.current += 1;
    const question = asked.current;
    const found = await makeOffer(here, buffer, value, area.current?.selectionStart ?? value.length, forced);
    if (question !== asked.current) return;
    if (forced && found?.options.length === 1) take(found, 0);
    else {
      setOffered(found);
      setChosen(0);
    }
  }

  /** @param {import("./completion.js").Offer} from @param {number} at */
  function take(from, at) {
    const value = from.options[at].value;
    const now = area.current?.value ?? text;
    write(now.slice(0, from.from) + value + now.slice(from.to), from.from + value.length);
    setOffered(null);
  }

  async function submit() {
    const value = text.replace(/\s+$/, "");
    const ready = files.value.filter((each) => each.url);
    if (files.value.length > ready.length) {
      setWrong(t("A file is still on its way."));
      return;
    }
    const whole = [value, ...ready.map((each) => each.url)].filter(Boolean).join(value.includes("\n") ? "\n" : " ");
    if (!whole) return;
    if (byteLength(whole) > here.client.longest()) {
      setWrong("long");
      return;
    }
    const reason = edited ? await saveEdit(edited, value) : enter(here, buffer, whole, { replyTo: replying.value.get(buffer.key)?.id });
    if (reason) {
      setWrong(reason);
      return;
    }
    if (!edited) goDown(here, buffer);
    files.value = [];
    put(replying, buffer.key, null);
    setOffered(null);
    write(edited ? (recall(draftName(here, buffer)) ?? "") : "");
    put(editing, buffer.key, null);
  }

  /** @param {import("../../state/buffer_line.js").Entry} of @param {string} value */
  async function saveEdit(of, value) {
    if (value === of.text) return "";
    if (here.status.value !== "online") return t("You are offline; try again when the connection is back.");
    if (value.includes("\n")) return t("An edited message is one line.");
    return edit(here, buffer, of, value);
  }

  function cancel() {
    put(replying, buffer.key, null);
    if (edited) {
      put(editing, buffer.key, null);
      write(recall(draftName(here, buffer)) ?? "");
    }
    setWrong("");
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.isComposing) return;
    if (offered?.options.length) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + offered.options.length) % offered.options.length);
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !/^\/\w+$/.test(text))) {
        event.preventDefault();
        take(offered, chosen);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setOffered(null);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !matchMedia("(hover: none)").matches) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Tab" && !event.shiftKey && text) {
      event.preventDefault();
      void complete(text, true);
    } else if (event.key === "Escape" && (edited || replying.value.has(buffer.key))) {
      event.stopPropagation();
      cancel();
    } else if (event.key === "ArrowUp" && !text && here.has("draft/message-edit")) {
      const mine = buffer.entries.value.findLast((each) => each.mine && each.id && each.kind === "say" && !each.gone);
      if (mine) {
        event.preventDefault();
        startEdit(buffer, mine);
      }
    }
  }

  /** @param {Iterable<File>} list */
  function attach(list) {
    for (const file of list) upload(here, buffer, file, setWrong);
  }

  function asFile() {
    upload(here, buffer, new File([text], "text.txt", { type: "text/plain" }), setWrong);
    write("");
  }

  const name = buffer.name.value;
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
      ${offered ? html`<${Options} offer=${offered} chosen=${chosen} choose=${(/** @type {number} */ at) => take(offered, at)} />` : null}
      <${Above} buffer=${buffer} cancel=${cancel} />
      ${wrong ? html`<p class="wrong" role="alert">${wrong === "long" ? html`${t("This is too long for one message.")} ${takesFiles(here) ? html`<button type="button" class="link" onClick=${asFile}>${t("Send it as a file")}</button>` : null}` : wrong}</p>` : null}
      <${Files} list=${files} />
      <div class="field">
        ${takesFiles(here) && buffer.kind !== "server" ? html`<label class="icon-button" title=${t("Send a file")}><${Icon} name="clip" />
          <input type="file" multiple class="offscreen" aria-label=${t("Send a file")} onChange=${(/** @type {any} */ event) => {
            attach(event.target.files);
            event.target.value = "";
          }} /></label>` : null}
        <textarea ref=${area} rows="1" value=${text} dir="auto"
          aria-label=${buffer.kind === "server" ? t("Command") : t("Message to {name}", { name })}
          placeholder=${buffer.kind === "server" ? t("Type a command, such as /join #channel") : t("Message to {name}", { name })}
          id="composer" aria-autocomplete="list" aria-controls=${offered ? "options" : undefined}
          aria-activedescendant=${offered ? `option-${chosen}` : undefined}
          onInput=${(/** @type {any} */ event) => {
            setText(event.target.value);
            setWrong("");
            typing(here, buffer, !event.target.value || event.target.value.startsWith("/"));
            void complete(event.target.value);
          }}
          onKeyDown=${keys}
          onPaste=${(/** @type {ClipboardEvent} */ event) => {
            const found = [...(event.clipboardData?.files ?? [])];
            if (found.length && takesFiles(here)) {
              event.preventDefault();
              attach(found);
            }
          }}
          onFocus=${() => clearTimeout(blurred.current)}
          onBlur=${() => (blurred.current = setTimeout(() => setOffered(null), 150))}
        ></textarea>
        <button type="button" class="icon-button" aria-label=${t("Emoji")} title=${t("Emoji")} onClick=${() => open("emoji", { insert: (/** @type {string} */ emoji) => write(`${area.current?.value ?? text}${emoji}`) })}><${Icon} name="smile" /></button>
        <button type="submit" class="icon-button send" aria-label=${t("Send")} title=${t("Send")} disabled=${!text.trim() && !files.value.length}><${Icon} name="send" /></button>
      </div>
    </form>`;
}

/** What is answered or edited. @param {{buffer: Buffer, cancel: () => void}} props */
function Above({ buffer, cancel }) {
  const of = replying.value.get(buffer.key);
  const edited = editing.value.get(buffer.key);
  if (!of && !edited) return null;
  return html`<div class="above"><${Icon} name=${edited ? "edit" : "reply"} />
    <span>${edited ? t("Editing your message") : html`${t("Reply to {nick}", { nick: of?.nick ?? "" })}: <span class="note">${(of?.text ?? "").slice(0, 120)}</span>`}</span>
    <button type="button" class="icon-button" aria-label=${t("Cancel")} onClick=${cancel}><${Icon} name="close" /></button></div>`;
}

/** @param {{list: import("../../vendor/signals-core.js").Signal<Upload[]>}} props */
function Files({ list }) {
  if (!list.value.length) return null;
  return html`<ul class="uploads">${list.value.map((each) => html`
    <li key=${each.id}><${Icon} name="file" /><span>${each.name}</span><span class="note">${size(each.bytes)}</span>
      ${each.url ? html`<${Icon} name="check" />` : html`<progress max="1" value=${each.share} aria-label=${each.name}></progress>`}
      <button type="button" class="icon-button" aria-label=${t("Remove {name}", { name: each.name })} onClick=${() => {
        each.stop();
        list.value = list.value.filter((other) => other.id !== each.id);
      }}><${Icon} name="close" /></button></li>`)}</ul>`;
}

/** @param {Network} here @param {Buffer} buffer @param {File} file @param {(why: string) => void} wrong */
function upload(here, buffer, file, wrong) {
  const list = uploadsOf(buffer);
  uploaded += 1;
  const id = uploaded;
  const change = (/** @type {Partial<Upload>} */ fields) => {
    list.value = list.value.map((each) => (each.id === id ? { ...each, ...fields } : each));
  };
  const { done, stop } = sendFile(here, buffer.name.value, file, file.name || "image.png", (share) => change({ share }));
  list.value = [...list.value, { id, name: file.name || "image.png", bytes: file.size, share: 0, url: "", stop }];
  done.then(
    (sent) => change({ url: new URL(sent.url, location.href).href, share: 1 }),
    (error) => {
      list.value = list.value.filter((each) => each.id !== id);
      wrong(error.message);
      toast({ kind: "error", text: error.message });
    },
  );
}

/** As high as its text, up to a third of the screen. @param {HTMLTextAreaElement | null} area */
function grow(area) {
  if (!area) return;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight / 3)}px`;
}
