declare const table: typeof import("../../../../../src/papo/protocol/data/numerics.json");
export default table;
