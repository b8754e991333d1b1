// The whole page: the login page or the chat, with dialogs and toasts over it.

import { html, useEffect } from "./html.js";
import { theme } from "../state/settings.js";
import { Chat } from "./chat.js";
import { CodeForm } from "./code_form.js";
import { deferred, loadStyle } from "./deferred.js";
import { Login } from "./login.js";
import { onKeyDown } from "./shortcuts.js";
import { ToastList } from "./toast_list.js";
import { currentNetwork } from "./view.js";

const Dialogs = deferred(() => Promise.all([import("./dialogs/dialogs.js"), loadStyle("dialogs.css")]).then(([module]) => module.Dialogs));

export function App() {
  const network = currentNetwork.value;
  useEffect(() => {
    document.documentElement.dataset.theme = theme.value;
  }, [theme.value]);
  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  const refusal = network?.refusal.value ?? null;
  const asksForCode = (network?.codeWanted.value ?? null) !== null;
  const chats = network && (network.wasOnline || !(refusal || network.status.value === "closed"));
  return html`
    ${network && asksForCode ? html`<${CodeForm} network=${network} />` : chats ? html`<${Chat} network=${network} />` : html`<${Login} key=${refusal?.code ?? ""} refusal=${refusal} />`}
    ${network && !asksForCode ? html`<${Dialogs} network=${network} />` : null}
    <${ToastList} />`;
}
