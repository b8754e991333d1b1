// Lets Node import `data/NAME.js` as the page does: the server makes those modules of the tables in papo/protocol/data.
// `node --import ./data_modules.js`

import { registerHooks } from "node:module";
import { readFileSync } from "node:fs";

const STATIC = new URL("../../../../src/papo/server/web/static/", import.meta.url);
const TABLES = new URL("../../../../src/papo/protocol/data/", import.meta.url);

/** @param {string} url */
function tableOf(url) {
  const name = url.startsWith(`${STATIC.href}data/`) ? url.slice(STATIC.href.length + "data/".length) : "";
  return name ? new URL(name.replace(/\.js$/, ".json"), TABLES) : null;
}

registerHooks({
  resolve(specifier, context, next) {
    const url = specifier.startsWith(".") ? new URL(specifier, context.parentURL).href : "";
    return tableOf(url) ? { url, format: "module", shortCircuit: true } : next(specifier, context);
  },
  load(url, context, next) {
    const table = tableOf(url);
    return table ? { format: "module", source: `export default ${readFileSync(table, "utf8")}`, shortCircuit: true } : next(url, context);
  },
});
