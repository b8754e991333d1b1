// Mentions while the user looks elsewhere: a notification, a sound, the number in the title. The page asks for permission
// at the first mention, never when it is loaded.

import { effect } from "./html.js";
import { t } from "../lib/translate.js";
import { notify, sound } from "../state/settings.js";
import { plainText } from "../lib/formatting.js";
import { showBuffer } from "./actions.js";
import { toast } from "./toasts.js";
import { currentNetwork } from "./view.js";

/**
 * @typedef {import("../state/buffer.js").Buffer} Buffer
 * @typedef {import("../state/buffer_line.js").BufferLine} BufferLine
 */

export function canNotify() {
  return "Notification" in window && isSecureContext;
}

export async function requestPermission() {
  notify.value = (await Notification.requestPermission()) === "granted" ? "on" : "off";
}

/** @param {Buffer} buffer @param {BufferLine} line */
export function highlight(buffer, line) {
  if (sound.value) beep();
  if (notify.value === "unasked") toast({ kind: "ask", text: t("{nick} mentioned you. Show notifications from this page?", { nick: line.nick }), buffer: buffer.key });
  if (notify.value === "on" && canNotify() && Notification.permission === "granted" && !document.hasFocus()) {
    const title = buffer.kind === "person" ? line.nick : `${line.nick} · ${buffer.name.value}`;
    const notification = new Notification(title, { body: plainText(line.text).slice(0, 200), tag: buffer.key });
    notification.onclick = () => {
      window.focus();
      showBuffer(buffer.key);
      notification.close();
    };
  } else if (document.hasFocus()) {
    toast({ kind: "mention", text: `${line.nick}: ${plainText(line.text).slice(0, 120)}`, buffer: buffer.key });
  }
}

/** Keep the number of mentions in the title of the page. */
export function showCountsInTitle() {
  effect(() => {
    const network = currentNetwork.value;
    if (!network) return;
    const buffers = [...network.buffers.value.values()];
    const mentions = buffers.reduce((sum, each) => sum + each.mentions.value, 0);
    const unread = buffers.some((each) => each.unread.value > 0);
    const name = network.currentBuffer.value.name.value || network.name.value;
    document.title = `${mentions ? `(${mentions}) ` : unread ? "• " : ""}${name} · ${network.name.value || "Papo"}`;
  });
}

function beep() {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.06, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.25);
  } catch {
    // the browser allows no sound before the first click
  }
}
