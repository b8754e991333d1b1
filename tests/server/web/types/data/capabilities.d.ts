declare const table: typeof import("../../../../../src/papo/protocol/data/capabilities.json");
export default table;
