// Batches: messages that belong together are held until the batch ends (IRCv3 batch, multiline). No DOM.

/**
 * @typedef {import("./message.js").Message & {batch?: {type: string, params: string[]}}} ServerMessage
 *   `batch`: the innermost batch it came in, labeled-response and multiline excepted
 * @typedef {{type: string, params: string[], tags: Record<string, string>, source: import("./message.js").Source,
 *   parent: string, messages: ServerMessage[]}} Batch
 */

/** Bounds for what a server can make us keep. */
const MAX_OPEN = 1_000;
const MAX_MESSAGES = 20_000;

export class Batches {
  constructor() {
    /** Open batches, by reference. @type {Map<string, Batch>} */
    this.open = new Map();
  }

  /**
   * Add a message to its batch, if that is open.
   * @param {ServerMessage} message
   * @returns {boolean} false if it belongs to none
   */
  add(message) {
    const reference = message.tags.batch;
    const batch = reference === undefined ? undefined : this.open.get(reference);
    if (batch && batch.messages.length < MAX_MESSAGES) batch.messages.push(message);
    return batch !== undefined;
  }

  /**
   * Take a BATCH line.
   * @param {ServerMessage} message
   * @returns {Batch | null} the batch that this line completes, unless another batch contains it
   */
  update({ params, tags, source }) {
    const reference = (params[0] ?? "").slice(1);
    if (params[0]?.startsWith("+")) {
      const batch = { type: params[1] ?? "", params: params.slice(2), tags, source, parent: tags.batch ?? "", messages: [] };
      if (this.open.size >= MAX_OPEN) this.open.delete([...this.open.keys()][0]);
      this.open.set(reference, batch);
      return null;
    }
    const batch = this.open.get(reference);
    if (!batch) return null;
    this.open.delete(reference);
    if (batch.type === "draft/multiline") batch.messages = batch.messages.length ? [joinMultiline(batch)] : [];
    else if (batch.type !== "labeled-response") {
      for (const each of batch.messages) each.batch ??= { type: batch.type, params: batch.params };
    }
    const parent = this.open.get(batch.parent);
    if (!parent) return batch;
    parent.messages.push(...batch.messages);
    return null;
  }
}

/**
 * The lines of a multiline batch, at least one, as one message.
 * @param {Batch} batch
 * @returns {ServerMessage}
 */
function joinMultiline(batch) {
  const [first] = batch.messages;
  let text = "";
  batch.messages.forEach((each, at) => {
    text += (at && each.tags["draft/multiline-concat"] === undefined ? "\n" : "") + (each.params[1] ?? "");
  });
  return { tags: batch.tags, source: first.source, command: first.command, params: [batch.params[0] ?? "", text] };
}
