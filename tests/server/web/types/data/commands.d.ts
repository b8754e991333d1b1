declare const table: typeof import("../../../../../src/papo/protocol/data/commands.json");
export default table;
