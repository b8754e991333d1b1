// One IRC line as a value, and back (modern.ircdocs.horse "Message Format"; IRCv3 message-tags). No DOM.

/**
 * @typedef {{nick: string, user: string, host: string}} Source
 * @typedef {{tags: Record<string, string>, source: Source, command: string, params: string[]}} Message
 */

/** @type {Record<string, string>} */
const UNESCAPED = { ":": ";", s: " ", r: "\r", n: "\n", "\\": "\\" };
/** @type {Record<string, string>} */
const ESCAPED = { ";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n", "\\": "\\\\" };

/** @param {string} value */
export function unescapeTag(value) {
  return value.replace(/\\(.?)/g, (_, char) => UNESCAPED[char] ?? char);
}

/** @param {string} value */
export function escapeTag(value) {
  return value.replace(/[; \r\n\\]/g, (char) => ESCAPED[char]);
}

/**
 * @param {string} text `a=1;b`, without the @
 * @returns {Record<string, string>}
 */
export function parseTags(text) {
  /** @type {Record<string, string>} */
  const tags = Object.create(null);
  for (const part of text.split(";")) {
    if (!part) continue;
    const at = part.indexOf("=");
    tags[at < 0 ? part : part.slice(0, at)] = at < 0 ? "" : unescapeTag(part.slice(at + 1));
  }
  return tags;
}

/**
 * @param {string} text `nick!user@host`, or the name of a server
 * @returns {Source}
 */
export function parseSource(text) {
  const found = /^([^!@]*)(?:!([^@]*))?(?:@(.*))?$/.exec(text);
  return { nick: found?.[1] ?? text, user: found?.[2] ?? "", host: found?.[3] ?? "" };
}

/**
 * Never throws; an empty line gives an empty command.
 * @param {string} line without its end
 * @returns {Message}
 */
export function parse(line) {
  /** @type {Message} */
  const message = { tags: Object.create(null), source: { nick: "", user: "", host: "" }, command: "", params: [] };
  let rest = line.replace(/[\r\n]+$/, "").replace(/^ +/, "");
  const word = () => {
    const at = rest.indexOf(" ");
    const found = at < 0 ? rest : rest.slice(0, at);
    rest = at < 0 ? "" : rest.slice(at).replace(/^ +/, "");
    return found;
  };
  if (rest.startsWith("@")) message.tags = parseTags(word().slice(1));
  if (rest.startsWith(":")) message.source = parseSource(word().slice(1));
  message.command = word().toUpperCase();
  while (rest) {
    if (rest.startsWith(":")) {
      message.params.push(rest.slice(1));
      break;
    }
    message.params.push(word());
  }
  return message;
}

/** Control characters that are no formatting, and what reverses the direction of writing: they disguise a text. */
const UNWANTED = /[\x00\x05-\x08\x0a-\x0e\x10\x12-\x15\x17-\x1c\x7f-\x9f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;
/** Names and tags take no formatting either. */
const UNWANTED_IN_NAMES = /[\x01-\x1f]/g;
/** Commands of which the last parameter is a name and no text. */
const NAMING = new Set(["353", "ACCOUNT", "CHGHOST", "INVITE", "JOIN", "MODE", "NICK", "RENAME"]);

/** @param {string} text */
function cleanName(text) {
  return text.replace(UNWANTED, "").replace(UNWANTED_IN_NAMES, "");
}

/**
 * A line from a server, without characters that nobody should see.
 * @param {string} line
 * @returns {Message}
 */
export function readLine(line) {
  const message = parse(line.replace(UNWANTED, ""));
  const { source, params, tags } = message;
  message.source = { nick: cleanName(source.nick), user: cleanName(source.user), host: cleanName(source.host) };
  for (const name of Object.keys(tags)) tags[name] = cleanName(tags[name]); // escapes become line ends only now
  const names = NAMING.has(message.command) ? params.length : params.length - 1;
  message.params = params.map((param, at) => (at < names ? cleanName(param) : param));
  return message;
}

/**
 * A line to send, without its end. Line ends inside a parameter become spaces: they would begin another command.
 * @param {string} command
 * @param {string[]} params only the last may contain spaces, be empty or begin with a colon; throws otherwise
 * @param {Record<string, string>} [tags]
 */
export function format(command, params, tags = {}) {
  const words = Object.entries(tags).map(([name, value]) => (value ? `${name}=${escapeTag(value)}` : name));
  const output = words.length ? [`@${words.join(";")}`, command] : [command];
  params.forEach((param, at) => {
    const text = param.replace(/[\r\n\0]+/g, " ");
    const last = at === params.length - 1;
    if (!last && (text === "" || text.startsWith(":") || text.includes(" "))) {
      throw new Error(`only the last parameter may be ${JSON.stringify(text)}`);
    }
    output.push(last && (text === "" || text.startsWith(":") || text.includes(" ")) ? `:${text}` : text);
  });
  return output.join(" ");
}

/** Whether messages can be sent to this name. @param {string} name */
export function isTarget(name) {
  return name !== "" && !name.startsWith(":") && !/[ ,]/.test(name);
}

/** Bytes in UTF-8. @param {string} text */
export function byteLength(text) {
  return new TextEncoder().encode(text).length;
}
