// Who is typing.

import { html, useEffect, useState } from "../html.js";
import { t } from "../../lib/translate.js";

/** @param {{buffer: import("../../state/buffer.js").Buffer}} props */
export function Typing({ buffer }) {
  const [now, setNow] = useState(Date.now());
  const all = [...buffer.typing.value.values()];
  const nicks = all.filter((each) => each.until > now).map((each) => each.nick);
  useEffect(() => {
    if (!all.length) return undefined;
    setNow(Date.now());
    const next = Math.min(...all.map((each) => each.until)) - Date.now();
    const timer = setTimeout(() => setNow(Date.now()), Math.max(next, 0) + 50);
    return () => clearTimeout(timer);
  }, [buffer.typing.value]);
  const [one, two] = nicks;
  return html`<p class="typing" aria-live="off">${
    nicks.length === 0 ? "" : nicks.length === 1 ? t("{nick} is typing…", { nick: one }) : nicks.length === 2 ? t("{one} and {two} are typing…", { one, two }) : t("Several people are typing…")
  }</p>`;
}
