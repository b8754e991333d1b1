// Being called while one looks elsewhere: a notification, a sound, the number in the title. Permission is asked for at
// the first mention, never on load.

import { effect, html } from "./html.js";
import { t } from "../lib/translate.js";
import { notify, sound } from "../state/settings.js";
import { plainText } from "../lib/formatting.js";
import { showBuffer } from "./actions.js";
import { network, toast } from "./ui.js";

export function canNotify() {
  return "Notification" in window && isSecureContext;
}

export async function askToNotify() {
  notify.value = (await Notification.requestPermission()) === "granted" ? "on" : "off";
}

/** @param {import("../state/network.js").Network} here */
export function listen(here) {
  here.called = (buffer, entry) => {
    if (sound.value) beep();
    if (notify.value === "unasked") toast({ kind: "ask", text: t("{nick} mentioned you. Shall this page notify you?", { nick: entry.nick }), buffer: buffer.key });
    if (notify.value === "on" && canNotify() && Notification.permission === "granted" && !document.hasFocus()) {
      const title = buffer.kind === "person" ? entry.nick : `${entry.nick} · ${buffer.name.value}`;
      const shown = new Notification(title, { body: plainText(entry.text).slice(0, 200), tag: buffer.key });
      shown.onclick = () => {
        window.focus();
        showBuffer(buffer.key);
        shown.close();
      };
    } else if (document.hasFocus()) {
      toast({ kind: "mention", text: `${entry.nick}: ${plainText(entry.text).slice(0, 120)}`, buffer: buffer.key });
    }
  };
  here.tell = toast;
}

/** The title counts what waits. */
export function titleCounts() {
  effect(() => {
    const here = network.value;
    if (!here) return;
    const buffers = [...here.buffers.value.values()];
    const mentions = buffers.reduce((sum, each) => sum + each.mentions.value, 0);
    const unread = buffers.some((each) => each.unread.value > 0);
    const where = here.shown.value.name.value || here.name.value;
    document.title = `${mentions ? `(${mentions}) ` : unread ? "• " : ""}${where} · ${here.name.value || "Papo"}`;
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
    // the browser wants a click before the first sound
  }
}

/** @param {{answer: (yes: boolean) => void}} props */
export function NotifyQuestion({ answer }) {
  return html`<button type="button" class="link" onClick=${() => answer(true)}>${t("Yes")}</button><button type="button" class="link" onClick=${() => answer(false)}>${t("No")}</button>`;
}
