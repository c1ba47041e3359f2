// Stands where the suite expects its evaluator: asks the real one and notes what was asked and answered.
// With it the few words of mocha that the suite uses; `runSuite()` runs all of it.
const makeEvaluator = require("real-evaluator");

/** @type {Map<string, object>} */
const cases = new Map();
const suite = { tests: [], before: [], failed: [] };
/** What the groups around the test that is being read want done before it; null outside any. */
let around = null;

globalThis.describe = (_name, body) => {
  const outer = around;
  around = [...(outer ?? [])];
  body();
  around = outer;
};
globalThis.describe.skip = () => {};
// helpers.js, outside any group, asks for a document before every test.
globalThis.beforeEach = (body) => (around ?? suite.before).push(body);
globalThis.it = (name, body) => {
  suite.tests.push({ name, body, own: around ?? [] });
};
globalThis.it.skip = () => {};
globalThis.xit = () => {};
globalThis.runSuite = async () => {
  for (const { name, body, own } of suite.tests) {
    try {
      for (const prepare of [...suite.before, ...own]) await prepare();
      await body();
    } catch (error) {
      suite.failed.push(`${name}: ${String(error).slice(0, 200)}`);
    }
  }
  return { tests: suite.tests.length, failed: suite.failed, cases: [...cases.values()] };
};

module.exports = () => {
  const evaluator = makeEvaluator();
  const ask = evaluator.evaluate;
  evaluator.evaluate = function (expression, node, resolver, type, ...rest) {
    const asked = { expression: String(expression), type: type ?? 0, ...placeOf(node) };
    try {
      const result = ask.call(this, expression, node, resolver, type, ...rest);
      note(asked, answerOf(result));
      return result;
    } catch (error) {
      note(asked, { kind: "throws" });
      throw error;
    }
  };
  return evaluator;
};

function note(asked, answer) {
  cases.set(JSON.stringify(asked), { ...asked, answer });
}

/** The whole document as text, and which element of it: its place among the elements of each level. */
function placeOf(node) {
  if (!node) return { document: null, context: null };
  const owner = node.nodeType === Node.DOCUMENT_NODE ? node : node.ownerDocument;
  const document = owner.documentElement ? new XMLSerializer().serializeToString(owner.documentElement) : null;
  if (node.nodeType === Node.DOCUMENT_NODE) return { document, context: null };
  if (node.nodeType !== Node.ELEMENT_NODE) return { document, context: "not an element" };
  const place = [];
  for (let at = node; at.parentElement; at = at.parentElement) place.unshift([...at.parentElement.children].indexOf(at));
  return { document, context: place };
}

function answerOf(result) {
  switch (result.resultType) {
    case XPathResult.NUMBER_TYPE:
      return { kind: "number", value: String(result.numberValue) };
    case XPathResult.STRING_TYPE:
      return { kind: "string", value: String(result.stringValue) };
    case XPathResult.BOOLEAN_TYPE:
      return { kind: "boolean", value: String(result.booleanValue) };
    case XPathResult.UNORDERED_NODE_SNAPSHOT_TYPE:
    case XPathResult.ORDERED_NODE_SNAPSHOT_TYPE:
      return { kind: "nodes", value: Array.from({ length: result.snapshotLength }, (_, at) => result.snapshotItem(at).textContent) };
    default:
      return { kind: "iterator" };
  }
}
