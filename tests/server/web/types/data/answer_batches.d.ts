declare const table: typeof import("../../../../../src/papo/protocol/data/answer_batches.json");
export default table;
