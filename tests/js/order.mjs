// Whether scripts declare in the order in which they were written. A minifier that gathers declarations may put a
// destructuring before the call that it stands behind, and what it takes apart is then read too early.
// Reads [{path, written, served}] from its input, writes one line for each function that differs; of what others wrote
// and shrunk before, only of functions that take something apart (blank declarations may go there).
import { readFileSync } from "node:fs";
import { parse } from "acorn";

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];
const MODULE = { ecmaVersion: 2022, sourceType: "module", allowHashBang: false, locations: true };

const parts = (node) =>
  Object.values(node)
    .flat()
    .filter((part) => typeof part?.type === "string");

/** `{a,b:[x]}` without the names that may be shortened: `{a:.,b:[.]}`. */
function shape(pattern) {
  if (pattern?.type === "ObjectPattern")
    return `{${pattern.properties.map((one) => (one.key ? `${nameOf(one.key)}:${shape(one.value)}` : "…"))}}`;
  if (pattern?.type === "ArrayPattern") return `[${pattern.elements.map(shape)}]`;
  if (pattern?.type === "AssignmentPattern") return `${shape(pattern.left)}=`;
  return ".";
}

const nameOf = (key) => key.name ?? String(key.value);

/** The properties that an expression reads, by the alphabet: those names are never shortened. `Math.abs(x)` may become `x<0?-x:x`. */
function reads(node) {
  if (FUNCTIONS.includes(node.type)) return [];
  const named = node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier";
  const own = named && node.object.name !== "Math";
  return [...(own ? [node.property.name] : []), ...parts(node).flatMap(reads)].sort();
}

const isBlank = (init) => !init || init.name === "undefined" || init.operator === "void";

/** Each function of a script, in order: its line, and what it declares. */
function declared(source) {
  const found = [];
  const visit = (node, list) => {
    let here = list;
    if (!list || FUNCTIONS.includes(node.type)) {
      here = { line: node.loc.start.line, said: [] };
      found.push(here);
    }
    if (node.type === "VariableDeclarator" && !isBlank(node.init))
      here.said.push(`${shape(node.id)}(${reads(node.init).join()})`);
    for (const part of parts(node)) visit(part, here);
  };
  visit(parse(source, MODULE), null);
  return found;
}

for (const { path, written, served } of JSON.parse(readFileSync(0, "utf-8"))) {
  const [before, after] = [declared(written), declared(served)];
  if (before.length !== after.length) console.log(`${path}: ${before.length} functions became ${after.length}`);
  const vendored = path.startsWith("vendor/");
  for (const [at, { line, said }] of before.entries())
    if (vendored && !said.some((one) => /^[{[]/.test(one))) continue;
    else if (said.join(" ") !== after[at]?.said.join(" "))
      console.log(`${path}:${line}: ${said.join(" ")} became ${after[at]?.said.join(" ")}`);
}
