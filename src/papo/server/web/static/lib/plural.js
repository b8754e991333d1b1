// The plural rule of a gettext catalogue: a C expression of `n` (GNU gettext manual, "Plural forms"), compiled without
// eval, which the page's policy forbids. No DOM.

/** @typedef {(n: number) => number} Expression true is 1, as in C */

/** Binary operators, weakest first; those of one row bind equally. @type {Record<string, (left: number, right: number) => number>[]} */
const OPERATORS = [
  { "||": (left, right) => Number(left !== 0 || right !== 0) },
  { "&&": (left, right) => Number(left !== 0 && right !== 0) },
  { "==": (left, right) => Number(left === right), "!=": (left, right) => Number(left !== right) },
  {
    "<=": (left, right) => Number(left <= right), ">=": (left, right) => Number(left >= right),
    "<": (left, right) => Number(left < right), ">": (left, right) => Number(left > right),
  },
  { "+": (left, right) => left + right, "-": (left, right) => left - right },
  { "*": (left, right) => left * right, "/": (left, right) => Math.trunc(left / right), "%": (left, right) => left % right },
];

/**
 * @param {string} source such as `n > 1`
 * @returns {Expression} the number of the form to use; throws for what is no such expression
 */
export function compilePlural(source) {
  const tokens = source.match(/\d+|n|\|\||&&|[=!<>]=|[<>!?:()+\-*/%]|\S/g) ?? [];
  const expression = conditional(tokens);
  if (tokens.length) throw new Error(`unexpected ${tokens[0]} in plural rule ${source}`);
  return expression;
}

/** @param {string[]} tokens those that are read are removed @param {string} expected */
function skip(tokens, expected) {
  const found = tokens.shift();
  if (found !== expected) throw new Error(`expected ${expected} in plural rule, not ${found ?? "its end"}`);
}

/** @param {string[]} tokens @returns {Expression} */
function conditional(tokens) {
  const condition = binary(tokens, 0);
  if (tokens[0] !== "?") return condition;
  tokens.shift();
  const yes = conditional(tokens);
  skip(tokens, ":");
  const no = conditional(tokens);
  return (n) => (condition(n) ? yes(n) : no(n));
}

/** @param {string[]} tokens @param {number} level in OPERATORS @returns {Expression} */
function binary(tokens, level) {
  if (level === OPERATORS.length) return operand(tokens);
  let left = binary(tokens, level + 1);
  while (tokens[0] in OPERATORS[level]) {
    const apply = OPERATORS[level][/** @type {string} */ (tokens.shift())];
    const [first, second] = [left, binary(tokens, level + 1)];
    left = (n) => apply(first(n), second(n));
  }
  return left;
}

/** @param {string[]} tokens @returns {Expression} */
function operand(tokens) {
  const token = tokens.shift() ?? "its end";
  if (token === "n") return (n) => n;
  if (/^\d+$/.test(token)) return () => parseInt(token, 10);
  if (token === "!") {
    const negated = operand(tokens);
    return (n) => Number(!negated(n));
  }
  if (token !== "(") throw new Error(`unexpected ${token} in plural rule`);
  const inner = conditional(tokens);
  skip(tokens, ")");
  return inner;
}
