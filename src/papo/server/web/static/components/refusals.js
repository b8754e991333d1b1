// Why the server does not let the user in, as a sentence for the user.

import { N } from "../lib/numerics.js";
import { t } from "../lib/translate.js";

/** @param {{code: string, text: string}} refusal a numeric, `sasl` or `code`, and the server's words */
export function explainRefusal({ code, text }) {
  switch (code) {
    case N.ERR_NICKNAMEINUSE:
      return t("Somebody has this name already. Choose another.");
    case N.ERR_ERRONEUSNICKNAME:
      return t("A name may not begin with a digit and may not contain spaces or characters like # and @.");
    case N.ERR_PASSWDMISMATCH:
      return t("The server's password is wrong.");
    case N.ERR_YOUREBANNEDCREEP:
      return t("You are banned from this server: {text}", { text });
    case N.ERR_SASLFAIL:
      return t("The account or the password is wrong.");
    case "code":
      return t("The code was wrong too often. Sign in again in a while.");
    case "passkey":
      return t("No passkey was used. Sign in with your password, or try again.");
    case "sasl":
      return t("Signing in would send the password unencrypted. Use https, or join as a guest.");
  }
  return text;
}
